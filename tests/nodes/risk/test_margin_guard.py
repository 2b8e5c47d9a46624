"""The margin guard: the ceiling is exact to its tolerance, free equity is a second wall, stops are never refused."""

from __future__ import annotations

from typing import Any

import pytest

from radar.market.account import TOLERANCE, margin_refusal
from radar.market.reason import Refusal
from tests.nodes.risk.harness import Risk, cleared
from tests.nodes.strategy.harness import bars, run
from tests.nodes.strategy.test_grid_atr import CALM, TEXT


def verdict(locked: float, margin: float, *, equity: float = 10_000.0, **params: Any) -> int:
    """Why ``margin`` may not be locked on top of ``locked``, on a base of 10,000; 0 if it may."""
    approval = Risk("margin_guard", **params).approve(approval=cleared())
    return int(margin_refusal(approval, equity, 10_000.0, margin, locked))


def test_the_ceiling_is_part_of_what_is_allowed() -> None:
    """70 % of the base exactly, and a relative 1e-9 beyond it for rounding; no more."""
    assert verdict(6000.0, 1000.0) == 0
    assert verdict(6000.0, 7000.0 * (1 + TOLERANCE) - 6000.0) == 0
    assert verdict(6000.0, 7000.0 * (1 + 2 * TOLERANCE) - 6000.0) == Refusal.MARGIN_GUARD
    assert verdict(0.0, 7000.1) == Refusal.MARGIN_GUARD


def test_the_sum_of_equal_parts_passes_whatever_its_rounding() -> None:
    """Seven tenths in one to a thousand parts, summed as an account sums them, are seven tenths."""
    for parts in range(1, 1001):
        part = 7000.0 / parts
        locked = 0.0
        for _ in range(parts - 1):
            locked += part
        assert verdict(locked, part) == 0, parts


@pytest.mark.parametrize(
    ("locked", "margin", "equity", "cause"),
    [
        (2000.0, 1000.0, 3000.0, 0),
        (2000.0, 1000.0, 3000.0 - 2e-6, Refusal.INSUFFICIENT_MARGIN),
        (2000.0, 1000.0, 3000.0 - 5e-7, 0),
        (0.0, 1000.0, 0.0, Refusal.INSUFFICIENT_MARGIN),
        (0.0, 1000.0, -50.0, Refusal.INSUFFICIENT_MARGIN),
    ],
)
def test_free_equity(locked: float, margin: float, equity: float, cause: int) -> None:
    """Equity less what is locked must cover the margin, to a relative 1e-9 of it."""
    assert verdict(locked, margin, equity=equity) == cause


def test_free_equity_can_be_left_out() -> None:
    """A research profile looks at the ceiling alone."""
    assert verdict(2000.0, 1000.0, equity=0.0, free_equity=False) == 0
    assert verdict(6500.0, 1000.0, equity=0.0, free_equity=False) == Refusal.MARGIN_GUARD


def test_two_guards_are_as_strict_as_the_stricter() -> None:
    """The order in which they speak does not matter for the ceiling."""
    for first, second in ((0.5, 0.9), (0.9, 0.5)):
        approval = Risk("margin_guard", max_margin_ratio=first).approve(approval=cleared())
        approval = Risk("margin_guard", max_margin_ratio=second).approve(approval=approval)
        assert approval.max_margin_ratio == 0.5


def deep(*options: str) -> Any:
    """Two falls through levels, each of which would lock a third of the base; the second goes to the stop of 10 %."""
    market = bars(CALM, 55, (100.0, 101.0, 91.5, 92.0), (92.0, 92.0, 70.0, 71.0))
    return run(TEXT.replace("SIDES", "[long]"), market, overrides=options)


def test_each_level_is_tested_and_a_refused_one_stays_armed() -> None:
    """With a ceiling of half the base one level of three fits; the others are refused in each bar that offers them."""
    result = deep("guard.max_margin_ratio=0.5", "grid.sl_percent=60")
    assert [int(fill["level"]) for fill in result.fill_rows if fill["opens"]] == [0]
    assert [(one["cause"], one["count"]) for one in result.refusals] == [("margin_guard", 4)]


def test_a_stop_is_never_refused() -> None:
    """With the ceiling reached the position is closed at its stop all the same."""
    result = deep("guard.max_margin_ratio=0.5")
    assert [(one["cause"], one["count"]) for one in result.refusals] == [("margin_guard", 2)]
    assert [trade["reason"] for trade in result.trades()] == ["sl"]


def test_at_the_ceiling_all_levels_fill() -> None:
    """Three thirds of the base are the base, in spite of rounding, where free equity is not asked for."""
    result = deep("guard.max_margin_ratio=1", "guard.free_equity=false")
    assert [int(fill["level"]) for fill in result.fill_rows if fill["opens"]] == [0, 1, 2]
    assert result.refusals == []
