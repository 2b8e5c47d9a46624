"""What can happen in a stream, and its form in bytes."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import ClassVar, Final

from radar.market.timeframe import MINUTE

__all__ = [
    "EVERY_LANE",
    "CandleClosed",
    "ConnectionLost",
    "ConnectionRestored",
    "Event",
    "FundingSettled",
    "OpenInterestRead",
    "read_event",
]

EVERY_LANE: Final = -1
"""The lane of an event that concerns all of them."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a source tells.

    ``time`` is when it happened, ``received`` when the source had it (both milliseconds UTC), ``lane`` the place of its
    asset in the plan, ``sequence`` the place of the event in what its source delivers. Events of one source are
    totally ordered by :attr:`order`; ``rank`` says which kind comes first at one instant: a bar that closes before what
    is settled at its close, which belongs to the next bar.
    """

    kind: ClassVar[int]
    rank: ClassVar[int]
    form: ClassVar[struct.Struct] = struct.Struct("")

    time: int
    lane: int
    sequence: int
    received: int

    @property
    def order(self) -> tuple[int, int, int, int]:
        """Event time, rank of the source, lane, sequence."""
        return self.time, self.rank, self.lane, self.sequence

    @property
    def clock(self) -> int:
        """Milliseconds of the bar that closed; 0 for what is no bar."""
        return 0

    @property
    def values(self) -> tuple[float, ...]:
        """The numbers that it carries."""
        return ()

    @property
    def payload(self) -> bytes:
        """The numbers as bytes, exactly."""
        return self.form.pack(*self.values)

    @property
    def fault(self) -> str:
        """Why it cannot be true, or empty."""
        return "" if all(map(math.isfinite, self.values)) else "a number that is none"


@dataclass(frozen=True, slots=True)
class ConnectionLost(Event):
    """The source hears nothing any more."""

    kind = 1
    rank = 0


@dataclass(frozen=True, slots=True)
class ConnectionRestored(Event):
    """The source hears again."""

    kind = 2
    rank = 0


@dataclass(frozen=True, slots=True)
class FundingSettled(Event):
    """A settlement: ``rate`` is the fraction of notional that longs paid. ``time`` is its instant, in whole minutes."""

    kind = 3
    rank = 2
    form = struct.Struct("<d")

    rate: float

    @property
    def values(self) -> tuple[float, ...]:
        """The rate."""
        return (self.rate,)

    @property
    def fault(self) -> str:
        """A rate that is unknown is told by no event."""
        return "a rate that is no number" if not math.isfinite(self.rate) else _off_the_minute(self.time)


@dataclass(frozen=True, slots=True)
class OpenInterestRead(Event):
    """A reading: ``amount`` in base units, ``value`` in quote currency (NaN where the source does not tell)."""

    kind = 4
    rank = 3
    form = struct.Struct("<dd")

    amount: float
    value: float

    @property
    def values(self) -> tuple[float, ...]:
        """Amount and value."""
        return self.amount, self.value

    @property
    def fault(self) -> str:
        """The amount must be known and not negative."""
        return "an amount that is no number" if not self.amount >= 0.0 else _off_the_minute(self.time)


@dataclass(frozen=True, slots=True)
class CandleClosed(Event):
    """A bar that can change no more. ``time`` is its close; ``length`` its clock in milliseconds."""

    kind = 5
    rank = 1
    form = struct.Struct("<ddddd")

    length: int
    open: float
    high: float
    low: float
    close: float
    volume: float

    @property
    def opened(self) -> int:
        """When the bar opened."""
        return self.time - self.length

    @property
    def clock(self) -> int:
        """Milliseconds of the bar."""
        return self.length

    @property
    def values(self) -> tuple[float, ...]:
        """Open, high, low, close, volume."""
        return self.open, self.high, self.low, self.close, self.volume

    @property
    def fault(self) -> str:
        """What no bar of an exchange can be (operations specification 1.3), or empty."""
        if not all(map(math.isfinite, self.values)):
            return "a number that is none"
        if self.open <= 0.0 or self.close <= 0.0 or self.volume < 0.0:
            return "a price that is not positive, or a negative volume"
        if self.low > min(self.open, self.close) or self.high < max(self.open, self.close):
            return "an open or a close outside of low and high"
        return "" if self.opened % self.length == 0 else "an open that is not on its clock"


def _off_the_minute(time: int) -> str:
    return "" if time % MINUTE == 0 else "an instant that is no whole minute"


_KINDS: Final[dict[int, type[Event]]] = {
    one.kind: one for one in (ConnectionLost, ConnectionRestored, FundingSettled, OpenInterestRead, CandleClosed)
}


def read_event(kind: int, time: int, lane: int, sequence: int, received: int, clock: int, payload: bytes) -> Event:
    """An event from its kind, its fields and the bytes of its numbers.

    Raises:
        ValueError: There is no such kind, or the bytes have another length.
    """
    found = _KINDS.get(kind)
    if found is None or found.form.size != len(payload):
        raise ValueError(f"no event of kind {kind} with {len(payload)} bytes")
    values = found.form.unpack(payload)
    if found is CandleClosed:
        return CandleClosed(time, lane, sequence, received, clock, *values)
    return found(time, lane, sequence, received, *values)
