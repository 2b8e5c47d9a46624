"""Bollinger breakout, then a grid behind it: enter at the breakout's close, buy more in steps of ATR on the way back.

Activation (C-decision) while flat: the close leaves its band in the direction of the long average, where the close
before was inside and the bandwidth before was above ``min_bol_spread`` (as the plain breakout, strategies
specification 2.2.4). Level 0 is bought at that close at the market. With the anchor P0 = that close and the step ``ATR
of that bar * atr_spacing_mult``, levels k = 1 .. ``num_levels`` - 1 rest at ``P0 - side * k * step`` from the next bar
on, frozen for the whole cycle; they add to a cycle and never begin one, so a level 0 that was refused is no activation.
An ATR that is zero or not known activates nothing. Stop: ``sl_percent`` from the average entry. Inverse exit: a long
closes at the market when the close is below the middle band, a short when it is above. No target. After an exit a new
breakout may activate from the next bar on. Source: strategies specification 2.3.8.

Score of a side while flat: that of the plain breakout, 0.5 on the band, 0.1 from the middle band on. In a cycle of
that side: 1 at the next level, 0 at the anchor or beyond it or where all levels are filled. With an anchor of 100 and
a step of 2, level 1 of a long rests at 98 and level 2 at 96.

Not for ranges: every false breakout buys all the way back to the middle band and is sold there.

Example::

    candles: {source: candles}
    bands: {indicator: bollinger, in: candles.close, period: "${grid.bol_window}", deviations: "${grid.bol_std}"}
    average: {indicator: sma, in: candles.close, period: "${grid.long_ma_window}"}
    width: {indicator: atr, in: candles, period: "${grid.atr_period}"}
    grid:
      strategy: grid_boltrend
      in:
        bar: candles
        upper: bands.upper
        mid: bands.mid
        lower: bands.lower
        spread: bands.spread
        average: average
        width: width
"""

from __future__ import annotations

from typing import Any

import numpy as np

from radar.market.bar import Bar
from radar.market.compiled import compiled
from radar.market.condition import tell
from radar.market.intent import Terms, arm, enter, first_free, leave, rest, withdraw
from radar.market.reason import ExitReason
from radar.nodes.breakout import (
    BREAKOUT,
    BREAKOUT_CONDITIONS,
    BREAKOUT_INITIAL,
    breakout,
    exhausted,
    judge_breakout,
    remember,
)
from radar.nodes.kind import Kind
from radar.nodes.ladder import nearness, rung, upcoming
from radar.nodes.params import RestingParams, param
from radar.nodes.port import Input, Output, PortType


class Params(RestingParams):
    """Parameters of the grid behind a Bollinger breakout."""

    bol_window: int = param(100, "Period of the bands that are wired in.", unit="bars", ge=2, le=5000)
    bol_std: float = param(2.0, "Width of the bands that are wired in, in standard deviations.", gt=0, le=10)
    long_ma_window: int = param(200, "Period of the long average that is wired in.", unit="bars", ge=2, le=5000)
    min_bol_spread: float = param(
        0.0, "Least bandwidth before a breakout, as a fraction of the lower band.", on_change="hot", ge=0
    )
    atr_period: int = param(14, "Period of the ATR that is wired in.", unit="bars", ge=2, le=50)
    atr_spacing_mult: float = param(
        1.0, "Distance between levels, in ATR of the bar of the breakout.", on_change="hot", gt=0
    )
    sl_percent: float = param(15.0, "Stop distance from the average entry.", unit="%", on_change="hot", gt=0, lt=100)


@compiled
def terms(p: Any) -> Terms:
    """Stop, leverage and order type of every resting level; level 0 is a market order, and there is no target."""
    return Terms(p.leverage, p.sl, p.num_levels, p.entry_order == 1, False)


@compiled
def support(p: Any, intent: Any, side: int, level: int) -> None:
    """Let the ladder of a cycle rest from ``level`` on, to add to the cycle only."""
    intent.extend_only = 1
    if level < p.num_levels:
        arm(intent, side, p.num_levels, rung(side, level, intent.anchor, intent.spacing, 0.0, 1.0))


@compiled
def step(
    p: Any,
    s: Any,
    w: Any,
    position: Any,
    intent: Any,
    bar: Bar,
    upper: float,
    mid: float,
    lower: float,
    spread: float,
    average: float,
    width: float,
) -> None:
    """Leave when the breakout is exhausted, else keep its ladder; while flat, begin a cycle when a new one starts."""
    withdraw(intent)
    close = bar.close
    remember(s, close, upper, lower)
    if position.side != 0:
        if exhausted(position.side, close, mid):
            leave(intent, ExitReason.INVERSE)
        else:
            support(p, intent, position.side, first_free(position.filled))
        return
    side = breakout(s, p.sides, p.min_bol_spread, spread, average)
    if side != 0 and width > 0.0:
        enter(intent, side, np.nan, np.nan)
        intent.anchor = close
        intent.spacing = width * p.atr_spacing_mult
        support(p, intent, side, 1)


@compiled
def levels(p: Any, intent: Any) -> None:
    """Put the prices of the levels that rest."""
    for level in range(intent.buy_count):
        rest(intent, 1, level, rung(1, level, intent.anchor, intent.spacing, 0.0, 1.0))
    for level in range(intent.sell_count):
        rest(intent, -1, level, rung(-1, level, intent.anchor, intent.spacing, 0.0, 1.0))


@compiled
def judge(
    p: Any,
    s: Any,
    w: Any,
    position: Any,
    intent: Any,
    bar: Bar,
    upper: float,
    mid: float,
    lower: float,
    spread: float,
    average: float,
    width: float,
    side: int,
    found: Any,
) -> float:
    """How near a breakout to ``side`` is, and in a cycle of that side how near its next level is."""
    score = judge_breakout(s, found, side, bar.close, upper, lower, p.min_bol_spread, spread, average)
    tell(found, 4, width, 0.0, width > 0.0)
    if position.side == side:
        number = upcoming(position, side)
        if number >= p.num_levels:
            return 0.0
        return nearness(bar.close, intent.anchor, rung(side, number, intent.anchor, intent.spacing, 0.0, 1.0))
    return score if width == width else np.nan


KIND = Kind(
    params=Params,
    inputs={
        "bar": Input(PortType.BAR, "Candles of the strategy's clock."),
        "upper": Input(PortType.SERIES, "Upper band."),
        "mid": Input(PortType.SERIES, "Middle band."),
        "lower": Input(PortType.SERIES, "Lower band."),
        "spread": Input(PortType.SERIES, "Bandwidth of the bar before, as a fraction of the lower band."),
        "average": Input(PortType.SERIES, "Long moving average."),
        "width": Input(PortType.SERIES, "Volatility that spaces the levels (ATR)."),
    },
    outputs={"intent": Output(PortType.INTENT, "Entry at the close, resting levels, stop and inverse exit.")},
    state=BREAKOUT,
    initial=BREAKOUT_INITIAL,
    history=lambda params, interval: max(params.bol_window + 20, params.long_ma_window + 20, 50),
    terms=terms,
    levels=levels,
    step=step,
    judge=judge,
    conditions={**BREAKOUT_CONDITIONS, "volatility": "The ATR that spaces the levels is known and above zero."},
    stability="stable",
)
