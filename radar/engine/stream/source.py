"""What a run that follows the market asks of whoever tells it: an exchange, or a replay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from radar.engine.market_rows import FINER_CLOCKS, LaneColumns, reads_finer_bars
from radar.engine.source import MarketData
from radar.engine.stream.event import Event
from radar.errors import DataError
from radar.market.timeframe import Timeframe
from radar.plan.plan import Plan

__all__ = ["StreamSource", "Wanted", "wanted_by"]


@dataclass(frozen=True)
class Wanted:
    """What a run subscribes to, of each of ``assets`` (a lane each, in this order).

    Closed candles of the clock ``base``, of each of ``slower``, and of ``finer`` if there is one; settlements of
    funding; open interest if ``interest``.
    """

    assets: tuple[str, ...]
    base: Timeframe
    slower: tuple[Timeframe, ...] = ()
    finer: Timeframe | None = None
    interest: bool = False

    @property
    def clocks(self) -> tuple[Timeframe, ...]:
        """Every clock of candles."""
        return tuple(sorted({self.base, *self.slower, *([self.finer] if self.finer is not None else [])}))

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "assets": list(self.assets),
            "base": str(self.base),
            "slower": [str(clock) for clock in self.slower],
            "finer": None if self.finer is None else str(self.finer),
            "interest": self.interest,
        }

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Wanted:
        """What :meth:`to_json` gave."""
        finer = saved["finer"]
        return cls(
            tuple(saved["assets"]),
            Timeframe.parse(saved["base"]),
            tuple(Timeframe.parse(clock) for clock in saved["slower"]),
            None if finer is None else Timeframe.parse(finer),
            saved["interest"],
        )


class StreamSource(Protocol):
    """Tells what happens, event by event, each once or, after a restart, again from a cursor.

    Not an asynchronous iterator: a run waits for the next event *or* for the end of its patience with a close, and an
    iterator whose waiting is given up is lost.
    """

    @property
    def ended(self) -> bool:
        """Whether no event will come any more."""
        ...

    @property
    def waiting(self) -> bool:
        """Whether an event is there already, so that there is no need to hurry with what has come."""
        ...

    def history(self) -> MarketData:
        """Series that reach back from the start at least, to warm up; a run takes what was known at its start."""
        ...

    async def subscribe(self, wanted: Wanted, start: int, cursor: Mapping[str, Any] | None) -> None:
        """Begin with what happened at or after ``start``, or behind a ``cursor`` that this source gave.

        Raises:
            DataError: It cannot go on there.
        """
        ...

    async def receive(self, until: int | None) -> Event | None:
        """The next event, or None when ``until`` (milliseconds UTC by :meth:`now`) passes first, or at the end.

        A call that is cancelled has taken nothing: the event is the next one still.
        """
        ...

    def now(self) -> int:
        """The time by the source's own clock, which never goes back."""
        ...

    def cursor(self) -> Mapping[str, Any]:
        """Plain data that name the place behind the last event received."""
        ...

    async def close(self) -> None:
        """End all subscriptions."""
        ...


def wanted_by(plan: Plan, history: MarketData) -> Wanted:
    """What a run of ``plan`` subscribes to. Bars that resolve a bar are the finest of which there is a history."""
    lanes = [LaneColumns(plan, asset) for asset in plan.assets]
    slower = sorted({clock for lane in lanes for clock in lane.slower})
    return Wanted(
        plan.assets, plan.base, tuple(slower), _finer(plan, history), any(lane.reads_interest for lane in lanes)
    )


def _finer(plan: Plan, history: MarketData) -> Timeframe | None:
    """The clock that a back-test would choose, see :func:`radar.engine.market_rows.read_finer_rows`."""
    if not reads_finer_bars(plan.executors):
        return None
    for name in FINER_CLOCKS:
        clock = Timeframe.parse(name)
        if clock.milliseconds >= plan.base.milliseconds or plan.base.milliseconds % clock.milliseconds:
            continue
        try:
            for asset in plan.assets:
                history.candles(asset, clock, end=0)
        except DataError:
            continue
        return clock
    return None
