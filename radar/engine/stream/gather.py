"""Events to closes. Every close is decided once: when all lanes have told it, or when patience with it ends.

Rules, by what an event is to the closes that are decided already:

- A bar of a decided close is late: it is recorded and changes nothing.
- A settlement before the last decided close is late too, but money moves: it counts from that close on, unless a newer
  settlement of its lane is known, which it must not replace. A reading of open interest likewise, from the bars on that
  open after it.
- What was told before is a duplicate, whatever its numbers: the first ones were final.
- What cannot be true (:attr:`radar.engine.stream.event.Event.fault`), or lies in the future, is invalid.

Time is that of the source and of the events; a clock that jumps back is held where it was.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from radar.engine.stream.event import CandleClosed, Event, FundingSettled, OpenInterestRead
from radar.engine.stream.source import Wanted

__all__ = ["PATIENCE", "Close", "Gather", "Judged", "Verdict"]

PATIENCE: Final = 2_000
"""Milliseconds that a close waits for the lanes that are missing, from its first bar on."""

REMEMBERED: Final = 32
"""Instants of each series that are kept to know a duplicate; what is older is late."""

Key = tuple[int, int, int]
"""Lane, clock and open of a bar."""


class Verdict(StrEnum):
    """What an event is to what was known before it."""

    ACCEPTED = "accepted"
    LATE = "late"
    DUPLICATE = "duplicate"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Judged:
    """An event with its verdict; ``effective`` is the instant from which it counts, None when it never does."""

    event: Event
    verdict: Verdict
    effective: int | None
    reason: str = ""


@dataclass(slots=True)
class Close:
    """The bars that closed at ``time`` (finer ones: since the close before), by lane, clock and open."""

    time: int
    heard: int
    bars: dict[Key, CandleClosed] = field(default_factory=dict)


class Gather:
    """The events of a stream, gathered to closes of the base clock.

    Args:
        wanted: What was subscribed to.
        start: The open of the first bar that belongs to the stream; what closed by then is history.
        patience: See :data:`PATIENCE`.
    """

    def __init__(self, wanted: Wanted, start: int, patience: int = PATIENCE) -> None:
        self.wanted = wanted
        self.patience = patience
        self.decided = start
        self.clock = 0
        self.counts: Counter[str] = Counter()
        self.heard: list[int | None] = [None] * len(wanted.assets)
        self._base = wanted.base.milliseconds
        self._clocks = {clock.milliseconds for clock in wanted.clocks}
        self._slower = [clock.milliseconds for clock in wanted.slower]
        self._finer = 0 if wanted.finer is None else wanted.finer.milliseconds
        self._pending: dict[int, Close] = {}
        self._recent: dict[tuple[int, int, int], deque[int]] = {}

    def remember(self, lane: int, kind: int, times: list[int]) -> None:
        """Take the last instants of a series of the history as known."""
        self._known(lane, kind, 0).extend(times[-REMEMBERED:])

    def judge(self, event: Event) -> Judged:
        """What an event is. Changes nothing but the clock."""
        self.clock = max(self.clock, event.received)
        if event.fault:
            return Judged(event, Verdict.INVALID, None, event.fault)
        if isinstance(event, CandleClosed):
            return self._judge_bar(event)
        if isinstance(event, FundingSettled | OpenInterestRead):
            return self._judge_stamp(event)
        return Judged(event, Verdict.ACCEPTED, event.time)

    def apply(self, judged: Judged) -> None:
        """Take an event in as it was judged, now or when it was recorded."""
        event, verdict = judged.event, judged.verdict
        self.clock = max(self.clock, event.received)
        self.counts[verdict.value] += 1
        if 0 <= event.lane < len(self.heard) and verdict is not Verdict.INVALID:
            # Also a duplicate is a sign of life: a feed that repeats itself is not silent.
            self.heard[event.lane] = self.clock
        if verdict is Verdict.ACCEPTED or judged.effective is not None:
            if isinstance(event, CandleClosed):
                close = self._pending.setdefault(self._close_of(event), Close(self._close_of(event), self.clock))
                close.bars[event.lane, event.clock, event.opened] = event
                self._known(event.lane, event.kind, event.clock).append(event.time)
            elif isinstance(event, FundingSettled | OpenInterestRead):
                self._known(event.lane, event.kind, 0).append(event.time)

    @property
    def deadline(self) -> int | None:
        """When the next close is decided though lanes are missing; None while no bar waits."""
        close = self._first()
        return None if close is None else max(close.time, close.heard) + self.patience

    def next(self, now: int, *, flush: bool = False) -> Close | None:
        """The next close, if it is to be decided by ``now``; with ``flush`` whatever waits. It is decided with that."""
        self.clock = max(self.clock, now)
        close = self._first()
        if close is None:
            return None
        complete = len(close.bars) >= self._expected(close.time)
        if not (flush or complete or self.clock >= max(close.time, close.heard) + self.patience):
            return None
        return self.decide(close.time)

    def decide(self, time: int) -> Close:
        """Decide the close at ``time``; what waits for an earlier one cannot make a row any more."""
        close = self._pending[time]
        self.decided = time
        for passed in [one for one in self._pending if one <= time]:
            del self._pending[passed]
        return close

    def silence(self) -> list[int | None]:
        """Milliseconds since each lane was heard, None for one that never was."""
        return [None if heard is None else self.clock - heard for heard in self.heard]

    def waiting(self) -> list[CandleClosed]:
        """The bars that wait for their close."""
        return [bar for close in self._pending.values() for bar in close.bars.values()]

    def save(self) -> dict[str, Any]:
        """All of it but the bars that wait, as plain data."""
        return {
            "decided": self.decided,
            "clock": self.clock,
            "counts": dict(self.counts),
            "heard": self.heard,
            "waiting": {str(time): close.heard for time, close in self._pending.items()},
            "recent": [[*key, list(times)] for key, times in self._recent.items()],
        }

    def restore(self, saved: Mapping[str, Any], bars: list[CandleClosed]) -> None:
        """Take over what :meth:`save` and :meth:`waiting` gave."""
        self.decided = saved["decided"]
        self.clock = saved["clock"]
        self.counts = Counter(saved["counts"])
        self.heard = list(saved["heard"])
        self._pending = {int(time): Close(int(time), heard) for time, heard in saved["waiting"].items()}
        for bar in bars:
            self._pending[self._close_of(bar)].bars[bar.lane, bar.clock, bar.opened] = bar
        self._recent = {(lane, kind, clock): deque(times, REMEMBERED) for lane, kind, clock, times in saved["recent"]}

    def _judge_bar(self, bar: CandleClosed) -> Judged:
        if not 0 <= bar.lane < len(self.heard) or bar.clock not in self._clocks:
            return Judged(bar, Verdict.INVALID, None, "a bar that was not subscribed to")
        if bar.time > self.clock + bar.clock:
            return Judged(bar, Verdict.INVALID, None, "a close in the future")
        if bar.time in self._known(bar.lane, bar.kind, bar.clock):
            return Judged(bar, Verdict.DUPLICATE, None)
        if self._close_of(bar) <= self.decided:
            return Judged(bar, Verdict.LATE, None, "its close was decided")
        return Judged(bar, Verdict.ACCEPTED, bar.time)

    def _judge_stamp(self, event: Event) -> Judged:
        if not 0 <= event.lane < len(self.heard):
            return Judged(event, Verdict.INVALID, None, "a lane that there is not")
        known = self._known(event.lane, event.kind, 0)
        if event.time in known:
            return Judged(event, Verdict.DUPLICATE, None)
        # A bar books the settlements inside it, and sees open interest as it was when it opened.
        open_until = self.decided if isinstance(event, FundingSettled) else self.decided - self._base + 1
        if event.time >= open_until:
            return Judged(event, Verdict.ACCEPTED, event.time)
        if not known or event.time > max(known):
            return Judged(event, Verdict.LATE, self.decided, "it counts from the next bar on")
        return Judged(event, Verdict.LATE, None, "a newer one is known")

    def _known(self, lane: int, kind: int, clock: int) -> deque[int]:
        return self._recent.setdefault((lane, kind, clock), deque(maxlen=REMEMBERED))

    def _close_of(self, bar: CandleClosed) -> int:
        return -(-bar.time // self._base) * self._base

    def _first(self) -> Close | None:
        """The earliest close that has a bar of the base clock: without one there is no row."""
        times = [time for time, close in self._pending.items() if any(key[1] == self._base for key in close.bars)]
        return self._pending[min(times)] if times else None

    def _expected(self, time: int) -> int:
        bars = 1 + sum(time % clock == 0 for clock in self._slower)
        return len(self.heard) * (bars + (self._base // self._finer if self._finer else 0))
