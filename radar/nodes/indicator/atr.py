"""Average true range (Wilder): the usual movement of a bar, in quote currency.

Formula: ``a[i] = (a[i - 1] * (period - 1) + TR[i]) / period``, seeded at index ``period`` with the mean of the first
``period`` true ranges (``TR[1] .. TR[period]``), which is also the first valid index. A bar with a missing value
(NaN) is passed over. Source: Wilder (1978); strategies specification 1.1.

Do not compare it between assets or years: it is an amount of money, not a share of the price.

Example::

    width: {indicator: atr, in: candles, period: 14}
"""

from __future__ import annotations

from typing import Any

from radar.market.bar import Bar
from radar.market.compiled import compiled
from radar.nodes.kind import VALUE, Kind
from radar.nodes.params import NodeParams, param
from radar.nodes.port import Input, PortType
from radar.nodes.wilder import AVERAGE_RANGE, average_true_range


class Params(NodeParams):
    """Parameters of the average true range."""

    period: int = param(14, "True ranges in the seed; Wilder's smoothing period.", unit="bars", ge=2, le=5000)


@compiled
def step(p: Any, s: Any, w: Any, bar: Bar) -> float:
    """Push ``bar`` and return the average, NaN until ``period`` true ranges are known."""
    return average_true_range(s, p.period, bar)


KIND = Kind(
    params=Params,
    inputs={"in": Input(PortType.BAR, "Candles to measure.")},
    outputs=VALUE,
    state=AVERAGE_RANGE,
    lookback=lambda params, interval: params.period + 1,
    step=step,
)
