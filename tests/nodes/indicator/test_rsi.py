"""rsi: Wilder's relative strength index."""

from __future__ import annotations

import numpy as np
import pytest
import talib

from tests.nodes import formulas
from tests.nodes.harness import assert_close, run_indicator
from tests.nodes.markets import markets, stored, walk


def rsi(values: list[float] | np.ndarray, period: int) -> np.ndarray:
    """The index of ``values``, compiled."""
    return run_indicator("rsi", np.array(values), compiled=True, period=period)["value"]


def test_by_hand() -> None:
    """Changes +1, -1, +2 in period 2: averages 1/2 and 1/2, then 5/4 and 1/4."""
    assert_close(rsi([10.0, 11.0, 10.0, 12.0], 2), np.array([np.nan, np.nan, 50.0, 100.0 * 5 / 6]))


def test_only_gains_only_losses_and_neither() -> None:
    """100 without a loss, 0 without a gain, 50 without both: exactly."""
    assert (rsi(np.arange(1.0, 40.0) ** 1.5, 14)[14:] == 100.0).all()
    assert (rsi(np.arange(40.0, 1.0, -1.0) ** 1.5, 14)[14:] == 0.0).all()
    assert (rsi(np.full(40, 0.1), 14)[14:] == 50.0).all()


def test_a_missing_value_hides_two_changes() -> None:
    """The changes into and out of a missing value are unknown; the rest is as if the others followed each other."""
    changes = [1.0, -1.0, 2.0, -0.5, 1.0]
    whole = 10.0 + np.cumsum([0.0, *changes])
    holed = np.concatenate([whole[:4], [np.nan], whole[3:]])
    expected = np.concatenate([rsi(whole, 2)[:4], [np.nan, np.nan], rsi(whole, 2)[4:]])
    assert_close(rsi(holed, 2), expected)


@pytest.mark.parametrize("asset", ["BTC", "ETH", "SOL", "XRP"])
@pytest.mark.parametrize("period", [2, 10, 14, 20])
def test_equals_talib_on_a_year_of_real_hours(asset: str, period: int) -> None:
    """The same definition and seed as TA-Lib's RSI, at every bar."""
    close = stored("sample", f"binance/perp/{asset}/1h").close
    # An index near 0 is a quotient of averages that agree to 1e-9, so the floor is in points of 100.
    assert_close(rsi(close, period), talib.RSI(close, period), floor=1e-9)


@pytest.mark.parametrize("market", markets())
@pytest.mark.parametrize("period", [2, 14])
def test_equals_the_formula(market: str, period: int) -> None:
    """``100 - 100 / (1 + G / L)`` of averages written as sums, on every market."""
    close = markets()[market].close
    assert_close(rsi(close, period), formulas.rsi(close, period), floor=1e-9)


def test_mirror() -> None:
    """Prices mirrored at a constant give 100 minus the index."""
    close = walk(4, 500).close
    assert_close(rsi(300.0 - close, 14), 100.0 - rsi(close, 14), floor=1e-9)
