"""One series' Parquet file: the same rows always give the same bytes, and a reader never sees half a write."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from radar.errors import DataError
from radar.store.layout import SeriesKey

__all__ = ["Columns", "file_origins", "read_columns", "read_metadata", "write_columns"]

Columns = dict[str, NDArray[Any]]

_ROWS_A_GROUP: Final = 65_536
_PREFIX: Final = "radar."
_REPLACE_ATTEMPTS: Final = 20


def read_columns(path: Path, key: SeriesKey, start: int | None = None, end: int | None = None) -> Columns:
    """The columns of a file, raw as stored, of the rows with ``start <= time < end``.

    Only row groups that can hold such rows are read.

    Raises:
        DataError: The file is not a readable Parquet file of this kind of series.
    """
    try:
        with pq.ParquetFile(path) as file:
            _check_columns(file.schema_arrow, key, path)
            groups = [g for g in range(file.num_row_groups) if _may_hold(file.metadata.row_group(g), start, end)]
            table = file.read_row_groups(groups, columns=["time", *key.columns])
        columns = {name: table[name].to_numpy() for name in ("time", *key.columns)}
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(path, error) from error
    if start is None and end is None:
        return columns
    times = columns["time"]
    keep = np.ones(len(times), dtype=np.bool_)
    if start is not None:
        keep &= times >= start
    if end is not None:
        keep &= times < end
    return columns if keep.all() else {name: column[keep] for name, column in columns.items()}


def read_metadata(path: Path) -> tuple[dict[str, str], int, int | None, int | None]:
    """What a file says of itself (its ``radar.`` entries), its rows, and its first and last time.

    Raises:
        DataError: The file is not a readable Parquet file.
    """
    try:
        with pq.ParquetFile(path) as file:
            meta, schema = file.metadata, file.schema_arrow
            entries = {k.decode(): v.decode() for k, v in (schema.metadata or {}).items()}
            index = schema.get_field_index("time")
            stats = (
                [meta.row_group(g).column(index).statistics for g in range(meta.num_row_groups)] if index >= 0 else []
            )
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error
    lows = [s.min for s in stats if s is not None and s.has_min_max]
    highs = [s.max for s in stats if s is not None and s.has_min_max]
    own = {k.removeprefix(_PREFIX): v for k, v in entries.items() if k.startswith(_PREFIX)}
    return own, meta.num_rows, min(lows, default=None), max(highs, default=None)


def file_origins(path: Path) -> frozenset[str]:
    """Where the rows of a file came from, as its metadata tells."""
    return frozenset(filter(None, read_metadata(path)[0].get("origin", "").split("\n")))


def write_columns(path: Path, key: SeriesKey, columns: Mapping[str, NDArray[Any]], origins: frozenset[str]) -> None:
    """Replace the file at `path` by these rows, at once: another process sees the old file or the new one.

    The bytes depend only on the arguments and the version of pyarrow; no clock, user or path goes in.
    """
    metadata = {
        "kind": key.kind,
        "venue": key.venue,
        "market": key.market,
        "asset": key.asset,
        "quote": key.quote,
        "symbol": key.symbol,
        "timeframe": str(key.timeframe or ""),
        "origin": "\n".join(sorted(origins)),
    }
    names = ("time", *key.columns)
    schema = pa.schema(
        [pa.field(name, pa.int64() if name == "time" else pa.float64(), nullable=False) for name in names],
        metadata={_PREFIX + name: text for name, text in metadata.items()},
    )
    table = pa.Table.from_arrays(
        [pa.array(columns[name], type=schema.field(name).type) for name in names], schema=schema
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        pq.write_table(
            table,
            temporary,
            compression="zstd",
            compression_level=3,
            use_dictionary=False,
            column_encoding={"time": "DELTA_BINARY_PACKED"},
            row_group_size=_ROWS_A_GROUP,
        )
        _replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _replace(source: Path, target: Path) -> None:
    for attempt in range(_REPLACE_ATTEMPTS):
        try:
            os.replace(source, target)
            return
        except PermissionError:
            # Windows refuses while a reader has the file open; readers close at once.
            if os.name != "nt" or attempt == _REPLACE_ATTEMPTS - 1:
                raise
            time.sleep(0.05)


def _may_hold(group: Any, start: int | None, end: int | None) -> bool:
    stats = group.column(0).statistics
    if (start is None and end is None) or group.column(0).path_in_schema != "time":
        return True
    if stats is None or not stats.has_min_max:
        return True
    return (end is None or stats.min < end) and (start is None or stats.max >= start)


def _check_columns(schema: pa.Schema, key: SeriesKey, path: Path) -> None:
    for name in ("time", *key.columns):
        index = schema.get_field_index(name)
        wanted = pa.int64() if name == "time" else pa.float64()
        if index < 0 or schema.field(index).type != wanted:
            found = "no such column" if index < 0 else f"a column of type {schema.field(index).type}"
            raise DataError(
                f"{path} is not a store's file of {key.kind}: {found} {name!r}",
                expected=f"columns time (int64), {', '.join(key.columns)} (double)",
                next_step="move the file elsewhere and import it: radarctl data import FILE",
                code="data-store-file",
            )


def _unreadable(path: Path, error: Exception) -> DataError:
    return DataError(
        f"{path} cannot be read as Parquet: {str(error).splitlines()[0] if str(error) else type(error).__name__}",
        expected="a complete Parquet file",
        next_step="delete the file and import the series again: radarctl data import FILE",
        code="data-store-file",
    )
