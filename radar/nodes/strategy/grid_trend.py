"""Pullback grid with the trend: buy in steps of ATR below a fast average while it is above a slow one, and trail.

Direction: long where the fast EMA is above the slow one, short where it is below; ADX must be at least
``adx_threshold`` for new fills, and every exit stays active without it. Levels rest at ``fast - side * width *
(pull_start + k * pull_step)`` for k = 0 .. ``num_levels`` - 1 and move with each close while unfilled. There is no
target. Stop: ``sl_percent`` from the average entry. Trailing stop: ``W - side * trail_mult * width`` as the bar before
left it. W is the price of the first fill until a later bar has a better high (short: low), and the best of those from
then on. The stop never moves away from the price, and a missing ATR leaves it where it is. Flip: at a close at which
the averages are crossed against the cycle, whatever ADX says, the cycle closes at the market; the ladder of the other
side rests from the next bar on. An ATR of zero rests nothing. Source: strategies specification 2.3.7 and 8.1.

Score: 1 at the next level, 0 at the fast average or beyond it or where all are filled, else by distance. With a fast
average of 100, an ATR of 2 and the defaults (1.0 and 0.5) level 0 of a long rests at 98 and level 1 at 97; after a
first fill at 98 and a best high of 104 the trailing stop is at 104 - 2 x 2 = 100.

Not for ranges: the averages cross at both ends of every swing, and each cross closes the cycle.

Example::

    candles: {source: candles}
    fast: {indicator: ema, in: candles.close, period: "${grid.ema_fast}"}
    slow: {indicator: ema, in: candles.close, period: "${grid.ema_slow}"}
    strength: {indicator: adx, in: candles, period: "${grid.adx_period}"}
    width: {indicator: atr, in: candles, period: "${grid.atr_period}"}
    grid: {strategy: grid_trend, in: {bar: candles, fast: fast, slow: slow, adx: strength.adx, width: width}}
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
from radar.nodes.params import RestingParams, param
from radar.nodes.port import Input, Output, PortType


class Params(RestingParams):
    """Parameters of the pullback grid."""

    ema_fast: int = param(20, "Period of the fast average that is wired in.", unit="bars", ge=5, le=50)
    ema_slow: int = param(50, "Period of the slow average that is wired in.", unit="bars", ge=20, le=200)
    adx_period: int = param(14, "Period of the ADX that is wired in.", unit="bars", ge=7, le=30)
    adx_threshold: float = param(20.0, "Least ADX at which levels rest.", on_change="hot", ge=10, le=40)
    atr_period: int = param(14, "Period of the ATR that is wired in.", unit="bars", ge=5, le=30)
    pull_start: float = param(1.0, "Distance of level 0 from the fast average, in ATR.", on_change="hot", gt=0)
    pull_step: float = param(0.5, "Distance between levels, in ATR.", on_change="hot", gt=0)
    trail_mult: float = param(2.0, "Distance of the trailing stop from the best price, in ATR.", on_change="hot", gt=0)
    sl_percent: float = param(15.0, "Stop distance from the average entry.", unit="%", on_change="hot", gt=0, lt=100)


def check(params: Params) -> list[tuple[str, str]]:
    """The fast average must be the faster one."""
    if params.ema_fast >= params.ema_slow:
        return [("ema_fast", f"{params.ema_fast} is not below ema_slow, which is {params.ema_slow}")]
    return []


@compiled
def terms(p: Any) -> Terms:
    """Stop, leverage and order type of every order of this grid; it has no target."""
    return Terms(p.leverage, p.sl, p.num_levels, p.entry_order == 1, False)


@inlined
def price(p: Any, side: int, level: int, fast: float, width: float) -> float:
    """Price of a level."""
    return rung(side, level, fast, width, p.pull_start, p.pull_step)


@compiled
def follow(p: Any, s: Any, position: Any, intent: Any, bar: Bar, width: float) -> None:
    """Move the trailing stop of an open cycle at the close of ``bar``; that of the first fill shows no best price."""
    side = position.side
    if position.bars == 0:
        s.best = position.first_fill
        intent.trail = np.nan
    else:
        extreme = bar.high if side > 0 else bar.low
        if side * (extreme - s.best) > 0.0:
            s.best = extreme
    stop = s.best - side * p.trail_mult * width
    if stop == stop and not side * (stop - intent.trail) <= 0.0:
        intent.trail = stop


@compiled
def step(
    p: Any,
    s: Any,
    w: Any,
    position: Any,
    intent: Any,
    bar: Bar,
    fast: float,
    slow: float,
    adx: float,
    width: float,
) -> None:
    """Trail an open cycle and leave it when the averages cross; rest the unfilled levels of the trend."""
    withdraw(intent)
    intent.anchor = fast
    intent.spacing = width
    level = 0
    if position.side == 0:
        intent.trail = np.nan
    else:
        follow(p, s, position, intent, bar, width)
        if position.side * (fast - slow) < 0.0:
            leave(intent, ExitReason.FLIP)
        else:
            level = first_free(position.filled)
    if not (width > 0.0 and adx >= p.adx_threshold) or level >= p.num_levels:
        return
    if fast > slow:
        if may(p.sides, 1):
            arm(intent, 1, p.num_levels, price(p, 1, level, fast, width))
    elif fast < slow and may(p.sides, -1):
        arm(intent, -1, p.num_levels, price(p, -1, level, fast, width))


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
    fast: float,
    slow: float,
    adx: float,
    width: float,
    side: int,
    found: Any,
) -> float:
    """How near the next level of ``side`` is: 1 at the level, 0 at the fast average."""
    number = upcoming(position, side)
    level = price(p, side, number, fast, width) if number < p.num_levels else np.nan
    tell(found, 0, fast, slow, side * (fast - slow) > 0.0)
    tell(found, 1, adx, p.adx_threshold, adx >= p.adx_threshold)
    tell(found, 2, width, 0.0, width > 0.0)
    tell_distance(found, 3, side, bar.close, level)
    return nearness(bar.close, fast, level) if number < p.num_levels else 0.0


KIND = Kind(
    params=Params,
    inputs={
        "bar": Input(PortType.BAR, "Candles of the strategy's clock."),
        "fast": Input(PortType.SERIES, "Fast average: the centre of the grid."),
        "slow": Input(PortType.SERIES, "Slow average: the side of it on which the fast one is makes the direction."),
        "adx": Input(PortType.SERIES, "Strength of the trend (ADX)."),
        "width": Input(PortType.SERIES, "Volatility that spaces the levels and the trailing stop (ATR)."),
    },
    outputs={"intent": Output(PortType.INTENT, "Resting levels, stop, trailing stop and flip.")},
    state=(("best", "f8"),),
    history=lambda params, interval: max(params.ema_slow + 20, 2 * params.adx_period + 21, params.atr_period + 20, 50),
    terms=terms,
    levels=levels,
    step=step,
    judge=judge,
    conditions={
        "trend": "The fast average, against the slow one that it must be beyond.",
        "strength": "ADX, against the least at which levels rest.",
        "volatility": "The ATR that spaces the levels is known and above zero.",
        "distance": "Distance of the close to the next level, a fraction of the close; met at the level or beyond.",
    },
    check=check,
    stability="stable",
)
