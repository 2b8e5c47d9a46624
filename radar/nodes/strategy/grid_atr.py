"""Volatility-adaptive envelope grid: buy in steps of ATR below a moving average, sell at the average.

Levels rest at ``mean - side * width * (atr_multiplier_start + k * atr_multiplier_step)`` for k = 0 ..
``num_levels`` - 1 and move with each close while unfilled (an R-decision: bar i meets levels made from bars up to i
- 1). The first side to fill locks the other out for the cycle. Target: touch of the mean of the bar before. Stop:
``sl_percent`` from the average entry. The target is unconditional: where the mean has drifted through the average
entry, the cycle closes at a loss. Source: strategies specification 2.3.3.

Score: 1 at the next level, 0 at the mean or beyond it or where all are filled, in between by distance.

Not for strong trends without a stop that you can bear: a grid buys all the way down to it.

Example::

    candles: {source: candles}
    mean: {indicator: sma, in: candles.close, period: "${grid.ma_period}"}
    width: {indicator: atr, in: candles, period: "${grid.atr_period}"}
    grid: {strategy: grid_atr, in: {bar: candles, mean: mean, width: width}, sides: [long]}
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from radar.market.bar import Bar
from radar.market.compiled import compiled, inlined
from radar.market.condition import tell
from radar.market.intent import Terms, arm, first_free, may, rest, withdraw
from radar.nodes.kind import Kind
from radar.nodes.ladder import nearness, rung, tell_distance, upcoming
from radar.nodes.params import GridParams, param
from radar.nodes.port import Input, Output, PortType


class Params(GridParams):
    """Parameters of the ATR grid."""

    sides: tuple[Literal["long", "short"], ...] = param(
        ("long",), "Sides that may be traded.", on_change="hot", min_length=1
    )
    ma_period: int = param(14, "Period of the mean that is wired in.", unit="bars", ge=2, le=50)
    atr_period: int = param(14, "Period of the ATR that is wired in.", unit="bars", ge=2, le=50)
    atr_multiplier_start: float = param(2.0, "Distance of level 0 from the mean, in ATR.", on_change="hot", gt=0)
    atr_multiplier_step: float = param(1.0, "Distance between levels, in ATR.", on_change="hot", gt=0)


@compiled
def terms(p: Any) -> Terms:
    """Stop, leverage and order types of every order of this grid."""
    return Terms(p.leverage, p.sl, p.num_levels, p.entry_order == 1, p.target_order == 1)


@inlined
def price(p: Any, side: int, level: int, mean: float, width: float) -> float:
    """Price of a level."""
    return rung(side, level, mean, width, p.atr_multiplier_start, p.atr_multiplier_step)


@compiled
def step(p: Any, s: Any, w: Any, position: Any, intent: Any, bar: Bar, mean: float, width: float) -> None:
    """Rest the unfilled levels of the open side, or of every allowed side while flat; aim at the mean."""
    withdraw(intent)
    intent.target = mean
    intent.anchor = mean
    intent.spacing = width
    if not (width > 0.0 and mean == mean):
        return
    for side in (1, -1):
        if position.side == side or (position.side == 0 and may(p.sides, side)):
            level = first_free(position.filled)
            if level < p.num_levels:
                arm(intent, side, p.num_levels, price(p, side, level, mean, width))


@compiled
def levels(p: Any, intent: Any) -> None:
    """Put the prices of the levels that rest."""
    for level in range(intent.buy_count):
        rest(intent, 1, level, price(p, 1, level, intent.anchor, intent.spacing))
    for level in range(intent.sell_count):
        rest(intent, -1, level, price(p, -1, level, intent.anchor, intent.spacing))


@compiled
def judge(
    p: Any, s: Any, w: Any, position: Any, intent: Any, bar: Bar, mean: float, width: float, side: int, found: Any
) -> float:
    """How near the next level is: 1 at the level, 0 at the mean."""
    number = upcoming(position, side)
    level = price(p, side, number, mean, width) if number < p.num_levels else np.nan
    tell(found, 0, width, 0.0, width > 0.0)
    tell_distance(found, 1, side, bar.close, level)
    return nearness(bar.close, mean, level) if number < p.num_levels else 0.0


KIND = Kind(
    params=Params,
    inputs={
        "bar": Input(PortType.BAR, "Candles of the strategy's clock."),
        "mean": Input(PortType.SERIES, "Centre of the grid and target."),
        "width": Input(PortType.SERIES, "Volatility that spaces the levels (ATR)."),
    },
    outputs={"intent": Output(PortType.INTENT, "Resting levels, stop and target.")},
    history=lambda params, interval: max(params.ma_period + 20, params.atr_period + 20, 50),
    terms=terms,
    levels=levels,
    step=step,
    judge=judge,
    conditions={
        "volatility": "The ATR that spaces the levels is known and above zero.",
        "distance": "Distance of the close to the next level, a fraction of the close; met at the level or beyond.",
    },
    stability="stable",
)
