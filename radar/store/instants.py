"""Instants as people read them: milliseconds UTC to text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

__all__ = ["format_duration", "format_instant"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def format_instant(time: int) -> str:
    """`time` (milliseconds UTC) as ``2025-10-10 21:00``; seconds and milliseconds only when they are not zero."""
    try:
        moment = _EPOCH + timedelta(milliseconds=int(time))
    except OverflowError:
        return f"{time} ms"
    if moment.microsecond:
        return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03d}"
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment.second else f"{moment:%Y-%m-%d %H:%M}"


def format_duration(milliseconds: int) -> str:
    """A length of time as ``3d 4h``, ``5m`` or ``17 ms``: the two largest units that are not zero."""
    if abs(milliseconds) < 1000:
        return f"{milliseconds} ms"
    rest, parts = abs(milliseconds) // 1000, []
    for name, length in (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)):
        count, rest = divmod(rest, length)
        if count:
            parts.append(f"{count}{name}")
    return ("-" if milliseconds < 0 else "") + " ".join(parts[:2])
