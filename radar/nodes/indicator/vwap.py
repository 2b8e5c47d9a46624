"""Rolling volume-weighted average price: what the last hours' volume paid on average.

Formula: ``sum(tp * V) / sum(V)`` over the window, ``tp = (H + L + C) / 3``; the bar's own ``tp`` where the window
holds no volume at all. The window is the whole bars in ``vwap_hours`` (288 bars of 5m, 24 of 1h; one bar at least)
and ends with this bar; it is not anchored to a session. First valid when it is full. ``deviation`` is ``(C - vwap) /
vwap`` as a **fraction** (0.01 is one percent; the specification writes percent), 0 where the average is not positive.
A missing value (NaN) makes both missing for as long as it is inside the window. Source: strategies specification 1.1.

Do not use it on bars that are long against the window: a day of 1d bars is one bar, and says nothing but its own
price.

Example::

    paid: {indicator: vwap, in: candles, vwap_hours: 24}
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from radar.market.bar import Bar
from radar.market.compiled import compiled
from radar.nodes.kind import Kind
from radar.nodes.params import NodeParams, param
from radar.nodes.port import Input, Output, PortType
from radar.nodes.sliding import MEAN, sliding_mean

HOUR = 3_600_000


class Params(NodeParams):
    """Parameters of the volume-weighted average price."""

    vwap_hours: int = param(24, "Length of the window.", unit="h", ge=1, le=720)


class Paid(NamedTuple):
    """The average in quote currency, and the close's distance from it as a fraction of it."""

    value: float
    deviation: float


@compiled
def bars(hours: int, interval: int) -> int:
    """Whole bars of ``interval`` milliseconds in ``hours``, at least 1."""
    size = hours * HOUR // interval
    return size if size > 1 else 1


@compiled
def step(p: Any, s: Any, w: Any, bar: Bar) -> Paid:
    """Push ``bar`` and return the average and the deviation, NaN until the window is full of numbers."""
    size = bars(p.vwap_hours, p.interval)
    typical = (bar.high + bar.low + bar.close) / 3.0
    money = sliding_mean(s.money, w, p.window, size, typical * bar.volume)
    volume = sliding_mean(s.volume, w, p.window + size, size, bar.volume)
    if money != money or volume != volume:
        return Paid(np.nan, np.nan)
    value = typical
    if volume > 0.0:
        value = money / volume
    deviation = 0.0
    if value > 0.0:
        deviation = (bar.close - value) / value
    return Paid(float(value), float(deviation))


KIND = Kind(
    params=Params,
    inputs={"in": Input(PortType.BAR, "Candles to average.")},
    outputs={
        "value": Output(PortType.SERIES, "The volume-weighted average price.", "value"),
        "deviation": Output(PortType.SERIES, "Distance of the close from it, as a fraction of it.", "deviation"),
    },
    state=(("money", MEAN), ("volume", MEAN)),
    window=lambda params, interval: 2 * bars(params.vwap_hours, interval),
    lookback=lambda params, interval: bars(params.vwap_hours, interval),
    step=step,
)
