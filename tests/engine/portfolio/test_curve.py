"""Drawdown, days, months and figures of an equity curve: by hand, and against plain loops over a real run."""

from __future__ import annotations

from statistics import correlation, linear_regression

import numpy as np
import pytest

from radar.engine.portfolio.benchmark import against
from radar.engine.portfolio.curve import curve_figures, daily, daily_returns, deepest, drawdowns, monthly_returns
from tests.engine.portfolio.books import CAPITAL, candles, ms, traded

HOUR = 3_600_000
DAY = 24 * HOUR


def times(count: int, step: int = HOUR, first: str = "2025-01-30T20:00") -> np.ndarray:
    """Bar opens."""
    return ms(first) + step * np.arange(count, dtype=np.int64)


def test_the_deepest_fall_by_hand() -> None:
    """120 to 90 is a quarter; it began at the last bar that stood at 120 and was over when 120 was there again."""
    values = np.array([110.0, 105.0, 120.0, 120.0, 100.0, 90.0, 119.0, 120.0, 119.0])
    fall = deepest(times(9), values, 100.0)
    assert fall is not None
    assert (fall.depth, fall.hours) == (25.0, 2.0)
    assert fall.to_json() == {
        "depth": 25.0,
        "peak": "2025-01-30T23:00:00Z",
        "trough": "2025-01-31T01:00:00Z",
        "recovered": "2025-01-31T03:00:00Z",
        "hours": 2.0,
    }
    np.testing.assert_allclose(drawdowns(values, 100.0)[:2], [0.0, 100 * 5 / 110])


def test_a_fall_from_the_capital_itself_has_no_bar_of_its_peak() -> None:
    """Hours then count from the first bar; without a recovery there is none."""
    fall = deepest(times(3), np.array([99.0, 80.0, 90.0]), 100.0)
    assert fall is not None
    assert (fall.peak, fall.recovered, fall.hours) == (None, None, 1.0)
    assert fall.depth == pytest.approx(20.0)
    assert deepest(times(3), np.array([100.0, 100.0, 101.0]), 100.0) is None


def test_days_and_months_by_hand() -> None:
    """A bar belongs to the day in which it opens; the first return is against the capital."""
    values = np.array([101.0, 102.0, 103.0, 104.0, 105.0, 110.0, 99.0, 88.0])
    days, last = daily(times(8, 12 * HOUR), values)
    assert (days * DAY).tolist() == [ms(f"2025-0{day}") for day in ("1-30", "1-31", "2-01", "2-02", "2-03")]
    assert last.tolist() == [101.0, 103.0, 105.0, 99.0, 88.0]
    np.testing.assert_allclose(
        daily_returns(last, 100.0), [0.01, 103 / 101 - 1, 105 / 103 - 1, 99 / 105 - 1, 88 / 99 - 1]
    )
    months = [(one.year, one.month, one.percent) for one in monthly_returns(times(8, 12 * HOUR), values, 100.0)]
    assert months == [(2025, 1, pytest.approx(3.0)), (2025, 2, pytest.approx((88 / 103 - 1) * 100))]


def test_figures_of_a_curve_by_hand() -> None:
    """Forty days that win 2 % and lose 1 % in turn."""
    returns = np.array([0.02, -0.01] * 20)
    values = 100.0 * np.cumprod(1.0 + returns)
    found = curve_figures(times(40, DAY), values, 100.0)
    assert found["sortino_daily"] == pytest.approx(0.005 / np.sqrt(0.0001 / 2) * np.sqrt(365))
    assert found["cagr"] == pytest.approx(((1.02 * 0.99) ** (20 * 365 / 39) - 1) * 100)
    assert found["ulcer_index"] == pytest.approx(np.sqrt(0.5))
    short = curve_figures(times(20, DAY), values[:20], 100.0)
    assert (short["cagr"], short["sortino_daily"]) == (None, None)


def test_a_line_through_daily_returns() -> None:
    """Alpha, beta and correlation are those of the standard library, on a real run beside bitcoin."""
    result = traded()
    found = result.portfolio["against"]
    closes = np.array(candles("BTC")["close"].to_pylist())[-len(result.times) :]
    ours, theirs = [], []
    before = (CAPITAL, float(closes[0]))
    for row, time in enumerate(result.times.tolist()):
        if row + 1 == len(result.times) or result.times[row + 1] // DAY != time // DAY:
            now = (float(result.equity[row]), float(closes[row]))
            ours.append(now[0] / before[0] - 1.0)
            theirs.append(now[1] / before[1] - 1.0)
            before = now
    line = linear_regression(theirs, ours)
    assert found["days"] == len(ours) > 30
    assert found["beta"] == pytest.approx(line.slope, rel=1e-9)
    assert found["alpha"] == pytest.approx(line.intercept * 365 * 100, rel=1e-9)
    assert found["correlation"] == pytest.approx(correlation(ours, theirs), rel=1e-9)
    held = (closes[-1] / closes[0] - 1.0) * 100.0
    assert found["return"] == pytest.approx(held, rel=1e-9)
    assert found["excess_return"] == pytest.approx((result.equity[-1] / CAPITAL - 1.0) * 100.0 - held, rel=1e-9)


def test_held_against_itself() -> None:
    """The asset itself has beta 1, no alpha and no excess; what never moves has no beta."""
    curve = 100.0 * np.exp(np.cumsum(np.random.default_rng(3).normal(0.0, 0.02, 60)))
    same = against(times(60, DAY), curve, curve, 100.0)
    assert (same["beta"], same["correlation"]) == (pytest.approx(1.0), pytest.approx(1.0))
    assert (same["alpha"], same["excess_return"]) == (pytest.approx(0.0, abs=1e-9), 0.0)
    still = against(times(60, DAY), curve, np.full(60, 100.0), 100.0)
    assert (still["alpha"], still["beta"], still["correlation"]) == (None, None, None)
    few = against(times(20, DAY), curve[:20], curve[:20], 100.0)
    assert (few["beta"], few["days"]) == (None, 20)


def test_without_bitcoin_nothing_is_held_against() -> None:
    """A run without the benchmark's candles says so by an absent section."""
    assert traded(assets=("ETH",)).portfolio["against"] is None
