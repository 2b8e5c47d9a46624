"""Decisions taken at a bar's close execute as market orders at the close (strategies spec 3.1, steps 6 to 8)."""

from __future__ import annotations

from typing import Any

import numpy as np

from radar.market.account import (
    Moment,
    close_position,
    contain,
    open_level,
    refuse,
    settle_funding,
)
from radar.market.approval import approval_refusal, margin_refusal
from radar.market.bar import Bar
from radar.market.compiled import compiled, inlined
from radar.market.intent import LEVELS, Terms
from radar.market.ledger import Ledger
from radar.market.position import stop_at
from radar.market.reason import Refusal
from radar.market.simulation.costs import market_entry, market_exit
from radar.market.simulation.walk import sizing_base


@compiled
def leave_at_close(
    ledger: Ledger,
    p: Any,
    terms: Terms,
    intent: Any,
    account: Any,
    position: Any,
    moment: Moment,
    price: float,
    regime: int,
) -> None:
    """Close the position at the close, for the reason that the intent names.

    Its trailing stop ends with it: another position may fill in the next bar, before the strategy decides again.
    """
    stop = stop_at(p, terms, intent, position.side, position.average)
    execution = market_exit(p, price, regime)
    close_position(ledger, account, position, moment, execution, intent.leave, stop.price, intent.target, regime)
    intent.trail = np.nan
    intent.leave = 0


@compiled
def entry_notional(terms: Terms, intent: Any, approval: Any, base: float, price: float, side: int) -> float:
    """Notional of an entry at ``price``; 0 when its stop cannot size it.

    Risk sizing (strategies spec 3.7): ``base * risk / (stop distance + costs)``, at most
    ``base * leverage * max_margin_ratio``. Equal allocation: the margin of one level times leverage.
    """
    if approval.risk_fraction <= 0.0:
        return float(base * approval.margin_fraction * terms.leverage)
    stop = price * (1.0 - side * terms.stop_fraction) if terms.stop_fraction > 0.0 else intent.stop
    distance = side * (price - stop) / price
    if not (distance > 0.0 and stop > 0.0):
        return 0.0
    notional = base * approval.risk_fraction / (distance + approval.cost_fraction)
    ceiling = base * terms.leverage * approval.max_margin_ratio
    return float(notional if notional < ceiling else ceiling)


@compiled
def enter_at_close(
    ledger: Ledger,
    p: Any,
    terms: Terms,
    intent: Any,
    approval: Any,
    account: Any,
    position: Any,
    moment: Moment,
    bar: Bar,
    equity: float,
    regime: int,
) -> None:
    """Open the levels that the intent asks for at this close.

    ``equity`` is the account's at this close; each level that opens leaves it less by what it costs (strategies spec
    8.2), and the next one is held against what is left.
    """
    side = intent.enter
    for level in range(LEVELS):
        if (intent.enter_levels >> level) & 1 == 0 or (position.side != 0 and (position.filled >> level) & 1 != 0):
            continue
        opening = position.side == 0
        base = sizing_base(approval, account, equity) if opening else position.base
        notional = entry_notional(terms, intent, approval, base, bar.close, side)
        cause = approval_refusal(approval, side, opening)
        if cause == 0 and opening and position.closed_row == moment.row:
            cause = Refusal.SAME_BAR.value
        if cause == 0 and notional <= 0.0:
            cause = Refusal.INVALID_STOP.value
        if cause == 0 and notional < p.minimum_notional:
            cause = Refusal.BELOW_MINIMUM.value
        if cause == 0:
            cause = margin_refusal(approval, equity, base, notional / terms.leverage, account.locked)
        if cause != 0:
            refuse(position, cause)
            continue
        execution = market_entry(p, bar.close)
        contain(account, bar, execution.reference)
        quantity = notional / bar.close
        open_level(ledger, account, position, moment, terms, side, level, execution, quantity, base, equity, regime)
        paid = execution.reference * (1.0 + side * execution.slip)
        equity -= (abs(paid - execution.reference) + execution.fee_rate * paid) * quantity
    intent.enter = 0
    intent.enter_levels = 0


@inlined
def carry(account: Any, position: Any, price: float, rate: float) -> None:
    """Take an open position into a new bar that opens at ``price``: count the bar, settle funding at ``rate``.

    ``rate`` is the sum of the rates whose settlement instants lie in the bar; NaN or 0 books nothing.
    """
    position.bars += 1
    if rate == rate and rate != 0.0:
        settle_funding(account, position, rate, price)


@inlined
def observe_excursion(position: Any, price: float) -> None:
    """Remember the worst excursion of an open position, here at ``price``."""
    distance = position.side * (price - position.average)
    if distance < position.worst * position.average:
        position.worst = distance / position.average
