"""Importing: every usual format, unit, header and file name leads to the same rows in the right series."""

from __future__ import annotations

import gzip
import zipfile
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.ipc as ipc
import pyarrow.parquet as pq
import pytest

from radar.market.timeframe import Timeframe
from radar.store import SeriesKey, Store
from radar.store.importing import ImportReport, import_files
from radar.store.parquet_file import Columns
from tests.store.synthetic import BTC_1H, HOUR, START, bars, take, text_of

PLACE = {"venue": "binance", "market": "perp", "asset": "BTC"}
ROWS = bars(30)


def imported(tmp_path: Path, file: Path, **options: Any) -> tuple[Store, ImportReport]:
    """A new store with one file in it; the import must succeed."""
    store = Store(tmp_path / "store")
    (report,) = import_files(store, [file], **options)
    assert report.error is None, str(report.error)
    return store, report


def assert_holds(store: Store, rows: Columns, key: SeriesKey = BTC_1H) -> None:
    """The store has exactly these rows."""
    raw = store.read_raw(key)
    for name, values in rows.items():
        np.testing.assert_array_equal(values, raw[name], name)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("header", [True, False])
def test_text_of_any_delimiter_with_or_without_header(tmp_path: Path, delimiter: str, header: bool) -> None:
    """Candles as text come out bit for bit, whatever separates them."""
    file = tmp_path / "BTCUSDT.csv"
    file.write_text(text_of(ROWS, header=header, delimiter=delimiter), encoding="utf-8")

    store, report = imported(tmp_path, file, venue="binance", market="perp")

    assert_holds(store, ROWS)
    assert (report.key, report.rows, report.added) == (BTC_1H, 30, 30)


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_of_any_system(tmp_path: Path, line_end: str, encoding: str) -> None:
    """Line ends, a byte order mark, blank lines, a preamble and a missing last line end do not matter."""
    text = "# exported\nBTC candles\n\n" + text_of(ROWS).replace("\n", "\n\n").rstrip("\n")
    file = tmp_path / "rows.csv"
    file.write_bytes(text.replace("\n", line_end).encode(encoding))

    store, _ = imported(tmp_path, file, **PLACE)

    assert_holds(store, ROWS)


@pytest.mark.parametrize("packing", ["gz", "zip", "misnamed gz"])
def test_packed_text(tmp_path: Path, packing: str) -> None:
    """A packed CSV is read, told by its content and not by its name."""
    content = text_of(ROWS).encode()
    file = tmp_path / {"gz": "BTCUSDT-1h.csv.gz", "zip": "BTCUSDT-1h.zip", "misnamed gz": "BTCUSDT-1h.csv"}[packing]
    if packing == "zip":
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("BTCUSDT-1h.csv", content)
    else:
        file.write_bytes(gzip.compress(content))

    store, _ = imported(tmp_path, file, venue="binance", market="perp")

    assert_holds(store, ROWS)


@pytest.mark.parametrize("form", ["parquet", "feather", "arrow", "ipc stream", "misnamed parquet"])
@pytest.mark.parametrize(
    "time_type", [pa.int64(), pa.timestamp("ms", "UTC"), pa.timestamp("ns"), pa.float64(), pa.string()]
)
def test_columnar_files(tmp_path: Path, form: str, time_type: pa.DataType) -> None:
    """Parquet, Feather and Arrow with times of any type."""
    table = pa.table(ROWS)
    times = table["time"]
    if pa.types.is_string(time_type):
        times = times.cast(pa.timestamp("ms", "UTC")).cast(pa.string())
    else:
        times = (
            times.cast(pa.timestamp("ms")).cast(time_type)
            if pa.types.is_timestamp(time_type)
            else times.cast(time_type)
        )
    table = table.set_column(0, "date", times)
    names = {"parquet": "x.parquet", "feather": "x.feather", "arrow": "x.arrow", "ipc stream": "y.arrow"}
    file = tmp_path / names.get(form, "x.csv")
    if "parquet" in form:
        pq.write_table(table, file)
    elif form == "ipc stream":
        with ipc.new_stream(file, table.schema) as stream:
            stream.write_table(table)
    else:
        feather.write_feather(table, str(file))

    store, _ = imported(tmp_path, file, **PLACE)

    assert_holds(store, ROWS)


@pytest.mark.parametrize(
    ("write", "unit"),
    [
        (lambda ms: str(ms // 1000), "s"),
        (lambda ms: f"{ms / 1000:.1f}", "s"),
        (str, "ms"),
        (lambda ms: str(ms * 1000), "us"),
        (lambda ms: str(ms * 1_000_000), "ns"),
        (lambda ms: f"{ms:.12e}", "ms"),
        (lambda ms: moment(ms).isoformat(), "ISO 8601 text"),
        (lambda ms: moment(ms).strftime("%Y-%m-%d %H:%M:%S"), "ISO 8601 text"),
        (lambda ms: moment(ms).strftime("%Y-%m-%dT%H:%M:%SZ"), "ISO 8601 text"),
        (lambda ms: moment(ms, 2).isoformat(), "ISO 8601 text"),
        (lambda ms: moment(ms, -3.5).isoformat(), "ISO 8601 text"),
        (lambda ms: moment(ms).strftime("%Y%m%dT%H%M%S"), "ISO 8601 text"),
    ],
)
def test_times_of_any_unit(tmp_path: Path, write: Any, unit: str) -> None:
    """Counts of s, ms, us, ns and ISO text with or without a zone give the same instants."""
    texts = [write(int(ms)) for ms in ROWS["time"]]
    lines = text_of({"time": np.array(texts), **{n: v for n, v in ROWS.items() if n != "time"}}).replace("'", "")
    file = tmp_path / "rows.csv"
    file.write_text(lines, encoding="utf-8")

    store, report = imported(tmp_path, file, **PLACE)

    assert_holds(store, ROWS)
    assert report.time_unit == unit


def moment(ms: int, hours: float = 0) -> datetime:
    """An instant in the zone that lies so many hours east of UTC."""
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(timezone(timedelta(hours=hours)))


@pytest.mark.parametrize(
    "header",
    [
        "ts,o,h,l,c,v",
        "Date,Open,High,Low,Close,Volume",
        "openTime,openPrice,highPrice,lowPrice,closePrice,baseVolume",
        "<DATETIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>",
        "timestamp,open,high,low,close,Volume BTC",
        "Open Time,Open,High,Low,Close,volume",
        "__index_level_0__,open,high,low,close,volume",
    ],
)
def test_headers_of_many_programs(tmp_path: Path, header: str) -> None:
    """Columns are known by the names that exchanges and programs give them."""
    file = tmp_path / "rows.csv"
    file.write_text(header + "\n" + text_of(ROWS, header=False), encoding="utf-8")

    store, report = imported(tmp_path, file, **PLACE)

    assert_holds(store, ROWS)
    assert list(report.columns) == ["time", "open", "high", "low", "close", "volume"]


def test_the_twelve_columns_of_an_exchange_dump(tmp_path: Path) -> None:
    """Klines as the largest exchange publishes them: the quote volume is not taken for the volume."""
    rows = dict(ROWS)
    rows["close_time"] = rows["time"] + HOUR - 1
    rows["quote_volume"] = rows["volume"] * rows["close"]
    rows["count"] = np.arange(30)
    rows["taker_buy_volume"] = rows["volume"] / 2
    rows["taker_buy_quote_volume"] = rows["quote_volume"] / 2
    rows["ignore"] = np.zeros(30)
    for header in (True, False):
        file = tmp_path / f"BTCUSDT-1h-2025-01-{header}.csv"
        file.write_text(text_of(rows, header=header), encoding="utf-8")
        store, _ = imported(tmp_path / str(header), file, venue="binance", market="perp")
        assert_holds(store, ROWS)


def test_two_time_columns_that_agree_are_one(tmp_path: Path) -> None:
    """A count beside a readable date is common, and no ambiguity when they say the same."""
    iso = np.array([moment(int(t)).strftime("%Y-%m-%d %H:%M:%S") for t in ROWS["time"]])
    rows = {"unix": ROWS["time"], "date": iso, **{n: v for n, v in ROWS.items() if n != "time"}}
    file = tmp_path / "rows.csv"
    file.write_text(text_of(rows).replace("'", ""), encoding="utf-8")

    store, _ = imported(tmp_path, file, **PLACE)

    assert_holds(store, ROWS)


def test_columns_named_by_the_user(tmp_path: Path) -> None:
    """`columns` decides where names do not: by header, and by number where there is none."""
    file = tmp_path / "rows.csv"
    file.write_text(text_of(ROWS).replace("time,open", "when,first"), encoding="utf-8")
    store, report = imported(tmp_path, file, columns={"time": "when", "open": "first"}, **PLACE)
    assert_holds(store, ROWS)
    assert report.columns["open"] == "first"

    shuffled = {name: ROWS[name] for name in ("volume", "close", "low", "high", "open", "time")}
    file.write_text(text_of(shuffled, header=False), encoding="utf-8")
    numbers = {name: str(number + 1) for number, name in enumerate(shuffled)}
    store, _ = imported(tmp_path / "b", file, kind="candles", columns=numbers, **PLACE)
    assert_holds(store, ROWS)


@pytest.mark.parametrize(
    ("path", "series"),
    [
        ("candles/binance/BTC-USDT-PERP/1h.parquet", "candles/binance/perp/BTC/1h"),
        ("candles/binance/BTC-USDT/1h.parquet", "candles/binance/spot/BTC/1h"),
        ("candles/bittrex/XRP-BTC/1h.parquet", "candles/bittrex/spot/XRP-BTC/1h"),
        ("candles/binance/1000SHIB-USDT-PERP/1h.parquet", "candles/binance/perp/1000SHIB/1h"),
        ("candles/bitget/perp/ETH/1h.parquet", "candles/bitget/perp/ETH/1h"),
        ("data/binance/futures/BTC_USDT_USDT-1h-futures.parquet", "candles/binance/perp/BTC/1h"),
        ("data/binance/BTC_USDT-1h.parquet", "candles/binance/spot/BTC/1h"),
        ("data/bybit/futures/SOL_USDC_USDC-1h-futures.parquet", "candles/bybit/perp/SOL-USDC/1h"),
        ("binance/um/klines/BTCUSDT-1h-2024-01.parquet", "candles/binance/perp/BTC/1h"),
        ("okx/BTC-USDT-SWAP_1h.parquet", "candles/okx/perp/BTC/1h"),
        ("binance_spot/ethusdt.parquet", "candles/binance/spot/ETH/1h"),
        ("Binance_BTCUSDT_perp_1h.parquet", "candles/binance/perp/BTC/1h"),
    ],
)
def test_names_tell_the_series(tmp_path: Path, path: str, series: str) -> None:
    """Venue, market, asset and quote are read from the folders and names that programs use."""
    file = tmp_path / path
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(ROWS), file)

    _, report = imported(tmp_path / "out", file)

    assert series == str(report.key)


def test_options_outweigh_names(tmp_path: Path) -> None:
    """What the user says counts more than what a folder says."""
    file = tmp_path / "candles/binance/BTC-USDT-PERP/1h.parquet"
    file.parent.mkdir(parents=True)
    pq.write_table(pa.table(ROWS), file)

    _, report = imported(tmp_path, file, venue="bitget", market="spot", asset="ETH", quote="USDC")

    assert str(report.key) == "candles/bitget/spot/ETH-USDC/1h"


def test_a_symbol_column_tells_the_asset(tmp_path: Path) -> None:
    """A table that names its symbol in every row needs no telling name."""
    file = tmp_path / "export.csv"
    file.write_text(text_of({**ROWS, "symbol": np.array(["SOL/USDT:USDT"] * 30)}).replace("'", ""), encoding="utf-8")

    _, report = imported(tmp_path, file, venue="binance")

    assert str(report.key) == "candles/binance/perp/SOL/1h"


def test_a_file_of_a_store_knows_itself(tmp_path: Path) -> None:
    """A store's own file, wherever it was moved, goes back under its key with its origin."""
    store = Store(tmp_path / "a")
    store.append(BTC_1H, ROWS, origin="somewhere")
    moved = tmp_path / "anything.parquet"
    (store.path / BTC_1H.relative_path).rename(moved)

    other, report = imported(tmp_path, moved)

    assert report.key == BTC_1H
    assert other.coverage()[0].origins == ("somewhere",)


def test_funding_in_its_usual_forms(tmp_path: Path) -> None:
    """Rates by name, in percent, in the `open` of a candle file, and without a header when the kind is said."""
    times, rates = START + np.arange(6) * 8 * HOUR + 7, np.array([1e-4, -2e-4, 3e-5, 0.0, 1e-4, 1e-4])
    key = SeriesKey("funding", "binance", "perp", "BTC")
    forms: dict[str, tuple[str, Columns, dict[str, Any]]] = {
        "by name": ("BTCUSDT.csv", {"calc_time": times, "last_funding_rate": rates}, {"venue": "binance"}),
        "percent": ("BTCUSDT.csv", {"time": times, "funding_rate_percent": rates * 100}, {"venue": "binance"}),
        "freqtrade": (
            "binance/futures/BTC_USDT_USDT-8h-funding_rate.csv",
            {
                "date": times,
                "open": rates,
                "high": rates * 0,
                "low": rates * 0,
                "close": rates * 0,
                "volume": rates * 0,
            },
            {},
        ),
    }
    for name, (file_name, columns, options) in forms.items():
        file = tmp_path / name / file_name
        file.parent.mkdir(parents=True)
        file.write_text(text_of(columns), encoding="utf-8")
        store, report = imported(tmp_path / name, file, **options)
        assert report.key == key, name
        np.testing.assert_array_equal(times, store.read_raw(key)["time"])
        np.testing.assert_allclose(rates, store.read_raw(key)["rate"], rtol=1e-15)

    file = tmp_path / "BTCUSDT.csv"
    file.write_text(text_of({"time": times, "rate": rates}, header=False), encoding="utf-8")
    store, _ = imported(tmp_path / "bare", file, kind="funding", venue="binance")
    np.testing.assert_array_equal(rates, store.read_raw(key)["rate"])


def test_open_interest_with_and_without_value(tmp_path: Path) -> None:
    """The value in quote currency is kept where there is one and NaN where not."""
    times, contracts = START + np.arange(6) * 4 * HOUR, np.linspace(100, 120, 6)
    key = SeriesKey("open_interest", "binance", "perp", "BTC", Timeframe.parse("4h"))
    file = tmp_path / "BTCUSDT.csv"
    file.write_text(
        text_of({"create_time": times, "sum_open_interest": contracts, "sum_open_interest_value": contracts * 2}),
        encoding="utf-8",
    )
    store, _ = imported(tmp_path, file, venue="binance")
    np.testing.assert_array_equal(contracts * 2, store.read_raw(key)["open_interest_value"])

    file.write_text(text_of({"ts": times, "oi": contracts}), encoding="utf-8")
    store, _ = imported(tmp_path / "b", file, venue="binance")
    assert np.isnan(store.read_raw(key)["open_interest_value"]).all()


def test_rows_out_of_order_and_doubled_are_stored_once_and_told(tmp_path: Path) -> None:
    """Nothing is repaired in silence: sorting and equal rows are in the report."""
    file = tmp_path / "rows.csv"
    file.write_text(text_of(take(ROWS, [*range(29, -1, -1), 4, 5])), encoding="utf-8")

    store, report = imported(tmp_path, file, **PLACE)

    assert_holds(store, ROWS)
    assert (report.rows, report.added, report.repeated) == (32, 30, 2)
    assert "the rows were not in order of time and were sorted" in report.notes
    assert "2 rows were in the file more than once and were stored once" in report.notes


def test_gaps_and_an_open_last_bar_are_kept(tmp_path: Path) -> None:
    """An import takes every row as it is; judging them is the work of `verify`."""
    rows = take(bars(60), [row for row in range(60) if not 20 <= row < 25])
    rows["volume"] = rows["volume"].copy()
    rows["volume"][-1] = 0.0
    file = tmp_path / "rows.csv"
    file.write_text(text_of(rows), encoding="utf-8")

    store, _ = imported(tmp_path, file, **PLACE)

    assert_holds(store, rows)


def test_a_folder_is_imported_and_a_bad_file_does_not_stop_the_others(tmp_path: Path) -> None:
    """One report a file, in order; a failure is in its report and leaves no rows behind."""
    for asset, broken in (("BTC", False), ("ETH", True), ("SOL", False)):
        file = tmp_path / "in" / "candles" / "binance" / f"{asset}-USDT-PERP" / "1h.csv"
        file.parent.mkdir(parents=True)
        file.write_text(text_of(ROWS).replace("98.0", "none", 1) if broken else text_of(ROWS), encoding="utf-8")
    (tmp_path / "in" / "notes.md").write_text("not data", encoding="utf-8")
    store = Store(tmp_path / "store")

    reports = import_files(store, [tmp_path / "in"])

    assert [report.error is None for report in reports] == [True, False, True]
    assert [covered.key.asset for covered in store.coverage()] == ["BTC", "SOL"]
    assert all(isinstance(report.to_json()["notes"], list) for report in reports)
