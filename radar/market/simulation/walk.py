"""The adverse leg of a bar: levels and stop are met one after the other, nearest first.

On a continuous path a deeper price cannot be reached before a shallower one, so the walk is exact (strategies spec 3.1
step 2). At one price the stop comes before a level and a lower level before a higher one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from radar.market.approval import approval_refusal, margin_refusal
from radar.market.bar import Bar
from radar.market.compiled import compiled
from radar.market.intent import LEVELS, Terms
from radar.market.position import Stop, stop_at
from radar.market.reason import ExitReason, Refusal, SizingBase
from radar.market.simulation.costs import resting_order
from radar.market.simulation.reach import fills, reaches

MET = np.dtype(
    [
        ("fills", "i8"),
        ("refusals", "i8"),
        ("side", "i8"),
        ("base", "f8"),
        ("level", "i8", (LEVELS,)),
        ("price", "f8", (LEVELS,)),
        ("quantity", "f8", (LEVELS,)),
        ("cause", "i8", (LEVELS,)),
    ],
    align=True,
)
"""What a walk met, before anything is booked: ``fills`` entries of a ``quantity`` at a reference ``price`` for a
``level`` of ``side``, sized from ``base``; and ``refusals`` levels that were reached and not filled, each with its
``cause``."""


class Walk(NamedTuple):
    """Where a walk stands: the position as it would be, and the stop if one was hit, filled at ``stop_price``."""

    side: int
    filled: int
    quantity: float
    fill_value: float
    locked: float
    stopped: bool
    stop_price: float
    stop: Stop


class Level(NamedTuple):
    """The nearest resting level that a bar reaches: ``number`` -1 when there is none, ``price`` clamped to the open."""

    number: int
    price: float


@compiled
def nearest_level(intent: Any, side: int, skip: int, bar: Bar) -> Level:
    """The level of ``side`` that the bar reaches first, leaving out the levels whose bit is in ``skip``."""
    index = -1
    nearest = 0.0
    count = intent.buy_count if side > 0 else intent.sell_count
    for level in range(count):
        if (skip >> level) & 1 == 0:
            price = intent.buy[level] if side > 0 else intent.sell[level]
            if price > 0.0 and reaches(price, side > 0, bar):
                if side * (price - bar.open) > 0.0:
                    price = bar.open
                if index < 0 or side * (price - nearest) > 0.0:
                    index = level
                    nearest = price
    return Level(index, nearest)


@compiled
def sizing_base(approval: Any, account: Any, equity: float) -> float:
    """The capital that sizes a new position: equity, or the initial capital where the sizing node says so."""
    if approval.base == SizingBase.INITIAL:
        return float(account.initial)
    return equity


@compiled
def level_refusal(
    p: Any,
    terms: Terms,
    approval: Any,
    account: Any,
    base: float,
    locked: float,
    level_price: float,
    limit_price: float,
    side: int,
    tick: float,
    bar: Bar,
    opening: bool,
) -> int:
    """Why a reached level is not filled, or 0. ``locked`` is the account's margin, this walk's fills included."""
    cause = approval_refusal(approval, side, opening)
    if cause != 0:
        return cause
    margin = base * approval.margin_fraction
    if margin * terms.leverage < p.minimum_notional:
        return Refusal.BELOW_MINIMUM.value
    if not fills(p.fill_model, limit_price, side > 0, margin * terms.leverage / level_price, tick, bar):
        return Refusal.UNFILLED.value
    return margin_refusal(approval, account.equity, base, margin, locked)


@compiled
def forget(met: Any) -> None:
    """Nothing was met."""
    met.fills = 0
    met.refusals = 0


@compiled
def walk(
    p: Any,
    terms: Terms,
    intent: Any,
    approval: Any,
    account: Any,
    base: float,
    met: Any,
    bar: Bar,
    tick: float,
    start: Walk,
    skip: int,
) -> Walk:
    """Walk the adverse leg of ``bar`` from ``start`` and write into ``met`` what it meets; nothing is booked.

    ``base`` sizes the levels. ``skip`` has a bit for each level that may not fill. The stop is reported in the result.
    """
    forget(met)
    met.side = start.side
    met.base = base
    side = start.side
    filled = start.filled
    quantity = start.quantity
    fill_value = start.fill_value
    locked = start.locked
    path = bar.open
    while True:
        level = nearest_level(intent, side, filled | skip, bar)
        if quantity > 0.0:
            stop = stop_at(p, terms, intent, side, fill_value / quantity)
            if reaches(stop.price, side > 0, bar) and (level.number < 0 or side * (stop.price - level.price) >= 0.0):
                price = stop.price if side * (path - stop.price) > 0.0 else path
                return Walk(side, filled, quantity, fill_value, locked, True, price, stop)
        if level.number < 0:
            break
        limit_price = intent.buy[level.number] if side > 0 else intent.sell[level.number]
        cause = level_refusal(
            p, terms, approval, account, base, locked, level.price, limit_price, side, tick, bar, quantity <= 0.0
        )
        if cause != 0:
            skip |= 1 << level.number
            met.cause[met.refusals] = cause
            met.refusals += 1
            continue
        execution = resting_order(p, level.price, terms.entry_limit)
        size = base * approval.margin_fraction * terms.leverage / level.price
        price = level.price * (1.0 + side * execution.slip)
        filled |= 1 << level.number
        quantity += size
        fill_value += price * size
        locked += level.price * size / terms.leverage
        path = level.price
        met.level[met.fills] = level.number
        met.price[met.fills] = level.price
        met.quantity[met.fills] = size
        met.fills += 1
    return Walk(side, filled, quantity, fill_value, locked, False, 0.0, Stop(0.0, ExitReason.NONE.value))
