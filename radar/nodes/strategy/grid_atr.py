"""Volatility-adaptive envelope grid: buy in steps of ATR below a moving average, sell at the average.

Levels rest at ``mean - side * width * (atr_multiplier_start + k * atr_multiplier_step)`` for k = 0 ..
``num_levels`` - 1 and move with each close while unfilled (an R-decision: bar i meets levels made from bars up to i
- 1). The first side to fill locks the other out for the cycle. Target: touch of the mean of the bar before. Stop:
``sl_percent`` from the average entry. The target is unconditional: where the mean has drifted through the average
entry, the cycle closes at a loss. Source: strategies specification 2.3.3.

Not for strong trends without a stop that you can bear: a grid buys all the way down to it.

Example::

    candles: {source: candles}
    mean: {indicator: sma, in: candles.close, period: "${grid.ma_period}"}
    width: {indicator: atr, in: candles, period: "${grid.atr_period}"}
    grid: {strategy: grid_atr, in: {bar: candles, mean: mean, width: width}, sides: [long]}
"""

from __future__ import annotations

from typing import Any, Literal

from radar.market.bar import Bar
from radar.market.compiled import compiled
from radar.market.intent import LEVELS, Terms, arm, may, rest, withdraw
from radar.nodes.kind import Kind
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


@compiled
def step(p: Any, s: Any, w: Any, position: Any, intent: Any, bar: Bar, mean: float, width: float) -> None:
    """Rest the unfilled levels of the open side, or of every allowed side while flat; aim at the mean."""
    withdraw(intent)
    intent.target = mean
    if not (width > 0.0 and mean == mean):
        return
    for side in (1, -1):
        if position.side == side or (position.side == 0 and may(p.sides, side)):
            for level in range(LEVELS):
                offset = width * (p.atr_multiplier_start + level * p.atr_multiplier_step)
                rest(intent, side, level, mean - side * offset)
            arm(intent, side, p.num_levels, position.filled)


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
    step=step,
    stability="stable",
)
