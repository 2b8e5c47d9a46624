"""The arrays that a kernel reads: one timeline for all assets, what each series puts where, and what is said of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from radar.engine.backtest import prepare
from radar.engine.feed import Feed, load_feed
from radar.errors import DataError
from radar.plan.plan import Plan
from tests.engine.memory import Memory
from tests.nodes.markets import HOUR, MINUTE, START, Bars, flat, walk

TEXT = """radar: 1
pipeline: grid
assets: ASSETS
clock: CLOCK
nodes:
  candles: {source: candles}
  mean: {indicator: sma, in: candles.close, period: 3}
  width: {indicator: atr, in: candles, period: 3}
  grid: {strategy: grid_atr, in: {bar: candles, mean: mean, width: width}, ma_period: 3, atr_period: 3}
  sized: {risk: equal_allocation, in: grid}
  guard: {risk: margin_guard, in: sized}
  broker: {executor: account, in: guard, high_volatility_multiplier: 1, intrabar: POLICY}
"""


def plan(assets: str = "[BTC, ETH]", clock: str = "1h", policy: str = "stop_first", extra: str = "") -> Plan:
    """A grid, on the assets and the clock that a test wants."""
    text = TEXT.replace("ASSETS", assets).replace("CLOCK", clock).replace("POLICY", policy) + extra
    return prepare(text, used=["slow", "rates"] if extra else []).plan


def feed(bars: Mapping[str, Bars], made: Plan | None = None, **options: Any) -> Feed:
    """The feed of hourly bars by asset."""
    return load_feed(made or plan(), Memory({(asset, "1h"): one for asset, one in bars.items()}), **options)


def test_the_timeline_is_the_union_of_all_bars() -> None:
    """Each asset's bars stand in the rows of their times, NaN elsewhere, in the order of the plan's assets."""
    bitcoin, ether = walk(1, 90).without(10, 11, 40), walk(2, 100)[20:].without(60)
    found = feed({"BTC": bitcoin, "ETH": ether})
    times = sorted({*bitcoin.time.tolist(), *ether.time.tolist()})
    assert found.times.tolist() == times
    for lane, bars in enumerate((bitcoin, ether)):
        present = ~np.isnan(found.market[:, lane, 3])
        assert found.times[present].tolist() == bars.time.tolist()
        for column, name in enumerate(("open", "high", "low", "close", "volume")):
            assert found.market[present, lane, column].tobytes() == getattr(bars, name).tobytes()
            assert np.isnan(found.market[~present, lane, column]).all()


def test_the_first_tradable_row_is_where_the_first_asset_is_ready() -> None:
    """With a history of 50: the 50th bar of the asset that has begun first; a given start may only move it later."""
    bars = {"BTC": walk(1, 200), "ETH": walk(2, 200)[30:]}
    assert feed(bars).start == 49
    assert feed(bars, start=START + 10 * HOUR).start == 49
    assert feed(bars, start=START + 120 * HOUR).start == 120
    between = START + 120 * HOUR - 1
    assert feed(bars, start=between).start == 120


def test_all_history_before_the_start_warms_up() -> None:
    """Rows before the period are read, however many there are; rows from its end on are not."""
    found = feed({"BTC": walk(1, 200), "ETH": walk(2, 200)}, start=START + 150 * HOUR, end=START + 180 * HOUR)
    assert (found.times[0], found.times[-1]) == (START, START + 179 * HOUR)
    assert found.start == 150


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"start": START + 300 * HOUR}, "has no 1h candle from 2024-01-13"),
        ({"end": START}, "has no 1h candle from the beginning to 2024-01-01"),
        ({"end": START + 49 * HOUR}, "it needs 50 bars of 1h"),
    ],
)
def test_a_period_without_bars_to_trade_is_an_error(options: dict[str, int], says: str) -> None:
    """It names the asset or the history that is missing, and what to do."""
    with pytest.raises(DataError) as raised:
        feed({"BTC": walk(1, 200), "ETH": walk(2, 200)}, **options)
    assert says in str(raised.value)
    assert raised.value.next_step


def test_an_asset_may_end_early() -> None:
    """A series that ended stays ended; the timeline goes on with the others."""
    found = feed({"BTC": walk(1, 80), "ETH": walk(2, 200)})
    assert found.rows == 200
    assert np.isnan(found.market[80:, 0]).all()
    assert found.quality["BTC"].bars == 80 - 49


def test_quality_counts_gaps_in_the_tradable_window() -> None:
    """Gaps, the bars missing in them, and notes about funding; what lies before the period does not count."""
    bars = walk(1, 200).without(20, 21, 100, 130, 131, 132)
    found = feed({"BTC": bars, "ETH": walk(2, 200)}, start=START + 60 * HOUR).quality
    assert (found["BTC"].gaps, found["BTC"].missing_bars, found["BTC"].bars) == (2, 4, 136)
    assert (found["ETH"].gaps, found["ETH"].missing_bars) == (0, 0)
    assert found["BTC"].notes == ("no funding series: no funding was booked",)


def test_funding_that_ends_early_or_begins_late_is_noted() -> None:
    """Silence at either end of the period is said with its instant."""
    eight = START + 8 * HOUR * np.arange(25, dtype=np.int64)
    market = {("BTC", "1h"): walk(1, 200)}
    for stamps, said in ((eight[:10], "funding is known until 2024-01-04"), (eight[12:], "funding is known from")):
        found = load_feed(plan("[BTC]"), Memory(market, {"BTC": (stamps, np.full(len(stamps), 1e-4))}))
        assert [note for note in found.quality["BTC"].notes if said in note], found.quality["BTC"].notes
        assert found.quality["BTC"].settlements == len(stamps)
    whole = load_feed(plan("[BTC]"), Memory(market, {"BTC": (eight, np.full(25, 1e-4))}))
    assert whole.quality["BTC"].notes == ()
    assert whole.quality["BTC"].funding_until == "2024-01-09T00:00:00Z"


def test_settlements_stand_in_the_account_s_column() -> None:
    """With or without a funding node; zero where there is none; the signal's rate is another column."""
    stamps = START + 8 * HOUR * np.arange(5, dtype=np.int64)
    memory = Memory({("BTC", "1h"): walk(1, 80)}, {"BTC": (stamps, np.array([1.0, 2.0, np.nan, 4.0, 5.0]))})
    made = plan("[BTC]", extra="  rates: {source: funding}\n")
    found = load_feed(made, memory)
    booked = found.market[:, 0, made.column("broker", "settlement")]
    assert booked[:33].tolist() == [1.0, *[0.0] * 7, 2.0, *[0.0] * 15, 4.0, *[0.0] * 7, 5.0]
    assert (found.quality["BTC"].settlements, found.quality["BTC"].missing_settlements) == (4, 1)
    rate = found.market[:, 0, made.column("rates", "funding_rate")]
    assert rate[15] == 2.0
    assert np.isnan(rate[17])
    assert np.isnan(found.market[57:, 0, made.column("rates", "funding_rate")]).all()


def test_a_slower_candle_stands_where_it_closes() -> None:
    """In the row of the last hour that it spans, and only if that hour is there."""
    hours = walk(1, 80).without(7)
    slow = Bars(*(column[::4] for column in vars(walk(3, 80)).values()))
    made = plan("[BTC]", extra="  slow: {source: candles, timeframe: 4h}\n")
    found = load_feed(made, Memory({("BTC", "1h"): hours, ("BTC", "4h"): slow}))
    column = found.market[:, 0, made.column("slow", "close")]
    at = {int(time): value for time, value in zip(found.times, column, strict=True) if not np.isnan(value)}
    expected = {int(time) + 3 * HOUR: value for time, value in zip(slow.time, slow.close, strict=True)}
    del expected[START + 7 * HOUR]
    assert at == expected


def test_finer_bars_come_only_where_they_are_asked_for() -> None:
    """The finest stored clock below the base that every asset has, over the span of the timeline."""
    hours = {("BTC", "1h"): walk(1, 80), ("ETH", "1h"): walk(2, 80)}
    five = {(asset, "5m"): flat(80 * 12, interval=5 * MINUTE) for asset in ("BTC", "ETH")}
    quarter = {(asset, "15m"): flat(80 * 4, interval=15 * MINUTE) for asset in ("BTC", "ETH")}
    lower = plan(policy="lower_tf")
    assert load_feed(plan(), Memory({**hours, **five})).fine_interval == 0
    assert load_feed(lower, Memory({**hours, **five, **quarter})).fine_interval == 5 * MINUTE
    del five["ETH", "5m"]
    found = load_feed(lower, Memory({**hours, **five, **quarter}))
    assert found.fine_interval == 15 * MINUTE
    assert found.fine_market.shape == (320, 2, 5)
    assert load_feed(lower, Memory(hours)).fine_interval == 0


def test_the_digest_names_the_numbers() -> None:
    """Equal data, equal digest; one bit of one price, another asset's name or another end, another one."""
    bars = {"BTC": walk(1, 80), "ETH": walk(2, 80)}
    digest = feed(bars).digest
    assert feed({"BTC": walk(1, 80), "ETH": walk(2, 80)}).digest == digest
    nudged = walk(1, 80)
    nudged.close[33] = np.nextafter(nudged.close[33], np.inf)
    assert feed({**bars, "BTC": nudged}).digest != digest
    assert feed(bars, end=START + 79 * HOUR).digest != digest
    one = {"BTC": walk(1, 80), "SOL": walk(2, 80)}
    assert feed(one, plan("[BTC, SOL]")).digest != digest


def test_one_venue_serves_all_series_of_an_asset() -> None:
    """Funding is asked for at the venue that the candles came from."""
    memory = Memory({("BTC", "1h"): walk(1, 80)})
    load_feed(plan("[BTC]"), memory)
    assert memory.venues == {None, "memory"}


def test_a_candle_without_a_close_is_no_bar() -> None:
    """A stored candle whose close is not a number is a gap: the timeline has no row for it."""
    series = walk(1, 80)
    close = series.close.copy()
    close[40] = np.nan
    broken = dataclasses.replace(series, close=close)
    found = load_feed(plan("[BTC]"), Memory({("BTC", "1h"): broken}, {}))
    assert found.rows == 79
    assert series.time[40] not in found.times
    assert not np.isnan(found.market[:, 0, 3]).any()
