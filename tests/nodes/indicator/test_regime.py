"""regime: the first match of strategies specification 1.3."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from radar.market.reason import Regime
from radar.nodes.indicator.regime import classify
from tests.nodes import formulas
from tests.nodes.harness import assert_close, run_indicator
from tests.nodes.markets import Bars, flat, markets, stored

NAN = float("nan")


@pytest.mark.parametrize(
    ("measures", "expected"),
    [
        ((20.0, 30.0, 10.0, 1.0, 1.0), Regime.RANGING),
        ((25.0, 30.0, 10.0, 1.0, 1.0), Regime.RANGING),
        ((25.1, 30.0, 10.0, 1.0, 1.0), Regime.TRENDING_UP),
        ((25.1, 10.0, 30.0, 1.0, 1.0), Regime.TRENDING_DOWN),
        ((25.1, 10.0, 10.0, 1.0, 1.0), Regime.TRENDING_DOWN),
        ((50.0, 30.0, 10.0, 2.0, 1.0), Regime.TRENDING_UP),
        ((50.0, 30.0, 10.0, 2.1, 1.0), Regime.HIGH_VOLATILITY),
        ((50.0, 30.0, 10.0, 0.5, 1.0), Regime.TRENDING_UP),
        ((50.0, 30.0, 10.0, 0.4, 1.0), Regime.LOW_VOLATILITY),
        ((50.0, 30.0, 10.0, 0.0, 0.0), Regime.TRENDING_UP),
        ((50.0, 30.0, 10.0, 1.0, 0.0), Regime.TRENDING_UP),
        ((0.0, 0.0, 0.0, 0.0, 0.0), Regime.RANGING),
        ((NAN, 30.0, 10.0, 9.0, 1.0), Regime.RANGING),
        ((50.0, NAN, 10.0, 9.0, 1.0), Regime.RANGING),
        ((50.0, 30.0, NAN, 9.0, 1.0), Regime.RANGING),
        ((50.0, 30.0, 10.0, NAN, 1.0), Regime.RANGING),
        ((50.0, 30.0, 10.0, 9.0, NAN), Regime.RANGING),
    ],
)
def test_first_match_wins_and_missing_is_ranging(measures: tuple[float, ...], expected: Regime) -> None:
    """Volatility goes before trend, limits themselves do not count, and any unknown measure means ranging."""
    assert classify(*measures) == expected


def ladder(count: int, step: float, height: np.ndarray | float = 1.0) -> Bars:
    """Bars that climb by ``step``."""
    middle = 1000.0 + step * np.arange(count)
    return replace(flat(count), high=middle + height, low=middle - height, close=middle)


@pytest.mark.parametrize(
    ("bars", "expected"),
    [
        (ladder(60, 1.0), Regime.TRENDING_UP),
        (ladder(60, -1.0), Regime.TRENDING_DOWN),
        (ladder(60, 0.0), Regime.RANGING),
        (ladder(60, 1.0, np.where(np.arange(60) < 55, 1.0, 30.0)), Regime.HIGH_VOLATILITY),
        (ladder(70, 1.0, np.where(np.arange(70) < 55, 30.0, 0.1)), Regime.LOW_VOLATILITY),
    ],
)
def test_markets_made_for_each_regime(bars: Bars, expected: Regime) -> None:
    """A climb, a fall, a range, an outburst and a calm end in their own regime; all begin ranging."""
    value = run_indicator("regime", bars, compiled=True)["value"]
    assert value[-1] == expected
    assert (value[:33] == Regime.RANGING).all()


@pytest.mark.parametrize("market", markets())
def test_equals_the_formula(market: str) -> None:
    """The regime of every bar of every market."""
    bars = markets()[market]
    assert run_indicator("regime", bars, compiled=True)["value"].tolist() == formulas.regime(bars).tolist()


@pytest.mark.parametrize("asset", ["BTC", "ETH", "SOL", "XRP"])
def test_equals_the_formula_on_real_hours(asset: str) -> None:
    """Three thousand real hours of each market hold all of the common regimes."""
    bars = stored("sample", f"binance/perp/{asset}/1h", 3000)
    expected = formulas.regime(bars)
    assert {Regime.RANGING, Regime.TRENDING_UP, Regime.TRENDING_DOWN} <= set(expected.tolist())
    assert run_indicator("regime", bars, compiled=True)["value"].tolist() == expected.tolist()


def test_its_measures_are_those_of_the_other_kinds() -> None:
    """ADX, DI, ATR and the mean of ATR equal what adx, atr and sma give: nothing is measured in two ways."""
    bars = markets()["walk"]
    ports = run_indicator("regime", bars, compiled=True)
    movement = run_indicator("adx", bars, compiled=True)
    width = run_indicator("atr", bars, compiled=True)["value"]
    for port in ("adx", "plus", "minus"):
        assert ports[port].tobytes() == movement[port].tobytes()
    assert ports["atr"].tobytes() == width.tobytes()
    average = run_indicator("sma", width, compiled=True, period=20)["value"]
    assert_close(ports["atr_average"], average, tolerance=1e-14)
