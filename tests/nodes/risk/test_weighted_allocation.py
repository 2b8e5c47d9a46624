"""Weighted allocation, by hand: margin = weight * base / levels, quantity = margin * leverage / price."""

from __future__ import annotations

import pytest

from radar.market.reason import SizingBase
from tests.nodes.risk.harness import Risk, levels
from tests.nodes.strategy.harness import bars, run
from tests.nodes.strategy.test_grid_atr import CALM, DIP, TEXT

WEIGHTED = (
    TEXT.replace("SIDES", "[long]")
    .replace("[BTC]", "[BTC, ETH]")
    .replace("risk: equal_allocation, in: grid, cap_percent: 100", "risk: weighted_allocation, in: grid")
)


@pytest.mark.parametrize(("weight", "count", "fraction"), [(10, 1, 0.1), (25, 3, 0.25 / 3), (100, 4, 0.25)])
def test_margin_of_a_level(weight: float, count: int, fraction: float) -> None:
    """The weight over the levels, however many assets there are and wherever the stop is."""
    for assets in (1, 8):
        for stop in (0.01, 0.9):
            node = Risk("weighted_allocation", weight_percent=weight)
            node.account.assets = assets
            approval = node.approve(levels(count, stop=stop))
            assert approval.margin_fraction == approval.max_fraction == pytest.approx(fraction, rel=1e-15)
            assert (approval.risk_fraction, approval.base) == (0.0, SizingBase.EQUITY)


def test_the_base_can_be_the_initial_capital() -> None:
    """Then profits do not make sizes grow."""
    assert Risk("weighted_allocation", base="initial").approve(levels(1)).base == SizingBase.INITIAL


def test_each_asset_has_its_weight() -> None:
    """The same dip in both: 30 % of 10,000 over three levels at leverage 5 against 6 %."""
    market = {asset: bars(CALM, 55, DIP, CALM) for asset in ("BTC", "ETH")}
    result = run(WEIGHTED, market, overrides=["sized.weight_percent=6", "sized.per_asset.BTC.weight_percent=30"])
    worth = {
        result.run.plan.assets[int(fill["lane"])]: float(fill["quantity"] * fill["reference"])
        for fill in result.fill_rows
        if fill["opens"] and fill["level"] == 0
    }
    assert worth == {"BTC": pytest.approx(0.30 * 10_000 / 3 * 5), "ETH": pytest.approx(0.06 * 10_000 / 3 * 5)}
    (how,) = result.portfolio["sizing"]
    assert (how["mode"], how["kind"], how["base"]) == ("weights", "weighted_allocation", "equity")
