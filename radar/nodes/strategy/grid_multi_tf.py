"""ATR grid in the direction of a slower trend: a four-hour SuperTrend allows a side, the hours buy its dips.

The direction is that of the last completed bar of the slower clock: +1 lets only long levels rest, -1 only short ones,
and none rest while it is unknown or not among ``sides``. Levels rest at ``mean - side * width * (atr_multiplier_start
+ k * atr_multiplier_step)`` for k = 0 .. ``num_levels`` - 1 and move with each close while unfilled. Target: touch of
the mean of the bar before, at a loss too. Stop: ``sl_percent`` from the average entry. Flip: at a close at which the
direction opposes the open cycle, the cycle closes at the market; the ladder of the new direction rests from the next
bar on. Source: strategies specification 2.3.5 and 8.2.

Score: 1 at the next level, 0 at the mean or beyond it or where all are filled, in between by distance. With mean 100,
ATR 2 and the defaults (2.0 and 1.0) level 0 of a long rests at 96 and level 1 at 94; a close of 97 scores 0.75.

Not for slow ranges: the direction turns at both ends of every swing, and each turn closes the cycle at a loss.

Example::

    candles: {source: candles}
    four: {indicator: resample, in: candles, to: 4h}
    trend: {indicator: supertrend, in: four, period: "${grid.st_atr_period}", multiplier: "${grid.st_atr_multiplier}"}
    mean: {indicator: sma, in: candles.close, period: "${grid.ma_period}"}
    width: {indicator: atr, in: candles, period: "${grid.atr_period}"}
    grid: {strategy: grid_multi_tf, in: {bar: candles, mean: mean, width: width, direction: trend.direction}}
"""

from __future__ import annotations

from typing import Any

import numpy as np

from radar.market.bar import Bar
from radar.market.compiled import compiled, inlined
from radar.market.condition import tell
from radar.market.intent import Terms, arm, first_free, leave, may, rest, withdraw
from radar.market.reason import ExitReason
from radar.nodes.kind import Kind
from radar.nodes.ladder import nearness, rung, tell_distance, upcoming
from radar.nodes.params import GridParams, param
from radar.nodes.port import Input, Output, PortType

TREND_INTERVAL = 4 * 3_600_000
"""Clock of the direction in milliseconds: four hours, fixed by the specification."""

TREND_PERIODS = 10
"""Periods of the SuperTrend's ATR, in bars of its clock, that must have passed before the first evaluation."""


class Params(GridParams):
    """Parameters of the ATR grid in the direction of a trend."""

    st_atr_period: int = param(10, "Period of the SuperTrend that is wired in.", unit="bars", ge=2, le=50)
    st_atr_multiplier: float = param(3.0, "Width of the SuperTrend that is wired in, in ATR.", gt=0, le=100)
    ma_period: int = param(14, "Period of the mean that is wired in.", unit="bars", ge=2, le=50)
    atr_period: int = param(14, "Period of the ATR that is wired in.", unit="bars", ge=2, le=50)
    atr_multiplier_start: float = param(2.0, "Distance of level 0 from the mean, in ATR.", on_change="hot", gt=0)
    atr_multiplier_step: float = param(1.0, "Distance between levels, in ATR.", on_change="hot", gt=0)


def history(params: Params, interval: int) -> int:
    """Bars of ``interval`` milliseconds before the first evaluation: the slower clock needs the most."""
    slow = -(-TREND_PERIODS * params.st_atr_period * TREND_INTERVAL // interval)
    return max(slow, params.ma_period + 20, params.atr_period + 20, 50)


@compiled
def terms(p: Any) -> Terms:
    """Stop, leverage and order types of every order of this grid."""
    return Terms(p.leverage, p.sl, p.num_levels, p.entry_order == 1, p.target_order == 1)


@inlined
def price(p: Any, side: int, level: int, mean: float, width: float) -> float:
    """Price of a level."""
    return rung(side, level, mean, width, p.atr_multiplier_start, p.atr_multiplier_step)


@compiled
def step(
    p: Any, s: Any, w: Any, position: Any, intent: Any, bar: Bar, mean: float, width: float, direction: float
) -> None:
    """Leave a cycle that the direction opposes; rest the unfilled levels of the direction; aim at the mean."""
    withdraw(intent)
    intent.target = mean
    intent.anchor = mean
    intent.spacing = width
    level = first_free(position.filled) if position.side != 0 else 0
    if position.side * direction < 0.0:
        leave(intent, ExitReason.FLIP)
        level = 0
    if not (width > 0.0 and mean == mean) or level >= p.num_levels:
        return
    if direction > 0.0:
        if may(p.sides, 1):
            arm(intent, 1, p.num_levels, price(p, 1, level, mean, width))
    elif direction < 0.0 and may(p.sides, -1):
        arm(intent, -1, p.num_levels, price(p, -1, level, mean, width))


@compiled
def levels(p: Any, intent: Any) -> None:
    """Put the prices of the levels that rest."""
    for level in range(intent.buy_count):
        rest(intent, 1, level, price(p, 1, level, intent.anchor, intent.spacing))
    for level in range(intent.sell_count):
        rest(intent, -1, level, price(p, -1, level, intent.anchor, intent.spacing))


@compiled
def judge(
    p: Any,
    s: Any,
    w: Any,
    position: Any,
    intent: Any,
    bar: Bar,
    mean: float,
    width: float,
    direction: float,
    side: int,
    found: Any,
) -> float:
    """How near the next level of ``side`` is: 1 at the level, 0 at the mean."""
    number = upcoming(position, side)
    level = price(p, side, number, mean, width) if number < p.num_levels else np.nan
    tell(found, 0, side * direction, 0.0, side * direction > 0.0)
    tell(found, 1, width, 0.0, width > 0.0)
    tell_distance(found, 2, side, bar.close, level)
    return nearness(bar.close, mean, level) if number < p.num_levels else 0.0


KIND = Kind(
    params=Params,
    inputs={
        "bar": Input(PortType.BAR, "Candles of the strategy's clock."),
        "mean": Input(PortType.SERIES, "Centre of the grid and target."),
        "width": Input(PortType.SERIES, "Volatility that spaces the levels (ATR)."),
        "direction": Input(PortType.SERIES, "Direction of the slower trend: +1 up, -1 down, 0 not known."),
    },
    outputs={"intent": Output(PortType.INTENT, "Resting levels, stop, target and flip.")},
    history=history,
    terms=terms,
    levels=levels,
    step=step,
    judge=judge,
    conditions={
        "direction": "The slower trend points to this side (1; -1: to the other).",
        "volatility": "The ATR that spaces the levels is known and above zero.",
        "distance": "Distance of the close to the next level, a fraction of the close; met at the level or beyond.",
    },
    stability="stable",
)
