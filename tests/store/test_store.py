"""Reading a store: ranges, the choice of a venue, what is missing, and the numbers' digest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radar.errors import DataError
from radar.market.timeframe import Timeframe
from radar.store import SeriesKey, Store, digest_series
from radar.store.parquet_file import write_columns
from tests.store.synthetic import BTC_1H, BTC_FUNDING, HOUR, START, bars, store_with, take


def key(venue: str = "binance", asset: str = "BTC", timeframe: str = "1h") -> SeriesKey:
    """A series of perpetual candles."""
    return SeriesKey("candles", venue, "perp", asset, Timeframe.parse(timeframe))


def test_reads_what_was_appended(tmp_path: Path) -> None:
    """Values and times come back bit for bit, read-only, with the name of their series."""
    rows = bars(100)
    candles = store_with(tmp_path / "store", rows).candles("BTC", "1h")

    for name in rows:
        np.testing.assert_array_equal(rows[name], getattr(candles, name))
        assert not getattr(candles, name).flags.writeable
    assert candles.key == BTC_1H
    assert len(candles) == 100


@pytest.fixture(scope="module")
def long_store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Bars over several row groups of the file."""
    return store_with(tmp_path_factory.mktemp("long") / "store", bars(150_000, step=60_000), key(timeframe="1m"))


@settings(max_examples=40)
@given(st.integers(-5, 150_005), st.integers(-5, 150_005))
def test_a_range_holds_its_start_and_not_its_end(long_store: Store, first: int, last: int) -> None:
    """A range is half open, whichever row groups it touches."""
    candles = long_store.candles("BTC", "1m", start=START + first * 60_000, end=START + last * 60_000)

    expected = np.arange(max(first, 0), max(min(last, 150_000), max(first, 0)))
    np.testing.assert_array_equal(START + expected * 60_000, candles.time)
    np.testing.assert_array_equal(bars(150_000, step=60_000)["open"][expected], candles.open)


def test_names_are_read_in_any_case(tmp_path: Path) -> None:
    """A user may type btc and Binance."""
    store = store_with(tmp_path / "store", bars(3))

    assert len(store.candles("btc", "60m", venue="Binance")) == 3


def test_the_only_venue_is_taken_and_several_are_an_error(tmp_path: Path) -> None:
    """Prices of two exchanges are never chosen between in silence."""
    store = store_with(tmp_path / "store", bars(3))
    assert store.candles("BTC", "1h").key.venue == "binance"

    store.append(key("bitget"), bars(5))

    with pytest.raises(DataError, match="2 venues have 1h candles of BTC: binance, bitget") as caught:
        store.candles("BTC", "1h")
    assert caught.value.code == "data-venue-ambiguous"
    assert len(store.candles("BTC", "1h", venue="bitget")) == 5


def test_spot_is_not_perp(tmp_path: Path) -> None:
    """The two markets of one coin never stand in for each other."""
    store = store_with(tmp_path / "store", bars(3))

    with pytest.raises(DataError, match=r"no 1h candles of BTC \(spot\)"):
        store.candles("BTC", "1h", market="spot")


@pytest.mark.parametrize(
    ("asset", "timeframe", "expected", "next_step"),
    [
        ("BCT", "1h", "nearest assets it has: BTC", "--asset BCT --timeframe 1h"),
        ("BTC", "5m", "candles/binance/perp/BTC/1h", "--asset BTC --timeframe 5m"),
        ("DOGE", "1h", "assets it has: BTC", "radarctl data import FILE"),
    ],
)
def test_a_missing_series_names_the_nearest_and_the_import(
    tmp_path: Path, asset: str, timeframe: str, expected: str, next_step: str
) -> None:
    """The error tells what there is instead and how to get what was asked for."""
    store = store_with(tmp_path / "store", bars(3))

    with pytest.raises(DataError) as caught:
        store.candles(asset, timeframe)

    assert caught.value.code == "data-missing"
    assert expected in caught.value.expected
    assert next_step in caught.value.next_step


def test_a_missing_store_is_an_error_not_an_empty_result(tmp_path: Path) -> None:
    """A wrong --data must not look like an asset without funding."""
    store = Store(tmp_path / "nowhere")

    for read in (lambda: store.candles("BTC", "1h"), lambda: store.funding("BTC"), lambda: store.open_interest("BTC")):
        with pytest.raises(DataError, match="no data store") as caught:
            read()
        assert caught.value.code == "data-no-store"


def test_absent_funding_and_open_interest_are_none(tmp_path: Path) -> None:
    """Both are optional: a market without them is not an error."""
    store = store_with(tmp_path / "store", bars(3))

    assert store.funding("BTC") is None
    assert store.open_interest("BTC") is None
    assert store.open_interest("BTC", "1h") is None


def test_funding_is_floored_when_read_and_raw_in_the_file(tmp_path: Path) -> None:
    """A stamp 17 ms late is the settlement of its hour; the file keeps what the exchange wrote."""
    stamps = START + np.array([0, 8 * HOUR + 17, 16 * HOUR + 3])
    store = store_with(tmp_path / "store", {"time": stamps, "rate": np.array([1e-4, 2e-4, 3e-4])}, BTC_FUNDING)

    funding = store.funding("BTC")

    assert funding is not None
    np.testing.assert_array_equal(START + np.array([0, 8, 16]) * HOUR, funding.time)
    np.testing.assert_array_equal(stamps, store.read_raw(BTC_FUNDING)["time"])


def test_a_range_of_funding_goes_by_the_instant_not_the_stamp(tmp_path: Path) -> None:
    """A settlement at the end of a range is outside, one at its start inside, however late their stamps are."""
    stamps = START + np.array([0, 8 * HOUR + 17, 16 * HOUR + 3])
    store = store_with(tmp_path / "store", {"time": stamps, "rate": np.array([1e-4, 2e-4, 3e-4])}, BTC_FUNDING)

    funding = store.funding("BTC", start=START + 8 * HOUR, end=START + 16 * HOUR)

    assert funding is not None
    assert funding.rate.tolist() == [2e-4]


@given(st.integers(-100_000, 17 * HOUR), st.integers(-100_000, 17 * HOUR))
def test_a_range_of_funding_is_that_of_the_floored_stamps(stamped: Store, first: int, last: int) -> None:
    """At any start and end, even inside a minute, the range holds exactly the instants that lie in it."""
    funding = stamped.funding("BTC", start=START + first, end=START + last)

    assert funding is not None
    instants = [hour * HOUR for hour in (0, 8, 16) if first <= hour * HOUR < last]
    assert (funding.time - START).tolist() == instants


@pytest.fixture(scope="module")
def stamped(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Settlements whose stamps lie up to a minute after their instant."""
    stamps = START + np.array([0, 8 * HOUR + 59_999, 16 * HOUR + 3])
    rows = {"time": stamps, "rate": np.array([1e-4, 2e-4, 3e-4])}
    return store_with(tmp_path_factory.mktemp("stamped") / "store", rows, BTC_FUNDING)


@pytest.mark.parametrize("offset", [0, 1, 30_000, 59_999, 60_000])
@pytest.mark.parametrize("side", ["start", "end"])
def test_a_range_that_begins_or_ends_near_a_late_stamp(stamped: Store, offset: int, side: str) -> None:
    """The instant counts: a range from 1 ms after it on is without it, one until 1 ms after it has it."""
    funding = stamped.funding("BTC", **{side: START + 8 * HOUR + offset})

    assert funding is not None
    inside = offset == 0 if side == "start" else offset > 0
    assert inside == (START + 8 * HOUR in funding.time.tolist())


def test_the_finest_open_interest_is_taken(tmp_path: Path) -> None:
    """Without a timeframe the readings that lie closest are read; with one, those."""
    store = Store(tmp_path / "store")
    for length, count in (("4h", 12), ("1d", 2)):
        step = Timeframe.parse(length).milliseconds
        rows = {"time": START + np.arange(count) * step, "open_interest": np.full(count, 5.0)}
        rows["open_interest_value"] = np.full(count, np.nan)
        store.append(SeriesKey("open_interest", "binance", "perp", "BTC", Timeframe.parse(length)), rows)

    finest, daily = store.open_interest("BTC"), store.open_interest("BTC", "1d")

    assert finest is not None
    assert daily is not None
    assert (len(finest), len(daily)) == (12, 2)


def test_coverage_lists_every_series(tmp_path: Path) -> None:
    """Rows, first, last and origin of each series, in the order of their names."""
    store = store_with(tmp_path / "store", bars(10))
    store.append(BTC_FUNDING, {"time": START + np.array([0, 8 * HOUR]), "rate": np.array([1e-4, 1e-4])})

    candles, funding = store.coverage()

    assert (candles.key, candles.rows, candles.first, candles.last) == (BTC_1H, 10, START, START + 9 * HOUR)
    assert candles.origins == ("synthetic",)
    assert (funding.key, funding.rows) == (BTC_FUNDING, 2)
    assert candles.to_json()["series"] == "candles/binance/perp/BTC/1h"


@pytest.mark.parametrize("fault", ["doubled", "backwards"])
def test_a_file_out_of_order_is_refused(tmp_path: Path, fault: str) -> None:
    """A file that another program put there never reaches a kernel out of order."""
    rows = take(bars(10), [0, 1, 2, 2, 3] if fault == "doubled" else [0, 2, 1, 3])
    store = Store(tmp_path / "store")
    write_columns(store.path / BTC_1H.relative_path, BTC_1H, rows, frozenset())

    with pytest.raises(DataError, match="does not follow") as caught:
        store.candles("BTC", "1h")
    assert caught.value.code == "data-store-order"
    with pytest.raises(DataError, match="out of order or doubled"):
        store.append(BTC_1H, bars(2, first=20))


@pytest.mark.parametrize("content", [b"", b"PAR1 cut off", b"time,open\n"])
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    """Bytes that are no Parquet give the file's name and what to do, not a traceback of the reader."""
    store = store_with(tmp_path / "store", bars(3))
    path = store.path / BTC_1H.relative_path
    path.write_bytes(content)

    for read in (lambda: store.candles("BTC", "1h"), store.coverage):
        with pytest.raises(DataError, match="cannot be read as Parquet") as caught:
            read()
        assert str(path) in caught.value.message
        assert caught.value.code == "data-store-file"


def test_a_file_with_other_columns_is_named(tmp_path: Path) -> None:
    """A Parquet file of another layout in the place of a series is refused with the column it lacks."""
    store = store_with(tmp_path / "store", bars(3))
    pq.write_table(pa.table({"ts": [1], "open": [1.0]}), store.path / BTC_1H.relative_path)

    with pytest.raises(DataError, match="no such column 'time'"):
        store.candles("BTC", "1h")


@pytest.mark.parametrize(
    "parts",
    [
        ("candles", "Binance", "perp", "BTC", "1h"),
        ("candles", "../x", "perp", "BTC", "1h"),
        ("candles", "binance", "perp", "btc", "1h"),
        ("candles", "binance", "perp", "BTC/USDT", "1h"),
        ("candles", "binance", "perp", "CON", "1h"),
        ("candles", "binance", "future", "BTC", "1h"),
        ("trades", "binance", "perp", "BTC", "1h"),
        ("candles", "binance", "perp", "BTC", None),
        ("funding", "binance", "perp", "BTC", "1h"),
    ],
)
def test_a_key_that_cannot_name_a_file_is_refused(parts: tuple[str, str, str, str, str | None]) -> None:
    """No name leaves the store's folder or collides on another system."""
    kind, venue, market, asset, length = parts
    with pytest.raises(DataError) as caught:
        SeriesKey(kind, venue, market, asset, Timeframe.parse(length) if length else None)  # type: ignore[arg-type]
    assert caught.value.code == "data-name"


def test_the_digest_names_the_numbers_and_nothing_else(tmp_path: Path) -> None:
    """Another encoding or origin changes nothing; one number, one row or another asset does."""
    rows = bars(50)
    store = store_with(tmp_path / "a", rows)
    digest = store.digest(BTC_1H)

    in_parts = Store(tmp_path / "b")
    in_parts.append(BTC_1H, take(rows, slice(20, None)), origin="second half")
    in_parts.append(BTC_1H, take(rows, slice(0, 25)), origin="first half")
    assert digest == in_parts.digest(BTC_1H)
    assert digest == digest_series(store.candles("BTC", "1h"))

    changed = take(rows, slice(None))
    changed["close"] = changed["close"].copy()
    changed["close"][7] = np.nextafter(changed["close"][7], np.inf)
    assert digest != store_with(tmp_path / "c", changed).digest(BTC_1H)
    assert digest != store.digest(BTC_1H, end=START + 49 * HOUR)
    other = key(asset="ETH")
    assert digest != store_with(tmp_path / "d", rows, other).digest(other)


def test_the_digest_does_not_depend_on_the_order_of_series(tmp_path: Path) -> None:
    """A set of series has one digest."""
    store = store_with(tmp_path / "store", bars(5))
    store.append(key(asset="ETH"), bars(4))

    assert store.digest(BTC_1H, key(asset="ETH")) == store.digest(key(asset="ETH"), BTC_1H) == store.digest()
