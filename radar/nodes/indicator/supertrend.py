"""SuperTrend: a line that trails price at a distance of some ATR and changes side when a close crosses it.

Formula: with ``mid = (H + L) / 2`` and Wilder's ATR, ``U = mid + multiplier * ATR`` and ``B = mid - multiplier *
ATR``. The final upper band is ``min(U, FU')`` if the close before was not above ``FU'`` (the final band before), else
``U``; the final lower band is ``max(B, FB')`` if the close before was not below ``FB'``, else ``B``. Direction +1
turns to -1 when the close is below the lower band, -1 turns to +1 when it is above the upper band. ``value`` is the
lower band in direction +1 and the upper band in direction -1. First valid at index ``period``, where the bands are
the raw ones and direction is +1 if the close is above ``U``, else -1: the first direction is arbitrary, so the
look-back reaches to index ``4 * period``. Before the first valid index direction is 0 (not known). A bar without ATR
(a missing value) carries everything over. Source: strategies specification 1.2 and 8.2.

Do not use it in ranges, where it turns at both ends of every swing.

Example::

    trend: {indicator: supertrend, in: candles, period: 10, multiplier: 3.0}
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from radar.market.bar import Bar
from radar.market.compiled import compiled
from radar.nodes.kind import Kind
from radar.nodes.params import NodeParams, param
from radar.nodes.port import Input, Output, PortType
from radar.nodes.wilder import AVERAGE_RANGE, average_true_range


class Params(NodeParams):
    """Parameters of the SuperTrend."""

    period: int = param(10, "Period of the ATR.", unit="bars", ge=2, le=1000)
    multiplier: float = param(3.0, "Distance of a band from the middle of the bar, in ATR.", gt=0, le=100)


class Trend(NamedTuple):
    """The trailing line, and the direction: +1 up, -1 down, 0 not known yet."""

    value: float
    direction: float


@compiled
def step(p: Any, s: Any, w: Any, bar: Bar) -> Trend:
    """Push ``bar`` and return line and direction."""
    previous = s.width.range.close
    width = average_true_range(s.width, p.period, bar)
    if width == width:
        middle = (bar.high + bar.low) / 2.0
        upper = middle + p.multiplier * width
        lower = middle - p.multiplier * width
        if s.direction == 0.0:
            s.upper = upper
            s.lower = lower
            s.direction = 1.0 if bar.close > upper else -1.0
        else:
            if upper < s.upper or previous > s.upper:
                s.upper = upper
            if lower > s.lower or previous < s.lower:
                s.lower = lower
            if s.direction > 0.0 and bar.close < s.lower:
                s.direction = -1.0
            elif s.direction < 0.0 and bar.close > s.upper:
                s.direction = 1.0
    if s.direction == 0.0:
        return Trend(np.nan, 0.0)
    if s.direction > 0.0:
        return Trend(float(s.lower), 1.0)
    return Trend(float(s.upper), -1.0)


KIND = Kind(
    params=Params,
    inputs={"in": Input(PortType.BAR, "Candles to follow.")},
    outputs={
        "value": Output(PortType.SERIES, "The trailing line.", "value"),
        "direction": Output(PortType.SERIES, "+1 up, -1 down, 0 not known yet.", "direction"),
    },
    state=(("direction", "f8"), ("upper", "f8"), ("lower", "f8"), ("width", AVERAGE_RANGE)),
    lookback=lambda params, interval: 4 * params.period + 1,
    step=step,
)
