"""Simple moving average: the arithmetic mean of the last ``period`` values.

Formula: ``mean(x[i - period + 1 .. i])``. First valid at index ``period - 1``. A missing value (NaN) makes the mean
missing for as long as it is inside the window, and no longer. The mean of equal values is exactly that value, and no
rounding error outlives its window, however long the run. Source: strategies specification 1.1. Average volume is this
kind on ``candles.volume``; the average of an ATR is this kind on the ATR.

Do not use it where recent bars should weigh more; ``ema`` does that.

Example::

    mean: {indicator: sma, in: candles.close, period: 14}
"""

from __future__ import annotations

from typing import Any

from radar.market.compiled import compiled
from radar.nodes.kind import VALUE, Kind
from radar.nodes.params import NodeParams, param
from radar.nodes.port import Input, PortType
from radar.nodes.sliding import MEAN, sliding_mean


class Params(NodeParams):
    """Parameters of the simple moving average."""

    period: int = param(14, "Bars in the window.", unit="bars", ge=1, le=5000)


@compiled
def step(p: Any, s: Any, w: Any, x: float) -> float:
    """Push ``x`` and return the mean of the window, NaN until it is full of numbers."""
    return sliding_mean(s, w, p.window, p.period, x)


KIND = Kind(
    params=Params,
    inputs={"in": Input(PortType.SERIES, "Values to average.")},
    outputs=VALUE,
    state=MEAN,
    window=lambda params, interval: params.period,
    lookback=lambda params, interval: params.period,
    step=step,
    stability="stable",
)
