"""Simple moving average: the arithmetic mean of the last ``period`` values.

Formula: ``mean(x[i - period + 1 .. i])``. First valid at index ``period - 1``. A missing value (NaN) makes the mean
missing for as long as it is inside the window, and no longer. The running sum is rebuilt from the window once in every
``period`` bars, so rounding errors do not grow with the length of a run.

Do not use it where recent bars should weigh more; an exponential average does that.

Example::

    mean: {indicator: sma, in: candles.close, period: 14}
"""

from __future__ import annotations

from typing import Any

import numpy as np

from radar.market.compiled import compiled
from radar.nodes.kind import VALUE, Kind
from radar.nodes.params import NodeParams, param
from radar.nodes.port import Input, PortType
from radar.nodes.ring import window_total


class Params(NodeParams):
    """Parameters of the simple moving average."""

    period: int = param(14, "Bars in the window.", unit="bars", ge=1, le=5000)


@compiled
def step(p: Any, s: Any, w: Any, x: float) -> float:
    """Push ``x`` and return the mean of the window, NaN until it is full of numbers."""
    slot = p.window + s.head
    if s.count < p.period:
        s.count += 1
    else:
        oldest = w[slot]
        if oldest == oldest:
            s.total -= oldest
        else:
            s.missing -= 1
    w[slot] = x
    if x == x:
        s.total += x
    else:
        s.missing += 1
    s.head += 1
    if s.head == p.period:
        s.head = 0
        s.total = window_total(w, p.window, p.period)
    if s.count < p.period or s.missing > 0:
        return np.nan
    return float(s.total / p.period)


KIND = Kind(
    params=Params,
    inputs={"in": Input(PortType.SERIES, "Values to average.")},
    outputs=VALUE,
    state=(("count", "i8"), ("head", "i8"), ("missing", "i8"), ("total", "f8")),
    window=lambda params, interval: params.period,
    lookback=lambda params, interval: params.period,
    step=step,
    stability="stable",
)
