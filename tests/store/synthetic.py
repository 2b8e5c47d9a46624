"""Made-up rows for tests of the store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from radar.market.timeframe import Timeframe
from radar.store import SeriesKey, Store
from radar.store.parquet_file import Columns

START = 1_735_689_600_000  # 2025-01-01 00:00 UTC
HOUR = 3_600_000
BTC_1H = SeriesKey("candles", "binance", "perp", "BTC", Timeframe.parse("1h"))
BTC_FUNDING = SeriesKey("funding", "binance", "perp", "BTC")


def bars(count: int, *, first: int = 0, step: int = HOUR) -> Columns:
    """`count` bars from START plus `first` steps, whose values follow from their time alone."""
    index = np.arange(first, first + count)
    middle = 100 + 10 * np.sin(index / 7)
    return {
        "time": START + index * step,
        "open": middle,
        "high": middle + 2,
        "low": middle - 2,
        "close": middle + np.cos(index),
        "volume": 50 + 10 * np.sin(index / 3),
    }


def take(columns: Columns, rows: Any) -> Columns:
    """Some rows of columns, by index or mask."""
    return {name: column[rows] for name, column in columns.items()}


def text_of(columns: Columns, *, header: bool = True, delimiter: str = ",") -> str:
    """The columns as delimited text."""
    lines = [delimiter.join(columns)] if header else []
    lines += [delimiter.join(repr(v.item()) for v in row) for row in zip(*columns.values(), strict=True)]
    return "\n".join(lines) + "\n"


def store_with(path: Path, columns: Columns, key: SeriesKey = BTC_1H) -> Store:
    """A new store that holds these rows."""
    store = Store(path)
    store.append(key, columns, origin="synthetic")
    return store
