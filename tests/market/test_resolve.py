"""Target and stop by hand: what a bar that holds one, the other, or both does, under each policy."""

from __future__ import annotations

import pytest

from radar.market.reason import ExitReason
from tests.market.desk import Desk, bar, desk, fine_bars, grid_terms

TP, SL = ExitReason.TP, ExitReason.SL


def carried(side: int = 1, *, levels: tuple[float, ...] = (), **values: object) -> Desk:
    """Ten units at 100 with stop 10 % away and target at 105 (short: 95)."""
    one = desk(grid_terms(), **values)
    one.enter(side, 100.0, 10.0)
    one.intent.target = 100.0 + side * 5.0
    if levels:
        one.levels(side, 99.0, *levels)
    return one


def test_a_touch_of_the_target_closes_at_the_target() -> None:
    """Long ``H >= TP``."""
    one = carried()
    one.meet(bar(101.0, 105.0, 100.0, 104.0))
    assert one.closed["exit_reference"].tolist() == [105.0]
    assert one.closed["reason"].tolist() == [TP]


def test_an_open_beyond_the_target_closes_at_the_open_and_fills_nothing() -> None:
    """Even where the bar then falls through levels and stop."""
    one = carried(levels=(97.0,))
    one.meet(bar(106.0, 107.0, 85.0, 90.0))
    assert one.closed["exit_reference"].tolist() == [106.0]
    assert (one.filled["opens"] == 1).sum() == 1


def test_an_open_beyond_both_target_and_stop_is_a_stop() -> None:
    """A target that has drifted below the stop: the stop is looked at first."""
    one = carried()
    one.intent.target = 80.0
    one.meet(bar(85.0, 86.0, 84.0, 85.0))
    assert one.closed["reason"].tolist() == [SL]


def test_a_target_behind_the_average_closes_at_a_loss_and_stays_a_target() -> None:
    """The centre has drifted through A: the reason is ``tp``, the sign is the net's."""
    one = carried()
    one.intent.target = 97.0
    one.meet(bar(96.0, 97.5, 95.0, 97.0))
    assert one.closed["reason"].tolist() == [TP]
    assert one.closed["gross"].tolist() == [-30.0]


def test_target_and_fills_take_the_target_on_the_carried_quantity() -> None:
    """The fills are cancelled: no entry stands in the ledger, no margin stays locked."""
    one = carried(levels=(97.0, 95.0))
    one.meet(bar(101.0, 105.0, 94.0, 104.0))
    assert one.closed["quantity"].tolist() == [10.0]
    assert one.closed["levels"].tolist() == [1]
    assert (one.filled["opens"] == 1).sum() == 1
    assert one.account.locked == 0.0


def test_a_missing_target_is_never_touched() -> None:
    """NaN."""
    one = carried()
    one.intent.target = float("nan")
    one.meet(bar(101.0, 1e9, 100.0, 104.0))
    assert one.position.side == 1


def test_a_target_never_works_in_the_bar_of_the_first_fill() -> None:
    """It arms with the next bar."""
    one = desk()
    one.levels(1, 98.0)
    one.intent.target = 101.0
    one.meet(bar(100.0, 102.0, 97.0, 101.5))
    assert one.position.side == 1


UP, DOWN, DOJI = (100.0, 106.0, 89.0, 103.0), (100.0, 106.0, 89.0, 97.0), (100.0, 106.0, 89.0, 100.0)
SHORT_UP, SHORT_DOWN = (100.0, 111.0, 94.0, 103.0), (100.0, 111.0, 94.0, 97.0)


@pytest.mark.parametrize(
    ("policy", "side", "prices", "reason"),
    [
        ("stop_first", 1, UP, SL),
        ("stop_first", 1, DOWN, SL),
        ("stop_first", -1, SHORT_UP, SL),
        ("path", 1, UP, SL),
        ("path", 1, DOWN, TP),
        ("path", 1, DOJI, SL),
        ("path", -1, SHORT_UP, TP),
        ("path", -1, SHORT_DOWN, SL),
        ("color_legacy", 1, UP, TP),
        ("color_legacy", 1, DOWN, SL),
        ("color_legacy", 1, DOJI, SL),
        ("color_legacy", -1, SHORT_UP, SL),
        ("color_legacy", -1, SHORT_DOWN, TP),
        ("lower_tf", 1, UP, SL),
    ],
)
def test_policies_of_a_bar_with_target_and_stop(
    policy: str, side: int, prices: tuple[float, float, float, float], reason: ExitReason
) -> None:
    """A rising bar made its low first (``path``); the legacy rule reads the colour the other way round; without finer
    bars ``lower_tf`` is ``stop_first``.
    """
    one = carried(side, intrabar=policy)
    one.meet(bar(*prices))
    assert one.closed["reason"].tolist() == [reason]
    stop, target = 100.0 - side * 10.0, 100.0 + side * 5.0
    assert one.closed["exit_reference"][0] == pytest.approx(target if reason == TP else stop)


def test_a_target_that_wins_cancels_the_fills_of_its_bar() -> None:
    """By whatever policy."""
    one = carried(levels=(97.0,), intrabar="path")
    one.meet(bar(*DOWN))
    assert one.closed["reason"].tolist() == [TP]
    assert one.closed["levels"].tolist() == [1]


def test_a_stop_that_wins_stops_carried_and_filled_quantity_together() -> None:
    """The fills of its bar happened on the way to it."""
    one = carried(levels=(97.0,))
    one.meet(bar(100.0, 106.0, 80.0, 85.0))
    assert one.closed["reason"].tolist() == [SL]
    assert one.closed["levels"].tolist() == [2]


QUIET = (100.0, 101.0, 99.5, 100.0)
RISES, FALLS, BOTH = (100.0, 105.0, 99.0, 104.0), (100.0, 100.5, 89.0, 95.0), (100.0, 106.0, 88.0, 95.0)


@pytest.mark.parametrize(
    ("prices", "reason"),
    [
        ((QUIET, RISES, FALLS, QUIET), TP),
        ((QUIET, FALLS, RISES, QUIET), SL),
        ((QUIET, QUIET, QUIET, BOTH), SL),
        ((BOTH, RISES, QUIET, QUIET), SL),
        ((QUIET, QUIET, QUIET, QUIET), SL),
        ((RISES, FALLS), TP),
        ((QUIET, QUIET), SL),
        ((), SL),
    ],
)
def test_finer_bars_say_which_came_first(
    prices: tuple[tuple[float, float, float, float], ...], reason: ExitReason
) -> None:
    """Both in one finer bar, neither in any, or a missing finer bar before the answer: the stop."""
    one = carried(intrabar="lower_tf")
    one.meet(bar(*BOTH), fine=fine_bars(*prices) if prices else fine_bars(QUIET, start=0))
    assert one.closed["reason"].tolist() == [reason]


def test_finer_bars_are_walked_with_the_fills_on_their_way() -> None:
    """A level fills in the first finer bar and moves the stop of 90 to 87.8, so 89 does not stop before the target."""
    one = carried(levels=(95.0,), intrabar="lower_tf")
    one.approval.margin_fraction = 0.095
    dips = (100.0, 100.0, 89.0, 92.0)
    one.meet(bar(100.0, 106.0, 80.0, 85.0), fine=fine_bars(dips, RISES, FALLS, (95.0, 95.0, 80.0, 85.0)))
    assert one.closed["reason"].tolist() == [TP]
    assert one.closed["quantity"].tolist() == [10.0]


@pytest.mark.parametrize(("limit", "price"), [(True, 105.0), (False, 105.0 * 0.999)])
def test_the_order_type_decides_what_a_target_costs(limit: bool, price: float) -> None:
    """A resting limit: maker, no slippage. A market order on touch: taker, slippage, never the factor of volatility."""
    one = desk(grid_terms(target_limit=limit), slippage_percent=0.1, maker_fee_percent=0.02, taker_fee_percent=0.06)
    one.enter(1, 100.0, 10.0)
    one.intent.target = 105.0
    one.meet(bar(101.0, 105.0, 100.0, 104.0), regime=3)
    exit_fill = one.filled[-1]
    assert exit_fill["price"] == pytest.approx(price)
    assert exit_fill["fee"] == pytest.approx((0.0002 if limit else 0.0006) * price * 10.0)


@pytest.mark.parametrize(("low", "worst"), [(94.0, -0.06), (101.0, 0.0)])
def test_the_worst_excursion_counts_the_bar_of_the_target(low: float, worst: float) -> None:
    """The low may have come before the target: it counts."""
    one = carried()
    one.meet(bar(101.0, 105.0, low, 104.0))
    assert one.closed["worst"].tolist() == [pytest.approx(worst)]


def test_an_open_at_the_stop_is_a_stop_although_it_is_beyond_the_target_too() -> None:
    """``O <= stop`` holds at equality, and comes before the target."""
    one = carried()
    one.intent.target = 80.0
    one.meet(bar(90.0, 91.0, 89.0, 90.0))
    assert one.closed["reason"].tolist() == [SL]
