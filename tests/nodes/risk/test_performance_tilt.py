"""The tilt of the shares: bounded, one without comparison, and frozen for a cycle."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.nodes.risk.harness import Risk, cleared, levels

Sums = tuple[float, float]


def node(own: Sums, whole: Sums, trades: int = 10, **params: float) -> Risk:
    """The node after its strategies have won and lost ``own`` in so many trades, and the account ``whole``."""
    one = Risk("performance_tilt", **params)
    one.learn(own[0], -own[1], *[0.0] * (trades - 2))
    one.account.statistics.won, one.account.statistics.lost = whole
    one.observe(0, 10_000.0)
    return one


@pytest.mark.parametrize(
    ("own", "whole", "expected"),
    [
        ((60.0, 40.0), (100.0, 100.0), 1.1),
        ((30.0, 70.0), (100.0, 100.0), 0.8),
        ((100.0, 0.0), (100.0, 100.0), 1.5),
        ((0.0, 100.0), (100.0, 100.0), 0.5),
        ((60.0, 40.0), (60.0, 40.0), 1.0),
        ((0.0, 0.0), (0.0, 0.0), 1.0),
    ],
)
def test_the_factor_by_hand(own: Sums, whole: Sums, expected: float) -> None:
    """One, and the difference between its share of what was won and that of the account."""
    one = node(own, whole)
    assert one.s.factor == pytest.approx(expected, rel=1e-15)
    approval = cleared()
    approval.margin_fraction, approval.risk_fraction = 0.1, 0.02
    one.approve(approval=approval)
    assert approval.margin_fraction == pytest.approx(0.1 * expected, rel=1e-15)
    assert approval.risk_fraction == pytest.approx(0.02 * expected, rel=1e-15)


def test_too_few_trades_tilt_nothing() -> None:
    """Nine of ten; and before the first mark."""
    assert node((100.0, 0.0), (100.0, 100.0), trades=9).s.factor == 1.0
    assert Risk("performance_tilt").s.factor == 1.0


def test_strength_and_bounds_are_parameters() -> None:
    """Twice as strong; held at 1.2."""
    assert node((60.0, 40.0), (100.0, 100.0), strength=2.0).s.factor == pytest.approx(1.2, rel=1e-15)
    assert node((100.0, 0.0), (100.0, 100.0), max_factor=1.2).s.factor == 1.2
    assert node((100.0, 0.0), (100.0, 100.0), strength=0.0).s.factor == 1.0


@given(st.tuples(*[st.floats(0, 1e9)] * 4), st.floats(0, 10))
def test_the_factor_never_leaves_its_bounds(sums: tuple[float, float, float, float], strength: float) -> None:
    """From half to one and a half of the equal share, whatever was won and lost."""
    assert 0.5 <= node(sums[:2], sums[2:], strength=strength).s.factor <= 1.5


def test_the_cap_of_an_asset_holds() -> None:
    """Equal allocation at its cap of 25 % in three levels cannot be raised, only lowered."""
    for own, expected in (((100.0, 0.0), 0.25 / 3), ((0.0, 100.0), 0.125 / 3)):
        sized = Risk("equal_allocation")
        approval = sized.approve(levels(3))
        node(own, (100.0, 100.0)).approve(levels(3), approval)
        assert approval.margin_fraction == pytest.approx(expected, rel=1e-15)


def test_a_running_cycle_keeps_its_margin() -> None:
    """Two levels of 400 each on a base of 10,000: the third is 400 too, whatever the factor says now."""
    one = node((100.0, 0.0), (100.0, 100.0))
    one.position.side, one.position.levels, one.position.locked, one.position.base = 1, 2, 800.0, 10_000.0
    approval = cleared()
    approval.margin_fraction = 0.08
    one.approve(approval=approval)
    assert approval.margin_fraction == pytest.approx(0.04, rel=1e-15)
