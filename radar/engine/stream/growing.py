"""The market of a run that follows: rows are appended, by the functions that make those of a back-test.

Arrays grow by doubling, so that a row costs the same on average however long the run. Nothing is forgotten while a run
lasts: ``8 * (1 + lanes * columns + accounts)`` bytes a row, 25 MB for a year of minutes of one asset. A run that was
restored has only the rows since its checkpoint; a kernel reads the row that it is at and no other.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from radar.engine.feed import Feed, bars_needed
from radar.engine.market_rows import Floats, LaneColumns, MarketRows, Times
from radar.engine.stream.event import CandleClosed, Event, FundingSettled, OpenInterestRead
from radar.engine.stream.gather import Close
from radar.engine.stream.source import Wanted
from radar.market.timeframe import Timeframe
from radar.plan.plan import CANDLE_COLUMNS, Plan
from radar.store import Candles, SeriesKey

__all__ = ["FIRST_ROWS", "GrowingFeed"]

FIRST_ROWS: Final = 4096
NEVER: Final = 1 << 60
"""The first tradable row while no lane has the history that it needs."""
PRUNED: Final = 64
"""Stamps of a lane that may lie unused before they are let go."""

CANDLES = len(CANDLE_COLUMNS)


@dataclass
class Stamped:
    """Stamps of a series of one lane in order, with their values: those that a later bar may still need."""

    times: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def add(self, time: int, value: float) -> None:
        """Put a value behind all that are stamped no later."""
        place = bisect_right(self.times, time)
        self.times.insert(place, time)
        self.values.insert(place, value)

    def prune(self, oldest: int) -> None:
        """Let go of what is stamped before ``oldest``."""
        if len(self.times) > PRUNED:
            place = bisect_left(self.times, oldest)
            del self.times[:place], self.values[:place]

    def arrays(self) -> tuple[Times, Floats]:
        """Stamps and values."""
        return np.array(self.times, np.int64), np.array(self.values, np.float64)

    def save(self) -> list[Any]:
        """Plain data that name each value exactly."""
        return [self.times, [value.hex() for value in self.values]]

    @classmethod
    def restored(cls, saved: list[Any]) -> Stamped:
        """What :meth:`save` gave."""
        return cls(list(saved[0]), [float.fromhex(value) for value in saved[1]])


@dataclass
class Lane:
    """What of a lane the next row needs: how many bars it had, the open of the last one, its stamps."""

    bars: int = 0
    last: int | None = None
    funding: Stamped = field(default_factory=Stamped)
    interest: Stamped = field(default_factory=Stamped)


class GrowingFeed:
    """The rows of a plan's market so far.

    ``rows`` how many there are, ``start`` the first tradable one (None while no lane is ready), ``lanes`` what the next
    row needs of each.
    """

    def __init__(self, plan: Plan, wanted: Wanted) -> None:
        self.plan = plan
        self.rows = 0
        self.start: int | None = None
        self.lanes = [Lane() for _ in plan.assets]
        self._wanted = wanted
        self._base = plan.base.milliseconds
        self._columns = [LaneColumns(plan, asset) for asset in plan.assets]
        self._needed = [bars_needed(plan, asset) for asset in plan.assets]
        self._keys = {
            (lane, clock): SeriesKey("candles", "stream", "perp", asset, clock)
            for lane, asset in enumerate(plan.assets)
            for clock in wanted.slower
        }
        self._times: Times = np.zeros(0, np.int64)
        self._market: Floats = np.zeros((0, len(plan.assets), len(plan.columns)))
        self._fine: tuple[Times, Floats] = (np.zeros(0, np.int64), np.zeros((0, len(plan.assets), CANDLES)))

    def warm(self, history: MarketRows, interest: Mapping[int, tuple[Times, Floats]]) -> None:
        """Take the rows before the first event, and the readings of open interest before it by lane."""
        self.rows = len(history.times)
        self._reserve(self.rows)
        self._times[: self.rows] = history.times
        self._market[: self.rows] = history.market
        ready = []
        for number, lane in enumerate(self.lanes):
            places, funding = history.places[number], history.funding[number]
            lane.bars = len(places)
            lane.last = int(history.times[places[-1]]) if len(places) else None
            if lane.bars >= self._needed[number]:
                ready.append(int(places[self._needed[number] - 1]))
            if funding is not None:
                lane.funding = Stamped(funding.time.tolist(), funding.rate.tolist())
            if number in interest:
                times, values = interest[number]
                lane.interest = Stamped(times.tolist(), values.tolist())
            self._prune(number)
        if ready:
            self.start = max(self.rows, min(ready))

    def take(self, event: Event, effective: int) -> None:
        """Take a stamp that counts from ``effective`` on; a bar comes with its close."""
        if isinstance(event, FundingSettled):
            self.lanes[event.lane].funding.add(effective, event.rate)
        elif isinstance(event, OpenInterestRead):
            self.lanes[event.lane].interest.add(effective, event.amount)

    def append(self, close: Close) -> int:
        """Make the row of a close; return its number."""
        row, opened = self.rows, close.time - self._base
        self._reserve(row + 1)
        self.rows = row + 1
        self._times[row] = opened
        self._market[row] = np.nan
        for number, lane in enumerate(self.lanes):
            bar = close.bars.get((number, self._base, opened))
            if bar is None:
                continue
            self._market[row, number, :CANDLES] = bar.values
            if len(self.plan.columns) > CANDLES:
                self._market[row, number, CANDLES:] = self._others(number, opened, close)
            lane.bars += 1
            lane.last = opened
            if self.start is None and lane.bars >= self._needed[number]:
                self.start = row
            self._prune(number)
        if self._wanted.finer is not None:
            self._fine = self._finer_bars(close, self._wanted.finer.milliseconds)
        return row

    @property
    def feed(self) -> Feed:
        """The rows as a kernel reads them. Finer bars are those of the last row: no other row needs them again."""
        fine_times, fine_market = self._fine
        return Feed(
            times=self._times[: self.rows],
            market=self._market[: self.rows],
            start=NEVER if self.start is None else self.start,
            fine_times=fine_times,
            fine_market=fine_market,
            fine_interval=0 if self._wanted.finer is None else self._wanted.finer.milliseconds,
            digest="",
        )

    @property
    def capacity(self) -> int:
        """Rows that fit before arrays must grow."""
        return len(self._times)

    def save(self) -> dict[str, Any]:
        """All of it but the rows, as plain data."""
        lanes = [[lane.bars, lane.last, lane.funding.save(), lane.interest.save()] for lane in self.lanes]
        return {"rows": self.rows, "start": self.start, "lanes": lanes}

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Take over what :meth:`save` gave; the rows before stay empty."""
        self.rows, self.start = saved["rows"], saved["start"]
        self.lanes = [
            Lane(bars, last, Stamped.restored(funding), Stamped.restored(interest))
            for bars, last, funding, interest in saved["lanes"]
        ]
        self._reserve(self.rows + 1)

    def _others(self, number: int, opened: int, close: Close) -> NDArray[np.float64]:
        """The columns of a lane's row behind its candle. The bar before is there for what was settled in a gap."""
        lane = self.lanes[number]
        times = np.array([opened] if lane.last is None else [lane.last, opened], np.int64)
        filled = np.full((len(times), len(self.plan.columns)), np.nan)
        slower = {clock: self._slower(number, clock, close) for clock in self._columns[number].slower}
        interest = lane.interest.arrays() if lane.interest.times else None
        rows = np.arange(len(times))
        self._columns[number].fill(times, lane.funding.arrays(), interest, slower, rows, filled)
        others: NDArray[np.float64] = filled[-1, CANDLES:]
        return others

    def _slower(self, number: int, clock: Timeframe, close: Close) -> Candles:
        opened = close.time - clock.milliseconds
        bar = close.bars.get((number, clock.milliseconds, opened))
        values = () if bar is None else bar.values
        opens = np.array([] if bar is None else [opened], np.int64)
        numbers = [np.array([value]) for value in values] or [np.zeros(0)] * CANDLES
        return Candles(self._keys[number, clock], opens, *numbers)

    def _finer_bars(self, close: Close, length: int) -> tuple[Times, Floats]:
        bars: list[CandleClosed] = [bar for (_, clock, _), bar in close.bars.items() if clock == length]
        times = np.array(sorted({bar.opened for bar in bars}), np.int64)
        market = np.full((len(times), len(self.lanes), CANDLES), np.nan)
        for bar in bars:
            market[np.searchsorted(times, bar.opened), bar.lane] = bar.values
        return times, market

    def _prune(self, number: int) -> None:
        """Let go of stamps that no later bar can see: the next one opens after the last."""
        lane = self.lanes[number]
        if lane.last is not None:
            oldest = lane.last - self._columns[number].reach
            lane.funding.prune(oldest)
            lane.interest.prune(oldest)

    def _reserve(self, rows: int) -> None:
        if rows <= len(self._times):
            return
        room = FIRST_ROWS
        while room < rows + 1:
            room *= 2
        times, market = np.zeros(room, np.int64), np.zeros((room, *self._market.shape[1:]))
        # What was never written need not be copied, and what is zero costs no memory before it is.
        filled = len(self._times)
        times[:filled], market[:filled] = self._times, self._market
        self._times, self._market = times, market
