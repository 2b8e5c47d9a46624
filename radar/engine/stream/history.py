"""The series that a run warmed up on, as rows of its ledger and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from radar.engine.stream.recorded import COLUMNS, Place
from radar.store import Candles, Funding, OpenInterest, Series, SeriesKey
from radar.store.ledger import HistoryRow

__all__ = ["pack_history", "unpack_history"]

_CLASSES: Mapping[str, Any] = {"candles": Candles, "funding": Funding, "open_interest": OpenInterest}


def pack_history(history: Mapping[Place, Series]) -> list[HistoryRow]:
    """Series as rows: the key as its path, the columns one behind the other as little-endian bytes."""
    rows = []
    for (kind, asset, clock), series in history.items():
        columns = [series.time.astype("<i8"), *(getattr(series, name).astype("<f8") for name in COLUMNS[kind])]
        content = b"".join(column.tobytes() for column in columns)
        key = PurePosixPath(series.key.relative_path.as_posix())
        rows.append(HistoryRow(kind, asset, clock, str(key), len(series), content))
    return rows


def unpack_history(rows: Iterable[HistoryRow]) -> dict[Place, Series]:
    """The series again.

    Raises:
        ValueError: A key is none, or the bytes do not fit.
    """
    found: dict[Place, Series] = {}
    for row in rows:
        key = SeriesKey.from_path(Path(row.key))
        if key is None:
            raise ValueError(f"{row.key} is no key of a series")
        width = 8 * row.size
        parts = [row.columns[start : start + width] for start in range(0, len(row.columns), width)] if width else []
        time = np.frombuffer(parts[0], "<i8") if parts else np.zeros(0, np.int64)
        values = {
            name: np.frombuffer(parts[number], "<f8") if parts else np.zeros(0)
            for number, name in enumerate(COLUMNS[row.kind], 1)
        }
        found[row.kind, row.asset, row.clock] = _CLASSES[row.kind](key, time=time, **values)
    return found
