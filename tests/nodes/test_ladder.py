"""The ladder of a grid: its prices, and how near the market is to one of them."""

from __future__ import annotations

from math import nan

import numpy as np
import pytest

from radar.nodes.ladder import nearness, rung, tell_distance


def test_levels_lie_on_both_sides_of_the_centre() -> None:
    """Centre 100, width 2, first at 1.5 widths and then every half width: 97, 96, 95 below and 103, 104, 105 above."""
    assert [rung(1, level, 100.0, 2.0, 1.5, 0.5) for level in range(3)] == [97.0, 96.0, 95.0]
    assert [rung(-1, level, 100.0, 2.0, 1.5, 0.5) for level in range(3)] == [103.0, 104.0, 105.0]


@pytest.mark.parametrize(
    ("close", "level", "expected"),
    [(100.0, 96.0, 0.0), (99.0, 96.0, 0.25), (96.0, 96.0, 1.0), (95.0, 96.0, 1.0), (101.0, 96.0, 0.0)],
)
def test_nearness_is_one_at_the_level_and_zero_at_the_centre(close: float, level: float, expected: float) -> None:
    """In between by distance, on both sides of the centre of 100."""
    assert nearness(close, 100.0, level) == expected
    assert nearness(200.0 - close, 100.0, 200.0 - level) == expected


@pytest.mark.parametrize(("centre", "level"), [(100.0, 100.0), (nan, 96.0), (100.0, nan)])
def test_nearness_is_unknown_without_a_distance(centre: float, level: float) -> None:
    """A level on the centre, or one that is not known, has no nearness."""
    assert np.isnan(nearness(99.0, centre, level))


def test_the_distance_is_told_as_a_fraction_of_the_close() -> None:
    """A buy at 96 is 4 % away from a close of 100, met at 96 and below; the mirror for a sell."""
    found = np.full(9, nan)
    tell_distance(found, 0, 1, 100.0, 96.0)
    tell_distance(found, 1, 1, 96.0, 96.0)
    tell_distance(found, 2, -1, 100.0, 105.0)
    assert found.tolist() == [0.04, 0.0, 0.0, 0.0, 0.0, 1.0, 0.05, 0.0, 0.0]
