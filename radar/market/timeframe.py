"""The period of a bar, such as ``5m`` or ``1h``, and its place on the UTC clock."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from radar.errors import InvalidValueError

__all__ = ["DAY", "HOUR", "MINUTE", "Timeframe"]

MINUTE: Final = 60_000
"""Milliseconds in a minute."""
HOUR: Final = 60 * MINUTE
"""Milliseconds in an hour."""
DAY: Final = 24 * HOUR
"""Milliseconds in a day."""

_UNITS: Final = {"m": MINUTE, "h": HOUR, "d": DAY}
_TEXT: Final = re.compile(r"([1-9][0-9]{0,3})([mhd])")
_EXPECTED: Final = "a whole number of minutes, hours or one day that divides a day: 1m, 5m, 15m, 1h, 4h, 1d"


@dataclass(frozen=True, order=True, slots=True)
class Timeframe:
    """The length of a bar; from one minute to one day, and always a divisor of the day.

    The last rule makes alignment unambiguous: a bar opens at a whole multiple of its length since
    1970-01-01 00:00 UTC, so every day starts with a new bar. Timeframes sort by length, and ``str`` gives
    the shortest spelling (``60m`` is ``1h``).

    Args:
        milliseconds: The length.

    Raises:
        InvalidValueError: The length is not a whole number of minutes or does not divide a day.
    """

    milliseconds: int

    def __post_init__(self) -> None:
        length = self.milliseconds
        if length < MINUTE or length % MINUTE or DAY % length:
            raise InvalidValueError(
                f"a bar of {length} ms is not a timeframe", expected=_EXPECTED, code="timeframe-invalid"
            )

    @classmethod
    def parse(cls, text: str) -> Timeframe:
        """Read ``1m``, ``15m``, ``4h``, ``1d``.

        Raises:
            InvalidValueError: The text has another form, or its length does not divide a day.
        """
        match = _TEXT.fullmatch(text.strip())
        if match is not None:
            length = int(match[1]) * _UNITS[match[2]]
            if length <= DAY and DAY % length == 0:
                return cls(length)
        raise InvalidValueError(f"{text!r} is not a timeframe", expected=_EXPECTED, code="timeframe-invalid")

    def __str__(self) -> str:
        if self.milliseconds == DAY:
            return "1d"
        if self.milliseconds % HOUR == 0:
            return f"{self.milliseconds // HOUR}h"
        return f"{self.milliseconds // MINUTE}m"

    def is_multiple_of(self, other: Timeframe) -> bool:
        """Whether a bar of this timeframe holds a whole number of bars of the other (equal counts)."""
        return self.milliseconds % other.milliseconds == 0

    def floor(self, time: int) -> int:
        """The open time of the bar that holds the instant `time` (both milliseconds UTC)."""
        return time - time % self.milliseconds

    def is_aligned(self, time: int) -> bool:
        """Whether a bar of this timeframe may open at `time` (milliseconds UTC)."""
        return time % self.milliseconds == 0

    def close_of(self, open_time: int) -> int:
        """The instant at which the bar opened at `open_time` is final (milliseconds UTC)."""
        return open_time + self.milliseconds
