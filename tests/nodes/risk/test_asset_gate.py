"""The asset gate: a strategy trades the assets that are left to it, and no other."""

from __future__ import annotations

from radar.market.approval import approval_refusal
from radar.market.reason import Refusal
from tests.nodes.risk.harness import Risk
from tests.nodes.strategy.harness import Row, bars, run
from tests.nodes.strategy.test_grid_atr import CALM, DIP, TEXT

GATED = (
    TEXT.replace("SIDES", "[long]")
    .replace("[BTC]", "[BTC, ETH]")
    .replace(
        "  sized: {risk: equal_allocation, in: grid",
        "  chosen: {risk: asset_gate, in: grid}\n  sized: {risk: equal_allocation, in: chosen",
    )
)
EXIT: Row = (97.0, 99.0, 96.8, 98.0)
"""Behind a dip: reaches the target."""


def test_new_positions_are_refused_and_running_ones_go_on() -> None:
    """Both sides, and only while it is switched off."""
    off, on = Risk("asset_gate", allowed=False).approve(), Risk("asset_gate").approve()
    assert [approval_refusal(off, side, True) for side in (1, -1)] == [Refusal.NOT_ALLOWED] * 2
    assert [approval_refusal(off, side, False) for side in (1, -1)] == [0, 0]
    assert [approval_refusal(on, side, True) for side in (1, -1)] == [0, 0]


def test_one_asset_trades_and_the_other_says_why_not() -> None:
    """The same market twice: what is switched off has the refusal where the other has the trade."""
    market = {asset: bars(CALM, 55, DIP, EXIT, CALM) for asset in ("BTC", "ETH")}
    both = run(GATED, market)
    assert {one["asset"] for one in both.trades()} == {"BTC", "ETH"}
    assert both.refusals == []
    one = run(GATED, market, overrides=["chosen.per_asset.ETH.allowed=false"])
    assert {trade["asset"] for trade in one.trades()} == {"BTC"}
    assert [(each["asset"], each["cause"]) for each in one.refusals] == [("ETH", "not_allowed")]
    none = run(GATED, market, overrides=["chosen.allowed=false"])
    assert none.trades() == []
