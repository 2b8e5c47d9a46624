"""Series in memory: read-only numpy columns with the name of where they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from radar.market.timeframe import MINUTE
from radar.store.layout import SeriesKey

__all__ = ["Candles", "Floats", "Funding", "OpenInterest", "Series", "Times", "floor_to_minute", "make_series"]

Times = NDArray[np.int64]
Floats = NDArray[np.float64]

_ONE_MINUTE: Final = np.int64(MINUTE)


@dataclass(frozen=True, slots=True, eq=False)
class Candles:
    """Bars in order of time. All columns have one shape, ``(bars,)``, and are read-only.

    Attributes:
        key: Where they come from.
        time: Open times, milliseconds UTC, strictly increasing.
        open, high, low, close: Prices in quote currency.
        volume: Base units.
    """

    key: SeriesKey
    time: Times
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats

    def __len__(self) -> int:
        return len(self.time)


@dataclass(frozen=True, slots=True, eq=False)
class Funding:
    """Settlements of funding in order of time; columns of shape ``(settlements,)``, read-only.

    Attributes:
        key: Where they come from.
        time: The settlement instants, milliseconds UTC, floored to the whole minute: an exchange stamps a settlement
            some milliseconds after its instant, and a join on the raw stamp would find the rate before it.
        rate: The fraction of notional that longs pay to shorts.
    """

    key: SeriesKey
    time: Times
    rate: Floats

    def __len__(self) -> int:
        return len(self.time)


@dataclass(frozen=True, slots=True, eq=False)
class OpenInterest:
    """Readings of open interest in order of time; columns of shape ``(readings,)``, read-only.

    Attributes:
        key: Where they come from.
        time: Milliseconds UTC, floored to the whole minute like those of funding.
        open_interest: Base units.
        open_interest_value: Quote currency; NaN where the source does not tell.
    """

    key: SeriesKey
    time: Times
    open_interest: Floats
    open_interest_value: Floats

    def __len__(self) -> int:
        return len(self.time)


Series = Candles | Funding | OpenInterest


def floor_to_minute(time: Times) -> Times:
    """Stamps (milliseconds UTC) floored to their whole minute."""
    return time - time % _ONE_MINUTE


def make_series(key: SeriesKey, columns: Mapping[str, NDArray[Any]]) -> Series:
    """The series of `key` from the columns of its file, with external stamps floored and every column read-only."""
    values = {name: np.ascontiguousarray(columns[name], dtype=np.float64) for name in key.columns}
    time: Times = np.ascontiguousarray(columns["time"], dtype=np.int64)
    if key.kind != "candles":
        time = floor_to_minute(time)
    for column in (time, *values.values()):
        column.setflags(write=False)
    if key.kind == "candles":
        return Candles(key, time, **values)
    if key.kind == "funding":
        return Funding(key, time, **values)
    return OpenInterest(key, time, **values)
