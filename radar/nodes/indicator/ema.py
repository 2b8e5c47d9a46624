"""Exponential moving average: every value counts, the recent ones more.

Formula: ``e[i] = a * x[i] + (1 - a) * e[i - 1]`` with ``a = 2 / (period + 1)``, seeded at index ``period - 1`` with
the arithmetic mean of the first ``period`` values, which is also the first valid index. A missing value (NaN) is
passed over: its own bar is missing and the average goes on from where it was. Source: strategies specification 1.1.

Do not use it where an old spike must leave completely at a known bar; ``sma`` does that.

Example::

    trend: {indicator: ema, in: candles.close, period: 50}
"""

from __future__ import annotations

from typing import Any

from radar.market.compiled import compiled
from radar.nodes.kind import VALUE, Kind
from radar.nodes.params import NodeParams, param
from radar.nodes.port import Input, PortType
from radar.nodes.smoothing import SMOOTHED, smoothed


class Params(NodeParams):
    """Parameters of the exponential moving average."""

    period: int = param(14, "Bars of the seed; a new value weighs 2 / (period + 1).", unit="bars", ge=1, le=5000)


@compiled
def step(p: Any, s: Any, w: Any, x: float) -> float:
    """Push ``x`` and return the average, NaN until the seed is complete."""
    return smoothed(s, p.period, 2.0 / (p.period + 1), x)


KIND = Kind(
    params=Params,
    inputs={"in": Input(PortType.SERIES, "Values to average.")},
    outputs=VALUE,
    state=SMOOTHED,
    lookback=lambda params, interval: params.period,
    step=step,
)
