"""The cooldown: an exit in bar i lets the next cycle begin in bar i + n, and nothing else is held up."""

from __future__ import annotations

import pytest

from radar.engine.result import Result
from radar.market.account import Moment
from radar.market.approval import approval_refusal
from radar.market.reason import Refusal
from tests.nodes.risk.harness import HOUR, Risk
from tests.nodes.strategy.harness import Row, bars, run
from tests.nodes.strategy.test_grid_atr import CALM, DIP, TEXT


def verdict(candles: int, elapsed: int, *, interval: int = HOUR, closed_row: int = 7) -> int:
    """Why a new position is refused ``elapsed`` milliseconds after the bar of the last exit."""
    node = Risk("cooldown", interval=interval, cooldown_candles=candles)
    node.position.closed_row, node.position.closed_time = closed_row, 50 * HOUR
    approval = node.approve(moment=Moment(100, 50 * HOUR + elapsed, 0, 0, False))
    assert approval_refusal(approval, -1, False) == 0, "a running cycle may go on filling"
    assert approval_refusal(approval, 1, True) == approval_refusal(approval, -1, True)
    return int(approval_refusal(approval, 1, True))


@pytest.mark.parametrize("interval", [HOUR // 12, HOUR, 4 * HOUR])
def test_the_first_bar_that_may_enter(interval: int) -> None:
    """Exit in bar i: bars i to i + 2 are refused with three candles, bar i + 3 is not."""
    found = [verdict(3, bar * interval, interval=interval) for bar in range(5)]
    assert found == [Refusal.COOLDOWN] * 3 + [0, 0]


def test_a_gap_counts_as_the_time_it_lasts() -> None:
    """The bar behind an outage of two hours is the third hour after the exit."""
    assert verdict(3, 3 * HOUR) == 0


def test_without_an_exit_there_is_no_pause() -> None:
    """Nor with zero candles."""
    assert verdict(1000, 0, closed_row=-1) == 0
    assert verdict(0, 0) == 0


COOLED = TEXT.replace("SIDES", "[long]").replace(
    "risk: margin_guard, in: sized, max_margin_ratio: 1", "risk: cooldown, in: sized"
)
EXIT: Row = (97.0, 99.0, 96.8, 98.0)
"""Behind a dip: reaches the target of 98.5."""

DEEP: Row = (100.0, 101.0, 80.0, 98.0)
"""Reaches whatever level there is."""


def trade(calm: int, candles: int) -> Result:
    """A cycle that ends at its target, some calm bars, and a deep one."""
    market = bars(CALM, 55, DIP, EXIT, *[CALM] * calm, DEEP)
    return run(COOLED, market, overrides=[f"guard.cooldown_candles={candles}", "grid.num_levels=1"])


@pytest.mark.parametrize(
    ("calm", "candles", "cycles"), [(0, 0, 2), (0, 1, 2), (0, 2, 1), (2, 3, 2), (2, 4, 1), (5, 9, 1)]
)
def test_a_cycle_begins_again_after_the_pause(calm: int, candles: int, cycles: int) -> None:
    """The deep bar is the one numbered calm + 1 after the exit: it is let through from that many candles down."""
    result = trade(calm, candles)
    assert sum(1 for fill in result.fill_rows if fill["opens"]) == cycles
    expected = [] if cycles == 2 else [("cooldown", 1)]
    assert [(one["cause"], one["count"]) for one in result.refusals] == expected
