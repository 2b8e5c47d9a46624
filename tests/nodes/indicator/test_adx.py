"""adx: Wilder's directional movement."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import talib

from tests.nodes import formulas
from tests.nodes.harness import assert_close, run_indicator
from tests.nodes.markets import Bars, flat, markets, stored, walk

PORTS = ("adx", "plus", "minus", "dx")


def ladder(count: int, step: float) -> Bars:
    """Bars of height 2 that climb by ``step``."""
    middle = 1000.0 + step * np.arange(count)
    return replace(flat(count), high=middle + 1.0, low=middle - 1.0, close=middle)


def test_by_hand() -> None:
    """Period 2, one step up (1 of a range of 2) and one outside bar whose larger side (2 of a range of 5) is down."""
    bars = replace(
        flat(3),
        high=np.array([11.0, 12.0, 13.0]),
        low=np.array([9.0, 10.0, 8.0]),
        close=np.array([10.0, 11.0, 10.0]),
    )
    ports = run_indicator("adx", bars, period=2)
    assert ports["plus"][2] == pytest.approx(100.0 * 1.0 / 7.0)
    assert ports["minus"][2] == pytest.approx(100.0 * 2.0 / 7.0)
    assert ports["dx"][2] == pytest.approx(100.0 / 3.0)
    assert np.isnan(ports["adx"]).all()
    assert np.isnan(ports["plus"][:2]).all()


def test_a_straight_climb_has_one_direction() -> None:
    """Steps of 1 in bars of height 2: DI+ 50, DI- 0, DX and ADX 100; the fall mirrors it."""
    up = run_indicator("adx", ladder(60, 1.0), compiled=True)
    assert_close(up["plus"][14:], np.full(46, 50.0))
    assert (up["minus"][14:] == 0.0).all()
    assert_close(up["adx"][27:], np.full(33, 100.0))
    assert np.isnan(up["adx"][:27]).all()
    down = run_indicator("adx", ladder(60, -1.0), compiled=True)
    assert_close(down["minus"][14:], np.full(46, 50.0))
    assert (down["plus"][14:] == 0.0).all()


def test_equal_moves_cancel() -> None:
    """A bar that reaches as far beyond both sides of the one before has no direction; nor has one inside it."""
    height = np.tile([2.0, 4.0], 30)
    ports = run_indicator("adx", replace(flat(60), high=10.0 + height, low=10.0 - height, close=np.full(60, 10.0)))
    assert (ports["plus"][14:] == 0.0).all()
    assert (ports["dx"][14:] == 0.0).all()
    assert (ports["adx"][27:] == 0.0).all()


@pytest.mark.parametrize("market", markets())
@pytest.mark.parametrize("period", [2, 14])
def test_equals_the_formula(market: str, period: int) -> None:
    """Wilder's sums written out, on every market, missing bars included."""
    bars = markets()[market]
    ports = run_indicator("adx", bars, compiled=True, period=period)
    expected = formulas.adx(bars, period)
    for port in PORTS:
        # In points of 100: an index near 0 is a difference of sums.
        assert_close(ports[port], expected[port], floor=1e-9)


@pytest.mark.parametrize("asset", ["BTC", "ETH", "SOL", "XRP"])
def test_meets_talib_once_its_seed_is_forgotten(asset: str) -> None:
    """TA-Lib seeds its sums with period - 1 items and smooths the next one in; ours (and Wilder's) sum all period.

    The difference shrinks by 13/14 a bar: after 600 bars the two agree.
    """
    bars = stored("sample", f"binance/perp/{asset}/1h")
    ports = run_indicator("adx", bars, compiled=True)
    prices = (bars.high, bars.low, bars.close)
    pairs = {
        "adx": talib.ADX(*prices, 14),
        "plus": talib.PLUS_DI(*prices, 14),
        "minus": talib.MINUS_DI(*prices, 14),
        "dx": talib.DX(*prices, 14),
    }
    for port, expected in pairs.items():
        assert_close(ports[port][600:], expected[600:], floor=1e-9)
        assert np.array_equal(np.isnan(ports[port]), np.isnan(expected)), port


def test_mirror() -> None:
    """Prices mirrored at a constant swap the two directions and keep the strength."""
    bars = walk(9, 500)
    mirrored = replace(bars, high=300.0 - bars.low, low=300.0 - bars.high, close=300.0 - bars.close)
    ports = run_indicator("adx", bars, compiled=True)
    other = run_indicator("adx", mirrored, compiled=True)
    assert_close(other["plus"], ports["minus"], floor=1e-9)
    assert_close(other["minus"], ports["plus"], floor=1e-9)
    assert_close(other["adx"], ports["adx"], floor=1e-9)
