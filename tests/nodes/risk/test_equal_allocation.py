"""Equal allocation, by hand: margin = min(base / assets, cap * base) / levels, quantity = margin * leverage / price."""

from __future__ import annotations

import pytest

from radar.market.reason import SizingBase
from tests.nodes.risk.harness import Risk, levels
from tests.nodes.strategy.harness import bars, run
from tests.nodes.strategy.test_grid_atr import CALM, DIP, TEXT


@pytest.mark.parametrize(
    ("assets", "cap", "count", "fraction"),
    [
        (1, 25, 3, 0.25 / 3),
        (1, 100, 1, 1.0),
        (2, 25, 3, 0.25 / 3),
        (4, 25, 3, 0.25 / 3),
        (5, 25, 3, 0.2 / 3),
        (10, 25, 4, 0.1 / 4),
        (3, 10, 2, 0.1 / 2),
    ],
)
def test_margin_of_a_level(assets: int, cap: float, count: int, fraction: float) -> None:
    """An equal share of the base, at most the cap, spread over the levels."""
    node = Risk("equal_allocation", cap_percent=cap)
    node.account.assets = assets
    approval = node.approve(levels(count))
    assert approval.margin_fraction == pytest.approx(fraction, rel=1e-15)
    assert approval.risk_fraction == 0.0
    assert approval.base == SizingBase.EQUITY


def test_the_number_of_assets_can_be_stated() -> None:
    """It then replaces the number of assets of the run."""
    node = Risk("equal_allocation", cap_percent=100, assets=8)
    node.account.assets = 2
    assert node.approve(levels(1)).margin_fraction == 1 / 8


def test_the_stop_does_not_influence_the_size() -> None:
    """A grid's size is its allocation (spec 3.7)."""
    node = Risk("equal_allocation")
    assert node.approve(levels(3, stop=0.01)).margin_fraction == node.approve(levels(3, stop=0.9)).margin_fraction


def quantities(*options: str, cap: float = 25) -> list[float]:
    """Quantities at the first level of two cycles, the first of which wins."""
    market = bars(CALM, 55, DIP, (97.0, 99.0, 96.8, 98.0), *[CALM] * 4, (100.0, 101.0, 90.0, 95.0))
    settings = [f"sized.cap_percent={cap}", *options]
    result = run(TEXT.replace("SIDES", "[long]"), market, overrides=settings)
    fills = result.fill_rows
    return [float(fill["quantity"] * fill["reference"]) for fill in fills if fill["opens"] and fill["level"] == 0]


def test_the_base_is_the_equity_at_the_start_of_the_cycle() -> None:
    """The second cycle is sized by what the first has earned."""
    first, second = quantities()
    assert first == pytest.approx(10_000 * 0.25 / 3 * 5, rel=1e-12)
    market = bars(CALM, 55, DIP, (97.0, 99.0, 96.8, 98.0))
    earned = run(TEXT.replace("SIDES", "[long]"), market, overrides=["sized.cap_percent=25"]).trades()[0]["net"]
    assert second == pytest.approx((10_000 + earned) * 0.25 / 3 * 5, rel=1e-12)


def test_the_base_can_be_the_initial_capital() -> None:
    """Then nothing compounds: both cycles have one size."""
    first, second = quantities("sized.base=initial")
    assert first == pytest.approx(10_000 * 0.25 / 3 * 5, rel=1e-12)
    assert second == pytest.approx(first, rel=1e-12)


def test_all_levels_of_a_cycle_have_one_margin() -> None:
    """The base is frozen: levels that fill bars apart, with equity changed between them, lock the same margin."""
    market = bars(CALM, 55, DIP, (97.0, 97.5, 86.0, 87.0))
    fills = run(TEXT.replace("SIDES", "[long]"), market, overrides=["grid.sl_percent=60"]).fill_rows
    assert len(fills) == 2
    margins = [float(fill["quantity"] * fill["reference"]) for fill in fills]
    assert margins[0] == pytest.approx(margins[1], rel=1e-12)


def test_per_asset_values_reach_the_kernel() -> None:
    """A cap for one asset sizes that asset only."""
    market = bars(CALM, 55, DIP)
    text = TEXT.replace("SIDES", "[long]").replace("[BTC]", "[BTC, ETH]")
    text = text.replace("in: grid, cap_percent: 100}", "in: grid, cap_percent: 10, per_asset: {ETH: {cap_percent: 2}}}")
    result = run(text, {"BTC": market, "ETH": market})
    sizes = {int(fill["lane"]): float(fill["quantity"] * fill["reference"]) for fill in result.fill_rows}
    assert sizes == {0: pytest.approx(10_000 * 0.1 / 3 * 5), 1: pytest.approx(10_000 * 0.02 / 3 * 5)}
