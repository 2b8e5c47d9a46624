"""The limit on positions: a slot is a position or a cycle of the account, and is free from the close of its exit on."""

from __future__ import annotations

from typing import Any

import pytest

from radar.engine.result import Result
from radar.market.account import Moment
from radar.market.approval import approval_refusal
from radar.market.reason import Refusal
from tests.nodes.risk.harness import AT, HOUR, Risk
from tests.nodes.strategy.harness import Row, bars, run
from tests.nodes.strategy.test_grid_atr import CALM, DIP, TEXT

RESTING = Moment(100, 100 * HOUR, 0, 0, False)


def verdict(open_positions: int, released: int = 0, *, row: int = 100, moment: Moment = AT, limit: int = 3) -> int:
    """Why a new position is refused, with so many open and so many closed inside ``row``."""
    node = Risk("max_positions", max_concurrent_positions=limit)
    node.account.positions = open_positions
    node.account.released_positions, node.account.released_row = released, row
    approval = node.approve(moment=moment)
    assert approval_refusal(approval, 1, False) == 0, "a running cycle may go on filling"
    assert approval_refusal(approval, 1, True) == approval_refusal(approval, -1, True)
    return int(approval_refusal(approval, 1, True))


def test_the_limit_itself_is_allowed() -> None:
    """Two of three are open: one more; three of three: none."""
    assert verdict(2) == 0
    assert verdict(3) == Refusal.MAX_CONCURRENT
    assert verdict(0, limit=1) == 0
    assert verdict(1, limit=1) == Refusal.MAX_CONCURRENT


@pytest.mark.parametrize(("moment", "row", "cause"), [(RESTING, 100, 11), (RESTING, 99, 0), (AT, 100, 0)])
def test_a_slot_is_free_from_the_close_of_its_exit_on(moment: Moment, row: int, cause: int) -> None:
    """An exit inside a bar gives nothing to the orders that rest in the same bar."""
    assert verdict(2, 1, row=row, moment=moment) == cause


TWO = (
    TEXT.replace("SIDES", "[long]")
    .replace("[BTC]", "[BTC, ETH]")
    .replace("risk: margin_guard, in: sized, max_margin_ratio: 1", "risk: max_positions, in: sized")
)
EXIT: Row = (97.0, 99.0, 96.8, 98.0)
"""Behind a dip: reaches the target of 98.5."""

LOW: Row = (97.0, 97.5, 90.5, 92.0)
"""Behind a dip: reaches the first level of 91 (mean 98.5, ATR 3.75)."""


def trade(btc: list[Row], eth: list[Row], limit: int) -> Result:
    """Two grids on one account."""
    market = {"BTC": bars(CALM, 55, *btc), "ETH": bars(CALM, 55, *eth)}
    return run(TWO, market, overrides=[f"guard.max_concurrent_positions={limit}"])


def opened(result: Result) -> list[tuple[str, int]]:
    """Assets and levels of the entries, in order."""
    assets = result.run.plan.assets
    return [(assets[int(fill["lane"])], int(fill["level"])) for fill in result.fill_rows if fill["opens"]]


def refused(result: Result) -> list[tuple[Any, ...]]:
    """Asset, cause and count of the refusals."""
    return [(one["asset"], one["cause"], one["count"]) for one in result.refusals]


def test_the_first_asset_takes_the_only_slot() -> None:
    """Both dip in one bar: with one slot the second in alphabetical order is refused, with two both are filled."""
    one = trade([DIP], [DIP], 1)
    assert opened(one) == [("BTC", 0)]
    assert refused(one) == [("ETH", "max_concurrent", 1)]
    both = trade([DIP], [DIP], 2)
    assert opened(both) == [("BTC", 0), ("ETH", 0)]
    assert refused(both) == []


def test_a_cycle_is_one_slot_whatever_its_levels() -> None:
    """All three levels of one cycle fill with a limit of one."""
    assert opened(trade([(100.0, 101.0, 91.9, 93.0)], [CALM], 1)) == [("BTC", 0), ("BTC", 1), ("BTC", 2)]


def test_the_slot_of_a_target_is_taken_in_the_next_bar() -> None:
    """ETH dips in the bar in which BTC takes its target and is refused; a bar later the slot is its own."""
    result = trade([DIP, EXIT, CALM], [CALM, DIP, LOW], 1)
    assert [one["reason"] for one in result.trades()] == ["tp"]
    assert opened(result) == [("BTC", 0), ("ETH", 0)]
    assert [float(fill["reference"]) for fill in result.fill_rows if fill["opens"]] == [96.0, 91.0]
    assert refused(result) == [("ETH", "max_concurrent", 1)]
