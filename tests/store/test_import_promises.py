"""What holds for every import: it may be repeated, never ends in a traceback, and reads a table in memory alike."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radar.errors import DataError, RadarError
from radar.store import Store
from radar.store.importing import candles_from_table, import_files
from tests.store.synthetic import BTC_1H, bars, take, text_of

PLACE = {"venue": "binance", "market": "perp", "asset": "BTC"}
ROWS = bars(30)


@settings(max_examples=25)
@given(
    st.lists(st.integers(0, 29), min_size=2, max_size=60),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from([1, 1000, 1_000_000]),
)
def test_an_import_may_be_repeated(picked: list[int], delimiter: str, factor: int) -> None:
    """Importing a file twice, in whatever order its rows stand, adds nothing the second time."""
    rows = take(ROWS, picked)
    rows["time"] = rows["time"] * factor
    with TemporaryDirectory() as folder:
        file = Path(folder) / "rows.csv"
        file.write_text(text_of(rows, delimiter=delimiter), encoding="utf-8")
        store = Store(Path(folder) / "store")
        (first,) = import_files(store, [file], timeframe="1h", **PLACE)
        before = store.digest() if first.error is None else ""

        (second,) = import_files(store, [file], timeframe="1h", **PLACE)

        assert first.error is None
        assert first.added == len(set(picked))
        assert (second.added, second.unchanged) == (0, len(set(picked)))
        assert before == store.digest()


@settings(max_examples=150)
@given(st.binary(max_size=300) | st.text(alphabet="0123456789.,;-eTZ:\n \"'#time", max_size=300).map(str.encode))
def test_no_bytes_make_a_traceback(content: bytes) -> None:
    """Whatever a file holds, an import ends with a report: rows, or an error of ours."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "BTCUSDT.csv"
        file.write_bytes(content)
        (report,) = import_files(Store(Path(folder) / "store"), [file], venue="binance", market="perp")

    assert report.error is None or isinstance(report.error, RadarError)
    assert (report.error is None) == (report.added > 0)


VALID_TEXT = text_of(bars(6)).encode()


@settings(max_examples=150)
@given(
    st.lists(
        st.tuples(st.integers(0, len(VALID_TEXT) - 1), st.sampled_from(list(b"0-,;.eE\n\"'x \xff\x00")), st.booleans()),
        min_size=1,
        max_size=8,
    )
)
def test_no_damage_to_a_text_makes_a_traceback(damage: list[tuple[int, int, bool]]) -> None:
    """A good file with some bytes replaced or cut away gives rows, or an error of ours and nothing stored."""
    content = bytearray(VALID_TEXT)
    for place, byte, cut in damage:
        content[place % len(content) : place % len(content) + 1] = b"" if cut else bytes([byte])
    with TemporaryDirectory() as folder:
        file = Path(folder) / "BTCUSDT.csv"
        file.write_bytes(bytes(content))
        store = Store(Path(folder) / "store")
        (report,) = import_files(store, [file], venue="binance", market="perp")

        assert (report.error is None) == (report.added > 0)
        assert [covered.rows for covered in store.coverage()] == ([report.added] if report.added else [])


def test_candles_of_a_table_follow_the_same_rules(tmp_path: Path) -> None:
    """A table in memory becomes the candles that an import of it would have given."""
    table = pa.table(
        {"date": pa.array(ROWS["time"]).cast(pa.timestamp("ms", "UTC")), **{n: ROWS[n] for n in list(ROWS)[1:]}}
    )

    candles = candles_from_table(table, asset="BTC", venue="binance")

    assert candles.key == BTC_1H
    for name, values in ROWS.items():
        np.testing.assert_array_equal(values, getattr(candles, name))
    with pytest.raises(DataError, match="table row 3"):
        candles_from_table(table.take([0, 2, 1, 3]), asset="BTC")
    with pytest.raises(DataError, match="no column for volume"):
        candles_from_table(table.drop_columns(["volume"]), asset="BTC")
