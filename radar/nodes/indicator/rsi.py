"""Relative strength index (Wilder): how much of the recent movement went up, from 0 to 100.

Formula: ``100 - 100 / (1 + G / L)``, computed as the equal ``100 * G / (G + L)``. ``G`` and ``L`` are Wilder's
averages of the gains ``max(x[i] - x[i - 1], 0)`` and losses ``max(x[i - 1] - x[i], 0)``, seeded with the plain mean
of the first ``period`` of them. First valid at index ``period``. Without any loss it is 100, without any gain 0, and
50 when nothing moved at all. A missing value (NaN) is passed over: its own bar and the next have no change and are
missing. Source: Wilder (1978); strategies specification 1.1, with 50 for a flat series.

Do not read it as a reversal signal in a strong trend, where it can stay beyond 70 or 30 for long.

Example::

    strength: {indicator: rsi, in: candles.close, period: 14}
"""

from __future__ import annotations

from typing import Any

import numpy as np

from radar.market.compiled import compiled
from radar.nodes.kind import VALUE, Kind
from radar.nodes.params import NodeParams, param
from radar.nodes.port import Input, PortType
from radar.nodes.smoothing import SMOOTHED, smoothed


class Params(NodeParams):
    """Parameters of the relative strength index."""

    period: int = param(14, "Changes in the seed; Wilder's smoothing period.", unit="bars", ge=2, le=5000)


@compiled
def step(p: Any, s: Any, w: Any, x: float) -> float:
    """Push ``x`` and return the index, NaN until ``period`` changes are known."""
    change = x - s.previous
    seen = s.seen
    s.previous = x
    s.seen = 1
    if seen == 0 or change != change:
        return np.nan
    weight = 1.0 / p.period
    gain = smoothed(s.gain, p.period, weight, change if change > 0.0 else 0.0)
    loss = smoothed(s.loss, p.period, weight, -change if change < 0.0 else 0.0)
    if gain != gain:
        return np.nan
    if gain + loss > 0.0:
        return float(100.0 * (gain / (gain + loss)))
    return 50.0


KIND = Kind(
    params=Params,
    inputs={"in": Input(PortType.SERIES, "Values whose changes are measured.")},
    outputs=VALUE,
    state=(("seen", "i8"), ("previous", "f8"), ("gain", SMOOTHED), ("loss", SMOOTHED)),
    lookback=lambda params, interval: params.period + 1,
    step=step,
)
