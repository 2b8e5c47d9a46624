"""Decisions at a close by hand: sizes, refusals, what an exit pays; funding and excursions of what is carried."""

from __future__ import annotations

from math import isnan

import pytest

from radar.market.approval import refuse_side
from radar.market.intent import Terms, enter, leave
from radar.market.reason import ExitReason, Refusal
from radar.market.simulation.close import carry, enter_at_close, entry_notional, leave_at_close, observe_excursion
from tests.market.desk import WILD, Desk, bar, desk

MONO = Terms(15.0, 0.0, 1, False, True)
BAR = bar(99.0, 101.0, 98.0, 100.0)


def risky(**values: object) -> Desk:
    """Risk sizing: 2 % of equity, with 0.06 % fee and 0.05 % slippage counted; ceiling 70 %."""
    one = desk(MONO, taker_fee_percent=0.06, slippage_percent=0.05, **values)
    one.approval.risk_fraction, one.approval.cost_fraction = 0.02, 0.0011
    one.approval.max_margin_ratio = 0.7
    return one


def enters(one: Desk, side: int, stop: float, equity: float = 10_000.0) -> None:
    """Enter at the close of :data:`BAR`."""
    enter(one.intent, side, stop, float("nan"))
    enter_at_close(
        one.ledger, one.p, one.terms, one.intent, one.approval, one.account, one.position,
        one.moment(at_close=True), BAR, equity, 0,
    )  # fmt: skip


@pytest.mark.parametrize(("side", "stop"), [(1, 97.0), (-1, 103.0)])
def test_risk_sizing(side: int, stop: float) -> None:
    """notional = 10,000 * 2 % / (3 % + 0.11 %) = 6,430.87; the reference price sizes it, the fill slips."""
    one = risky()
    enters(one, side, stop)
    notional = 10_000.0 * 0.02 / (0.03 + 0.0011)
    fill = one.filled[0]
    assert fill["quantity"] == pytest.approx(notional / 100.0)
    assert fill["price"] == pytest.approx(100.0 * (1.0 + side * 0.0005))
    assert one.account.locked == pytest.approx(notional / 15.0)
    assert one.intent.stop == stop


def test_notional_is_capped_by_leverage_and_ceiling() -> None:
    """A stop of 0.01 % would ask for 16.5 times the equity: the cap is 10,000 * 15 * 0.7."""
    one = risky()
    enters(one, 1, 99.99)
    assert one.filled["quantity"].tolist() == [pytest.approx(10_000.0 * 15.0 * 0.7 / 100.0)]


@pytest.mark.parametrize(("side", "stop"), [(1, 97.0), (-1, 103.0)])
def test_an_entry_of_a_refused_side_is_counted_and_the_other_side_opens(side: int, stop: float) -> None:
    """A correlation limit speaks about one side."""
    one = risky()
    refuse_side(one.approval, side, Refusal.CORRELATION.value)
    enters(one, side, stop)
    assert (one.position.side, one.refused(Refusal.CORRELATION)) == (0, 1)
    enters(one, -side, 200.0 - stop)
    assert one.position.side == -side


@pytest.mark.parametrize("stop", [101.0, 100.0, 0.0, -5.0, float("nan")])
def test_an_entry_without_a_usable_stop_is_refused(stop: float) -> None:
    """On the wrong side, at the price, not positive, or missing."""
    one = risky()
    enters(one, 1, stop)
    assert one.position.side == 0
    assert one.refused(Refusal.INVALID_STOP) == 1


def test_equal_allocation_at_a_close_is_the_margin_of_one_level() -> None:
    """A tenth of the base times leverage."""
    one = desk(MONO)
    assert entry_notional(one.terms, one.intent, one.approval, 10_000.0, 100.0, 1) == pytest.approx(15_000.0)


def test_a_trade_that_would_pass_the_ceiling_is_refused_and_not_shrunk() -> None:
    """Strategies spec 8.2: 6,900 of 7,000 are locked already."""
    one = risky()
    one.account.locked = 6_900.0
    enters(one, 1, 97.0)
    assert one.refused(Refusal.MARGIN_GUARD) == 1
    assert one.position.side == 0


def test_a_trade_needs_free_equity() -> None:
    """Equity at the close minus what is locked."""
    one = risky()
    one.account.locked = 5_000.0
    one.approval.base = 1  # the initial capital, so that equity decides on free margin alone
    enters(one, 1, 97.0, equity=5_100.0)
    assert one.refused(Refusal.INSUFFICIENT_MARGIN) == 1


def test_no_new_position_in_the_bar_of_an_exit() -> None:
    """Strategies spec 3.1 step 7."""
    one = risky()
    one.enter(1, 100.0, 1.0)
    one.close(99.0, ExitReason.SL)
    enters(one, 1, 97.0)
    assert one.refused(Refusal.SAME_BAR) == 1
    one.row += 1
    enters(one, 1, 97.0)
    assert one.position.side == 1


def test_an_order_below_the_minimum_is_refused() -> None:
    """The venue's smallest notional."""
    one = risky(minimum_notional=7_000.0)
    enters(one, 1, 97.0)
    assert one.refused(Refusal.BELOW_MINIMUM) == 1


@pytest.mark.parametrize(("base", "equity", "expected"), [(0, 8_000.0, 8_000.0), (1, 8_000.0, 10_000.0)])
def test_the_base_is_equity_at_the_close_or_the_initial_capital(base: int, equity: float, expected: float) -> None:
    """It is also frozen as the base of the position."""
    one = risky()
    one.approval.base = base
    enters(one, 1, 97.0, equity=equity)
    assert one.filled["quantity"].tolist() == [pytest.approx(expected * 0.02 / 0.0311 / 100.0)]
    assert (one.position.base, one.position.equity_before) == (expected, equity)


@pytest.mark.parametrize(("regime", "price"), [(0, 100.0 * 0.9995), (WILD, 100.0 * 0.999)])
def test_an_exit_at_the_close_is_a_market_order(regime: int, price: float) -> None:
    """Taker and slippage, twice of it in high volatility, for the reason of the intent."""
    one = risky()
    one.enter(1, 95.0, 2.0)
    leave(one.intent, ExitReason.INVERSE)
    leave_at_close(
        one.ledger, one.p, one.terms, one.intent, one.account, one.position, one.moment(at_close=True), 100.0, regime
    )
    assert one.closed["reason"].tolist() == [ExitReason.INVERSE]
    assert one.closed["exit_price"].tolist() == [pytest.approx(price)]
    assert one.filled["at_close"].tolist() == [0, 1]
    assert one.intent.leave == 0


def test_a_trailing_stop_ends_with_the_position_that_left_at_the_close() -> None:
    """It is in the record of the trade, and the next position, which may be of the other side, does not meet it."""
    one = risky()
    one.enter(1, 95.0, 2.0)
    one.intent.stop, one.intent.trail = 90.0, 99.0
    leave(one.intent, ExitReason.FLIP)
    leave_at_close(
        one.ledger, one.p, one.terms, one.intent, one.account, one.position, one.moment(at_close=True), 100.0, 0
    )
    assert one.closed["stop"].tolist() == [99.0]
    assert isnan(one.intent.trail)


@pytest.mark.parametrize(("rate", "booked"), [(0.001, -0.2), (-0.001, 0.2), (0.0, 0.0), (float("nan"), 0.0)])
def test_a_carried_position_counts_its_bar_and_pays_at_the_open(rate: float, booked: float) -> None:
    """A missing rate books nothing."""
    one = desk()
    one.enter(1, 95.0, 2.0)
    carry(one.account, one.position, 100.0, rate)
    assert one.position.funding == pytest.approx(booked)
    assert one.position.bars == 1
    assert one.account.settlements == (1 if booked else 0)


@pytest.mark.parametrize(
    ("side", "prices", "worst"), [(1, (99.0, 90.0, 95.0), -0.1), (-1, (101.0, 103.0, 99.0), -0.03)]
)
def test_the_worst_excursion_is_the_least_of_its_bars(side: int, prices: tuple[float, ...], worst: float) -> None:
    """``s * (adverse extreme - A) / A``; never above zero."""
    one = desk()
    one.enter(side, 100.0, 2.0)
    for price in prices:
        observe_excursion(one.position, price)
    assert one.position.worst == pytest.approx(worst)
    one.close(100.0, ExitReason.SIGNAL)
    assert one.closed["worst"].tolist() == [pytest.approx(worst)]


def test_a_stopped_bar_counts_its_stop_and_not_its_extreme() -> None:
    """The position was gone when the bar made its low."""
    one = desk()
    one.enter(1, 100.0, 2.0)
    one.meet(bar(95.0, 95.0, 60.0, 70.0))
    assert one.closed["worst"].tolist() == [pytest.approx(-0.1)]
