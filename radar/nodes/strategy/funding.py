"""Extreme funding scalp: when one side pays far too much to hold its position, take the other one for a short while.

A settled rate below ``extreme_negative_threshold`` (shorts pay) is an extreme for a long, one above
``extreme_positive_threshold`` for a short. Entry (C-decision, market at the close): the first bar with an extreme only
starts a timer; the first later bar whose open is at least ``entry_delay_minutes`` after the open of that bar enters, if
the rate is still extreme. So even no delay waits one bar, and every delay up to the length of a bar is the same. A rate
that is not extreme, or not known, clears the timer; the opposite extreme starts it anew; an entry clears it. The timer
runs at every close, also in a position and in warm-up, and a signal that was not entered does not clear it. Target and
stop are percentages of the entry close, the target a resting limit. Signal exit: at a close the rate is between -0.01 %
and 0.01 %. Source: strategies specification 2.1.3, 8.2.

A rate is taken as it was settled: where a market settles every 4 h or 1 h, the thresholds mean a percentage per such
settlement. Without an ``extreme_negative_threshold`` it is minus the positive one, so that a sweep of one moves both.

Not for markets in a one-sided trend: funding stays extreme there for as long as the trend runs.

Checked example: a rate of -0.04 % is settled at 08:00, bars are of 15 minutes. The bar that opens at 08:00 starts the
timer, the one that opens at 08:15 buys at its close, at 08:30.

Example::

    candles: {source: candles}
    rates: {source: funding}
    scalp: {strategy: funding, in: {bar: candles, rate: rates.rate}}
"""

from __future__ import annotations

from typing import Any

import numpy as np

from radar.market.bar import Bar
from radar.market.compiled import compiled, inlined
from radar.market.condition import tell
from radar.market.intent import Terms, enter, leave, may, withdraw
from radar.market.reason import ExitReason
from radar.nodes.kind import Kind
from radar.nodes.params import StrategyParams, param
from radar.nodes.port import Input, Output, PortType

CALM_RATE = 0.0001
"""Size of a rate below which a position is left, a fraction (fixed by the specification)."""

MINUTE = 60_000.0


class Params(StrategyParams):
    """Parameters of the funding scalp."""

    extreme_positive_threshold: float = param(
        0.03, "Settled rate above which longs pay too much.", unit="%", on_change="hot", gt=-100, lt=100
    )
    extreme_negative_threshold: float | None = param(
        None,
        "Settled rate below which shorts pay too much; absent: minus extreme_positive_threshold.",
        unit="%",
        on_change="hot",
        gt=-100,
        lt=100,
    )
    entry_delay_minutes: float = param(
        5.0, "Least age of an extreme for an entry; it is one bar at least.", unit="min", on_change="hot", ge=0, le=1440
    )
    tp_percent: float = param(0.4, "Target distance from the entry close.", unit="%", on_change="hot", gt=0, lt=100)
    sl_percent: float = param(0.2, "Stop distance from the entry close.", unit="%", on_change="hot", gt=0, lt=100)


def check(params: Params) -> list[tuple[str, str]]:
    """The two extremes must not overlap: a rate would be both."""
    high, low = params.extreme_positive_threshold, params.extreme_negative_threshold
    if low is None and high < 0.0:
        message = f"is {high:g} and its mirror image {-high:g}, so a rate between them would be extreme on both sides"
        return [("extreme_positive_threshold", f"{message}; give a positive one or extreme_negative_threshold too")]
    if low is not None and low > high:
        message = f"is {low:g}, above extreme_positive_threshold ({high:g}), so a rate between them would be both"
        return [("extreme_negative_threshold", f"{message}; give a number of at most {high:g}")]
    return []


@compiled
def terms(p: Any) -> Terms:
    """One entry, absolute stop, a target that rests as a limit order."""
    return Terms(p.leverage, 0.0, 1, False, True)


@inlined
def lowest(p: Any) -> float:
    """The rate below which shorts pay too much."""
    low = p.extreme_negative_threshold
    return float(low if low == low else -p.extreme_positive_threshold)


@compiled
def step(p: Any, s: Any, w: Any, position: Any, intent: Any, bar: Bar, rate: float) -> None:
    """Keep the timer; leave when funding is calm; enter when an extreme is old enough."""
    withdraw(intent)
    if s.asked != 0 and position.entry_time == s.asked:
        s.side = 0
    s.asked = 0
    side = 0
    if rate < lowest(p):
        side = 1
    elif rate > p.extreme_positive_threshold:
        side = -1
    if side != s.side:
        s.side = side
        s.since = bar.time
    if position.side != 0:
        if abs(rate) < CALM_RATE:
            leave(intent, ExitReason.SIGNAL)
        return
    if (
        side == 0
        or bar.time == s.since
        or bar.time - s.since < p.entry_delay_minutes * MINUTE
        or not may(p.sides, side)
    ):
        return
    enter(intent, side, bar.close * (1.0 - side * p.sl), bar.close * (1.0 + side * p.tp))
    s.asked = bar.time


@compiled
def judge(p: Any, s: Any, w: Any, position: Any, intent: Any, bar: Bar, rate: float, side: int, found: Any) -> float:
    """``min(1, 0.7 * size of the rate / size of the larger threshold + 0.3)``; 0 where the rate is of the other side.

    Whichever side the rate speaks for: below zero for a long, above zero for a short.
    """
    low, high = lowest(p), p.extreme_positive_threshold
    threshold = low if side > 0 else high
    tell(found, 0, rate, threshold, side * (threshold - rate) > 0.0)
    age = (bar.time - s.since) / MINUTE if s.side == side else np.nan
    tell(found, 1, age, p.entry_delay_minutes, age > 0.0 and age >= p.entry_delay_minutes)
    if rate != rate:
        return np.nan
    if side * rate > 0.0:
        return 0.0
    scale = max(abs(low), abs(high))
    return float(min(1.0, 0.7 * abs(rate) / scale + 0.3)) if scale > 0.0 else 1.0


KIND = Kind(
    params=Params,
    inputs={
        "bar": Input(PortType.BAR, "Candles of the strategy's clock."),
        "rate": Input(PortType.SERIES, "Last settled funding rate, a fraction."),
    },
    outputs={"intent": Output(PortType.INTENT, "Entry, stop, target and signal exit.")},
    state=(("side", "i8"), ("since", "i8"), ("asked", "i8")),
    history=lambda params, interval: 10,
    terms=terms,
    step=step,
    judge=judge,
    conditions={
        "extreme": "The settled rate is beyond the threshold of the side.",
        "delay": "Minutes since the rate became extreme: more than none and at least entry_delay_minutes.",
    },
    check=check,
)
