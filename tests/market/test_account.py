"""The books, by hand: what moves cash, what is locked, and what a closed trade says of itself."""

from __future__ import annotations

import numpy as np
import pytest

from radar.market.account import FAULT_BOOKS, audit, locked_for_resting, settle_funding
from radar.market.approval import margin_refusal
from radar.market.reason import ExitReason, Refusal
from tests.market.desk import HOUR, Desk, desk, grid_terms


def two_levels() -> Desk:
    """A long of 2 at 100 and 3 at 90, leverage 5, slippage 1 %, fee 0.1 %."""
    one = desk(grid_terms(leverage=5.0))
    one.enter(1, 100.0, 2.0, slip=0.01, fee=0.001)
    one.enter(1, 90.0, 3.0, level=1, slip=0.01, fee=0.001)
    return one


def test_an_entry_costs_its_fee_and_locks_its_margin() -> None:
    """Margin is at reference prices, the fee at fill prices, and only the fee leaves cash."""
    one = two_levels()
    fee = 0.001 * (101.0 * 2.0 + 90.9 * 3.0)
    assert one.account.cash == pytest.approx(10_000.0 - fee)
    assert one.account.locked == pytest.approx((100.0 * 2.0 + 90.0 * 3.0) / 5.0)
    assert one.account.positions == one.account.peak_positions == 1


def test_the_average_is_of_fill_prices() -> None:
    """An exchange reports what was paid: (101 * 2 + 90.9 * 3) / 5."""
    one = two_levels()
    assert one.position.average == pytest.approx((202.0 + 272.7) / 5.0)
    assert (one.position.filled, one.position.levels) == (0b11, 2)


def test_a_closed_trade_splits_its_net_into_gross_fees_and_slippage() -> None:
    """Gross on reference prices, slippage of all legs, each fee once: net = gross - fees - slippage + funding."""
    one = two_levels()
    settle_funding(one.account, one.position, 0.001, 95.0)
    one.close(98.0, ExitReason.TP, slip=0.01, fee=0.002)
    trade = one.closed[0]
    fill = 98.0 * 0.99
    assert trade["gross"] == pytest.approx((98.0 - 100.0) * 2.0 + (98.0 - 90.0) * 3.0)
    assert trade["slippage"] == pytest.approx(1.0 * 2.0 + 0.9 * 3.0 + 0.98 * 5.0)
    assert trade["fees"] == pytest.approx(0.001 * (202.0 + 272.7) + 0.002 * fill * 5.0)
    assert trade["funding"] == pytest.approx(-0.001 * 5.0 * 95.0)
    assert trade["net"] == pytest.approx(trade["gross"] - trade["fees"] - trade["slippage"] + trade["funding"])
    assert (trade["exit_price"], trade["exit_reference"]) == (pytest.approx(fill), 98.0)
    assert trade["entry_reference"] == pytest.approx(470.0 / 5.0)


def test_cash_ends_at_initial_plus_net() -> None:
    """The identity of the specification, for a long and then a short."""
    one = two_levels()
    one.close(98.0, ExitReason.TP, slip=0.01, fee=0.002)
    one.enter(-1, 98.0, 4.0, slip=0.02, fee=0.001)
    settle_funding(one.account, one.position, 0.001, 97.0)
    one.close(99.0, ExitReason.SL, slip=0.02, fee=0.001)
    assert one.account.cash == pytest.approx(10_000.0 + one.closed["net"].sum(), abs=1e-9)
    assert (one.account.locked, one.account.open_cash) == (0.0, pytest.approx(0.0, abs=1e-12))
    assert one.account.fault == 0


def test_slippage_moves_a_price_against_the_trader() -> None:
    """A buy is dearer, a sale cheaper, on both sides."""
    one = desk()
    one.enter(1, 100.0, 1.0, slip=0.01)
    one.close(100.0, ExitReason.SIGNAL, slip=0.01)
    one.enter(-1, 100.0, 1.0, slip=0.01)
    one.close(100.0, ExitReason.SIGNAL, slip=0.01)
    np.testing.assert_allclose(one.filled["price"], [101.0, 99.0, 99.0, 101.0])
    assert one.filled["side"].tolist() == [1, -1, -1, 1]


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("rate", [0.001, -0.001])
def test_funding_is_paid_by_the_side_that_the_rate_names(side: int, rate: float) -> None:
    """``-rate * s * Q * price``: a positive rate costs longs and pays shorts."""
    one = desk()
    one.enter(side, 100.0, 3.0)
    settle_funding(one.account, one.position, rate, 110.0)
    assert one.account.cash - 10_000.0 == pytest.approx(-rate * side * 3.0 * 110.0)
    assert one.position.funding == pytest.approx(-rate * side * 330.0)
    assert one.account.settlements == 1


def test_cash_that_contradicts_the_trades_is_a_fault() -> None:
    """The audit finds a difference of one part in a billion and keeps the first instant."""
    one = two_levels()
    audit(one.account, 5)
    assert one.account.fault == 0
    one.account.cash += 1e-4
    audit(one.account, 6)
    audit(one.account, 7)
    assert (one.account.fault, one.account.fault_time) == (FAULT_BOOKS, 6)


def test_margin_that_an_exit_inside_a_bar_freed_is_locked_for_the_rest_of_that_bar() -> None:
    """Strategies spec 8.1: usable from the close decisions on; the next bar finds it free."""
    one = desk()
    one.enter(1, 100.0, 2.0)
    one.close(101.0, ExitReason.TP)
    assert one.account.locked == 0.0
    assert locked_for_resting(one.account, one.row) == 200.0
    assert locked_for_resting(one.account, one.row + 1) == 0.0


def test_margin_that_an_exit_at_a_close_freed_is_free_at_once() -> None:
    """An exit and an entry at one close do not stand in each other's way."""
    one = desk()
    one.enter(1, 100.0, 2.0)
    one.close(101.0, ExitReason.INVERSE, at_close=True)
    assert locked_for_resting(one.account, one.row) == 0.0


@pytest.mark.parametrize(
    ("locked", "margin", "equity", "cause"),
    [
        (6_000.0, 1_000.0, 10_000.0, Refusal.NONE),
        (6_000.0, 1_000.0 * (1.0 + 1e-10), 10_000.0, Refusal.NONE),
        (6_000.0, 1_001.0, 10_000.0, Refusal.MARGIN_GUARD),
        (6_000.0, 1_000.0, 6_999.0, Refusal.INSUFFICIENT_MARGIN),
        (6_000.0, 1_000.0, 7_000.0, Refusal.NONE),
    ],
)
def test_margin_is_refused_above_the_ceiling_or_the_free_equity(
    locked: float, margin: float, equity: float, cause: Refusal
) -> None:
    """70 % of 10,000, with a relative tolerance of 1e-9; free equity is equity without what is locked."""
    one = desk()
    one.approval.max_margin_ratio = 0.7
    assert margin_refusal(one.approval, equity, 10_000.0, margin, locked) == cause


def test_free_equity_can_be_switched_off() -> None:
    """The research profile asks for the ceiling alone."""
    one = desk()
    one.approval.free_equity = 0
    assert margin_refusal(one.approval, 0.0, 10_000.0, 500.0, 0.0) == Refusal.NONE


def test_a_position_closed_at_the_end_of_data_is_in_the_ledger_and_not_in_the_statistics() -> None:
    """Strategies spec 3.9."""
    one = desk()
    one.enter(1, 100.0, 2.0)
    one.close(110.0, ExitReason.END_OF_DATA)
    assert one.closed["net"].tolist() == [20.0]
    assert one.account.cash == 10_020.0
    assert one.account.statistics.trades == 0


def test_a_trade_keeps_the_equity_before_it_and_its_times() -> None:
    """The base of its return, and bar opens."""
    one = desk()
    one.account.equity = 9_000.0
    one.enter(1, 100.0, 2.0)
    one.row = 12
    one.close(110.0, ExitReason.TP)
    trade = one.closed[0]
    assert (trade["base"], trade["entry_time"], trade["exit_time"]) == (9_000.0, 10 * HOUR, 12 * HOUR)
