"""Instants as people write them, and as a run counts them: milliseconds UTC since 1970-01-01."""

from __future__ import annotations

from datetime import UTC, datetime

from radar.errors import InvalidValueError

EXPECTED = "a UTC date or time such as 2025-03-01 or 2025-03-01T08:00"


def parse_instant(text: str) -> int:
    """Milliseconds UTC of ``2025-03-01``, ``2025-03-01 08:00`` or ``2025-03-01T08:00:00+02:00``.

    Raises:
        InvalidValueError: The text is no date.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InvalidValueError(f"'{text}' is not a date", expected=EXPECTED) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp() * 1000)


def format_instant(time: int) -> str:
    """``2025-03-01T08:00:00Z`` for milliseconds UTC; milliseconds are shown only where there are any."""
    moment = datetime.fromtimestamp(time // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    rest = time % 1000
    return f"{moment}.{rest:03d}Z" if rest else f"{moment}Z"
