"""Correlation groups: positions of one side and margin, counted over all assets and strategies of the account."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import radar
from radar.engine.result import Result
from radar.market.account import Moment
from radar.market.approval import approval_refusal, margin_refusal
from radar.market.holdings import Holdings, with_position
from radar.market.reason import Refusal
from tests.engine.memory import table
from tests.market.desk import desk
from tests.nodes.risk.harness import AT, HOUR, Risk
from tests.nodes.risk.test_max_positions import EXIT, LOW, opened, refused
from tests.nodes.strategy.harness import Row, bars
from tests.nodes.strategy.test_grid_atr import CALM, DIP, TEXT

NONE, FULL = 0, int(Refusal.CORRELATION)


def asked(holdings: Holdings, *, group: int = 0, positions: float = 2, exposure: float = 0.6, **params: Any) -> Any:
    """What the node says where a group holds that much, under the limits of the group."""
    node = Risk("correlation", **params)
    node.asset.group, node.asset.group_positions, node.asset.group_exposure = group, positions, exposure
    node.holdings = holdings
    node.account.locked = holdings.locked
    return node.approve(moment=AT)


@pytest.mark.parametrize(
    ("longs", "shorts", "causes"),
    [(1, 1, (NONE, NONE)), (2, 0, (FULL, NONE)), (0, 2, (NONE, FULL)), (3, 2, (FULL, FULL))],
)
def test_each_side_has_its_own_places(longs: int, shorts: int, causes: tuple[int, int]) -> None:
    """Two longs leave room for shorts, and a running cycle goes on filling."""
    approval = asked(Holdings(longs, shorts, 0.0))
    assert (approval_refusal(approval, 1, True), approval_refusal(approval, -1, True)) == causes
    assert approval_refusal(approval, 1, False) == approval_refusal(approval, -1, False) == NONE


def test_an_asset_without_a_group_has_no_limit() -> None:
    """Whatever is counted."""
    approval = asked(Holdings(99, 99, 1e9), group=-1)
    assert approval_refusal(approval, 1, True) == NONE
    assert margin_refusal(approval, 1e9, 1e9, 1000.0, 0.0) == NONE


def test_a_limit_of_the_node_takes_the_place_of_that_of_the_group() -> None:
    """One position instead of two."""
    assert approval_refusal(asked(Holdings(1, 0, 0.0), max_concurrent_same_direction=1), 1, True) == FULL
    assert approval_refusal(asked(Holdings(2, 0, 0.0), max_concurrent_same_direction=3), 1, True) == NONE


@pytest.mark.parametrize(("margin", "cause"), [(1000.0, NONE), (1000.0 + 1e-6, NONE), (1000.1, FULL)])
def test_the_margin_of_a_group_is_held_to_its_part_of_the_equity(margin: float, cause: int) -> None:
    """60 % of 10,000, of which 5,000 are locked by the group: 1,000 more, to a relative 1e-9 of what is locked."""
    assert margin_refusal(asked(Holdings(1, 0, 5000.0)), 10_000.0, 10_000.0, margin, 5000.0) == cause


def test_margin_of_other_groups_does_not_count() -> None:
    """The account has locked 3,000 elsewhere."""
    node = Risk("correlation")
    node.asset.group, node.asset.group_positions, node.asset.group_exposure = 1, 9, 0.6
    node.holdings, node.account.locked = Holdings(1, 0, 2000.0), 5000.0
    approval = node.approve()
    assert margin_refusal(approval, 10_000.0, 10_000.0, 4000.0, 5000.0) == NONE
    assert margin_refusal(approval, 10_000.0, 10_000.0, 4000.1, 5000.0) == FULL


def test_the_tightest_of_two_limits_counts() -> None:
    """In both orders."""
    for exposures in ((0.2, 0.6), (0.6, 0.2)):
        approval = None
        for exposure in exposures:
            node = Risk("correlation")
            node.asset.group, node.asset.group_positions, node.asset.group_exposure = 0, 9, exposure
            approval = node.approve(approval=approval)
        assert margin_refusal(approval, 10_000.0, 10_000.0, 2000.0, 0.0) == NONE
        assert margin_refusal(approval, 10_000.0, 10_000.0, 2000.1, 0.0) == FULL


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("at_close", [True, False])
def test_what_ended_inside_a_bar_counts_until_its_close(side: int, at_close: bool) -> None:
    """A position of 1,000 margin: open, ended inside the row, seen from its close and from the next row."""
    one = desk()
    none = Holdings(0, 0, 0.0)
    one.enter(side, 100.0, 10.0)
    mine = Holdings(1, 0, 1000.0) if side > 0 else Holdings(0, 1, 1000.0)
    assert with_position(none, one.position, one.moment()) == mine
    one.close(101.0, 1, at_close=at_close)
    row = one.moment()
    assert with_position(none, one.position, row) == (none if at_close else mine)
    assert with_position(none, one.position, row._replace(at_close=True)) == none
    assert with_position(none, one.position, Moment(row.row + 1, row.time + HOUR, 0, 0, False)) == none


ASSETS = """
assets:
  BTC: {correlation: big}
  ETH: {correlation: big}
  SOL: {correlation: small}
  XRP: {}
correlation:
  big: {max_concurrent_same_direction: 1, max_exposure_percent: 100}
  small: {max_concurrent_same_direction: 1, max_exposure_percent: 100}
"""
GROUPED = (
    TEXT.replace("SIDES", "[long, short]")
    .replace("[BTC]", "[BTC, ETH, SOL, XRP]")
    .replace("risk: margin_guard, in: sized, max_margin_ratio: 1", "risk: correlation, in: sized")
)
RISE: Row = (100.0, 104.5, 99.0, 103.0)
"""The mirror of a dip: sells level 0 at 104."""


def trade(tmp_path: Path, rows: Mapping[str, list[Row]], assets: str = ASSETS, **options: Any) -> Result:
    """Four grids on one account; an asset that is not named stays calm."""
    (tmp_path / "assets.yaml").write_text(assets, encoding="utf-8")
    longest = max(len(one) for one in rows.values())
    market = {}
    for asset in ("BTC", "ETH", "SOL", "XRP"):
        own = list(rows.get(asset, []))
        market[asset] = table(bars(CALM, 55, *own, *[CALM] * (longest - len(own))))
    return radar.backtest(GROUPED, candles=market, config=tmp_path, mode="interpreted", **options)


def test_a_group_is_full_and_others_are_not(tmp_path: Path) -> None:
    """All four dip in one bar: ETH is refused beside BTC; SOL is of another group, XRP of none."""
    result = trade(tmp_path, {asset: [DIP] for asset in ("BTC", "ETH", "SOL", "XRP")})
    assert opened(result) == [("BTC", 0), ("SOL", 0), ("XRP", 0)]
    assert refused(result) == [("ETH", "correlation", 1)]


def test_the_other_side_of_a_group_is_free(tmp_path: Path) -> None:
    """ETH is sold while BTC is held; bought it would have been refused."""
    result = trade(tmp_path, {"BTC": [DIP], "ETH": [RISE]})
    assert opened(result) == [("BTC", 0), ("ETH", 0)]
    assert refused(result) == []


def test_a_place_is_free_from_the_close_of_the_exit_on(tmp_path: Path) -> None:
    """ETH dips in the bar of BTC's target and is refused, and fills a bar later."""
    result = trade(tmp_path, {"BTC": [DIP, EXIT, CALM], "ETH": [CALM, DIP, LOW]})
    assert opened(result) == [("BTC", 0), ("ETH", 0)]
    assert refused(result) == [("ETH", "correlation", 1)]


def test_the_margin_of_a_group_limits_every_level(tmp_path: Path) -> None:
    """A quarter of the equity for the group: a level locks a twelfth, so BTC's three fill and none of ETH's does."""
    deep: Row = (100.0, 101.0, 91.9, 93.0)
    limits = ASSETS.replace("{max_concurrent_same_direction: 1, max_exposure_percent: 100}", "LIMIT", 1)
    for percent, levels, count in ((25.001, 3, 3), (24.9, 2, 4), (16.0, 1, 5)):
        assets = limits.replace("LIMIT", f"{{max_concurrent_same_direction: 9, max_exposure_percent: {percent}}}")
        result = trade(tmp_path, {"BTC": [deep], "ETH": [deep]}, assets)
        assert opened(result) == [("BTC", level) for level in range(levels)]
        assert sum(one["count"] for one in result.refusals) == count
        assert {one["cause"] for one in result.refusals} == {"correlation"}


def test_the_limits_are_part_of_what_a_result_follows_from(tmp_path: Path) -> None:
    """Another limit is another configuration."""
    first = trade(tmp_path, {"BTC": [DIP]}).digests["config"]
    other = trade(tmp_path, {"BTC": [DIP]}, ASSETS.replace("direction: 1", "direction: 2")).digests["config"]
    assert first != other
