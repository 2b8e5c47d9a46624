"""Appending: nothing is lost, nothing is doubled, a contradiction changes nothing, a crash leaves the old file."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radar.errors import DataError
from radar.store import SeriesKey, Store
from radar.store.lock import write_lock
from tests.store.synthetic import BTC_1H, BTC_FUNDING, HOUR, START, bars, store_with, take

ROWS = bars(40)
pieces = st.lists(st.lists(st.integers(0, 39), min_size=1, max_size=40), min_size=1, max_size=6)


def file_bytes(store: Store, key: SeriesKey = BTC_1H) -> bytes:
    """The file of a series."""
    return (store.path / key.relative_path).read_bytes()


@settings(max_examples=60)
@given(pieces)
def test_pieces_in_any_order_give_the_same_file(parts: list[list[int]]) -> None:
    """However rows arrive (any order, overlapping, repeated), the file has the bytes of one single append."""
    everything = sorted({row for part in parts for row in part})
    with TemporaryDirectory() as folder:
        store = Store(Path(folder) / "pieces")
        for part in parts:
            result = store.append(BTC_1H, take(ROWS, part), origin="x")
            assert len(part) == result.added + result.unchanged + result.replaced + result.repeated
        whole = Store(Path(folder) / "whole")
        whole.append(BTC_1H, take(ROWS, everything), origin="x")

        assert file_bytes(whole) == file_bytes(store)
        np.testing.assert_array_equal(ROWS["time"][everything], store.candles("BTC", "1h").time)


@settings(max_examples=40)
@given(st.lists(st.integers(0, 39), min_size=1, unique=True), st.data())
def test_a_repeated_append_changes_nothing(part: list[int], data: st.DataObject) -> None:
    """The same rows again are counted as unchanged and the file keeps its bytes, even from another origin."""
    with TemporaryDirectory() as folder:
        store = store_with(Path(folder) / "store", take(ROWS, part))
        before = file_bytes(store)
        again = data.draw(st.lists(st.sampled_from(part), min_size=1, unique=True))

        result = store.append(BTC_1H, take(ROWS, again), origin="elsewhere")

        assert (0, len(again)) == (result.added, result.unchanged)
        assert before == file_bytes(store)


@settings(max_examples=40)
@given(st.integers(0, 39), st.sampled_from(["open", "high", "low", "close", "volume"]), st.booleans())
def test_a_contradiction_is_named_and_changes_nothing(row: int, column: str, with_new_rows: bool) -> None:
    """A row with other values is an error with its place, time and both values; `replace` puts it in."""
    with TemporaryDirectory() as folder:
        store = store_with(Path(folder) / "store", ROWS)
        before = file_bytes(store)
        new = {name: values.copy() for name, values in bars(45 if with_new_rows else 40).items()}
        new[column][row] += 0.5

        with pytest.raises(DataError) as caught:
            store.append(BTC_1H, new)

        assert caught.value.code == "data-conflict"
        assert f"row {row + 1} contradicts the store" in caught.value.message
        assert f"{column} {float(new[column][row])!r} against {float(ROWS[column][row])!r}" in caught.value.message
        assert before == file_bytes(store)

        result = store.append(BTC_1H, new, replace=True)

        assert (len(new["time"]) - 40, 39, 1) == (result.added, result.unchanged, result.replaced)
        np.testing.assert_array_equal(new[column], getattr(store.candles("BTC", "1h"), column))


def test_rows_that_contradict_each_other_are_named(tmp_path: Path) -> None:
    """Two rows of one time inside one append: an error that names both; with `replace` the later one counts."""
    rows = take(bars(5), [0, 1, 2, 1])
    rows["close"] = rows["close"].copy()
    rows["close"][3] += 1

    with pytest.raises(DataError, match="row 4 contradicts row 2 for candles/binance/perp/BTC/1h at 2025-01-01 01:00"):
        Store(tmp_path / "store").append(BTC_1H, rows)

    store = Store(tmp_path / "store")
    result = store.append(BTC_1H, rows, replace=True)
    assert (result.added, result.repeated) == (3, 1)
    assert rows["close"][3] == store.candles("BTC", "1h").close[1]


def test_nan_equals_nan(tmp_path: Path) -> None:
    """A row with NaN may be imported twice like any other."""
    rows = {name: values.copy() for name, values in bars(3).items()}
    rows["volume"][1] = np.nan
    store = store_with(tmp_path / "store", rows)

    assert store.append(BTC_1H, rows).unchanged == 3


def test_one_settlement_from_two_sources_is_one_row(tmp_path: Path) -> None:
    """A raw stamp and the same stamp floored by another source are the same settlement; it is paid once."""
    raw = {"time": START + np.array([3, 8 * HOUR + 17]), "rate": np.array([1e-4, 2e-4])}
    floored = {"time": START + np.array([0, 8 * HOUR, 16 * HOUR]), "rate": np.array([1e-4, 2e-4, 3e-4])}
    store = store_with(tmp_path / "store", raw, BTC_FUNDING)

    result = store.append(BTC_FUNDING, floored)

    assert (result.added, result.unchanged) == (1, 2)
    assert store.read_raw(BTC_FUNDING)["time"].tolist() == [START + 3, START + 8 * HOUR + 17, START + 16 * HOUR]


def test_a_crash_in_the_middle_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the last step of a write fails, the old rows are all there, no debris lies about, and a retry succeeds."""
    store = store_with(tmp_path / "store", ROWS)
    before = file_bytes(store)

    def crash(source: object, target: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", crash)
        with pytest.raises(OSError, match="the disk is full"):
            store.append(BTC_1H, bars(10, first=40))

    assert before == file_bytes(store)
    assert [path.name for path in (store.path / BTC_1H.relative_path).parent.iterdir()] == ["1h.parquet"]
    assert store.append(BTC_1H, bars(10, first=40)).added == 10
    assert len(store.candles("BTC", "1h")) == 50


def test_writers_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    """Eight appends at once to one series: every row of each is there afterwards."""
    store = Store(tmp_path / "store")

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda part: store.append(BTC_1H, bars(50, first=40 * part)), range(8)))

    assert sum(result.added for result in results) == 330
    np.testing.assert_array_equal(bars(330)["time"], store.candles("BTC", "1h").time)


def test_a_reader_beside_a_writer_sees_whole_files(tmp_path: Path) -> None:
    """While rows are appended, a reader sees the old file or the new one."""
    store = store_with(tmp_path / "store", bars(100))

    def read(_: int) -> bool:
        times = store.candles("BTC", "1h").time
        return bool(np.array_equal(times, bars(len(times))["time"])) and len(times) % 100 == 0

    with ThreadPoolExecutor(4) as pool:
        reads = [pool.submit(read, number) for number in range(60)]
        for part in range(1, 6):
            store.append(BTC_1H, bars(100, first=100 * part))

    assert all(one.result() for one in reads)


def test_a_locked_store_is_an_error_in_time(tmp_path: Path) -> None:
    """A writer that waits in vain says so."""
    with (
        write_lock(tmp_path),
        pytest.raises(DataError, match="written by another process") as caught,
        write_lock(tmp_path, wait_seconds=0.1),
    ):
        pass
    assert caught.value.code == "data-locked"


def test_the_file_says_what_it_is(tmp_path: Path) -> None:
    """Venue, symbol, quote and origins are in the file; origins of several appends are all kept."""
    store = store_with(tmp_path / "store", bars(3))
    store.append(BTC_1H, bars(3, first=3), origin="another source")

    (covered,) = store.coverage()

    assert covered.origins == ("another source", "synthetic")
    assert (covered.key.symbol, covered.key.quote) == ("BTC-USDT-PERP", "USDT")
