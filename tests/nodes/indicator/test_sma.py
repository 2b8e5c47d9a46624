"""sma: the arithmetic mean of the last ``period`` values."""

from __future__ import annotations

import numpy as np
import pytest
import talib

from tests.nodes import formulas
from tests.nodes.harness import assert_close, run_indicator
from tests.nodes.markets import markets, stored, walk


def test_by_hand() -> None:
    """1, 2, 3, 4, 6 in windows of three."""
    result = run_indicator("sma", np.array([1.0, 2.0, 3.0, 4.0, 6.0]), period=3)["value"]
    assert_close(result, np.array([np.nan, np.nan, 2.0, 3.0, 13.0 / 3.0]))


def test_a_missing_value_counts_only_while_it_is_inside() -> None:
    """One NaN makes as many means unknown as the window has bars, and none later."""
    values = np.array([1.0, np.nan, 3.0, 4.0, 5.0, 6.0])
    assert_close(run_indicator("sma", values, period=2)["value"], np.array([np.nan, np.nan, np.nan, 3.5, 4.5, 5.5]))


@pytest.mark.parametrize("asset", ["BTC", "ETH", "SOL", "XRP"])
@pytest.mark.parametrize("period", [2, 7, 14, 550])
def test_equals_talib_on_a_year_of_real_hours(asset: str, period: int) -> None:
    """The same definition and seed as TA-Lib's SMA, at every bar."""
    close = stored("sample", f"binance/perp/{asset}/1h").close
    assert_close(run_indicator("sma", close, compiled=True, period=period)["value"], talib.SMA(close, period))


@pytest.mark.parametrize("market", markets())
@pytest.mark.parametrize("period", [1, 2, 14, 100])
def test_equals_the_formula(market: str, period: int) -> None:
    """Mean of each window, on every market, missing bars included."""
    close = markets()[market].close
    assert_close(run_indicator("sma", close, compiled=True, period=period)["value"], formulas.sma(close, period))


def test_average_volume_after_a_flood() -> None:
    """A volume a trillion times larger leaves no trace after it has left the window."""
    volume = walk(3, 300).volume
    volume[100:110] = 1e15
    result = run_indicator("sma", volume, compiled=True, period=20)["value"]
    assert_close(result[129:], formulas.sma(volume, 20)[129:], tolerance=1e-12)


def test_flat_is_exact() -> None:
    """The mean of bars at 0.1 is 0.1 to the bit, so that a price at its mean is not beside it."""
    assert (run_indicator("sma", np.full(100, 0.1), period=14)["value"][13:] == 0.1).all()
