"""Where market data comes from in a back-test: the Parquet store, or tables that a caller passes in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from radar.errors import DataError
from radar.market.timeframe import Timeframe
from radar.store import Candles, Funding, OpenInterest


class MarketData(Protocol):
    """Reads series by asset and timeframe; :class:`radar.store.Store` is one."""

    def candles(
        self,
        asset: str,
        timeframe: Timeframe | str,
        *,
        venue: str | None = None,
        start: int | None = None,
        end: int | None = None,
    ) -> Candles: ...

    def funding(
        self, asset: str, *, venue: str | None = None, start: int | None = None, end: int | None = None
    ) -> Funding | None: ...

    def open_interest(
        self,
        asset: str,
        timeframe: Timeframe | str | None = None,
        *,
        venue: str | None = None,
        start: int | None = None,
        end: int | None = None,
    ) -> OpenInterest | None: ...


class Until:
    """``behind`` as it was known at an instant: nothing that was stamped or closed after ``now`` (ms UTC)."""

    def __init__(self, behind: MarketData, now: int) -> None:
        self._behind = behind
        self._now = now

    def _end(self, end: int | None, last: int) -> int:
        return last + 1 if end is None else min(end, last + 1)

    def candles(
        self,
        asset: str,
        timeframe: Timeframe | str,
        *,
        venue: str | None = None,
        start: int | None = None,
        end: int | None = None,
    ) -> Candles:
        """Bars that had closed."""
        length = Timeframe.parse(timeframe) if isinstance(timeframe, str) else timeframe
        last = self._now - length.milliseconds
        return self._behind.candles(asset, length, venue=venue, start=start, end=self._end(end, last))

    def funding(
        self, asset: str, *, venue: str | None = None, start: int | None = None, end: int | None = None
    ) -> Funding | None:
        """Settlements before the instant."""
        return self._behind.funding(asset, venue=venue, start=start, end=self._end(end, self._now - 1))

    def open_interest(
        self,
        asset: str,
        timeframe: Timeframe | str | None = None,
        *,
        venue: str | None = None,
        start: int | None = None,
        end: int | None = None,
    ) -> OpenInterest | None:
        """Readings before the instant."""
        end = self._end(end, self._now - 1)
        return self._behind.open_interest(asset, timeframe, venue=venue, start=start, end=end)


class Tables:
    """Candles given as tables by asset, at one timeframe each; other series from ``behind``, if there is such a source.

    A table is anything that Arrow understands with a time and open, high, low, close, volume columns. A table for an
    asset and timeframe wins over what lies behind.
    """

    def __init__(self, candles: Mapping[str, Any], timeframe: Timeframe, behind: MarketData | None = None) -> None:
        from radar.store.importing import candles_from_table

        self._candles = {
            asset: candles_from_table(table, asset=asset, timeframe=str(timeframe)) for asset, table in candles.items()
        }
        self._timeframe = timeframe
        self._behind = behind

    def candles(
        self,
        asset: str,
        timeframe: Timeframe | str,
        *,
        venue: str | None = None,
        start: int | None = None,
        end: int | None = None,
    ) -> Candles:
        """The bars of ``asset`` in ``start <= time < end``."""
        wanted = Timeframe.parse(timeframe) if isinstance(timeframe, str) else timeframe
        found = self._candles.get(asset)
        if found is not None and wanted == self._timeframe:
            return _between(found, start, end)
        if self._behind is not None:
            return self._behind.candles(asset, wanted, venue=venue, start=start, end=end)
        raise DataError(
            f"no candles of {asset} at {wanted} were passed in",
            expected=f"a table for each asset of the pipeline, at {self._timeframe}",
            next_step="pass candles={'ASSET': table, ...}, or name a store with data=",
            code="R5002",
        )

    def funding(
        self, asset: str, *, venue: str | None = None, start: int | None = None, end: int | None = None
    ) -> Funding | None:
        """Funding from the source behind, or None."""
        if self._behind is None:
            return None
        return self._behind.funding(asset, venue=venue, start=start, end=end)

    def open_interest(
        self,
        asset: str,
        timeframe: Timeframe | str | None = None,
        *,
        venue: str | None = None,
        start: int | None = None,
        end: int | None = None,
    ) -> OpenInterest | None:
        """Open interest from the source behind, or None."""
        if self._behind is None:
            return None
        return self._behind.open_interest(asset, timeframe, venue=venue, start=start, end=end)


def _between(candles: Candles, start: int | None, end: int | None) -> Candles:
    first = 0 if start is None else int(np.searchsorted(candles.time, start))
    last = len(candles) if end is None else int(np.searchsorted(candles.time, end))
    part = slice(first, last)
    return Candles(
        candles.key,
        candles.time[part],
        candles.open[part],
        candles.high[part],
        candles.low[part],
        candles.close[part],
        candles.volume[part],
    )
