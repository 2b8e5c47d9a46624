"""The margin guard: the ceiling is exact to its tolerance, free equity is a second wall, stops are never refused."""

from __future__ import annotations

from typing import Any

import pytest

import radar
from radar.engine.result import Result
from radar.kernel.build import Mode
from radar.market.account import TOLERANCE
from radar.market.approval import margin_refusal
from radar.market.reason import Refusal
from tests.conformance.cases import ledger
from tests.engine.memory import table
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


BOTH_ORDERS = pytest.mark.parametrize("turned", [False, True], ids=["as written", "turned"])


@BOTH_ORDERS
def test_two_guards_are_as_strict_as_the_stricter(turned: bool) -> None:
    """The lowest ceiling and the demand for free equity count, whichever guard speaks first."""
    guards = [Risk("margin_guard", max_margin_ratio=0.5, free_equity=False), Risk("margin_guard", max_margin_ratio=0.9)]
    approval = cleared()
    for guard in reversed(guards) if turned else guards:
        guard.approve(approval=approval)
    assert approval.max_margin_ratio == 0.5
    assert margin_refusal(approval, 10_000.0, 10_000.0, 1000.0, 4000.0) == 0
    assert margin_refusal(approval, 10_000.0, 10_000.0, 1000.1, 4000.0) == Refusal.MARGIN_GUARD
    assert margin_refusal(approval, 4500.0, 10_000.0, 1000.0, 4000.0) == Refusal.INSUFFICIENT_MARGIN


def test_two_guards_that_waive_free_equity_waive_it() -> None:
    """Free equity is left out where none of them asks for it."""
    guard = Risk("margin_guard", max_margin_ratio=0.5, free_equity=False)
    assert margin_refusal(guard.approve(approval=guard.approve()), 0.0, 10_000.0, 1000.0, 2000.0) == 0


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


TWO_GUARDS = TEXT.replace("SIDES", "[long]").replace(
    "  guard: {risk: margin_guard, in: sized, max_margin_ratio: 1}\n",
    "  first: {risk: margin_guard, in: sized, FIRST}\n  guard: {risk: margin_guard, in: first, SECOND}\n",
)
FALL = bars(CALM, 55, (100.0, 101.0, 93.5, 93.6), (93.6, 93.6, 70.0, 71.0))
ASKS = "max_margin_ratio: 1, free_equity: true"


def guarded(guards: tuple[str, str], mode: Mode = "interpreted") -> Result:
    """Levels of a third of the base each, two in one bar and the last in the next, under two guards in one chain."""
    text = TWO_GUARDS.replace("FIRST", guards[0]).replace("SECOND", guards[1])
    return radar.backtest(text, candles={"BTC": table(FALL)}, overrides=["grid.sl_percent=60"], mode=mode)


@BOTH_ORDERS
@pytest.mark.parametrize(
    ("other", "levels", "cause"),
    [
        ("max_margin_ratio: 1, free_equity: false", [0, 1], "insufficient_margin"),
        ("max_margin_ratio: 0.5, free_equity: false", [0], "margin_guard"),
    ],
)
def test_both_guards_of_a_chain_hold_in_a_run(other: str, levels: list[int], cause: str, turned: bool) -> None:
    """After the first two levels have lost, free equity for a third is missing: what one waives the other refuses."""
    result = guarded((other, ASKS) if turned else (ASKS, other))
    assert [int(fill["level"]) for fill in result.fill_rows if fill["opens"]] == levels
    assert {one["cause"] for one in result.refusals} == {cause}


@pytest.mark.slow
def test_two_guards_compiled_equal_interpreted() -> None:
    """In both orders the compiled run leaves the bytes of the interpreted one."""
    other = "max_margin_ratio: 0.9, free_equity: false"
    for guards in ((ASKS, other), (other, ASKS)):
        compiled, interpreted = (ledger(guarded(guards, mode).run) for mode in ("compiled", "interpreted"))
        assert [name for name in compiled if compiled[name] != interpreted[name]] == []
