"""vwap: the rolling volume-weighted average price, and the close's distance from it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.nodes import formulas
from tests.nodes.harness import Indicator, assert_close, indicator, run_indicator
from tests.nodes.markets import HOUR, MINUTE, Bars, flat, markets, stored, walk


def priced(prices: list[float], volumes: list[float]) -> Bars:
    """Bars that stand still at a price each."""
    price = np.array(prices)
    return replace(flat(len(price)), open=price, high=price, low=price, close=price, volume=np.array(volumes))


def test_by_hand() -> None:
    """Two hours: (10 * 1 + 20 * 3) / 4, then (20 * 3 + 30 * 1) / 4; the deviation is a fraction."""
    ports = run_indicator("vwap", priced([10.0, 20.0, 30.0], [1.0, 3.0, 1.0]), vwap_hours=2)
    assert_close(ports["value"], np.array([np.nan, 17.5, 22.5]))
    assert_close(ports["deviation"], np.array([np.nan, 2.5 / 17.5, 7.5 / 22.5]))


def test_without_volume_it_is_the_typical_price_of_the_bar() -> None:
    """A window that traded nothing gives the bar's own (H + L + C) / 3, whatever traded before it."""
    bars = priced([10.0, 20.0, 30.0, 40.0, 50.0], [1e12, 3.0, 0.0, 0.0, 0.0])
    ports = run_indicator("vwap", bars, vwap_hours=2)
    assert_close(ports["value"][2:], np.array([20.0, 40.0, 50.0]))
    assert_close(ports["deviation"][3:], np.array([0.0, 0.0]))


def test_deviation_is_zero_where_the_average_is_not_positive() -> None:
    """A price of 0 has no distance in shares of itself."""
    ports = run_indicator("vwap", priced([0.0, 0.0, 0.0], [1.0, 1.0, 1.0]), vwap_hours=2)
    assert_close(ports["value"][1:], np.array([0.0, 0.0]))
    assert_close(ports["deviation"][1:], np.array([0.0, 0.0]))


@pytest.mark.parametrize(("interval", "hours", "bars"), [(5, 24, 288), (15, 24, 96), (60, 24, 24), (240, 24, 6)])
def test_the_window_is_a_day_on_every_clock(interval: int, hours: int, bars: int) -> None:
    """24 hours are 288 bars of 5m and 24 of 1h: the window follows the clock."""
    kind = indicator("vwap")
    assert kind.lookback(kind.params(vwap_hours=hours), interval * MINUTE) == bars
    run = Indicator.start("vwap", {"vwap_hours": hours}, interval=interval * MINUTE).feed(
        walk(1, bars + 3, interval=interval * MINUTE)
    )
    assert np.flatnonzero(~np.isnan(run.ports["value"])).tolist() == [bars - 1, bars, bars + 1, bars + 2]


def test_a_window_shorter_than_a_bar_is_one_bar() -> None:
    """An hour of 4h bars is the bar itself, and parts of a bar are left out."""
    kind = indicator("vwap")
    assert kind.lookback(kind.params(vwap_hours=1), 4 * HOUR) == 1
    assert kind.lookback(kind.params(vwap_hours=6), 4 * HOUR) == 1


@pytest.mark.parametrize("market", markets())
def test_equals_the_formula(market: str) -> None:
    """``sum(tp * V) / sum(V)`` of each window, on every market; deviation to 1e-12 of the price."""
    bars = markets()[market]
    ports = run_indicator("vwap", bars, compiled=True)
    expected = formulas.vwap(bars, 24)
    assert_close(ports["value"], expected)
    assert_close(ports["deviation"], (bars.close - expected) / expected, floor=1e-12)


def test_equals_the_formula_on_seven_weeks_of_real_five_minutes() -> None:
    """288 bars of 5m at every bar, through a liquidation cascade."""
    bars = stored("sample", "binance/perp/SOL/5m")
    ports = run_indicator("vwap", bars, interval=5 * MINUTE, compiled=True)
    assert_close(ports["value"], formulas.vwap(bars, 288))
