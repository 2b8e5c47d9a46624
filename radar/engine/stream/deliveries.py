"""What a replay delivers: every event of recorded series with the instant at which it comes, faults included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from radar.engine.source import MarketData
from radar.engine.stream.event import (
    EVERY_LANE,
    CandleClosed,
    ConnectionLost,
    ConnectionRestored,
    Event,
    FundingSettled,
    OpenInterestRead,
)
from radar.engine.stream.source import Wanted
from radar.plan.plan import CANDLE_COLUMNS

__all__ = ["NO_FAULTS", "Deliveries", "Faults", "lay_out"]

_Series: TypeAlias = tuple[type[Event], int, NDArray[np.int64], tuple[NDArray[np.float64], ...]]

OUTAGE_EVERY: Final = 256
"""Base bars in which at most one outage lies."""
LONGEST_OUTAGE: Final = 8
"""Base bars that an outage may last."""


@dataclass(frozen=True)
class Faults:
    """What goes wrong with a feed, each as a probability for one event (``outages``: for a span of 256 base bars).

    ``gaps`` are never delivered; ``late`` come up to three base bars late; ``duplicates`` come again, up to three base
    bars later; while the connection is lost nothing is delivered at all.
    """

    seed: int = 0
    gaps: float = 0.0
    late: float = 0.0
    duplicates: float = 0.0
    outages: float = 0.0


NO_FAULTS: Final = Faults()


@dataclass(frozen=True)
class Deliveries:
    """Events of one series in the order of its rows: what is needed to make each, and when it is delivered."""

    kind: type[Event]
    lane: int
    length: int
    times: NDArray[np.int64]
    values: tuple[NDArray[np.float64], ...]
    received: NDArray[np.int64]
    rows: NDArray[np.intp]


def lay_out(data: MarketData, wanted: Wanted, start: int, end: int | None, faults: Faults) -> list[Deliveries]:
    """What of ``data`` is delivered from ``start`` on, series by series.

    Raises:
        DataError: A series of candles is missing.
    """
    outages = _outages(data, wanted, start, end, faults)
    found = _connections(outages)
    for lane, asset in enumerate(wanted.assets):
        for kind, length, times, values in _series_of(data, wanted, asset, start, end):
            rows, received = _faulty(wanted, kind, lane, length, times, faults)
            if end is not None:
                # What comes after the end is left to a longer replay, which begins as this one does.
                inside = received <= end if kind is CandleClosed else received < end
                rows, received = rows[inside], received[inside]
            for begin, until in outages:
                heard = (received < begin) | (received >= until)
                rows, received = rows[heard], received[heard]
            found.append(Deliveries(kind, lane, length, times, values, received, rows))
    return found


def _series_of(data: MarketData, wanted: Wanted, asset: str, start: int, end: int | None) -> Iterator[_Series]:
    """Of each series of an asset: the kind of its events, its clock, event times, values."""
    base = wanted.base.milliseconds
    venue: str | None = None
    for clock in wanted.clocks:
        # A slower bar belongs to the base bar with which it closes.
        length = clock.milliseconds
        shift = min(base - length, 0)
        until = None if end is None else end + shift
        candles = data.candles(asset, clock, start=start + shift, end=until)
        if clock == wanted.base:
            venue = None if candles.key.venue == "table" else candles.key.venue
        values = tuple(getattr(candles, name) for name in CANDLE_COLUMNS)
        yield CandleClosed, length, candles.time + length, values
    funding = data.funding(asset, venue=venue, start=start, end=end)
    if funding is not None:
        known = ~np.isnan(funding.rate)
        yield FundingSettled, 0, funding.time[known], (funding.rate[known],)
    if wanted.interest:
        read = data.open_interest(asset, venue=venue, start=start, end=end)
        if read is not None:
            yield OpenInterestRead, 0, read.time, (read.open_interest, read.open_interest_value)


def _outages(data: MarketData, wanted: Wanted, start: int, end: int | None, faults: Faults) -> list[tuple[int, int]]:
    """Spans of time in which the connection is lost."""
    if faults.outages <= 0.0:
        return []
    base = wanted.base.milliseconds
    lanes = [data.candles(asset, wanted.base, start=start, end=end) for asset in wanted.assets]
    last = max((int(one.time[-1]) for one in lanes if len(one)), default=start)
    found: list[tuple[int, int]] = []
    for span in range((last - start) // (OUTAGE_EVERY * base) + 1):
        draw = np.random.default_rng([faults.seed, span])
        if draw.random() < faults.outages:
            begin = start + (span * OUTAGE_EVERY + int(draw.integers(OUTAGE_EVERY - LONGEST_OUTAGE))) * base
            after = begin + int(draw.integers(1, LONGEST_OUTAGE + 1)) * base
            # One behind the last bar would tell of a connection to nothing.
            found += [(begin + base // 2, after + base // 2)] if begin <= last else []
    return found


def _connections(outages: list[tuple[int, int]]) -> list[Deliveries]:
    found: list[Deliveries] = []
    kinds: tuple[type[Event], type[Event]] = (ConnectionLost, ConnectionRestored)
    for end, kind in enumerate(kinds):
        times = np.array([span[end] for span in outages], np.int64)
        found.append(Deliveries(kind, EVERY_LANE, 0, times, (), times, np.arange(len(times))))
    return found


def _faulty(
    wanted: Wanted, kind: type[Event], lane: int, length: int, times: NDArray[np.int64], faults: Faults
) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Which rows of a series are delivered and when: some never, some late, some twice."""
    rows, received = np.arange(len(times)), times.astype(np.int64)
    if faults == NO_FAULTS:
        return rows, received
    most = 3 * wanted.base.milliseconds
    # As many numbers for each row whatever the faults are: what one row meets does not depend on another.
    draws = np.random.default_rng([faults.seed, kind.kind, lane, length]).random((len(times), 5))
    received = received + np.where(draws[:, 1] < faults.late, (draws[:, 2] * most).astype(np.int64), 0)
    kept = draws[:, 0] >= faults.gaps
    again = kept & (draws[:, 3] < faults.duplicates)
    second = received[again] + (draws[again, 4] * most).astype(np.int64)
    return np.concatenate([rows[kept], rows[again]]), np.concatenate([received[kept], second])
