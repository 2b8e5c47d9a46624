"""What a run was told, as market data: its history and every event that counted. A back-test reads it as any store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from radar.engine.source import MarketData
from radar.engine.stream.event import CandleClosed, Event, FundingSettled, OpenInterestRead
from radar.engine.stream.source import Wanted
from radar.errors import DataError
from radar.market.timeframe import Timeframe
from radar.store import Candles, Funding, OpenInterest, Series, SeriesKey

__all__ = ["COLUMNS", "Place", "Recorded", "history_series"]

Place = tuple[str, str, int]
"""Kind of a series, asset, clock in milliseconds (0 for what is no bar)."""


def history_series(wanted: Wanted, data: MarketData) -> dict[Place, Series]:
    """Every series that a run reads, as ``data`` has it.

    Raises:
        DataError: A series of candles is missing.
    """
    found: dict[Place, Series] = {}
    for asset in wanted.assets:
        base = data.candles(asset, wanted.base)
        venue = None if base.key.venue == "table" else base.key.venue
        for clock in wanted.clocks:
            candles = base if clock == wanted.base else data.candles(asset, clock, venue=venue)
            found["candles", asset, clock.milliseconds] = candles
        funding = data.funding(asset, venue=venue)
        if funding is not None:
            found["funding", asset, 0] = funding
        interest = data.open_interest(asset, venue=venue) if wanted.interest else None
        if interest is not None:
            found["open_interest", asset, 0] = interest
    return found


class Recorded:
    """Market data of a run: series of its history, with the events behind them.

    Args:
        assets: The assets by lane.
        history: See :func:`history_series`.
        taken: Events that counted, each with the instant from which it did, in the order of their coming.
    """

    def __init__(
        self, assets: Sequence[str], history: Mapping[Place, Series], taken: Iterable[tuple[Event, int]]
    ) -> None:
        self._history = history
        events: dict[Place, list[tuple[int, tuple[float, ...]]]] = {}
        for event, effective in taken:
            if isinstance(event, CandleClosed):
                place = "candles", assets[event.lane], event.length
                events.setdefault(place, []).append((event.opened, event.values))
            elif isinstance(event, FundingSettled | OpenInterestRead):
                kind = "funding" if isinstance(event, FundingSettled) else "open_interest"
                events.setdefault((kind, assets[event.lane], 0), []).append((effective, event.values))
        # Those that count from one instant on stay in the order in which they came.
        self._events = {place: sorted(rows, key=lambda row: row[0]) for place, rows in events.items()}

    def candles(
        self,
        asset: str,
        timeframe: Timeframe | str,
        *,
        venue: str | None = None,  # noqa: ARG002 - a run has one market
        start: int | None = None,
        end: int | None = None,
    ) -> Candles:
        """The bars of ``asset`` in ``start <= time < end``.

        Raises:
            DataError: The run had no such candles.
        """
        clock = Timeframe.parse(timeframe) if isinstance(timeframe, str) else timeframe
        history = self._history.get(("candles", asset, clock.milliseconds))
        if history is None:
            raise DataError(f"the run was told no {clock} candles of {asset}", code="R5010")
        columns = self._columns(("candles", asset, clock.milliseconds), start, end)
        return Candles(history.key, **columns)

    def funding(
        self,
        asset: str,
        *,
        venue: str | None = None,  # noqa: ARG002
        start: int | None = None,
        end: int | None = None,
    ) -> Funding | None:
        """The settlements of ``asset`` as they counted, or None when there never was one."""
        place = "funding", asset, 0
        if place not in self._history and place not in self._events:
            return None
        return Funding(self._key("funding", asset), **self._columns(place, start, end))

    def open_interest(
        self,
        asset: str,
        timeframe: Timeframe | str | None = None,  # noqa: ARG002 - readings stand at their own instants
        *,
        venue: str | None = None,  # noqa: ARG002
        start: int | None = None,
        end: int | None = None,
    ) -> OpenInterest | None:
        """The readings of ``asset`` as they counted, or None when there never was one."""
        place = "open_interest", asset, 0
        if place not in self._history and place not in self._events:
            return None
        return OpenInterest(self._key("open_interest", asset), **self._columns(place, start, end))

    def _key(self, kind: Any, asset: str) -> SeriesKey:
        history = self._history.get((kind, asset, 0))
        if history is not None:
            return history.key
        candles = next(series.key for place, series in self._history.items() if place[:2] == ("candles", asset))
        return SeriesKey(kind, candles.venue, candles.market, asset, None if kind == "funding" else candles.timeframe)

    def _columns(self, place: Place, start: int | None, end: int | None) -> Mapping[str, Any]:
        history, rows = self._history.get(place), self._events.get(place, [])
        names = COLUMNS[place[0]]
        columns: dict[str, Any] = {"time": np.array([row[0] for row in rows], np.int64)}
        columns |= {name: np.array([row[1][number] for row in rows], float) for number, name in enumerate(names)}
        if history is not None:
            columns = {name: np.concatenate([getattr(history, name), new]) for name, new in columns.items()}
        time = columns["time"]
        first = 0 if start is None else int(np.searchsorted(time, start))
        last = len(time) if end is None else int(np.searchsorted(time, end))
        return {name: column[first:last] for name, column in columns.items()}


COLUMNS = {
    "candles": ("open", "high", "low", "close", "volume"),
    "funding": ("rate",),
    "open_interest": ("open_interest", "open_interest_value"),
}
