"""Malformed data files, each with the diagnostic that it must get."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tests.store.synthetic import HOUR, START, bars, take, text_of

ROWS = bars(24)
LINES = text_of(ROWS).splitlines()


@dataclass(frozen=True)
class Malformed:
    """A file and what must be said of it."""

    name: str
    content: Callable[[], bytes]
    code: str
    says: str
    expected: str = ""
    next_step: str = ""
    file: str = "BTCUSDT.csv"
    options: dict[str, Any] = field(default_factory=lambda: {"venue": "binance", "market": "perp"})


def lines(*changes: tuple[int, str]) -> Callable[[], bytes]:
    """The good file with some of its lines (counted from 1) replaced."""

    def content() -> bytes:
        changed = list(LINES)
        for number, line in changes:
            changed[number - 1] = line
        return ("\n".join(changed) + "\n").encode()

    return content


def with_cell(line: int, column: str, cell: str) -> Callable[[], bytes]:
    """The good file with one cell replaced."""
    cells = LINES[line - 1].split(",")
    cells[list(ROWS).index(column)] = cell
    return lines((line, ",".join(cells)))


def parquet(table: dict[str, Any]) -> Callable[[], bytes]:
    """A Parquet file of a table."""

    def content() -> bytes:
        sink = BytesIO()
        pq.write_table(pa.table(table), sink)
        return sink.getvalue()

    return content


def changed(**columns: Any) -> dict[str, Any]:
    """The good columns with some replaced (None removes one)."""
    return {name: values for name, values in {**ROWS, **columns}.items() if values is not None}


def text(columns: dict[str, Any]) -> Callable[[], bytes]:
    """The columns as CSV."""
    return lambda: text_of({n: np.asarray(v) for n, v in columns.items()}).replace("'", "").encode()


def two_in_a_zip() -> bytes:
    """A zip file with two tables."""
    sink = BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("a.csv", text_of(ROWS))
        archive.writestr("b.csv", text_of(ROWS))
    return sink.getvalue()


STEPS = np.arange(24)
ISO = [f"2025-01-01 {hour:02d}:00:00" for hour in range(24)]
CASES = [
    # The file as such
    Malformed("empty", lambda: b"", "data-empty", "BTCUSDT.csv is empty"),
    Malformed("blank lines only", lambda: b"\n \n\n", "data-empty", "BTCUSDT.csv is empty"),
    Malformed("comments only", lambda: b"# a\n# b\n", "data-empty", "no line of data"),
    Malformed("header only", lambda: LINES[0].encode(), "data-empty", "has columns but no rows"),
    Malformed(
        "parquet without rows", parquet(take(ROWS, [])), "data-empty", "has columns but no rows", file="x.parquet"
    ),
    Malformed("latin text", lambda: b"time,open\n\xe9t\xe9,1\n", "data-not-text", "byte 10 (line 2) is not UTF-8"),
    Malformed(
        "zero bytes", lambda: b"a,b\n1\0,2\n", "data-not-text", "it holds zero bytes", next_step="save the table as CSV"
    ),
    Malformed("prose", lambda: b"Error 404\nnot found\n", "data-fields", "no line splits into columns"),
    Malformed("page of the web", lambda: b"<html>\n<body>\n</html>\n", "data-fields", "no line splits into columns"),
    Malformed(
        "cut-off gzip", lambda: gzip.compress(text_of(ROWS).encode())[:-20], "data-damaged", "cannot be unpacked"
    ),
    Malformed("two files in a zip", two_in_a_zip, "data-damaged", "holds 2 files"),
    Malformed("cut-off parquet", lambda: parquet(ROWS)()[:-30], "data-damaged", "cannot be read", file="x.parquet"),
    Malformed(
        "text called parquet", lambda: text_of(ROWS).encode(), "data-damaged", "cannot be read", file="x.parquet"
    ),
    Malformed(
        "text called feather", lambda: text_of(ROWS).encode(), "data-damaged", "cannot be read", file="x.feather"
    ),
    # Lines and cells
    Malformed(
        "cut-off last line",
        lines((25, LINES[24][:20])),
        "data-fields",
        "line 25 has 2 fields where the first line has 6",
        "6 fields, separated by ','",
        "cut off",
    ),
    Malformed("one field too many", lines((7, LINES[6] + ",1")), "data-fields", "line 7 has 7 fields"),
    Malformed(
        "too many after blank lines",
        lines((3, "\n\n" + LINES[2]), (9, LINES[8] + ",1")),
        "data-fields",
        "line 11 has 7",
    ),
    Malformed(
        "a word for a price",
        with_cell(5, "close", "n/a"),
        "data-not-a-number",
        "line 5, column 'close': 'n/a' is not a number",
        "a number with a decimal point",
        "nothing of it was imported",
    ),
    Malformed(
        "an empty cell", with_cell(12, "volume", ""), "data-not-a-number", "line 12, column 'volume': the cell is empty"
    ),
    Malformed(
        "decimal commas",
        lambda: text_of(ROWS, delimiter=";").replace(".", ",").encode(),
        "data-not-a-number",
        "line 2, column 'open': '100,0' is not a number",
        "decimal point",
    ),
    Malformed(
        "thousands in groups", with_cell(2, "open", "1_000.5"), "data-not-a-number", "line 2, column 'open': '1_000.5'"
    ),
    Malformed(
        "a header in the middle",
        lines((9, LINES[0])),
        "data-not-a-time",
        "line 9, column 'time': 'time' is no count of time",
    ),
    Malformed(
        "a null price",
        parquet(changed(low=[*ROWS["low"][:-1].tolist(), None])),
        "data-not-a-number",
        "row 24, column 'low': the cell is empty",
        file="x.parquet",
        options={"venue": "binance", "market": "perp", "asset": "BTC"},
    ),
    Malformed(
        "prices of another type",
        parquet(changed(high=[True] * 24)),
        "data-not-a-number",
        "column 'high' is of type bool",
        file="BTCUSDT.parquet",
    ),
    # Times
    Malformed("an empty time", with_cell(4, "time", ""), "data-not-a-time", "line 4, column 'time': the cell is empty"),
    Malformed(
        "American dates",
        text(changed(time=[f"01/{day:02d}/2025" for day in range(1, 25)])),
        "data-not-a-time",
        "line 2, column 'time': '01/01/2025' is no instant",
        "ISO 8601 such as 2025-10-10T21:00:00Z",
    ),
    Malformed(
        "row numbers for times",
        text(changed(time=STEPS)),
        "data-not-a-time",
        "'time': 0 is no count of s, ms, us or ns",
    ),
    Malformed(
        "dates as whole numbers", text(changed(time=20250101 + STEPS)), "data-not-a-time", "20250101 is no count"
    ),
    Malformed(
        "a thirteenth month",
        with_cell(3, "time", "2025-13-01"),
        "data-not-a-time",
        "line 3, column 'time': '2025-13-01' is no count of time",
    ),
    Malformed(
        "a unit that changes",
        text(changed(time=ROWS["time"] * np.where(STEPS < 10, 1, 1000))),
        "data-time-unit",
        "line 12, column 'time': the unit changes from ms to us",
        "one unit",
        "split the file",
    ),
    Malformed(
        "zones in some rows",
        text(changed(time=[*ISO[:3], ISO[3] + "Z", *ISO[4:]])),
        "data-not-a-time",
        "line 5, column 'time': '2025-01-01 03:00:00Z' has a zone while the rows before have none",
    ),
    # Columns
    Malformed(
        "no time column",
        text({"when": STEPS, **changed(time=None)}),
        "data-column",
        "no column for time",
        next_step="--column time=NAME",
    ),
    Malformed(
        "no low",
        text(changed(low=None)),
        "data-column",
        "no column for low: its columns are time, open, high, close, volume",
    ),
    Malformed(
        "volume in quote only",
        text({**changed(volume=None), "quote_volume": ROWS["volume"]}),
        "data-column",
        "no column for volume",
        "a volume in quote currency is not the volume",
    ),
    Malformed(
        "two volumes",
        text({**ROWS, "base_volume": ROWS["volume"] * 2}),
        "data-column-ambiguous",
        "line 2: columns 'volume' and 'base_volume' may both be the volume and differ",
        next_step="--column volume=volume",
    ),
    Malformed(
        "two times", text({**ROWS, "timestamp": ROWS["time"] + HOUR}), "data-column-ambiguous", "may both be the time"
    ),
    Malformed(
        "a column that is not there",
        text(ROWS),
        "data-column",
        "no column 'Tme' for time",
        options={"venue": "binance", "market": "perp", "columns": {"time": "Tme"}},
    ),
    Malformed(
        "no header, few columns",
        lambda: text_of({"a": ROWS["time"], "b": ROWS["open"]}, header=False).encode(),
        "data-kind",
        "no header and 2 columns",
        next_step="--kind funding",
    ),
    Malformed(
        "no header, high and low exchanged",
        lambda: text_of(
            {n: ROWS[n] for n in ("time", "open", "low", "high", "close", "volume")}, header=False
        ).encode(),
        "data-column",
        "its columns are not those of candles",
        next_step="--column time=1",
    ),
    # What the series is
    Malformed(
        "candles and funding in one",
        text({**ROWS, "funding_rate": ROWS["open"]}),
        "data-kind",
        "the columns of candles and of funding",
        next_step="--kind candles",
    ),
    Malformed(
        "mark prices",
        text(ROWS),
        "data-kind",
        "holds mark prices",
        file="mark/binance/BTC-USDT-PERP/1h.csv",
        options={},
    ),
    Malformed(
        "nothing tells the series",
        text(ROWS),
        "data-unnamed",
        "does not tell its venue and market and asset",
        next_step="--venue binance --market perp (or spot) --asset BTC",
        file="rows.csv",
        options={},
    ),
    Malformed(
        "nothing tells the market", text(ROWS), "data-unnamed", "does not tell its market", options={"venue": "binance"}
    ),
    Malformed(
        "several symbols",
        text({**ROWS, "symbol": ["BTC", "ETH"] * 12}),
        "data-asset-ambiguous",
        "holds 2 symbols: BTC, ETH",
    ),
    Malformed(
        "name and symbol disagree",
        text({**ROWS, "symbol": ["ETHUSDT"] * 24}),
        "data-asset-ambiguous",
        "the file's name says BTC and its symbol column says ETHUSDT",
        next_step="--asset ETH",
    ),
    Malformed(
        "an asset that cannot be",
        text(ROWS),
        "data-name",
        "'B/T/C' is not an asset",
        options={"venue": "binance", "market": "perp", "asset": "B/T/C"},
    ),
    # Timeframe and rows
    Malformed(
        "name says 5m, rows are 1h apart but off",
        text(changed(time=ROWS["time"] + 60_000)),
        "data-misaligned",
        "its name says 5m, but 24 of 24 rows do not open at a multiple of it",
        file="BTCUSDT-5m.csv",
    ),
    Malformed(
        "hours that open at half past, but for the first",
        text(changed(time=ROWS["time"] + np.where(STEPS > 0, 1_800_000, 0))),
        "data-misaligned",
        "line 3: --timeframe says 1h, but 23 of 24 rows do not open at a multiple of it; the first such row opens at "
        "2025-01-01T01:30:00Z",
        expected="a bar that opens at 2025-01-01T01:00:00Z or 2025-01-01T02:00:00Z",
        next_step="in UTC",
        options={"venue": "binance", "market": "perp", "timeframe": "1h"},
    ),
    Malformed(
        "name says 4h, rows are 1h apart",
        text(ROWS),
        "data-timeframe",
        "its name says 4h but most rows are 1h apart",
        next_step="--timeframe 1h",
        file="BTCUSDT-4h.csv",
    ),
    Malformed(
        "option says 1d",
        text(ROWS),
        "data-timeframe",
        "--timeframe says 1d but most rows are 1h apart",
        options={"venue": "binance", "market": "perp", "timeframe": "1d"},
    ),
    Malformed(
        "seven minutes",
        text(changed(time=START + STEPS * 420_000)),
        "data-timeframe",
        "7m apart, which is no timeframe",
    ),
    Malformed("one row", text(take(ROWS, [0])), "data-timeframe", "one row, which tells no timeframe"),
    Malformed(
        "two bars of one time",
        lines((9, LINES[7].replace(",", ",1", 1))),
        "data-conflict",
        "line 9 contradicts",
        "one row a time",
        "--replace",
    ),
]
