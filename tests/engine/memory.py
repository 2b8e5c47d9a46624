"""Market data held in memory: the source that most tests of the engine read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from radar.errors import DataError
from radar.market.bar import Bar
from radar.market.timeframe import Timeframe
from radar.store import Candles, Funding, OpenInterest, SeriesKey
from radar.store.series import make_series
from tests.nodes.markets import Bars

Stamps = tuple[np.ndarray, np.ndarray]
"""Times in milliseconds UTC and one value for each."""


@dataclass(frozen=True)
class Memory:
    """Series by asset; candles by asset and timeframe. ``venues`` collects the venues that were asked for."""

    bars: Mapping[tuple[str, str], Bars]
    rates: Mapping[str, Stamps] = field(default_factory=dict)
    interest: Mapping[str, Stamps] = field(default_factory=dict)
    venues: set[str | None] = field(default_factory=set)

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
        self.venues.add(venue)
        found = self.bars.get((asset, str(timeframe)))
        if found is None:
            raise DataError(f"no {timeframe} candles of {asset}", expected="a series", code="data-missing")
        length = Timeframe.parse(str(timeframe))
        series = make_series(SeriesKey("candles", "memory", "perp", asset, length), vars(between(found, start, end)))
        assert isinstance(series, Candles)
        return series

    def funding(
        self, asset: str, *, venue: str | None = None, start: int | None = None, end: int | None = None
    ) -> Funding | None:
        """The settlements of ``asset``, or None."""
        self.venues.add(venue)
        if asset not in self.rates:
            return None
        time, rate = self.rates[asset]
        chosen = _inside(time, start, end)
        key = SeriesKey("funding", "memory", "perp", asset)
        series = make_series(key, {"time": time[chosen], "rate": rate[chosen]})
        assert isinstance(series, Funding)
        return series

    def open_interest(
        self,
        asset: str,
        timeframe: Timeframe | str | None = None,
        *,
        venue: str | None = None,
        start: int | None = None,
        end: int | None = None,
    ) -> OpenInterest | None:
        """The open interest of ``asset``, or None."""
        self.venues.add(venue)
        if asset not in self.interest:
            return None
        time, value = self.interest[asset]
        chosen = _inside(time, start, end)
        key = SeriesKey("open_interest", "memory", "perp", asset, Timeframe.parse("5m"))
        columns = {"time": time, "open_interest": value, "open_interest_value": np.full(len(time), np.nan)}
        series = make_series(key, {name: column[chosen] for name, column in columns.items()})
        assert isinstance(series, OpenInterest)
        return series


def _inside(time: np.ndarray, start: int | None, end: int | None) -> np.ndarray:
    inside: np.ndarray = (time >= (time.min(initial=0) if start is None else start)) & (
        time < (time.max(initial=0) + 1 if end is None else end)
    )
    return inside


def between(bars: Bars, start: int | None = None, end: int | None = None) -> Bars:
    """The bars that open in ``start <= time < end``."""
    return bars[_inside(bars.time, start, end)]


def table(bars: Bars) -> pa.Table:
    """The bars as a caller of ``radar.backtest`` passes them."""
    columns: dict[str, Any] = dict(vars(bars))
    columns["time"] = pa.array(bars.time, pa.int64()).cast(pa.timestamp("ms", tz="UTC"))
    return pa.table(columns)


def candles(*rows: tuple[float, float, float, float], first: int, interval: int, volume: float = 1000.0) -> Bars:
    """Bars from rows of (open, high, low, close), one after the other from the open time ``first`` on."""
    prices = np.array(rows, dtype=float).reshape(-1, 4)
    times = first + interval * np.arange(len(prices), dtype=np.int64)
    return Bars(times, *(prices[:, column].copy() for column in range(4)), np.full(len(prices), volume))


def joined(*parts: Bars) -> Bars:
    """One series from parts that follow each other."""
    return Bars(*(np.concatenate([getattr(part, name) for part in parts]) for name in Bar._fields))
