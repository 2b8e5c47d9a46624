"""The three kill switches as operations specification 4.2 words them, over whole lists: slow, and plain to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from radar.market.timeframe import DAY, HOUR

Mark = tuple[int, float]
"""Bar open (milliseconds UTC) and the account's equity at its close."""


@dataclass(frozen=True)
class Limits:
    """Losses as fractions, times in hours."""

    session: float
    daily: float
    drawdown: float
    window: int
    freeze: int


@dataclass(frozen=True)
class Switches:
    """Which switches are tripped after a mark."""

    session: bool
    daily: bool
    frozen: bool

    @property
    def any(self) -> bool:
        """Whether a new position would be refused."""
        return self.session or self.daily or self.frozen


def switches(marks: Sequence[Mark], initial: float, limits: Limits) -> list[Switches]:
    """The state after every mark, each time from all the marks up to it."""
    return [
        Switches(
            _session(marks[: count + 1], initial, limits),
            _daily(marks[: count + 1], initial, limits),
            _frozen(marks[: count + 1], limits),
        )
        for count in range(len(marks))
    ]


def _session(marks: Sequence[Mark], initial: float, limits: Limits) -> bool:
    return any(initial - equity >= limits.session * initial for _, equity in marks)


def _daily(marks: Sequence[Mark], initial: float, limits: Limits) -> bool:
    today = marks[-1][0] // DAY
    before = [equity for time, equity in marks if time // DAY < today]
    start = before[-1] if before else initial
    return any(start - equity >= limits.daily * start for time, equity in marks if time // DAY == today)


def _down(marks: Sequence[Mark], limits: Limits) -> bool:
    """Whether the last mark is far enough below the largest of its window."""
    now, equity = marks[-1]
    peak = max(value for time, value in marks if time >= now - limits.window * HOUR)
    return peak - equity >= limits.drawdown * peak


def _frozen(marks: Sequence[Mark], limits: Limits) -> bool:
    frozen, thaw = False, 0
    for count, (time, _) in enumerate(marks):
        if _down(marks[: count + 1], limits):
            if not frozen:
                frozen, thaw = True, time + limits.freeze * HOUR
        elif frozen and time >= thaw:
            frozen = False
    return frozen
