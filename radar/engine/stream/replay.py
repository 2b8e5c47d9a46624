"""Recorded series as a source: in real time, faster, or as fast as a run takes them; with faults if wanted.

What is delivered, and in which order, follows from the data, the start and the faults alone. Faults are drawn series by
series, so that a longer replay begins as a shorter one does.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radar.engine.source import MarketData
from radar.engine.stream.deliveries import NO_FAULTS, Deliveries, Faults, lay_out
from radar.engine.stream.event import CandleClosed, Event
from radar.engine.stream.source import Wanted
from radar.errors import DataError
from radar.market.instant import format_instant

__all__ = ["Replay"]


class Replay:
    """Plays series back from the first bar that opens at or after the start of a run.

    Args:
        data: The series.
        end: The first base open that is left out (milliseconds UTC); None for all that there is.
        speed: 1 for real time, 60 for an hour a minute; None as fast as events are taken.
        faults: What goes wrong.
    """

    def __init__(
        self, data: MarketData, *, end: int | None = None, speed: float | None = None, faults: Faults = NO_FAULTS
    ) -> None:
        self._data = data
        self._end = end
        self._speed = speed
        self._faults = faults
        self._start = 0
        self._position = 0
        self._clock = 0
        self._began: tuple[float, int] | None = None
        self._series: list[Deliveries] = []
        self._which: NDArray[np.intp] = np.zeros(0, np.intp)
        self._place: NDArray[np.intp] = np.zeros(0, np.intp)
        self._last: list[int] | None = None

    @property
    def ended(self) -> bool:
        """Whether all was delivered."""
        return self._position >= len(self._which)

    @property
    def waiting(self) -> bool:
        """Whether the next event is due already."""
        return not self.ended and (self._speed is None or self._due() <= self._wall())

    @property
    def span(self) -> tuple[int, int]:
        """When the first and the last event are delivered; twice the start where there is none."""
        if not len(self._which):
            return self._start, self._start
        return self._received(0), self._received(len(self._which) - 1)

    def history(self) -> MarketData:
        """All series; a run takes what was known at its start."""
        return self._data

    async def subscribe(self, wanted: Wanted, start: int, cursor: Mapping[str, Any] | None) -> None:
        """Lay out what is to be delivered, and go to the cursor.

        Raises:
            DataError: A series is missing, or the data are no longer those that the cursor was made on.
        """
        self._start = self._clock = start
        self._lay_out(wanted, start)
        self._position, self._last, self._began = 0, None, None
        if cursor is None:
            return
        position = int(cursor["position"])
        if self._end is not None and int(cursor["clock"]) > self._end:
            raise DataError(
                f"the run is at {format_instant(int(cursor['clock']))} already, and the replay ends at "
                f"{format_instant(self._end)}",
                expected="an end that the run has not passed",
                next_step="leave --to out or name a later one, or replay into a new run: --run NAME",
                code="R5016",
            )
        if position > len(self._which) or (position and self._identity(position - 1) != list(cursor["last"])):
            raise DataError(
                f"the data before {format_instant(int(cursor['clock']))} are no longer those that were replayed",
                expected="the store that the run began with; it may have become longer, and nothing else",
                next_step="replay into a new run: --run NAME",
                code="R5016",
            )
        self._position, self._clock = position, int(cursor["clock"])
        self._last = list(cursor["last"]) if position else None

    async def receive(self, until: int | None) -> Event | None:
        """The next event when it is due, or None at ``until``."""
        if self.ended:
            return None
        due = self._due()
        if until is not None and until < due:
            await self._pace(until)
            self._clock = max(self._clock, until)
            return None
        await self._pace(due)
        self._clock = max(self._clock, due)
        event = self._event(self._position)
        self._last = self._identity(self._position)
        self._position += 1
        return event

    def now(self) -> int:
        """When the last event was delivered, or the end of the last wait."""
        return self._clock

    def cursor(self) -> Mapping[str, Any]:
        """How many events were delivered, and which was the last."""
        return {"position": self._position, "clock": self._clock, "last": self._last}

    async def close(self) -> None:
        """Nothing is held open."""

    async def _pace(self, until: int) -> None:
        if self._speed is None:
            return
        pause = (until - self._wall()) / 1000.0 / self._speed
        if pause > 0.0:
            await asyncio.sleep(pause)

    def _wall(self) -> int:
        """The instant of the replay that the clock on the wall stands for."""
        assert self._speed is not None
        if self._began is None:
            self._began = time.monotonic(), self._clock
        began, at = self._began
        return at + int((time.monotonic() - began) * 1000.0 * self._speed)

    def _due(self) -> int:
        return self._received(self._position)

    def _received(self, position: int) -> int:
        return int(self._series[self._which[position]].received[self._place[position]])

    def _identity(self, position: int) -> list[int]:
        series = self._series[self._which[position]]
        row = series.rows[self._place[position]]
        return [series.kind.kind, series.lane, series.length, int(series.times[row])]

    def _event(self, position: int) -> Event:
        series, place = self._series[self._which[position]], self._place[position]
        row = series.rows[place]
        head = int(series.times[row]), series.lane, position + 1, int(series.received[place])
        values = [float(column[row]) for column in series.values]
        if series.kind is CandleClosed:
            return CandleClosed(*head, series.length, *values)
        event: Event = series.kind(*head, *values)
        return event

    def _lay_out(self, wanted: Wanted, start: int) -> None:
        self._series = lay_out(self._data, wanted, start, self._end, self._faults)
        sizes = [len(one.received) for one in self._series]
        which = np.repeat(np.arange(len(sizes)), sizes)
        place = np.concatenate([np.arange(size) for size in sizes])
        received = np.concatenate([one.received for one in self._series])
        ranks = np.repeat(np.array([one.kind.rank for one in self._series], np.int64), sizes)
        # Series of one rank stand in the order of their lanes and clocks.
        order = np.lexsort((place, which, ranks, received))
        self._which, self._place = which[order], place[order]
