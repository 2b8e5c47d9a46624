"""What a job tells its server, and how it learns that it is to end."""

from __future__ import annotations

import _thread
import json
import os
import re
import sys
import threading
import time
from typing import Any

__all__ = ["PATIENCE", "Channel", "fraction_of"]

PATIENCE = 10.0
"""Seconds that a job may take to end by itself once it was asked to; then it is ended where it stands."""
EVERY = 0.2
"""Seconds between two words about progress."""

_PART = re.compile(r"(?:bar )?([\d,]+) of ([\d,]+)(?: combinations\b.*)?")


def fraction_of(words: str) -> float | None:
    """How far a job has come by its words, from 0 to 1: ``bar 1,000 of 4,000``, ``12 of 40 combinations, ...``."""
    found = _PART.fullmatch(words)
    if found is None:
        return None
    done, whole = (int(number.replace(",", "")) for number in found.groups())
    return min(done / whole, 1.0) if whole else None


class Channel:
    """Lines of JSON to the server. Standard output is kept for them: what else is printed goes to standard error."""

    def __init__(self) -> None:
        sys.stdout.flush()
        self._file = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
        os.dup2(2, 1)
        self._guard = threading.Lock()
        self._spoke = 0.0

    def say(self, **content: Any) -> None:
        """Tell the server."""
        with self._guard:
            self._file.write(json.dumps(content, ensure_ascii=False, allow_nan=False) + "\n")
            self._file.flush()

    def progress(self, words: str) -> None:
        """Tell in words what is going on; not every word is passed on."""
        now = time.monotonic()
        if now - self._spoke < EVERY:
            return
        self._spoke = now
        self.say(phase=words, progress=fraction_of(words))

    def end_with_input(self) -> None:
        """From now on, when standard input closes, interrupt the job, and after a while end it."""
        threading.Thread(target=self._wait, daemon=True).start()

    def _wait(self) -> None:
        while sys.stdin.buffer.read(1024):
            pass
        _thread.interrupt_main()
        time.sleep(PATIENCE)
        os._exit(1)
