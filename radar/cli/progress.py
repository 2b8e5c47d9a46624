"""What a long command is doing, on standard error: one line that is written over, or in a log one line a step."""

from __future__ import annotations

import re
import shutil
import sys
import time
from types import TracebackType

__all__ = ["Progress"]

PATIENCE = 3.0
"""Seconds between two lines in a log."""

_NUMBERS = re.compile(r"[\d,]+")


class Progress:
    """Tells what goes on. A context: at its end the line is gone from a terminal.

    Where standard error is no terminal, a text is written only when some seconds have passed and it has other words
    than the last one: a log wants to know that a kernel is being compiled, not how many seconds have passed.
    """

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._last = ""
        self._width = 0
        self._spoke = time.monotonic()

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._terminal and self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()
            self._width = 0

    def tell(self, text: str) -> None:
        """Say what is being done now."""
        if self._terminal:
            line = text[: max(shutil.get_terminal_size().columns - 1, 20)]
            sys.stderr.write("\r" + line.ljust(self._width))
            self._width = len(line)
        else:
            words = _NUMBERS.sub("", text)
            if words == self._last or time.monotonic() - self._spoke < PATIENCE:
                return
            self._last, self._spoke = words, time.monotonic()
            sys.stderr.write(text + "\n")
        sys.stderr.flush()
