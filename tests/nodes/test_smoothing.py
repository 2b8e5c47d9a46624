"""The average that starts from a plain mean."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radar.kernel.records import RecordView
from radar.nodes.smoothing import SMOOTHED, smoothed
from radar.plan.records import fields_dtype


def average(values: list[float], seed: int, weight: float) -> list[float]:
    """Results of pushing ``values``."""
    state = RecordView(np.zeros(1, fields_dtype(SMOOTHED))[0])
    return [smoothed(state, seed, weight, value) for value in values]


def test_wilder_by_hand() -> None:
    """Period 4: the seed is the mean of 1, 2, 3, 6; then (3 * 3 + 7) / 4 and (4 * 3 + 0) / 4."""
    assert average([1.0, 2.0, 3.0, 6.0, 7.0, 0.0], 4, 0.25)[3:] == [3.0, 4.0, 3.0]


def test_missing_values_change_nothing_but_their_own_bar() -> None:
    """The known values alone decide; the results of missing ones are missing."""
    results = average([math.nan, 1.0, math.nan, 3.0, math.nan, 4.0], 2, 0.5)
    assert [result for result in results if not math.isnan(result)] == [2.0, 3.0]
    assert math.isnan(results[4])


@given(st.floats(-1e12, 1e12), st.integers(1, 20), st.integers(20, 60))
def test_equal_values_stay_exactly_equal(value: float, seed: int, count: int) -> None:
    """Seed and recursion add no rounding to a flat series."""
    assert average([value] * count, seed, 1.0 / seed)[seed - 1 :] == [value] * (count - seed + 1)


@given(st.lists(st.floats(0.0, 1e12), min_size=1, max_size=50), st.integers(1, 14))
def test_averages_of_values_from_zero_up_are_from_zero_up(values: list[float], seed: int) -> None:
    """No rounding makes a negative movement."""
    assert all(not result < 0.0 for result in average(values, seed, 1.0 / seed))


@pytest.mark.parametrize("seed", [1, 2, 14])
def test_the_seed_is_the_first_result(seed: int) -> None:
    """Exactly ``seed`` values are needed."""
    results = average([float(k) for k in range(20)], seed, 1.0 / seed)
    assert [math.isnan(result) for result in results] == [True] * (seed - 1) + [False] * (21 - seed)
    assert results[seed - 1] == (seed - 1) / 2
