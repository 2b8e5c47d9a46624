"""Buying in steps while longs are paid: the more negative the funding rate, the more levels are bought at the close.

Entry (C-decision, market at the close, long only): level k = 0 .. ``num_levels`` - 1 that is not filled yet is bought
when the last settled rate is at most ``-(funding_threshold_start + k * funding_threshold_step)``; several may open in
one bar, and also into the running cycle. The price does not matter. Stop: ``sl_percent`` from the average entry, always
active. Target (C-decision, reason funding_tp), once ``min_hold_candles`` closes have passed since the first fill: by
``tp_mode`` a rate above zero (``funding_positive``), a close at or above the average (``sma_cross``), or either
(``funding_or_sma``). A bar that closes the cycle opens none. A missing rate (before the first record, or older than 24
h) and a missing average decide nothing. The payments themselves are booked into the cycle by the account. Source:
strategies specification 2.3.6.

Score: 1 at the rate of the next level, 0 at a rate of zero or above, in between by distance. With the defaults level 0
is bought at -0.05 %, level 1 at -0.1 %; a rate of -0.025 % scores 0.5.

Not for markets whose rates stay negative while they fall: what the funding pays, the fall takes.

Example::

    candles: {source: candles}
    rates: {source: funding}
    mean: {indicator: sma, in: candles.close, period: "${grid.ma_period}"}
    grid: {strategy: grid_funding, in: {bar: candles, rate: rates.rate, mean: mean}}
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from radar.market.bar import Bar
from radar.market.compiled import compiled
from radar.market.condition import clamp01, tell
from radar.market.intent import Terms, enter, leave, may, withdraw
from radar.market.reason import ExitReason
from radar.nodes.kind import Kind
from radar.nodes.ladder import upcoming
from radar.nodes.params import LadderParams, param
from radar.nodes.port import Input, Output, PortType

FUNDING_POSITIVE, SMA_CROSS = 0, 1
"""Places of the first two ``tp_mode`` among its choices; the third takes either."""


class Params(LadderParams):
    """Parameters of the funding grid."""

    sides: tuple[Literal["long"], ...] = param(
        ("long",), "Sides that may be traded: this grid only buys.", on_change="hot", min_length=1
    )
    funding_threshold_start: float = param(
        0.0005, "How negative the rate must be for level 0, a fraction a settlement.", on_change="hot", gt=0, lt=1
    )
    funding_threshold_step: float = param(
        0.0005, "How much more negative for each further level, a fraction a settlement.", on_change="hot", gt=0, lt=1
    )
    ma_period: int = param(14, "Period of the mean that is wired in.", unit="bars", ge=2, le=50)
    sl_percent: float = param(15.0, "Stop distance from the average entry.", unit="%", on_change="hot", gt=0, lt=100)
    tp_mode: Literal["funding_positive", "sma_cross", "funding_or_sma"] = param(
        "funding_or_sma", "What ends a cycle: a positive rate, a close at the mean, or either.", on_change="hot"
    )
    min_hold_candles: int = param(
        8, "Bars since the first fill before a cycle may end so.", unit="bars", on_change="hot", ge=0
    )


@compiled
def terms(p: Any) -> Terms:
    """Stop and leverage of every order; entries are market orders at a close, and there is no target price."""
    return Terms(p.leverage, p.sl, p.num_levels, False, False)


@compiled
def threshold(p: Any, level: int) -> float:
    """The rate at which a level is bought."""
    return float(-(p.funding_threshold_start + level * p.funding_threshold_step))


@compiled
def step(p: Any, s: Any, w: Any, position: Any, intent: Any, bar: Bar, rate: float, mean: float) -> None:
    """Leave when what was waited for is there; else buy every level that the rate has reached."""
    withdraw(intent)
    filled = 0
    if position.side != 0:
        filled = position.filled
        if position.bars >= p.min_hold_candles:
            paid = p.tp_mode != SMA_CROSS and rate > 0.0
            crossed = p.tp_mode != FUNDING_POSITIVE and bar.close >= mean
            if paid or crossed:
                leave(intent, ExitReason.FUNDING_TP)
                return
    wanted = 0
    for level in range(p.num_levels):
        if (filled >> level) & 1 == 0 and rate <= threshold(p, level):
            wanted |= 1 << level
    if wanted != 0 and may(p.sides, 1):
        enter(intent, 1, np.nan, np.nan)
        intent.enter_levels = wanted


@compiled
def judge(
    p: Any,
    s: Any,
    w: Any,
    position: Any,
    intent: Any,
    bar: Bar,
    rate: float,
    mean: float,
    side: int,
    found: Any,
) -> float:
    """How near the rate is to the next level that may be bought; nothing is ever sold short."""
    number = upcoming(position, side)
    free = side > 0 and number < p.num_levels
    least = threshold(p, number) if free else np.nan
    tell(found, 0, rate, least, rate <= least)
    if rate != rate:
        return np.nan
    return clamp01(rate / least) if free and rate < 0.0 else 0.0


KIND = Kind(
    params=Params,
    inputs={
        "bar": Input(PortType.BAR, "Candles of the strategy's clock."),
        "rate": Input(PortType.SERIES, "Last settled funding rate, a fraction."),
        "mean": Input(PortType.SERIES, "Moving average at which a cycle may end."),
    },
    outputs={"intent": Output(PortType.INTENT, "Entries and exits at the close, and a stop.")},
    history=lambda params, interval: max(params.ma_period + 10, 50),
    terms=terms,
    step=step,
    judge=judge,
    conditions={"rate": "The last settled rate, against the one at which the next level is bought (longs only)."},
    stability="stable",
)
