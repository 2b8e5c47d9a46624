"""One bar against what was resting when it opened (strategies spec 3.1, steps 1 to 5).

First it is decided what the bar meets and how it ends the position, then that is booked. The decision knows neither
ledger nor books, so both stay small.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from radar.market.account import Moment, close_position, contain, locked_for_resting, open_level, refuse
from radar.market.bar import Bar
from radar.market.compiled import compiled, inlined
from radar.market.intent import Terms, withdraw
from radar.market.ledger import Ledger
from radar.market.position import Stop, stop_at
from radar.market.reason import ExitReason
from radar.market.simulation.close import observe_excursion
from radar.market.simulation.costs import market_exit, resting_order
from radar.market.simulation.reach import fills, reaches
from radar.market.simulation.resolve import FineBars, target_first
from radar.market.simulation.walk import Walk, forget, level_refusal, nearest_level, sizing_base, walk

NO_STOP = Stop(0.0, ExitReason.NONE.value)


class Exit(NamedTuple):
    """How a bar ends a position: ``reason`` (NONE: it does not) at ``price``; ``stop`` was in force."""

    reason: int
    price: float
    stop: float


STAYS = Exit(ExitReason.NONE.value, 0.0, 0.0)


@inlined
def touched(p: Any, terms: Terms, intent: Any, position: Any, bar: Bar) -> bool:
    """Whether anything that rests could act in this bar. Cheap: almost every bar of a run ends here."""
    if position.side == 0:
        return bool(intent.extend_only == 0 and (bar.low <= intent.highest_buy or bar.high >= intent.lowest_sell))
    stop = stop_at(p, terms, intent, position.side, position.average).price
    if position.side > 0:
        return bool(bar.low <= stop or bar.low <= intent.highest_buy or bar.high >= intent.target)
    return bool(bar.high >= stop or bar.high >= intent.lowest_sell or bar.low <= intent.target)


@compiled
def gapped_stop(terms: Terms, intent: Any, position: Any, stop: Stop, price: float) -> Stop:
    """The stop that an open at ``price`` fired, when ``stop`` is the nearest of those that it went through.

    All of them fill at the open, so they tie and the order is stop, trailing, liquidation (strategies spec 8.2).
    """
    side = position.side
    own = position.average * (1.0 - side * terms.stop_fraction) if terms.stop_fraction > 0.0 else intent.stop
    if side * (own - price) >= 0.0:
        return Stop(own, ExitReason.SL.value)
    if side * (intent.trail - price) >= 0.0:
        return Stop(intent.trail, ExitReason.TRAILING.value)
    return stop


@compiled
def match_open(
    p: Any,
    terms: Terms,
    intent: Any,
    approval: Any,
    account: Any,
    position: Any,
    met: Any,
    row: int,
    lane: int,
    bar: Bar,
    tick: float,
    fine: FineBars,
) -> Exit:
    """A bar against a position that was carried into it."""
    side = position.side
    stop = stop_at(p, terms, intent, side, position.average)
    if side * (stop.price - bar.open) >= 0.0:
        stop = gapped_stop(terms, intent, position, stop, bar.open)
        return Exit(stop.reason, bar.open, stop.price)
    target = intent.target
    target_filled = reaches(target, side < 0, bar) and fills(
        p.fill_model, target, side < 0, position.quantity, tick, bar
    )
    if target_filled and side * (bar.open - target) >= 0.0:
        return Exit(ExitReason.TP.value, bar.open, stop.price)
    locked = locked_for_resting(account, row)
    start = Walk(side, position.filled, position.quantity, position.fill_value, locked, False, 0.0, NO_STOP)
    end = walk(p, terms, intent, approval, account, position.base, met, bar, tick, start, 0)
    if target_filled:
        # Target and fills in one bar: the carried quantity takes the target and the fills are cancelled.
        if not end.stopped or target_first(
            p, terms, intent, approval, account, position.base, met, bar, lane, tick, start, fine
        ):
            # Nobody knows on which side of the target the bar made its extreme; the excursion counts it, as far as the
            # stop allows.
            worst = bar.low if side > 0 else bar.high
            observe_excursion(position, stop.price if side * (stop.price - worst) > 0.0 else worst)
            forget(met)
            return Exit(ExitReason.TP.value, target, stop.price)
        end = walk(p, terms, intent, approval, account, position.base, met, bar, tick, start, 0)
    if end.stopped:
        return Exit(end.stop.reason, end.stop_price, end.stop.price)
    return STAYS


@compiled
def match_flat(
    p: Any,
    terms: Terms,
    intent: Any,
    approval: Any,
    account: Any,
    position: Any,
    met: Any,
    row: int,
    bar: Bar,
    tick: float,
) -> Exit:
    """A bar against resting levels while flat: the side that the bar reaches first locks the other out.

    "First" is the smallest distance from the open to the fill price, long on a tie. The target of a new position arms
    with the next bar; its stop works at once.
    """
    skip_buy = 0
    skip_sell = 0
    base = sizing_base(approval, account, account.equity)
    locked = locked_for_resting(account, row)
    while True:
        buy = nearest_level(intent, 1, skip_buy, bar)
        sell = nearest_level(intent, -1, skip_sell, bar)
        if buy.number < 0 and sell.number < 0:
            return STAYS
        side = 1
        if buy.number < 0 or (sell.number >= 0 and sell.price - bar.open < bar.open - buy.price):
            side = -1
        level = buy if side > 0 else sell
        limit_price = intent.buy[level.number] if side > 0 else intent.sell[level.number]
        cause = level_refusal(
            p, terms, approval, account, base, locked, level.price, limit_price, side, tick, bar, True
        )
        if cause == 0:
            break
        refuse(position, cause)
        if side > 0:
            skip_buy |= 1 << level.number
        else:
            skip_sell |= 1 << level.number
    start = Walk(side, 0, 0.0, 0.0, locked, False, 0.0, NO_STOP)
    skip = skip_buy if side > 0 else skip_sell
    end = walk(p, terms, intent, approval, account, base, met, bar, tick, start, skip)
    if end.stopped:
        return Exit(end.stop.reason, end.stop_price, end.stop.price)
    return STAYS


@compiled
def book(
    ledger: Ledger,
    p: Any,
    terms: Terms,
    intent: Any,
    account: Any,
    position: Any,
    met: Any,
    moment: Moment,
    bar: Bar,
    end: Exit,
    regime: int,
) -> None:
    """Book what a bar met: its fills, its refusals, and the exit if there was one.

    A stop fills at its price or worse: ``stop_gap_fraction`` moves it towards the bar's extreme, if that is known. What
    rested was meant for the position that ended: it is withdrawn until the strategy decides again.
    """
    for index in range(met.refusals):
        refuse(position, met.cause[index])
    for index in range(met.fills):
        execution = resting_order(p, met.price[index], terms.entry_limit)
        contain(account, bar, execution.reference)
        open_level(
            ledger,
            account,
            position,
            moment,
            terms,
            met.side,
            met.level[index],
            execution,
            met.quantity[index],
            met.base,
            account.equity,
            regime,
        )
    if end.reason == ExitReason.NONE:
        return
    if end.reason == ExitReason.TP:
        execution = resting_order(p, end.price, terms.target_limit)
    else:
        extreme = bar.low if position.side > 0 else bar.high
        worse = p.stop_gap_fraction * (end.price - extreme)
        execution = market_exit(p, end.price - worse if worse == worse else end.price, regime)
        observe_excursion(position, execution.reference)
    contain(account, bar, execution.reference)
    close_position(ledger, account, position, moment, execution, end.reason, end.stop, intent.target, regime)
    withdraw(intent)


@compiled
def match(
    ledger: Ledger,
    p: Any,
    terms: Terms,
    intent: Any,
    approval: Any,
    account: Any,
    position: Any,
    met: Any,
    moment: Moment,
    bar: Bar,
    tick: float,
    regime: int,
    fine: FineBars,
) -> None:
    """Run a bar against resting levels, stop and target. Call it when :func:`touched` is true."""
    forget(met)
    if position.side == 0:
        end = match_flat(p, terms, intent, approval, account, position, met, moment.row, bar, tick)
    else:
        end = match_open(p, terms, intent, approval, account, position, met, moment.row, moment.lane, bar, tick, fine)
    if met.fills > 0 or met.refusals > 0 or end.reason != ExitReason.NONE:
        book(ledger, p, terms, intent, account, position, met, moment, bar, end, regime)
