"""The candle source gives what is stored, at its own clock, and fills nothing in."""

from __future__ import annotations

import numpy as np
import pytest

import radar
from radar.errors import DataError
from tests.engine.memory import Memory
from tests.nodes.markets import HOUR, START, Bars, walk

TEXT = """radar: 1
pipeline: look
assets: [BTC]
clock: 1h
nodes:
  candles: {source: candles}
  slow: {source: candles, timeframe: 4h}
"""


def values(bars: dict[tuple[str, str], Bars]) -> dict[str, np.ndarray]:
    """Traced outputs of both sources by column."""
    table = radar.evaluate(TEXT, ["candles", "slow"], data=Memory(bars), mode="interpreted")
    return {name: table.column(name).to_numpy() for name in table.column_names if name not in ("time", "asset")}


def four_hours(hours: Bars, first: int = 0) -> Bars:
    """Every fourth bar under the name of a four-hour candle, with prices that no hour has."""
    part = hours[first::4]
    return Bars(part.time, part.open + 1000, part.high + 1000, part.low + 1000, part.close + 1000, part.volume * 9)


def test_every_part_of_the_candle_is_given() -> None:
    """Bit for bit what is stored."""
    hours = walk(1, 24)
    found = values({("BTC", "1h"): hours, ("BTC", "4h"): four_hours(hours)})
    for field in ("open", "high", "low", "close", "volume"):
        assert found[f"candles.{field}"].tobytes() == getattr(hours, field).tobytes()
        assert found[f"candles.bar.{field}"].tobytes() == getattr(hours, field).tobytes()


def test_a_missing_candle_is_missing() -> None:
    """Rows are the candles that there are; none is made up."""
    hours = walk(1, 24).without(7, 8)
    found = values({("BTC", "1h"): hours, ("BTC", "4h"): four_hours(walk(1, 24))})
    assert found["candles.close"].tobytes() == hours.close.tobytes()


def test_a_slower_candle_is_seen_when_it_has_closed() -> None:
    """The four hours from 00:00 are known with the hour that opens at 03:00, and held until the next has closed."""
    hours = walk(1, 24)
    slow = four_hours(hours)
    found = values({("BTC", "1h"): hours, ("BTC", "4h"): slow})["slow.close"]
    assert np.isnan(found[:3]).all()
    assert found[3:].tolist() == np.repeat(slow.close, 4)[: len(found) - 3].tolist()


def test_a_slower_candle_that_is_not_stored_is_not_made() -> None:
    """Where a slow candle is missing the one before it stays; the hours are never joined in its place."""
    hours = walk(1, 24)
    slow = four_hours(hours).without(2)
    found = values({("BTC", "1h"): hours, ("BTC", "4h"): slow})["slow.close"]
    assert found[11] == found[10] == slow.close[1]
    assert found[15] == slow.close[2]


def test_without_the_slower_candles_the_run_says_so() -> None:
    """A source with a timeframe of its own needs that series."""
    with pytest.raises(DataError, match="4h"):
        values({("BTC", "1h"): walk(1, 24)})


def test_times_are_bar_opens() -> None:
    """An evaluated row carries the open time of its candle, in UTC."""
    table = radar.evaluate(
        TEXT, ["candles.close", "slow.close"], data=both(), mode="interpreted", start=START + 5 * HOUR
    )
    assert table.column("time").cast("int64").to_pylist() == [START + HOUR * hour for hour in range(5, 24)]


def both() -> Memory:
    """A day of hours and its four-hour candles."""
    hours = walk(1, 24)
    return Memory({("BTC", "1h"): hours, ("BTC", "4h"): four_hours(hours)})
