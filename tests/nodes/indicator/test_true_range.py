"""true_range: a bar's reach, the jump from the close before included."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import talib

from tests.nodes import formulas
from tests.nodes.harness import assert_close, run_indicator
from tests.nodes.markets import Bars, flat, markets, stored


def test_by_hand() -> None:
    """Inside the bar, a jump up to the high, a fall to the low; the first bar has no close before it."""
    bars: Bars = replace(
        flat(4),
        high=np.array([11.0, 12.0, 20.0, 9.0]),
        low=np.array([9.0, 8.0, 18.0, 5.0]),
        close=np.array([10.0, 11.0, 19.0, 6.0]),
    )
    assert_close(run_indicator("true_range", bars)["value"], np.array([np.nan, 4.0, 9.0, 14.0]))


def test_a_missing_close_hides_the_next_range() -> None:
    """The range after an unknown close is unknown, not the bar's own height."""
    result = run_indicator("true_range", flat(5).missing(2))["value"]
    assert_close(result, np.array([np.nan, 0.0, np.nan, np.nan, 0.0]))


@pytest.mark.parametrize("market", markets())
def test_equals_the_formula(market: str) -> None:
    """The largest of the three distances, to the bit."""
    bars = markets()[market]
    assert_close(run_indicator("true_range", bars, compiled=True)["value"], formulas.true_range(bars), tolerance=0.0)


def test_equals_talib_on_a_year_of_real_hours() -> None:
    """TA-Lib's TRANGE, which also leaves the first bar out."""
    bars = stored("sample", "binance/perp/SOL/1h")
    expected = talib.TRANGE(bars.high, bars.low, bars.close)
    assert_close(run_indicator("true_range", bars, compiled=True)["value"], expected)
