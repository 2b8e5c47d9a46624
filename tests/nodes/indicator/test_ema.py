"""ema: seeded with the mean of the first ``period`` values, then ``a * x + (1 - a) * e``."""

from __future__ import annotations

import numpy as np
import pytest
import talib

from tests.nodes import formulas
from tests.nodes.harness import assert_close, run_indicator
from tests.nodes.markets import markets, stored


def test_by_hand() -> None:
    """Period 3: a = 1/2; the seed is 2, then (4 + 2) / 2 and (9 + 3) / 2."""
    result = run_indicator("ema", np.array([1.0, 2.0, 3.0, 4.0, 9.0]), period=3)["value"]
    assert_close(result, np.array([np.nan, np.nan, 2.0, 3.0, 6.0]))


def test_a_missing_value_is_passed_over() -> None:
    """Its own bar is unknown; the average goes on from where it was, before and after the seed."""
    values = np.array([np.nan, 1.0, 2.0, np.nan, 3.0, np.nan, 4.0])
    expected = np.array([np.nan, np.nan, np.nan, np.nan, 2.0, np.nan, 3.0])
    assert_close(run_indicator("ema", values, period=3)["value"], expected)


@pytest.mark.parametrize("asset", ["BTC", "ETH", "SOL", "XRP"])
@pytest.mark.parametrize("period", [2, 20, 200])
def test_equals_talib_on_a_year_of_real_hours(asset: str, period: int) -> None:
    """The same definition and seed as TA-Lib's EMA, at every bar."""
    close = stored("sample", f"binance/perp/{asset}/1h").close
    assert_close(run_indicator("ema", close, compiled=True, period=period)["value"], talib.EMA(close, period))


@pytest.mark.parametrize("market", markets())
@pytest.mark.parametrize("period", [1, 2, 14])
def test_equals_the_sum_of_its_weights(market: str, period: int) -> None:
    """Each value with its own power of 1 - a, on every market."""
    close = markets()[market].close
    result = run_indicator("ema", close, compiled=True, period=period)["value"]
    assert_close(result, formulas.exponential(close, period, 2.0 / (period + 1)))
