"""atr: Wilder's average of the true range."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import talib

from tests.nodes import formulas
from tests.nodes.harness import assert_close, run_indicator
from tests.nodes.markets import flat, markets, stored


def test_by_hand() -> None:
    """Ranges 9 (not in the seed), 2, 4, 6 in period 2: the seed is 3, then (3 + 6) / 2; gaps of the close count."""
    close = np.full(4, 10.0)
    half = np.array([4.5, 1.0, 2.0, 3.0])
    bars = replace(flat(4), high=close + half, low=close - half, close=close)
    assert_close(run_indicator("atr", bars, period=2)["value"], np.array([np.nan, np.nan, 3.0, 4.5]))


def test_a_gap_in_time_is_crossed() -> None:
    """Where candles are absent, the close before the gap is the close before."""
    bars = markets()["walk"]
    result = run_indicator("atr", bars.without(*range(100, 130)), compiled=True)["value"]
    assert_close(result, formulas.atr(bars.without(*range(100, 130)), 14))
    assert np.isfinite(result[14:]).all()


@pytest.mark.parametrize("asset", ["BTC", "ETH", "SOL", "XRP"])
@pytest.mark.parametrize("period", [2, 10, 14, 20])
def test_equals_talib_on_a_year_of_real_hours(asset: str, period: int) -> None:
    """The same definition and seed as TA-Lib's ATR, at every bar."""
    bars = stored("sample", f"binance/perp/{asset}/1h")
    result = run_indicator("atr", bars, compiled=True, period=period)["value"]
    assert_close(result, talib.ATR(bars.high, bars.low, bars.close, period))


@pytest.mark.parametrize("market", markets())
@pytest.mark.parametrize("period", [2, 14])
def test_equals_the_formula(market: str, period: int) -> None:
    """Wilder's average written as a sum, on every market, missing bars included."""
    bars = markets()[market]
    result = run_indicator("atr", bars, compiled=True, period=period)["value"]
    assert_close(result, formulas.atr(bars, period), floor=1e-18)
