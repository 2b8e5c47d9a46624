"""The log, kept for a while and told to whoever listens."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

__all__ = ["Line", "LogBuffer"]

CAPACITY = 5000
_NANOSECONDS = 1_000_000_000


@dataclass(frozen=True)
class Line:
    """One line. ``sequence`` counts since the server was started, ``time`` is in nanoseconds UTC."""

    sequence: int
    time: int
    level: int
    source: str
    text: str
    request_id: str


class LogBuffer(logging.Handler):
    """Keeps the last lines of the loggers that it is given to. Lines may come from any thread."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        super().__init__()
        self._lines: deque[Line] = deque(maxlen=capacity)
        self._count = 0
        self._guard = threading.Lock()
        self._listeners: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line. What an exception looked like stays with the other handlers: it may name anything."""
        try:
            text = record.getMessage()
        except Exception:  # a line that cannot be formatted is the logging library's to report
            self.handleError(record)
            return
        with self._guard:
            self._count += 1
            request = str(getattr(record, "request_id", ""))
            time = int(record.created * _NANOSECONDS)
            self._lines.append(Line(self._count, time, record.levelno, record.name, text, request))
            listeners = list(self._listeners.items())
        for event, loop in listeners:
            if not loop.is_closed():
                loop.call_soon_threadsafe(event.set)

    def after(self, sequence: int) -> list[Line]:
        """The lines behind ``sequence`` that are still kept, in order."""
        with self._guard:
            return [line for line in self._lines if line.sequence > sequence]

    @property
    def last_sequence(self) -> int:
        """The sequence of the last line; 0 before the first."""
        with self._guard:
            return self._count

    @contextmanager
    def listening(self) -> Iterator[asyncio.Event]:
        """An event of this loop that every new line sets."""
        event = asyncio.Event()
        with self._guard:
            self._listeners[event] = asyncio.get_running_loop()
        try:
            yield event
        finally:
            with self._guard:
                del self._listeners[event]
