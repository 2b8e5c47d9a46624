"""supertrend: the rules of strategies specification 1.2."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.nodes import formulas
from tests.nodes.harness import assert_close, indicator, run_indicator
from tests.nodes.markets import HOUR, Bars, flat, markets, stored, walk


def closes(values: list[float]) -> Bars:
    """Bars of height 2 around their close."""
    close = np.array(values)
    return replace(flat(len(close)), open=close, high=close + 1.0, low=close - 1.0, close=close)


def test_by_hand() -> None:
    """Period 2, multiplier 1: seed at index 2 with -1, held by the band, turned up at 13 and down again at 8."""
    ports = run_indicator("supertrend", closes([10.0, 10.0, 10.0, 11.0, 13.0, 13.0, 8.0]), period=2, multiplier=1.0)
    # ATR: 2 at index 2 and 3; (2 + 3) / 2 = 2.5 at 4; (2.5 + 2) / 2 = 2.25 at 5; (2.25 + 6) / 2 = 4.125 at 6.
    # Upper band: 12, min(13, 12) = 12; 13 closes above it: up, on the lower band max(13 - 2.5, 9) = 10.5, then 10.75.
    # 8 closes below max(8 - 4.125, 10.75): down, on the raw upper band 8 + 4.125, as 13 had closed above 12.
    assert_close(ports["direction"], np.array([0.0, 0.0, -1.0, -1.0, 1.0, 1.0, -1.0]))
    assert_close(ports["value"], np.array([np.nan, np.nan, 12.0, 12.0, 10.5, 10.75, 12.125]))


def test_the_first_direction_is_down_unless_the_close_is_above_the_band() -> None:
    """At the seed a close inside the bands means -1; a small multiplier lets the close start above the upper band."""
    bars = replace(closes([10.0, 10.0, 10.0]), close=np.array([10.0, 10.0, 10.9]))
    assert run_indicator("supertrend", bars, period=2, multiplier=3.0)["direction"][2] == -1.0
    assert run_indicator("supertrend", bars, period=2, multiplier=0.1)["direction"][2] == 1.0


def test_a_missing_bar_carries_line_and_direction_over() -> None:
    """Neither the bar nor the one after it has a true range: both keep what was known."""
    bars = markets()["walk"]
    ports = run_indicator("supertrend", bars.missing(100), compiled=True)
    whole = run_indicator("supertrend", bars, compiled=True)
    for port in ("value", "direction"):
        assert_close(ports[port][:100], whole[port][:100])
        assert (ports[port][100:102] == whole[port][99]).all()


def test_look_back_reaches_to_four_periods() -> None:
    """The specification lets a flip be traded from index 4n on: 4n + 1 bars."""
    kind = indicator("supertrend")
    assert kind.lookback(kind.params(period=10), HOUR) == 41


def test_the_arbitrary_start_is_forgotten() -> None:
    """Started 100 bars later on the same market, it ends on the same line and direction."""
    bars = walk(12, 1500, step=0.02)
    whole = run_indicator("supertrend", bars, compiled=True)
    later = run_indicator("supertrend", bars[100:], compiled=True)
    for port in ("value", "direction"):
        assert_close(later[port][600:], whole[port][700:])


@pytest.mark.parametrize("market", markets())
@pytest.mark.parametrize(("period", "multiplier"), [(10, 3.0), (2, 0.5)])
def test_equals_the_formula(market: str, period: int, multiplier: float) -> None:
    """The five rules over whole arrays, on every market, missing bars included."""
    bars = markets()[market]
    ports = run_indicator("supertrend", bars, compiled=True, period=period, multiplier=multiplier)
    expected = formulas.supertrend(bars, period, multiplier)
    assert_close(ports["direction"], expected["direction"], tolerance=0.0)
    assert_close(ports["value"], expected["value"])


@pytest.mark.parametrize("asset", ["BTC", "ETH", "SOL", "XRP"])
def test_equals_the_formula_on_real_hours(asset: str) -> None:
    """Three thousand real hours of each market, with flips both ways."""
    bars = stored("sample", f"binance/perp/{asset}/1h", 3000)
    ports = run_indicator("supertrend", bars, compiled=True)
    expected = formulas.supertrend(bars, 10, 3.0)
    assert np.count_nonzero(np.diff(expected["direction"])) > 50
    assert_close(ports["direction"], expected["direction"], tolerance=0.0)
    assert_close(ports["value"], expected["value"])


def test_mirror() -> None:
    """After the first flip, prices mirrored at a constant turn the direction round and mirror the line."""
    bars = walk(13, 1500, step=0.02)
    mirrored = replace(bars, high=400.0 - bars.low, low=400.0 - bars.high, close=400.0 - bars.close)
    ports = run_indicator("supertrend", bars, compiled=True)
    other = run_indicator("supertrend", mirrored, compiled=True)
    assert_close(other["direction"][600:], -ports["direction"][600:])
    assert_close(other["value"][600:], 400.0 - ports["value"][600:])
