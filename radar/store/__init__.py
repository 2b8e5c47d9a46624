"""Market data on disk: candles, funding and open interest in Parquet; its import and its verification.

- `store`: the folder as a whole: read a series, list what there is, append.
- `layout`: the key of a series and the place of its file; `series`: its columns in memory; `digest`: their name.
- `parquet_file`, `lock`, `merge`: one file written whole, by one process, with nothing lost and nothing twice.
- `registry`: what a server keeps, in SQLite.
- `importing`: files of other programs in; `verifying`: every fault of a series out.
"""

from __future__ import annotations

from radar.store.digest import digest_series
from radar.store.layout import Kind, Market, SeriesKey
from radar.store.series import Candles, Funding, OpenInterest, Series
from radar.store.store import AppendResult, Coverage, Store

__all__ = [
    "AppendResult",
    "Candles",
    "Coverage",
    "Funding",
    "Kind",
    "Market",
    "OpenInterest",
    "Series",
    "SeriesKey",
    "Store",
    "digest_series",
]
