"""The books of one account: entries, exits, funding, margin, equity. Every fill of any executor goes through here.

Cash changes exactly when money moves: entry fee at entry, profit and exit fee at exit, funding at settlement. Margin is
locked, not spent. At every bar ``equity = initial + sum(net of closed) + open profit - open costs + open funding``
(strategies spec 3.5). Open profit at fill prices already holds the slippage paid, so what is left to hold is
``cash = initial + closed_net + open_cash``; :func:`audit` does, whenever a position closes, and ends the run if not.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from radar.market.bar import Bar
from radar.market.compiled import compiled, inlined
from radar.market.intent import Terms
from radar.market.ledger import Ledger
from radar.market.reason import ExitReason
from radar.market.statistics import STATISTICS, observe_trade, start_statistics

TOLERANCE = 1e-9
"""Relative tolerance of guards and of the books."""

FAULT_BOOKS = 1
FAULT_PRICE = 2

ACCOUNT = np.dtype(
    [
        ("initial", "f8"),
        ("cash", "f8"),
        ("locked", "f8"),
        ("released", "f8"),
        ("released_positions", "i8"),
        ("released_row", "i8"),
        ("equity", "f8"),
        ("closed_net", "f8"),
        ("open_cash", "f8"),
        ("positions", "i8"),
        ("assets", "i8"),
        ("interval", "i8"),
        ("trade_number", "i8"),
        ("fill_count", "i8"),
        ("trade_count", "i8"),
        ("recording", "i8"),
        ("ended", "i8"),
        ("liquidated", "i8"),
        ("fault", "i8"),
        ("fault_time", "i8"),
        ("peak_locked", "f8"),
        ("peak_positions", "i8"),
        ("settlements", "i8"),
        ("statistics", STATISTICS),
    ],
    align=True,
)
"""``equity`` is that of the last mark; ``closed_net`` sums the net of closed positions, ``open_cash`` what open ones
have paid and received in fees and funding. ``released`` is the margin of the ``released_positions`` that ended inside
row ``released_row``: no other resting order of that row can use it (see :func:`locked_for_resting`). ``assets`` is the
number of assets of the run (constant), ``interval`` the base clock in milliseconds, ``recording`` 1 when fills and
trades are written to the ledger."""


class Execution(NamedTuple):
    """How an order executes: ``reference`` price, fraction ``slip`` that moves it against the trader, fee rate."""

    reference: float
    slip: float
    fee_rate: float


class Moment(NamedTuple):
    """Where in a run something happens: ``row`` of the timeline, bar open ``time``, lane and strategy number."""

    row: int
    time: int
    lane: int
    strategy: int
    at_close: bool


@compiled
def open_account(account: Any, capital: float) -> None:
    """Put ``capital`` into an account of zeros."""
    account.initial = capital
    account.cash = capital
    account.equity = capital
    start_statistics(account.statistics, capital)


@compiled
def refuse(position: Any, cause: int) -> None:
    """Count an entry that the market offered and that was not taken."""
    position.refusals[cause] += 1


@compiled
def locked_for_resting(account: Any, row: int) -> float:
    """Margin that a resting order of ``row`` finds locked: what the same bar freed is free from its close on.

    Inside a bar nothing says whether an exit of one asset came before an entry of another (strategies spec 8.1).
    """
    if account.released_row == row:
        return float(account.locked + account.released)
    return float(account.locked)


@compiled
def positions_for_resting(account: Any, moment: Moment) -> int:
    """Open positions that an order of ``moment`` finds; an exit inside a bar frees a slot from its close on."""
    if account.released_row == moment.row and not moment.at_close:
        return int(account.positions + account.released_positions)
    return int(account.positions)


@compiled
def audit(account: Any, time: int) -> None:
    """Hold cash against closed and open positions; a difference marks the run as faulty."""
    expected = account.initial + account.closed_net + account.open_cash
    if abs(account.cash - expected) > TOLERANCE * (abs(account.cash) + account.initial) and account.fault == 0:
        account.fault = FAULT_BOOKS
        account.fault_time = time


@compiled
def contain(account: Any, bar: Bar, reference: float) -> None:
    """Hold the reference price of a fill against the bar it happens in; one outside marks the run as faulty.

    Spec 3.3: every fill lies inside ``[low, high]``. Open and close count as part of that range, so that a candle whose
    own prices contradict each other (which data verification reports) is not taken for a defect of the simulator.
    """
    low = bar.low if bar.low < bar.open else bar.open
    high = bar.high if bar.high > bar.open else bar.open
    low = low if low < bar.close else bar.close
    high = high if high > bar.close else bar.close
    if not (low * (1.0 - TOLERANCE) <= reference <= high * (1.0 + TOLERANCE)) and account.fault == 0:
        account.fault = FAULT_PRICE
        account.fault_time = bar.time


@compiled
def record_fill(
    ledger: Ledger,
    account: Any,
    position: Any,
    moment: Moment,
    level: int,
    side: int,
    reason: int,
    execution: Execution,
    quantity: float,
) -> None:
    """Append a fill to the ledger when the account records. ``reason`` is 0 for an entry."""
    if account.recording == 0:
        return
    price = execution.reference * (1.0 + side * execution.slip)
    fill = ledger.fills[account.fill_count]
    account.fill_count += 1
    fill.time = moment.time
    fill.trade = position.trade
    fill.lane = moment.lane
    fill.strategy = moment.strategy
    fill.level = level
    fill.side = side
    fill.opens = 1 if reason == 0 else 0
    fill.at_close = 1 if moment.at_close else 0
    fill.reason = reason
    fill.reference = execution.reference
    fill.price = price
    fill.quantity = quantity
    fill.fee = execution.fee_rate * price * quantity
    fill.slippage = abs(price - execution.reference) * quantity


@compiled
def open_level(
    ledger: Ledger,
    account: Any,
    position: Any,
    moment: Moment,
    terms: Terms,
    side: int,
    level: int,
    execution: Execution,
    quantity: float,
    base: float,
    equity: float,
    regime: int,
) -> None:
    """Book an entry of ``quantity``.

    The first level starts the position: ``base`` and ``equity`` (account equity before it) are frozen there.
    """
    reference = execution.reference
    price = reference * (1.0 + side * execution.slip)
    fee = execution.fee_rate * price * quantity
    margin = reference * quantity / terms.leverage
    if position.side == 0:
        account.trade_number += 1
        account.positions += 1
        if account.positions > account.peak_positions:
            account.peak_positions = account.positions
        position.side = side
        position.filled = 0
        position.levels = 0
        position.quantity = 0.0
        position.fill_value = 0.0
        position.reference_value = 0.0
        position.locked = 0.0
        position.fees = 0.0
        position.slippage = 0.0
        position.funding = 0.0
        position.worst = 0.0
        position.bars = 0
        position.first_fill = price
        position.base = base
        position.equity_before = equity
        position.entry_time = moment.time
        position.entry_regime = regime
        position.trade = account.trade_number
    position.filled |= 1 << level
    position.levels += 1
    position.quantity += quantity
    position.fill_value += price * quantity
    position.reference_value += reference * quantity
    position.average = position.fill_value / position.quantity
    position.locked += margin
    position.fees += fee
    position.slippage += abs(price - reference) * quantity
    account.locked += margin
    if account.locked > account.peak_locked:
        account.peak_locked = account.locked
    account.cash -= fee
    account.open_cash -= fee
    record_fill(ledger, account, position, moment, level, side, 0, execution, quantity)


@compiled
def close_position(
    ledger: Ledger,
    account: Any,
    position: Any,
    moment: Moment,
    execution: Execution,
    reason: int,
    stop: float,
    target: float,
    regime: int,
) -> None:
    """Book the exit of the whole position. ``stop`` and ``target`` are those in force, for the record."""
    side = position.side
    quantity = position.quantity
    reference = execution.reference
    price = reference * (1.0 - side * execution.slip)
    fee = execution.fee_rate * price * quantity
    slippage = position.slippage + abs(price - reference) * quantity
    fees = position.fees + fee
    gross = side * (reference * quantity - position.reference_value)
    net = gross - fees - slippage + position.funding
    account.cash += side * (price * quantity - position.fill_value) - fee
    account.closed_net += net
    account.open_cash += position.fees - position.funding
    audit(account, moment.time)
    if not moment.at_close:
        if account.released_row != moment.row:
            account.released_row = moment.row
            account.released = 0.0
            account.released_positions = 0
        account.released += position.locked
        account.released_positions += 1
    account.locked -= position.locked
    account.positions -= 1
    if account.positions == 0:
        # Sums of many margins leave a remainder of 1e-13; without positions none is locked.
        account.locked = 0.0
    record_fill(ledger, account, position, moment, -1, -side, reason, execution, quantity)
    if account.recording != 0:
        trade = ledger.trades[account.trade_count]
        account.trade_count += 1
        trade.trade = position.trade
        trade.lane = moment.lane
        trade.strategy = moment.strategy
        trade.side = side
        trade.entry_time = position.entry_time
        trade.exit_time = moment.time
        trade.bars = position.bars
        trade.levels = position.levels
        trade.reason = reason
        trade.entry_regime = position.entry_regime
        trade.exit_regime = regime
        trade.quantity = quantity
        trade.average_entry = position.average
        trade.entry_reference = position.reference_value / quantity
        trade.exit_price = price
        trade.exit_reference = reference
        trade.stop = stop
        trade.target = target
        trade.gross = gross
        trade.fees = fees
        trade.slippage = slippage
        trade.funding = position.funding
        trade.net = net
        trade.base = position.equity_before
        trade.worst = position.worst
    if reason != ExitReason.END_OF_DATA:
        observe_trade(account.statistics, gross, fees, slippage, position.funding, net, position.equity_before)
    position.side = 0
    position.filled = 0
    position.quantity = 0.0
    position.released = 0.0 if moment.at_close else side * position.locked
    position.locked = 0.0
    position.closed_row = moment.row
    position.closed_time = moment.time
    position.net = net


@inlined
def settle_funding(account: Any, position: Any, rate: float, price: float) -> None:
    """Book funding on a carried position: a positive rate is paid by longs and received by shorts (spec 3.6)."""
    payment = -rate * position.side * position.quantity * price
    account.cash += payment
    account.open_cash += payment
    account.settlements += 1
    position.funding += payment
