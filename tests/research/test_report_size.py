"""Long runs: what a report leaves out, that it says so, and that the file stays small."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import radar
from radar.engine.portfolio.curve import drawdowns
from radar.engine.result import Result
from radar.market.timeframe import Timeframe
from radar.research.report import drawn, render_report
from radar.research.report.candles import Candles, candles_of
from radar.research.report.curve import curve_of, kept_points
from radar.research.report.packing import decimals_of, pack_steps, pack_whole, scaled
from radar.research.report.trade_columns import trade_columns
from tests.research.report_page import PIPELINE, Page, sample_result, table, unpack, unpack_steps, walk

ASSETS = ["BTC", "ETH", "SOL", "XRP", "BNB", "DOGE"]
MEGABYTE = 1_000_000


def long_result() -> Result:
    """Six assets over six years of hours, with prices of up to seventeen digits: the worst that packing can meet."""
    candles = {asset: table(walk(seed, 52_000, price=10.0**seed)) for seed, asset in enumerate(ASSETS)}
    return radar.backtest(PIPELINE, candles=candles, assets=ASSETS)


def test_six_assets_over_six_years_stay_small() -> None:
    """Six assets of 52,000 bars, each price with as many digits as a float has, give a page of less than 8 MB in less
    than ten seconds, with every candle and every point of equity in it."""
    result = long_result()
    assert len(result.times) > 51_000
    start = time.perf_counter()
    text = render_report(result)
    assert time.perf_counter() - start < 10.0
    assert len(text.encode("utf-8")) < 8 * MEGABYTE
    data = Page.read(text).data
    assert len(unpack(data["curve"]["equity"])) == len(result.times)
    assert sum(count for one in data["candles"]["assets"].values() for _, count in one["runs"]) == 6 * len(result.times)


def test_thinned_curve_keeps_its_extremes_and_says_so() -> None:
    """A thinned curve keeps first, last, highest, lowest and deepest drawdown, within the bound, and is announced."""
    result = sample_result()
    curve = curve_of(result, most=500)
    assert len(curve.times) <= 500
    assert curve.is_thinned
    assert curve.equity.max() == result.equity.max()
    assert curve.equity.min() == result.equity.min()
    assert (curve.equity[0], curve.equity[-1]) == (result.equity[0], result.equity[-1])
    assert -curve.drawdown.min() == pytest.approx(result.metrics["max_drawdown"], rel=1e-12)
    text = Page.read(str(drawn.equity_section(result, curve))).text
    assert f"Drawn from {len(curve.times):,} of {len(result.times):,} points" in text
    assert "Drawn from" not in Page.read(str(drawn.equity_section(result, curve_of(result)))).text


@given(st.lists(st.floats(-50, 1e6), min_size=1, max_size=400), st.integers(5, 60))
def test_kept_points_hold_every_extreme(values: list[float], most: int) -> None:
    """Whatever the curve, thinning keeps its bounds, both ends and its deepest drawdown, in order."""
    equity = np.array(values)
    drawdown = -drawdowns(equity, 100.0)
    kept = kept_points(equity, drawdown, most)
    assert len(kept) <= max(most, 5)
    assert (np.diff(kept) > 0).all()
    assert (kept[0], kept[-1]) == (0, len(values) - 1)
    assert (equity[kept].min(), equity[kept].max()) == (equity.min(), equity.max())
    assert drawdown[kept].min() == drawdown.min()


def test_candles_become_longer_when_there_are_too_many() -> None:
    """Over the bound, candles are put together to the next longer timeframe for all assets, and the page says so."""
    result = sample_result()
    whole = candles_of(result)
    assert not whole.is_thinned
    shorter = candles_of(result, most=12_000)
    assert str(shorter.timeframe) == "4h"
    assert sum(len(candles) for candles in shorter.assets.values()) <= 12_000
    for asset, candles in shorter.assets.items():
        assert candles.prices[:, 1].max() == whole.assets[asset].prices[:, 1].max()
        assert candles.prices[:, 2].min() == whole.assets[asset].prices[:, 2].min()
        assert candles.prices[-1, 3] == whole.assets[asset].prices[-1, 3]
    text = Page.read(str(drawn.market_section(result, shorter, 5, 5))).text
    assert "Candles of 1h are stored as 4h here" in text


def test_longer_candles_follow_the_clock() -> None:
    """Open of the first, extremes, close of the last, aligned to UTC and with gaps left open."""
    hour = 3_600_000
    opens = np.array([3, 4, 5, 9]) * hour
    prices = np.array([[1, 5, 1, 2], [2, 9, 2, 3], [3, 4, 0.5, 4], [4, 6, 4, 5]], float)
    found = Candles(opens, prices).coarser(Timeframe.parse("4h"))
    assert found.time.tolist() == [0, 4 * hour, 8 * hour]
    assert found.prices.tolist() == [[1, 5, 1, 2], [2, 9, 0.5, 4], [4, 6, 4, 5]]


def test_most_moving_trades_are_listed_when_there_are_too_many() -> None:
    """Over the bound the trades that won or lost most are listed in order, with their own levels, and it is said."""
    result = sample_result()
    packed = trade_columns(result, most=50)
    trades = sorted(result.trades(), key=lambda trade: -abs(trade["net"]))[:50]
    trades.sort(key=lambda trade: trade["trade"])
    order = {number: place for place, number in enumerate(unpack_steps(packed["trade"]))}
    assert (packed["listed"], packed["count"]) == (50, len(result.trade_rows))
    assert sorted(order) == [trade["trade"] for trade in trades]
    first = np.cumsum([0, *unpack_steps(packed["levels"])])
    for trade in trades:
        place = order[trade["trade"]]
        levels = packed["level_price"][first[place] : first[place + 1]]
        assert levels == pytest.approx([level["price"] for level in trade["levels"]], rel=1e-8)
    text = Page.read(str(drawn.market_section(result, candles_of(result), packed["count"], packed["listed"]))).text
    assert f"The 50 of {packed['count']:,} trades that won or lost most are listed" in text


@given(st.lists(st.integers(-(2**62), 2**62), max_size=50))
def test_whole_numbers_survive_packing(values: list[int]) -> None:
    """Packing loses nothing, whatever the sign and the size."""
    assert unpack(pack_whole(np.array(values, np.int64))) == values


@given(st.lists(st.integers(-(2**50), 2**50), max_size=50))
def test_steps_survive_packing(values: list[int]) -> None:
    """Values packed as steps come back as values."""
    assert unpack_steps(pack_steps(np.array(values, np.int64))) == values


def test_decimals_are_those_that_were_written() -> None:
    """A price with a decimal is stored with one; one without end is cut at the wanted digits."""
    assert decimals_of(np.array([95027.1, 94000.0]), 8) == 1
    assert decimals_of(np.array([1.8411, 2.5]), 8) == 4
    assert decimals_of(np.array([np.pi * 1e4]), 8) == 3
    assert decimals_of(np.array([0.0]), 8) == 0
    assert scaled(np.array([0.1 + 0.2]), 4).tolist() == [3000]
