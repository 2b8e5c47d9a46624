"""Cells to milliseconds UTC: numbers in any unit since 1970, ISO 8601 text, or a timestamp type."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import numpy as np
import pyarrow as pa

from radar.errors import DataError
from radar.store.importing.numbers import NUMBER, column_as_text
from radar.store.importing.source_file import SourceTable
from radar.store.series import Floats, Times

__all__ = ["read_times"]

# A count since 1970 tells its unit by its size: these bounds are the years 1973 to 5138 in each of them.
_UNITS: Final = (("s", 1e8, 1e3), ("ms", 1e11, 1.0), ("us", 1e14, 1e-3), ("ns", 1e17, 1e-6))
_LARGEST: Final = 1e20


def read_times(source: SourceTable, column: int) -> tuple[Times, str]:
    """A column's instants in milliseconds UTC (finer parts are cut off), and the unit they were written in.

    Text without a zone is UTC.

    Raises:
        DataError: A cell is empty or no instant, units are mixed, or zones are given in some cells only.
    """
    cells = source.columns[column]
    text = column_as_text(source, column)
    if text is not None:
        return _from_text(source, column, text)
    if cells.null_count:
        row = int(np.flatnonzero(cells.is_null().to_numpy(zero_copy_only=False))[0])
        raise _not_a_time(source, column, row, "the cell is empty")
    if pa.types.is_timestamp(cells.type):
        counts = np.asarray(cells.cast(pa.int64()).to_numpy(zero_copy_only=False), dtype=np.int64)
        return _to_milliseconds(counts, cells.type.unit), f"timestamp in {cells.type.unit}"
    if pa.types.is_date(cells.type):
        days = cells.cast(pa.timestamp("ms")).cast(pa.int64())
        return np.asarray(days.to_numpy(zero_copy_only=False), dtype=np.int64), "date"
    if pa.types.is_integer(cells.type):
        return _from_whole(source, column, np.asarray(cells.cast(pa.int64()).to_numpy(), dtype=np.int64))
    if pa.types.is_floating(cells.type):
        return _from_float(source, column, np.asarray(cells.to_numpy(zero_copy_only=False), dtype=np.float64))
    raise _not_a_time(source, column, 0, f"a value of type {cells.type} is no instant")


def _from_text(source: SourceTable, column: int, cells: pa.Array) -> tuple[Times, str]:
    if NUMBER.fullmatch(cells[0].as_py()):
        try:
            return _from_whole(source, column, np.asarray(cells.cast(pa.int64()).to_numpy(), dtype=np.int64))
        except pa.ArrowInvalid:
            pass
        texts = cells.to_pylist()
        for row, text in enumerate(texts):
            if not NUMBER.fullmatch(text):
                why = f"{text!r} is no count of time like those before it" if text else "the cell is empty"
                raise _not_a_time(source, column, row, why)
        return _from_float(source, column, np.array([float(text) for text in texts], dtype=np.float64))
    for zone in (None, "UTC"):
        try:
            stamps = cells.cast(pa.timestamp("us", zone)).cast(pa.int64())
        except pa.ArrowInvalid:
            continue
        return _to_milliseconds(np.asarray(stamps.to_numpy(), dtype=np.int64), "us"), "ISO 8601 text"
    return _from_iso(source, column, cells.to_pylist()), "ISO 8601 text"


def _from_iso(source: SourceTable, column: int, texts: list[str]) -> Times:
    result = np.empty(len(texts), dtype=np.int64)
    zoned_first: bool | None = None
    for row, text in enumerate(texts):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            why = f"{text!r} is no instant" if text else "the cell is empty"
            raise _not_a_time(source, column, row, why) from None
        zoned = moment.tzinfo is not None
        if zoned_first is None:
            zoned_first = zoned
        elif zoned != zoned_first:
            with_zone, before = ("has a", "have none") if zoned else ("has no", "have one")
            raise _not_a_time(source, column, row, f"{text!r} {with_zone} zone while the rows before {before}")
        aware = moment if zoned else moment.replace(tzinfo=UTC)
        elapsed = aware - datetime(1970, 1, 1, tzinfo=UTC)
        result[row] = (elapsed.days * 86_400 + elapsed.seconds) * 1000 + elapsed.microseconds // 1000
    return result


def _from_whole(source: SourceTable, column: int, counts: Times) -> tuple[Times, str]:
    name, _ = _unit(source, column, counts.astype(np.float64))
    return _to_milliseconds(counts, name), name


def _from_float(source: SourceTable, column: int, counts: Floats) -> tuple[Times, str]:
    name, factor = _unit(source, column, counts)
    return np.floor(counts * factor + 1e-6).astype(np.int64), name


def _to_milliseconds(counts: Times, unit: str) -> Times:
    if unit == "s":
        return counts * np.int64(1000)
    return counts // np.int64({"ms": 1, "us": 1_000, "ns": 1_000_000}[unit])


def _unit(source: SourceTable, column: int, counts: Floats) -> tuple[str, float]:
    bounds = np.array([low for _, low, _ in _UNITS] + [_LARGEST])
    rank = np.searchsorted(bounds, counts, side="right") - 1
    bad = (rank < 0) | (rank >= len(_UNITS)) | ~np.isfinite(counts)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise _not_a_time(source, column, row, f"{float(counts[row]):.15g} is no count of s, ms, us or ns since 1970")
    other = np.flatnonzero(rank != rank[0])
    if len(other):
        row = int(other[0])
        was, now = _UNITS[int(rank[0])][0], _UNITS[int(rank[row])][0]
        raise DataError(
            f"{source.place(row)}, column {source.name_of(column)}: the unit changes from {was} to {now}",
            expected="one unit of time in a file",
            next_step="split the file where the unit changes and import the parts",
            code="data-time-unit",
        )
    name, _, factor = _UNITS[int(rank[0])]
    return name, factor


def _not_a_time(source: SourceTable, column: int, row: int, why: str) -> DataError:
    return DataError(
        f"{source.place(row)}, column {source.name_of(column)}: {why}",
        expected="ISO 8601 such as 2025-10-10T21:00:00Z (UTC when no zone is given), or a count of s, ms, us or ns",
        next_step="correct the file, or name the time column with --column time=NAME; nothing was imported",
        code="data-not-a-time",
    )
