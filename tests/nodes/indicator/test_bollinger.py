"""bollinger: mean and population deviation of a window, and the relative width at the bar before."""

from __future__ import annotations

import numpy as np
import pytest
import talib

from tests.nodes import formulas
from tests.nodes.harness import assert_close, run_indicator
from tests.nodes.markets import markets, stored


def test_by_hand() -> None:
    """2, 4, 4, 4, 5, 5, 7, 9 have mean 5 and population deviation 2; the spread follows one bar later."""
    values = np.array([2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0, 9.0])
    ports = run_indicator("bollinger", values, period=8, deviations=2.0)
    assert ports["mid"][7] == pytest.approx(5.0)
    assert ports["upper"][7] == pytest.approx(9.0)
    assert ports["lower"][7] == pytest.approx(1.0)
    assert np.isnan(ports["spread"][:8]).all()
    assert ports["spread"][8] == pytest.approx(8.0)


def test_a_spread_over_a_lower_band_that_is_not_positive_is_unknown() -> None:
    """Where the lower band is at or below 0 the next bar has no spread, and the one after may have one again."""
    values = np.array([1.0, 3.0, 3.0, 3.0])
    ports = run_indicator("bollinger", values, period=2, deviations=2.0)
    assert ports["lower"][1] == 0.0
    assert np.isnan(ports["spread"][:3]).all()
    assert ports["spread"][3] == 0.0


def test_flat_after_movement_is_exactly_flat() -> None:
    """A window of equal closes has both bands on the close: a close beyond a band cannot come from rounding."""
    values = np.concatenate([[1e6, 3.0, 1e-3], np.full(60, 0.1)])
    ports = run_indicator("bollinger", values, compiled=True, period=20)
    for port in ("upper", "mid", "lower"):
        assert (ports[port][22:] == 0.1).all(), port
    assert (ports["spread"][23:] == 0.0).all()


@pytest.mark.parametrize("asset", ["BTC", "ETH", "SOL", "XRP"])
@pytest.mark.parametrize(("period", "deviations"), [(20, 2.0), (100, 2.2), (550, 1.5)])
def test_equals_talib_on_a_year_of_real_hours(asset: str, period: int, deviations: float) -> None:
    """The same definition (divisor period) as TA-Lib's BBANDS, at every bar."""
    close = stored("sample", f"binance/perp/{asset}/1h").close
    ports = run_indicator("bollinger", close, compiled=True, period=period, deviations=deviations)
    upper, mid, lower = talib.BBANDS(close, period, deviations, deviations)
    assert_close(ports["mid"], mid)
    assert_close(ports["upper"], upper)
    assert_close(ports["lower"], lower)


@pytest.mark.parametrize("market", markets())
@pytest.mark.parametrize("period", [2, 20])
def test_equals_the_formula(market: str, period: int) -> None:
    """Mean and deviation of each window by two passes, on every market, missing bars included."""
    close = markets()[market].close
    ports = run_indicator("bollinger", close, compiled=True, period=period, deviations=2.0)
    mid, half = formulas.sma(close, period), 2.0 * formulas.deviation(close, period)
    scale = float(np.nanmax(close))
    assert_close(ports["mid"], mid)
    assert_close(ports["upper"], mid + half, floor=1e-13 * scale)
    assert_close(ports["lower"], mid - half, floor=1e-13 * scale)
    lower = mid - half
    spread = formulas.before(np.where(lower > 0.0, 2.0 * half / np.where(lower > 0.0, lower, 1.0), np.nan))
    assert_close(ports["spread"], spread, floor=1e-12)
