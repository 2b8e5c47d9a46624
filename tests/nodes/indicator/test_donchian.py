"""donchian: highest high and lowest low of the bars before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.nodes import formulas
from tests.nodes.harness import assert_close, run_indicator
from tests.nodes.markets import flat, markets, stored


def test_by_hand() -> None:
    """The bar itself is not in its channel."""
    bars = replace(flat(5), high=np.array([3.0, 5.0, 4.0, 9.0, 1.0]), low=np.array([2.0, 1.0, 3.0, 4.0, 0.0]))
    ports = run_indicator("donchian", bars, period=2)
    assert_close(ports["high"], np.array([np.nan, np.nan, 5.0, 5.0, 9.0]))
    assert_close(ports["low"], np.array([np.nan, np.nan, 1.0, 1.0, 3.0]))


def test_a_missing_high_hides_only_the_upper_side() -> None:
    """Each side is unknown while one of its own values is, and no longer."""
    bars = replace(flat(6, price=5.0), high=np.array([6.0, np.nan, 7.0, 8.0, 9.0, 9.0]))
    ports = run_indicator("donchian", bars, period=2)
    assert_close(ports["high"], np.array([np.nan, np.nan, np.nan, np.nan, 8.0, 9.0]))
    assert_close(ports["low"], np.array([np.nan, np.nan, 5.0, 5.0, 5.0, 5.0]))


@pytest.mark.parametrize("market", markets())
@pytest.mark.parametrize("period", [1, 2, 20, 55])
def test_equals_the_formula(market: str, period: int) -> None:
    """The extremes of each window, shifted by one bar, to the bit."""
    bars = markets()[market]
    ports = run_indicator("donchian", bars, compiled=True, period=period)
    assert_close(ports["high"], formulas.before(formulas.windows(bars.high, period).max(axis=1)), tolerance=0.0)
    assert_close(ports["low"], formulas.before(formulas.windows(bars.low, period).min(axis=1)), tolerance=0.0)


def test_equals_the_formula_on_a_year_of_real_hours() -> None:
    """Every bar of a real year, through hundreds of turns of the window."""
    bars = stored("sample", "binance/perp/BTC/1h")
    ports = run_indicator("donchian", bars, compiled=True)
    assert_close(ports["high"], formulas.before(formulas.windows(bars.high, 20).max(axis=1)), tolerance=0.0)
    assert_close(ports["low"], formulas.before(formulas.windows(bars.low, 20).min(axis=1)), tolerance=0.0)
