"""One bar against what was resting when it opened (strategies spec 3.1, steps 1 to 5)."""

from __future__ import annotations

from typing import Any

from radar.market.account import Moment, close_position, contain, locked_for_resting, refuse
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
from radar.market.simulation.walk import Walk, level_refusal, nearest_level, sizing_base, walk


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
def stop_out(
    ledger: Ledger,
    p: Any,
    account: Any,
    position: Any,
    intent: Any,
    moment: Moment,
    bar: Bar,
    stop: Stop,
    price: float,
    regime: int,
) -> None:
    """Close at a stop that filled at ``price``; ``stop_gap_fraction`` worsens it towards the bar's extreme.

    What rested was meant for the position that just ended: it is withdrawn until the strategy decides again.
    """
    extreme = bar.low if position.side > 0 else bar.high
    reference = price - p.stop_gap_fraction * (price - extreme)
    contain(account, bar, reference)
    observe_excursion(position, reference)
    execution = market_exit(p, reference, regime)
    close_position(ledger, account, position, moment, execution, stop.reason, stop.price, intent.target, regime)
    withdraw(intent)


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
def take_profit(
    ledger: Ledger,
    p: Any,
    terms: Terms,
    account: Any,
    position: Any,
    intent: Any,
    moment: Moment,
    bar: Bar,
    price: float,
    stop: Stop,
    regime: int,
) -> None:
    """Close the carried quantity at the target."""
    contain(account, bar, price)
    execution = resting_order(p, price, terms.target_limit)
    close_position(ledger, account, position, moment, execution, ExitReason.TP.value, stop.price, intent.target, regime)
    withdraw(intent)


@compiled
def match_open(
    ledger: Ledger,
    p: Any,
    terms: Terms,
    intent: Any,
    approval: Any,
    account: Any,
    position: Any,
    moment: Moment,
    bar: Bar,
    tick: float,
    regime: int,
    fine: FineBars,
) -> None:
    """A bar against a position that was carried into it."""
    side = position.side
    stop = stop_at(p, terms, intent, side, position.average)
    if side * (stop.price - bar.open) >= 0.0:
        stop = gapped_stop(terms, intent, position, stop, bar.open)
        stop_out(ledger, p, account, position, intent, moment, bar, stop, bar.open, regime)
        return
    target = intent.target
    target_filled = reaches(target, side < 0, bar) and fills(
        p.fill_model, target, side < 0, position.quantity, tick, bar
    )
    if target_filled and side * (bar.open - target) >= 0.0:
        take_profit(ledger, p, terms, account, position, intent, moment, bar, bar.open, stop, regime)
        return
    start = Walk(
        side,
        position.filled,
        position.quantity,
        position.fill_value,
        locked_for_resting(account, moment.row),
        False,
        0.0,
        ExitReason.NONE.value,
    )
    if target_filled:
        # Target and fills in one bar: the carried quantity takes the target and the fills are cancelled.
        trial = walk(ledger, p, terms, intent, approval, account, position, moment, bar, tick, regime, start, 0, False)
        if not trial.stopped or target_first(
            ledger, p, terms, intent, approval, account, position, moment, bar, tick, start, fine
        ):
            # Nobody knows on which side of the target the bar made its extreme; the excursion counts it, as far as the
            # stop allows.
            worst = bar.low if side > 0 else bar.high
            observe_excursion(position, stop.price if side * (stop.price - worst) > 0.0 else worst)
            take_profit(ledger, p, terms, account, position, intent, moment, bar, target, stop, regime)
            return
    end = walk(ledger, p, terms, intent, approval, account, position, moment, bar, tick, regime, start, 0, True)
    if end.stopped:
        last = stop_at(p, terms, intent, side, position.average)
        stop_out(ledger, p, account, position, intent, moment, bar, last, end.stop_price, regime)


@compiled
def match_flat(
    ledger: Ledger,
    p: Any,
    terms: Terms,
    intent: Any,
    approval: Any,
    account: Any,
    position: Any,
    moment: Moment,
    bar: Bar,
    tick: float,
    regime: int,
) -> None:
    """A bar against resting levels while flat: the side that the bar reaches first locks the other out.

    "First" is the smallest distance from the open to the fill price, long on a tie. The target of a new position arms
    with the next bar; its stop works at once.
    """
    skip_buy = 0
    skip_sell = 0
    locked = locked_for_resting(account, moment.row)
    while True:
        buy = nearest_level(intent, 1, skip_buy, bar)
        sell = nearest_level(intent, -1, skip_sell, bar)
        if buy.number < 0 and sell.number < 0:
            return
        side = 1
        if buy.number < 0 or (sell.number >= 0 and sell.price - bar.open < bar.open - buy.price):
            side = -1
        level = buy if side > 0 else sell
        base = sizing_base(approval, account, account.equity)
        limit_price = intent.buy[level.number] if side > 0 else intent.sell[level.number]
        cause = level_refusal(
            p,
            terms,
            approval,
            account,
            base,
            locked,
            level.price,
            limit_price,
            side,
            tick,
            bar,
            True,
        )
        if cause == 0:
            break
        refuse(position, cause)
        if side > 0:
            skip_buy |= 1 << level.number
        else:
            skip_sell |= 1 << level.number
    start = Walk(side, 0, 0.0, 0.0, locked, False, 0.0, ExitReason.NONE.value)
    skip = skip_buy if side > 0 else skip_sell
    end = walk(ledger, p, terms, intent, approval, account, position, moment, bar, tick, regime, start, skip, True)
    if end.stopped:
        stop = stop_at(p, terms, intent, side, position.average)
        stop_out(ledger, p, account, position, intent, moment, bar, stop, end.stop_price, regime)


@compiled
def match(
    ledger: Ledger,
    p: Any,
    terms: Terms,
    intent: Any,
    approval: Any,
    account: Any,
    position: Any,
    moment: Moment,
    bar: Bar,
    tick: float,
    regime: int,
    fine: FineBars,
) -> None:
    """Run a bar against resting levels, stop and target. Call it when :func:`touched` is true."""
    if position.side == 0:
        match_flat(ledger, p, terms, intent, approval, account, position, moment, bar, tick, regime)
    else:
        match_open(ledger, p, terms, intent, approval, account, position, moment, bar, tick, regime, fine)
