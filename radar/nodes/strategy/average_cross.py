"""Two moving averages that cross, the strategy to start from: long above, short below, a stop in percent.

Entry (C-decision, market at the close). Long: the fast average was below the slow one and is above it now. Short is the
mirror. Closes at which both are equal, or at which one is not known, are passed over: neither a cross nor the end of
one. The first side that is known is no cross. Stop: ``sl_percent`` from the entry close. Signal exit: a cross closes a
position of the other side at that close; the entry that it calls for then comes at the next close, if the averages have
not crossed back, for a position never opens in the bar in which the one before closed. A cross calls for one entry: it
is asked for once, so nothing is entered behind a stop before the next cross.

Score of a side: ``max(0, 1 - d / 0.02)`` before the cross, ``d`` being the distance of the averages as a fraction of
the slow one; 1 where the entry is asked for; 0 behind it.

Not for ranges: both averages lag, and every cross without a trend behind it pays costs and the way back. It is here to
be read, changed and measured against; nobody says that it earns.

Example of an entry: fast averages of 99 and then 101 over a slow one of 100 are a cross; a close of 102 is bought, and
with ``sl_percent: 5`` the stop is 96.9.

Example::

    candles: {source: candles}
    fast: {indicator: sma, in: candles.close, period: "${cross.fast_period}"}
    slow: {indicator: sma, in: candles.close, period: "${cross.slow_period}"}
    cross: {strategy: average_cross, in: {bar: candles, fast: fast, slow: slow}}
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from radar.market.bar import Bar
from radar.market.compiled import compiled
from radar.market.condition import clamp01, tell
from radar.market.intent import Terms, enter, leave, may, withdraw
from radar.market.reason import ExitReason
from radar.nodes.kind import Kind
from radar.nodes.params import StrategyParams, param
from radar.nodes.port import Input, Output, PortType

FULL_DISTANCE = 0.02
"""Distance of the averages, a fraction of the slow one, from which on a cross scores nothing."""


class Params(StrategyParams):
    """Parameters of the cross of two averages."""

    leverage: float = param(3.0, "Leverage of every order.", unit="x", on_change="hot", ge=1, le=125)
    fast_period: int = param(20, "Period of the fast average that is wired in.", unit="bars", ge=1, le=5000)
    slow_period: int = param(100, "Period of the slow average that is wired in.", unit="bars", ge=2, le=5000)
    sl_percent: float = param(5.0, "Stop distance from the entry close.", unit="%", on_change="hot", gt=0, lt=100)


def check(params: Params) -> list[tuple[str, str]]:
    """The fast average must be the faster one."""
    if params.fast_period >= params.slow_period:
        return [("fast_period", f"{params.fast_period} is not below slow_period, which is {params.slow_period}")]
    return []


@compiled
def terms(p: Any) -> Terms:
    """One entry, an absolute stop, no target."""
    return Terms(p.leverage, 0.0, 1, False, True)


@compiled
def step(p: Any, s: Any, w: Any, position: Any, intent: Any, bar: Bar, fast: float, slow: float) -> None:
    """Leave at a cross against the position; enter at a cross, or at the close after the exit that it made."""
    withdraw(intent)
    if fast > slow:
        side = 1
    elif fast < slow:
        side = -1
    else:
        return
    if s.side == -side:
        s.due = 1
    s.side = side
    if position.side == -side:
        leave(intent, ExitReason.SIGNAL)
    elif s.due != 0 and position.side == 0:
        s.due = 0
        if may(p.sides, side):
            enter(intent, side, bar.close * (1.0 - side * p.sl), np.nan)


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
    side: int,
    found: Any,
) -> float:
    """How near the averages are to a cross to ``side``; NaN while one of them is not known."""
    beyond = side * (fast - slow)
    asked = intent.enter == side
    tell(found, 0, fast, slow, beyond > 0.0)
    tell(found, 1, intent.enter, side, asked)
    if beyond != beyond:
        return math.nan
    if asked:
        return 1.0
    return 0.0 if beyond > 0.0 else clamp01(1.0 + beyond / (FULL_DISTANCE * slow))


KIND = Kind(
    params=Params,
    inputs={
        "bar": Input(PortType.BAR, "Candles of the strategy's clock."),
        "fast": Input(PortType.SERIES, "Fast moving average."),
        "slow": Input(PortType.SERIES, "Slow moving average."),
    },
    outputs={"intent": Output(PortType.INTENT, "Entry, stop and signal exit.")},
    state=(("side", "i8"), ("due", "i8")),
    history=lambda params, interval: params.slow_period + 1,
    check=check,
    terms=terms,
    step=step,
    judge=judge,
    conditions={
        "above": "The fast average, against the slow one: it is on the side's side of it.",
        "cross": "The side that this close enters (1 long, -1 short, 0 none), against the side itself.",
    },
    stability="stable",
)
