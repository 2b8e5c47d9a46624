"""A store of market data: a folder of Parquet files that is read by asset and timeframe and appended to by imports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from radar.errors import DataError
from radar.market.timeframe import MINUTE, Timeframe
from radar.store.digest import digest_series
from radar.store.instants import format_instant
from radar.store.layout import Kind, Market, SeriesKey, find_series, read_market
from radar.store.lock import write_lock
from radar.store.merge import merge_columns
from radar.store.missing import missing_series, several_venues
from radar.store.parquet_file import Columns, file_origins, read_columns, read_metadata, write_columns
from radar.store.series import Candles, Funding, OpenInterest, Series, make_series

__all__ = ["AppendResult", "Coverage", "Store"]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a store holds of one series. Times are raw milliseconds UTC of the first and the last row."""

    key: SeriesKey
    rows: int
    first: int | None
    last: int | None
    origins: tuple[str, ...]
    size_bytes: int

    def to_json(self) -> dict[str, Any]:
        """Plain values for ``-o json``."""
        key = self.key
        return {
            "series": str(key),
            "kind": key.kind,
            "venue": key.venue,
            "market": key.market,
            "asset": key.asset,
            "quote": key.quote,
            "timeframe": None if key.timeframe is None else str(key.timeframe),
            "rows": self.rows,
            "first": self.first,
            "last": self.last,
            "origins": list(self.origins),
            "size_bytes": self.size_bytes,
        }


@dataclass(frozen=True, slots=True)
class AppendResult:
    """What became of the rows of one append; the counts of one call add up to the rows given."""

    key: SeriesKey
    added: int
    unchanged: int
    replaced: int
    repeated: int
    reordered: bool


class Store:
    """A folder of market data.

    Opening one touches nothing: the folder is made by the first append. Readers need no lock, because a file is
    replaced as a whole.

    Args:
        path: The folder.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)

    def __repr__(self) -> str:
        return f"Store({str(self.path)!r})"

    def candles(
        self,
        asset: str,
        timeframe: Timeframe | str,
        *,
        venue: str | None = None,
        market: Market = "perp",
        start: int | None = None,
        end: int | None = None,
    ) -> Candles:
        """The bars of an asset that open in ``start <= time < end`` (milliseconds UTC; None is unbounded).

        Args:
            asset: ``BTC``, or ``XRP-BTC`` when the quote is not USDT.
            timeframe: The bars' length.
            venue: The exchange; None takes the only one that has the series.
            market: ``perp`` or ``spot``.
            start: The first open time wanted.
            end: The first open time no longer wanted.

        Raises:
            DataError: No venue has the series, several have it and none was named, or its file is damaged.
        """
        length = Timeframe.parse(timeframe) if isinstance(timeframe, str) else timeframe
        key = self._resolve("candles", asset, length, venue, market)
        if key is None:
            raise missing_series(self.path, "candles", asset, length, venue, market)
        return cast(Candles, self.read(key, start=start, end=end))

    def funding(
        self,
        asset: str,
        *,
        venue: str | None = None,
        market: Market = "perp",
        start: int | None = None,
        end: int | None = None,
    ) -> Funding | None:
        """The settlements of an asset with ``start <= instant < end``, or None when the store has none at all.

        Raises:
            DataError: Several venues have the series and none was named, or its file is damaged.
        """
        key = self._resolve("funding", asset, None, venue, market)
        return None if key is None else cast(Funding, self.read(key, start=start, end=end))

    def open_interest(
        self,
        asset: str,
        timeframe: Timeframe | str | None = None,
        *,
        venue: str | None = None,
        market: Market = "perp",
        start: int | None = None,
        end: int | None = None,
    ) -> OpenInterest | None:
        """The open interest of an asset, or None when the store has none at all.

        Args:
            asset: As in `candles`.
            timeframe: The distance of the readings; None takes the finest that is stored.
            venue: As in `candles`.
            market: As in `candles`.
            start: The first instant wanted, milliseconds UTC.
            end: The first instant no longer wanted.

        Raises:
            DataError: Several venues have the series and none was named, or its file is damaged.
        """
        length = Timeframe.parse(timeframe) if isinstance(timeframe, str) else timeframe
        if length is None:
            self._require_folder()
            wanted = (read_market(market), asset.upper())
            stored = [
                c
                for c, _ in find_series(self.path)
                if c.kind == "open_interest" and (c.market, c.asset) == wanted and venue in (None, c.venue)
            ]
            lengths = [c.timeframe for c in stored if c.timeframe is not None]
            if not lengths:
                return None
            length = min(lengths)
        key = self._resolve("open_interest", asset, length, venue, market)
        return None if key is None else cast(OpenInterest, self.read(key, start=start, end=end))

    def read(self, key: SeriesKey, *, start: int | None = None, end: int | None = None) -> Series:
        """One series by its key, as it is used: external stamps floored to the minute, times strictly increasing.

        Raises:
            DataError: There is no such file, it is damaged, or its rows are out of order.
        """
        path = self.path / key.relative_path
        if not path.is_file():
            raise missing_series(self.path, key.kind, key.asset, key.timeframe, key.venue, key.market)
        # A stamp lies after its instant, inside the minute: the rows of a range reach that far beyond its end.
        slack = 0 if key.kind == "candles" else MINUTE - 1
        series = make_series(key, read_columns(path, key, start, None if end is None else end + slack))
        if slack and (start is not None or end is not None):
            keep = np.ones(len(series), dtype=np.bool_)
            if start is not None:
                keep &= series.time >= start
            if end is not None:
                keep &= series.time < end
            series = make_series(key, {name: getattr(series, name)[keep] for name in ("time", *key.columns)})
        step = series.time[1:] <= series.time[:-1]
        if step.any():
            at = int(np.flatnonzero(step)[0]) + 1
            raise DataError(
                f"{path}: the row at {format_instant(int(series.time[at]))} does not follow the one before it",
                expected="times that strictly increase",
                next_step="see every fault: radarctl data verify; move the file out of the store and import it again",
                code="data-store-order",
            )
        return series

    def read_raw(self, key: SeriesKey) -> Columns:
        """The rows of one series exactly as its file holds them, in the file's order, unchecked.

        Raises:
            DataError: There is no such file or it is damaged.
        """
        path = self.path / key.relative_path
        if not path.is_file():
            raise missing_series(self.path, key.kind, key.asset, key.timeframe, key.venue, key.market)
        return read_columns(path, key)

    def keys(self) -> list[SeriesKey]:
        """Every series of the store, in the order of their names."""
        return [key for key, _ in find_series(self.path)]

    def coverage(self) -> list[Coverage]:
        """What the store holds, from the files' metadata alone.

        Raises:
            DataError: A file is damaged.
        """
        found = []
        for key, path in find_series(self.path):
            entries, rows, first, last = read_metadata(path)
            origins = tuple(filter(None, entries.get("origin", "").split("\n")))
            found.append(Coverage(key, rows, first, last, origins, path.stat().st_size))
        return found

    def digest(self, *keys: SeriesKey, start: int | None = None, end: int | None = None) -> str:
        """SHA-256 (hex) of the numbers of some series (all of the store when none is named) between two instants.

        Raises:
            DataError: A series is not there or damaged.
        """
        return digest_series(*(self.read(key, start=start, end=end) for key in keys or self.keys()))

    def append(
        self,
        key: SeriesKey,
        columns: Mapping[str, NDArray[Any]],
        *,
        origin: str = "",
        replace: bool = False,
        describe_row: Callable[[int], str] | None = None,
    ) -> AppendResult:
        """Add rows to a series, in any order; all of them or, on an error, none.

        Rows that are there already with the same values change nothing, so an append may be repeated safely.

        Args:
            key: The series.
            columns: ``time`` (milliseconds UTC) and the value columns of the kind, all of one length.
            origin: Where the rows come from, kept in the file.
            replace: Let new values win over stored ones that differ.
            describe_row: Names the place of a row (by its index) in messages.

        Raises:
            DataError: A row contradicts another of its time (``data-conflict``) or the store is locked.
        """
        new: Columns = {name: np.asarray(columns[name], dtype=np.float64) for name in key.columns}
        new["time"] = np.asarray(columns["time"], dtype=np.int64)
        path = self.path / key.relative_path
        with write_lock(self.path):
            stored = read_columns(path, key) if path.is_file() else None
            origins = file_origins(path) if path.is_file() else frozenset()
            merged = merge_columns(
                key, stored, new, replace=replace, describe_row=describe_row or (lambda row: f"row {row + 1}")
            )
            if merged.added or merged.replaced:
                write_columns(path, key, merged.columns, origins | {origin} if origin else origins)
        return AppendResult(key, merged.added, merged.unchanged, merged.replaced, merged.repeated, merged.reordered)

    def _resolve(
        self, kind: Kind, asset: str, timeframe: Timeframe | None, venue: str | None, market: Market
    ) -> SeriesKey | None:
        self._require_folder()
        if venue is not None:
            venues = [venue.lower()]
        else:
            folder = self.path / kind
            venues = sorted(entry.name for entry in folder.iterdir() if entry.is_dir()) if folder.is_dir() else []
        keys = [SeriesKey(kind, name, read_market(market), asset.upper(), timeframe) for name in venues]
        found = [key for key in keys if (self.path / key.relative_path).is_file()]
        if len(found) > 1:
            raise several_venues(found)
        return found[0] if found else None

    def _require_folder(self) -> None:
        if not self.path.is_dir():
            raise DataError(
                f"there is no data store at {self.path}",
                expected="a folder made by an import",
                next_step=f"radarctl data import FILE --data {self.path}, or point --data (RADAR_DATA) at a store",
                code="data-no-store",
            )
