"""The windows that fold in two parts: exact where equality must be exact, and free of what has left them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radar.kernel.records import RecordView
from radar.nodes.sliding import HIGHEST, MEAN, MOMENTS, sliding_highest, sliding_mean, sliding_moments
from radar.plan.records import fields_dtype

numbers = st.floats(-1e12, 1e12, allow_subnormal=False)
prices = st.lists(st.one_of(numbers, st.just(math.nan)), min_size=1, max_size=60)
sizes = st.integers(1, 12)


def fold(function, fields, values, size):
    """Results of ``function`` over ``values``."""
    state = RecordView(np.zeros(1, fields_dtype(fields))[0])
    arena = np.zeros(2 * size)
    return [function(state, arena, 0, size, np.float64(value)) for value in values]


def last(values: list[float], index: int, size: int) -> list[float] | None:
    """The window that ends at ``index``; None until it is full."""
    return values[index - size + 1 : index + 1] if index >= size - 1 else None


@given(prices, sizes)
def test_mean_is_the_mean_of_the_window_and_nothing_else(values: list[float], size: int) -> None:
    """Values that left the window leave no trace: the error is bounded by what is in it."""
    for index, mean in enumerate(fold(sliding_mean, MEAN, values, size)):
        window = last(values, index, size)
        if window is None or any(map(math.isnan, window)):
            assert math.isnan(mean)
        else:
            bound = 8 * size * np.finfo(float).eps * max(map(abs, window))
            assert mean == pytest.approx(math.fsum(window) / size, rel=0, abs=bound)


@given(prices, sizes)
def test_variance_is_that_of_the_window_and_never_negative(values: list[float], size: int) -> None:
    """The population variance of exactly the window, from 0 up."""
    for index, moments in enumerate(fold(sliding_moments, MOMENTS, values, size)):
        window = last(values, index, size)
        if window is None or any(map(math.isnan, window)):
            assert math.isnan(moments.mean)
            assert math.isnan(moments.variance)
        else:
            scale = max(map(abs, window))
            mean = math.fsum(window) / size
            variance = math.fsum((x - mean) ** 2 for x in window) / size
            assert moments.mean == pytest.approx(mean, rel=0, abs=1e-13 * scale)
            assert moments.variance >= 0.0
            assert moments.variance == pytest.approx(variance, rel=1e-9, abs=(1e-13 * scale) ** 2)


@given(prices, sizes)
def test_highest_is_exact_and_missing_only_while_a_missing_value_is_inside(values: list[float], size: int) -> None:
    """The highest of the window to the bit."""
    for index, highest in enumerate(fold(sliding_highest, HIGHEST, values, size)):
        window = last(values, index, size)
        if window is None or any(map(math.isnan, window)):
            assert math.isnan(highest)
        else:
            assert highest == max(window)


@given(st.lists(numbers, max_size=30), numbers, sizes)
def test_equal_values_have_exactly_their_mean_and_no_variance(history: list[float], value: float, size: int) -> None:
    """Whatever came before, a window of equal values is exactly flat."""
    values = history + [value] * size
    assert fold(sliding_mean, MEAN, values, size)[-1] == value
    moments = fold(sliding_moments, MOMENTS, values, size)[-1]
    assert moments.mean == value
    assert moments.variance == 0.0


def test_a_huge_value_leaves_nothing_behind() -> None:
    """After 1e18 has left a window of small values, the mean is that of the small values, not 0 or noise."""
    values = [1e18] * 7 + [0.001 * (k % 3 + 1) for k in range(40)]
    for index, mean in enumerate(fold(sliding_mean, MEAN, values, 5)):
        if index >= 11:
            assert mean == pytest.approx(math.fsum(values[index - 4 : index + 1]) / 5, rel=1e-12)


def test_zero_is_a_value() -> None:
    """Zeros fill a window like any number."""
    assert fold(sliding_mean, MEAN, [0.0, 0.0, 3.0], 3)[-1] == 1.0
    assert fold(sliding_highest, HIGHEST, [-1.0, 0.0, -2.0], 3)[-1] == 0.0
