"""What is told of an entry: conditions by place, and scores that stay between their bounds."""

from __future__ import annotations

from math import isnan, nan

import numpy as np
import pytest

from radar.market.condition import clamp01, excess, graded, tell


def test_conditions_are_told_three_numbers_each() -> None:
    """Value, threshold, and 1 or 0, at the condition's own place; the rest is left as it was."""
    found = np.full(9, 7.0)
    tell(found, 1, 2.5, 3.5, False)
    tell(found, 2, 4.5, 1.5, True)
    assert found.tolist() == [7.0, 7.0, 7.0, 2.5, 3.5, 0.0, 4.5, 1.5, 1.0]


@pytest.mark.parametrize(("value", "held"), [(-0.1, 0.0), (0.0, 0.0), (0.3, 0.3), (1.0, 1.0), (1.2, 1.0)])
def test_a_share_is_held_between_its_bounds(value: float, held: float) -> None:
    """Below 0 it is 0, above 1 it is 1."""
    assert clamp01(value) == held


@pytest.mark.parametrize(
    ("distance", "width", "weight", "share"),
    [
        # 2 x 1 / 8, one beyond a band that is 8 wide; the same inside; far beyond, where 2 x 6 / 8 is more than 1.
        (1.0, 8.0, 2.0, 0.25),
        (-1.0, 8.0, 2.0, -0.25),
        (6.0, 8.0, 2.0, 1.0),
        (0.0, 8.0, 2.0, 0.0),
        (-8.0, 8.0, 5.0, -5.0),
        (1.0, 0.0, 2.0, 0.5),
        (0.0, 0.0, 2.0, 0.0),
        (-1.0, 0.0, 2.0, -1.0),
    ],
)
def test_excess_is_a_share_of_the_band(distance: float, width: float, weight: float, share: float) -> None:
    """Weight times distance over width, at most 1; a band without width has values of its own."""
    assert excess(distance, width, weight) == share


@pytest.mark.parametrize(("x", "score"), [(-5.0, 0.1), (-0.8, 0.1), (-0.5, 0.25), (0.0, 0.5), (0.5, 0.75), (1.0, 1.0)])
def test_a_swing_entry_is_graded_from_a_tenth_to_one(x: float, score: float) -> None:
    """One half at the edge."""
    assert graded(x) == pytest.approx(score, rel=1e-15)


def test_what_is_not_known_stays_so() -> None:
    """NaN goes through every score."""
    assert isnan(clamp01(nan))
    assert isnan(graded(nan))
    assert isnan(excess(nan, 1.0, 2.0))
    assert isnan(excess(1.0, nan, 2.0))
    assert isnan(excess(nan, 0.0, 2.0))
