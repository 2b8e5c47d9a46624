"""Candles passed in as tables: in any shape that Arrow knows, checked like a file, beside a store or without one."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import radar
from radar.engine.source import Tables
from radar.errors import RadarError
from radar.market.timeframe import Timeframe
from tests.engine.memory import Memory, table
from tests.nodes.markets import DATA, HOUR, START, stored, walk
from tests.nodes.strategy.test_grid_atr import TEXT

GRID = TEXT.replace("SIDES", "[long, short]")
BARS = walk(4, 200, step=0.02)


def test_a_table_trades_like_a_store() -> None:
    """The same candles from the sample store and as a table give the same fills."""
    bars = stored("sample", "binance/perp/BTC/1h", 400)
    end = int(bars.time[-1]) + HOUR
    funded = ["broker.funding=false"]
    passed = radar.backtest(GRID, candles={"BTC": table(bars)}, mode="interpreted", overrides=funded)
    read = radar.backtest(GRID, data=DATA / "sample", end=end, mode="interpreted", overrides=funded)
    assert len(passed.fill_rows) > 20
    assert passed.fill_rows.tobytes() == read.fill_rows.tobytes()


def test_times_may_be_numbers_or_timestamps_and_names_may_vary() -> None:
    """Seconds, milliseconds, timestamps with and without a zone; columns as exchanges call them."""
    expected = radar.backtest(GRID, candles={"BTC": table(BARS)}, mode="interpreted").fill_rows.tobytes()
    stamps = pa.array(BARS.time, pa.int64())
    for times in (stamps, pa.array(BARS.time // 1000), stamps.cast(pa.timestamp("ms"))):
        given = (
            table(BARS)
            .set_column(0, "timestamp", times)
            .rename_columns(["timestamp", "Open", "High", "Low", "Close", "Volume"])
        )
        assert radar.backtest(GRID, candles={"BTC": given}, mode="interpreted").fill_rows.tobytes() == expected


def test_a_table_wins_over_the_store_and_the_store_serves_the_rest() -> None:
    """Candles of the table, funding of the store; other assets of the store."""
    stamps = START + 8 * HOUR * np.arange(20, dtype=np.int64)
    behind = Memory({("BTC", "1h"): walk(8, 300), ("ETH", "1h"): walk(9, 300)}, {"BTC": (stamps, np.full(20, 0.001))})
    text = GRID.replace("[BTC]", "[BTC, ETH]")
    result = radar.backtest(text, data=behind, candles={"BTC": table(BARS)}, mode="interpreted")
    market = result.run.feed.market
    assert market[:200, 0, 3].tobytes() == BARS.close.tobytes()
    assert market[:, 1, 3].tobytes() == walk(9, 300).close.tobytes()
    assert result.run.feed.quality["BTC"].settlements == 20


def test_only_the_pipeline_s_clock_is_passed_in() -> None:
    """A slower series of the same asset still comes from behind."""
    behind = Memory({("BTC", "1h"): walk(8, 50), ("BTC", "4h"): walk(9, 20)})
    source = Tables({"BTC": table(BARS)}, Timeframe.parse("1h"), behind)
    assert len(source.candles("BTC", "1h")) == 200
    assert len(source.candles("BTC", "4h")) == 20
    assert len(source.candles("BTC", "1h", start=START + 10 * HOUR, end=START + 20 * HOUR)) == 10


def bad(change: str) -> pa.Table:
    """A table with one thing wrong."""
    given = table(BARS)
    if change == "no close":
        return given.drop_columns(["close"])
    if change == "empty":
        return given.slice(0, 0)
    if change == "backwards":
        return given.take(list(range(199, -1, -1)))
    if change == "twice":
        return pa.concat_tables([given.slice(0, 100), given.slice(99)])
    column = given.column_names.index("open")
    holes = [None if index == 77 else value for index, value in enumerate(BARS.open.tolist())]
    values = pa.array(["x"] * 200) if change == "text" else pa.array(holes, pa.float64())
    return given.set_column(column, "open", values)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("no close", "close"),
        ("empty", "no rows"),
        ("backwards", "does not follow"),
        ("twice", "does not follow"),
        ("text", "open"),
        ("null", "table row 78"),
    ],
)
def test_a_bad_table_is_refused_with_its_place(change: str, says: str) -> None:
    """What is wrong, where, and never a price that is not known."""
    with pytest.raises(RadarError, match=says):
        radar.backtest(GRID, candles={"BTC": bad(change)}, mode="interpreted")


def test_an_asset_without_a_table_is_named() -> None:
    """Without a store behind, every asset needs one."""
    with pytest.raises(RadarError, match="no candles of ETH at 1h were passed in"):
        radar.backtest(GRID.replace("[BTC]", "[BTC, ETH]"), candles={"BTC": table(BARS)}, mode="interpreted")


def test_what_was_passed_in_is_not_changed() -> None:
    """A caller's table is read, never written."""
    given = table(BARS)
    before = given.to_pydict()
    radar.backtest(GRID, candles={"BTC": given}, mode="interpreted")
    assert given.to_pydict() == before
