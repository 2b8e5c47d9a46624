"""The regime gate: a cycle begins only in a listed regime, that of the last bar that had closed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from radar.engine.result import Result
from radar.market.approval import approval_refusal
from radar.market.reason import Refusal, Regime
from tests.nodes.risk.harness import Risk
from tests.nodes.strategy.harness import Row, bars, run
from tests.nodes.strategy.test_grid_atr import CALM, TEXT

NAMES = [regime.name.lower() for regime in Regime]


@pytest.mark.parametrize("listed", [*([name] for name in NAMES), NAMES[:2], NAMES[1:4], NAMES])
def test_only_listed_regimes_pass(listed: Sequence[str]) -> None:
    """Each regime against each list; a running cycle may go on filling in all of them."""
    node = Risk("regime_gate", regimes=listed)
    for regime in Regime:
        approval = node.approve(regime=regime.value)
        cause = 0 if regime.name.lower() in listed else Refusal.REGIME
        assert (approval_refusal(approval, 1, True), approval_refusal(approval, -1, True)) == (cause, cause)
        assert approval_refusal(approval, 1, False) == 0


def test_all_but_high_volatility_pass_by_default() -> None:
    """A crash is no time to begin."""
    causes = [approval_refusal(Risk("regime_gate").approve(regime=one.value), 1, True) for one in Regime]
    assert [one for one, cause in zip(Regime, causes, strict=True) if cause] == [Regime.HIGH_VOLATILITY]


GATED = TEXT.replace("SIDES", "[long]").replace(
    "  guard: {risk: margin_guard, in: sized, max_margin_ratio: 1}",
    "  mood: {indicator: regime, in: candles}\n  guard: {risk: regime_gate, in: {in: sized, regime: mood}}",
)
CRASH: Row = (100.0, 101.0, 40.0, 99.0)
"""Its range of 61 lifts the ATR to more than twice its average: HIGH_VOLATILITY from its close on."""

DEEP: Row = (100.0, 101.0, 1.0, 99.0)
"""Reaches whatever level there is."""


def trade(*rows: Row, regimes: str = "[ranging]") -> Result:
    """A grid of one level behind a gate."""
    settings = ["grid.num_levels=1", "grid.sl_percent=99", f"guard.regimes={regimes}"]
    return run(GATED, bars(CALM, 80, *rows), overrides=settings)


def entered(result: Result) -> list[int]:
    """Bars behind the calm ones in which a cycle began."""
    first = int(result.run.feed.times[80])
    return [int(fill["time"] - first) // 3_600_000 for fill in result.fill_rows if fill["opens"]]


def causes(result: Result) -> list[tuple[str, int]]:
    """Causes and counts of the refusals."""
    return [(one["cause"], one["count"]) for one in result.refusals]


def test_a_calm_market_ranges() -> None:
    """The crash itself meets the regime of the bar before it, RANGING."""
    free = trade(CRASH)
    assert (entered(free), causes(free)) == ([0], [])
    gated = trade(CRASH, regimes="[trending_up]")
    assert (entered(gated), causes(gated)) == ([], [("regime", 1)])


def test_a_resting_order_meets_the_regime_of_the_bar_before() -> None:
    """Only HIGH_VOLATILITY is let through: not the crash, but the deep bar behind it."""
    only = trade(CRASH, DEEP, regimes="[high_volatility]")
    assert (entered(only), causes(only)) == ([1], [("regime", 1)])
