"""The adverse walk by hand: order, clamps, ties, one side at a time, refusals on the way, the stop that moves."""

from __future__ import annotations

import numpy as np
import pytest

from radar.market.approval import approval_refusal, refuse_cycle, refuse_side
from radar.market.reason import ExitReason, Refusal
from tests.market.desk import WILD, Desk, bar, desk, grid_terms

MARGIN = 1_000.0
"""A tenth of 10,000 at leverage 1: the margin of each level."""


def entries(one: Desk) -> list[tuple[int, float]]:
    """Levels and reference prices of the entries, in order."""
    rows = one.filled[one.filled["opens"] == 1]
    return [(int(row["level"]), float(row["reference"])) for row in rows]


def test_levels_fill_in_the_order_in_which_a_path_meets_them() -> None:
    """Three long levels in one bar, the nearest first; each has the same margin at its own price."""
    one = desk()
    one.levels(1, 98.0, 96.0, 94.0)
    one.meet(bar(100.0, 100.0, 93.0, 95.0))
    assert entries(one) == [(0, 98.0), (1, 96.0), (2, 94.0)]
    np.testing.assert_allclose(one.filled["quantity"], MARGIN / np.array([98.0, 96.0, 94.0]))
    assert one.account.locked == pytest.approx(3.0 * MARGIN)


def test_short_levels_fill_upwards() -> None:
    """The mirror."""
    one = desk()
    one.levels(-1, 102.0, 104.0)
    one.meet(bar(100.0, 103.0, 99.0, 101.0))
    assert entries(one) == [(0, 102.0)]
    assert one.position.side == -1


def test_a_level_that_the_open_is_through_fills_at_the_open() -> None:
    """``min(level, O)`` for a long, ``max`` for a short; lower numbers first where both are through."""
    one = desk()
    one.levels(1, 103.0, 101.0, 99.0)
    one.meet(bar(100.0, 100.0, 98.5, 99.5))
    assert entries(one) == [(0, 100.0), (1, 100.0), (2, 99.0)]
    other = desk()
    other.levels(-1, 98.0)
    other.meet(bar(100.0, 101.0, 99.0, 100.0))
    assert entries(other) == [(0, 100.0)]


def test_the_first_side_to_fill_locks_the_other_out() -> None:
    """A bar that touches both: the level nearest to the open; its own stop then works in the same bar."""
    one = desk()
    one.levels(1, 97.0)
    one.levels(-1, 102.0)
    one.meet(bar(100.0, 103.0, 96.0, 100.0))
    assert entries(one) == [(0, 102.0)]
    assert one.position.side == -1


def test_both_sides_at_the_same_distance_go_long() -> None:
    """The tie of the specification."""
    one = desk()
    one.levels(1, 98.0)
    one.levels(-1, 102.0)
    one.meet(bar(100.0, 103.0, 97.0, 100.0))
    assert one.position.side == 1


def test_a_stop_behind_the_levels_stops_what_they_filled_in_the_same_bar() -> None:
    """Levels at 98 and 96 fill, their average is stopped 10 % lower, and the level behind the stop never fills."""
    one = desk()
    one.levels(1, 98.0, 96.0, 80.0)
    one.meet(bar(100.0, 100.0, 79.0, 85.0))
    quantity = MARGIN / 98.0 + MARGIN / 96.0
    average = 2.0 * MARGIN / quantity
    assert entries(one) == [(0, 98.0), (1, 96.0)]
    trade = one.closed[0]
    assert trade["reason"] == ExitReason.SL
    assert trade["exit_reference"] == pytest.approx(average * 0.9)
    assert trade["gross"] == pytest.approx(-0.1 * 2.0 * MARGIN)


def test_a_fill_moves_the_stop_away() -> None:
    """Stop of 100 is at 90; a fill at 91 lowers average and stop, so a low of 89 does not stop."""
    one = desk()
    one.enter(1, 100.0, 10.0)
    one.levels(1, 99.0, 91.0)
    one.position.filled = 0b01
    one.meet(bar(95.0, 95.0, 89.0, 92.0))
    assert entries(one)[1:] == [(1, 91.0)]
    assert one.position.side == 1


def test_a_stop_at_the_price_of_a_level_comes_first() -> None:
    """Stop before level at one price."""
    one = desk()
    one.enter(1, 100.0, 10.0)
    one.levels(1, 99.0, 90.0)
    one.meet(bar(95.0, 95.0, 90.0, 92.0))
    assert one.closed["reason"].tolist() == [ExitReason.SL]
    assert len(entries(one)) == 1


def test_a_position_gapped_through_its_stop_leaves_at_the_open_and_fills_nothing() -> None:
    """``O <= stop``: out at the open, levels below it do not fill."""
    one = desk()
    one.enter(1, 100.0, 10.0)
    one.levels(1, 99.0, 84.0)
    one.meet(bar(85.0, 96.0, 80.0, 95.0))
    assert one.closed["exit_reference"].tolist() == [85.0]
    assert len(entries(one)) == 1


def test_what_rested_for_a_stopped_position_is_withdrawn() -> None:
    """No new cycle in the bar of the exit, and none from the old orders after it."""
    one = desk()
    one.enter(1, 100.0, 10.0)
    one.levels(1, 99.0, 95.0, 70.0)
    one.meet(bar(85.0, 96.0, 60.0, 95.0))
    one.row += 1
    one.meet(bar(85.0, 96.0, 60.0, 95.0))
    assert one.position.side == 0
    assert len(entries(one)) == 1


def test_a_fill_whose_slippage_exceeds_its_stop_leaves_at_the_price_of_that_fill() -> None:
    """The walk is at 98 when the stop (98.98 * 0.995) appears above it; better prices are behind it."""
    one = desk(grid_terms(stop_fraction=0.005), slippage_percent=1.0)
    one.levels(1, 98.0)
    one.meet(bar(100.0, 100.0, 97.0, 99.0))
    assert one.closed["exit_reference"].tolist() == [98.0]


@pytest.mark.parametrize(("fraction", "expected"), [(0.0, 90.0), (0.5, 85.0), (1.0, 80.0)])
def test_stop_gap_fraction_worsens_a_stop_towards_the_extreme(fraction: float, expected: float) -> None:
    """``g`` of the way from the stop's fill to the bar's low."""
    one = desk(stop_gap_fraction=fraction)
    one.enter(1, 100.0, 10.0)
    one.meet(bar(95.0, 95.0, 80.0, 85.0))
    assert one.closed["exit_reference"].tolist() == [pytest.approx(expected)]


@pytest.mark.parametrize("fraction", [0.0, 0.5])
def test_a_gap_through_a_stop_in_a_bar_of_unknown_high_leaves_at_the_open(fraction: float) -> None:
    """What is not known worsens nothing, and no fill is at an unknown price."""
    one = desk(stop_gap_fraction=fraction)
    one.enter(-1, 100.0, 10.0)
    one.meet(bar(115.0, float("nan"), 100.0, 105.0))
    assert one.closed["exit_reference"].tolist() == [115.0]
    assert one.account.fault == 0


def test_a_refused_level_stays_armed_and_the_walk_goes_on() -> None:
    """The guard lets 1,000 of 1,500 pass: the second level of the bar is refused and fills when margin is free."""
    one = desk()
    one.approval.max_margin_ratio = 0.15
    one.levels(1, 98.0, 96.0)
    one.meet(bar(100.0, 100.0, 95.0, 97.0))
    assert entries(one) == [(0, 98.0)]
    assert one.refused(Refusal.MARGIN_GUARD) == 1
    one.approval.max_margin_ratio = 1.0
    one.row += 1
    one.meet(bar(97.0, 97.0, 95.0, 97.0))
    assert entries(one) == [(0, 98.0), (1, 96.0)]


def test_a_refused_first_level_leaves_the_next_one_its_chance() -> None:
    """While flat: the nearest level is unfilled by the model, the one behind the open is filled."""
    one = desk(fill_model="through")
    one.levels(1, 95.0)
    one.levels(-1, 103.0)
    one.meet(bar(100.0, 103.5, 95.0, 100.0))
    assert entries(one) == [(0, 103.0)]


def test_a_cycle_keeps_the_base_with_which_it_began() -> None:
    """Equity changes between two levels, their margin does not."""
    one = desk()
    one.levels(1, 98.0, 96.0)
    one.meet(bar(100.0, 100.0, 97.0, 97.0))
    one.account.equity = 5_000.0
    one.row += 1
    one.meet(bar(97.0, 97.0, 95.0, 97.0))
    np.testing.assert_allclose(one.filled["quantity"] * one.filled["reference"], [MARGIN, MARGIN])


def test_a_cycle_refusal_blocks_a_new_cycle_and_no_further_level() -> None:
    """What kill switch and cooldown do."""
    one = desk()
    refuse_cycle(one.approval, Refusal.KILL_SWITCH.value)
    one.levels(1, 98.0, 96.0)
    one.meet(bar(100.0, 100.0, 97.0, 97.0))
    assert (one.position.side, one.refused(Refusal.KILL_SWITCH)) == (0, 1)
    one.approval.long_refusal = one.approval.short_refusal = 0
    one.meet(bar(100.0, 100.0, 97.0, 97.0))
    refuse_cycle(one.approval, Refusal.KILL_SWITCH.value)
    one.meet(bar(97.0, 97.0, 95.0, 96.0))
    assert entries(one) == [(0, 98.0), (1, 96.0)]


@pytest.mark.parametrize(("refused", "taken"), [(1, [(0, 103.0)]), (-1, [(0, 98.0)])])
def test_one_side_can_be_refused_alone(refused: int, taken: list[tuple[int, float]]) -> None:
    """The bar reaches both sides, the refused one first or last: the other one opens."""
    one = desk()
    refuse_side(one.approval, refused, Refusal.CORRELATION.value)
    one.levels(1, 98.0)
    one.levels(-1, 103.0)
    one.meet(bar(99.5 if refused > 0 else 101.0, 103.5, 97.0, 100.0))
    assert entries(one) == taken


def test_the_first_cause_counts() -> None:
    """What speaks later neither replaces a cause nor takes it back, a side at a time."""
    one = desk()
    refuse_side(one.approval, 1, Refusal.CORRELATION.value)
    refuse_cycle(one.approval, Refusal.COOLDOWN.value)
    refuse_cycle(one.approval, Refusal.KILL_SWITCH.value)
    assert approval_refusal(one.approval, 1, True) == Refusal.CORRELATION
    assert approval_refusal(one.approval, -1, True) == Refusal.COOLDOWN
    assert approval_refusal(one.approval, 1, False) == 0


def test_an_entry_refusal_blocks_levels_and_never_a_stop() -> None:
    """A stale series."""
    one = desk()
    one.enter(1, 100.0, 10.0)
    one.levels(1, 99.0, 95.0)
    one.approval.entry_refusal = Refusal.STALE_DATA.value
    one.meet(bar(100.0, 100.0, 94.0, 95.0))
    assert len(entries(one)) == 1
    one.meet(bar(95.0, 95.0, 89.0, 91.0))
    assert one.closed["reason"].tolist() == [ExitReason.SL]


def test_an_order_below_the_minimum_is_refused() -> None:
    """1,000 of notional against a minimum of 1,001."""
    one = desk(minimum_notional=1_001.0)
    one.levels(1, 98.0)
    one.meet(bar(100.0, 100.0, 97.0, 97.0))
    assert one.refused(Refusal.BELOW_MINIMUM) == 1
    assert one.position.side == 0


@pytest.mark.parametrize(("limit", "reference", "fee"), [(False, 98.0, 0.0006 * 98.049), (True, 98.0, 0.0002 * 98.0)])
def test_the_order_type_decides_what_a_level_costs(limit: bool, reference: float, fee: float) -> None:
    """Market on touch: taker and slippage. Limit: maker and none."""
    one = desk(grid_terms(entry_limit=limit), maker_fee_percent=0.02, taker_fee_percent=0.06, slippage_percent=0.05)
    one.levels(1, 98.0)
    one.meet(bar(100.0, 100.0, 97.0, 97.0))
    fill = one.filled[0]
    assert fill["reference"] == reference
    assert fill["price"] == (98.0 if limit else pytest.approx(98.0 * 1.0005))
    assert fill["fee"] == pytest.approx(fee * fill["quantity"])


@pytest.mark.parametrize(("regime", "slip"), [(0, 0.001), (WILD, 0.003)])
def test_a_stop_slips_further_in_high_volatility(regime: int, slip: float) -> None:
    """Times ``high_volatility_multiplier``; an entry does not."""
    one = desk(slippage_percent=0.1, high_volatility_multiplier=3.0)
    one.levels(1, 98.0)
    one.meet(bar(100.0, 100.0, 80.0, 85.0), regime=regime)
    entry, stop = one.filled
    assert entry["price"] == pytest.approx(98.0 * 1.001)
    assert stop["price"] == pytest.approx(stop["reference"] * (1.0 - slip))


def test_the_stop_of_a_gap_through_stop_and_liquidation_is_the_stop() -> None:
    """Liquidation at 83.7, stop at 80, open at 75: all fill at the open, so they tie, and SL comes first."""
    one = desk(grid_terms(leverage=6.0, stop_fraction=0.2), margin_mode="isolated")
    one.enter(1, 100.0, 10.0)
    one.meet(bar(75.0, 76.0, 70.0, 75.0))
    assert one.closed["reason"].tolist() == [ExitReason.SL]
    assert one.closed["exit_reference"].tolist() == [75.0]


@pytest.mark.parametrize(("opens", "reference"), [(95.0, 83.66800535475234), (82.0, 82.0)])
def test_isolated_liquidation_fills_like_a_stop(opens: float, reference: float) -> None:
    """``min(P_liq, O)``, although the loss may exceed the margin."""
    one = desk(grid_terms(leverage=6.0, stop_fraction=0.2), margin_mode="isolated")
    one.enter(1, 100.0, 10.0)
    one.meet(bar(opens, 95.0, 81.0, 85.0))
    assert one.closed["reason"].tolist() == [ExitReason.LIQUIDATION]
    assert one.closed["exit_reference"].tolist() == [pytest.approx(reference)]
