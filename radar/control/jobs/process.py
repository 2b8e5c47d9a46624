"""One process of a job or a run. It is heard in a thread of its own and ends when its standard input is closed."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["LOG", "Process"]

LOG = "log.txt"
"""What a job writes besides, in its folder."""

_LOGGER = logging.getLogger(__name__)


KILLED = 5.0
"""Most seconds to wait for a process that was killed."""


class Process:
    """A running job. ``told`` hears each line that it says, ``ended`` its exit code; both in another thread."""

    def __init__(
        self,
        folder: Path,
        told: Callable[[dict[str, Any]], None],
        ended: Callable[[int], None],
        program: str = "radar.control.worker",
    ) -> None:
        """Start ``program`` on ``folder``; that of jobs gives way to all others.

        Raises:
            OSError: No process can be started.
        """
        self._told, self._ended = told, ended
        options: dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            gives_way = subprocess.BELOW_NORMAL_PRIORITY_CLASS if program == "radar.control.worker" else 0
            options = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | gives_way}
        with (folder / LOG).open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", program, str(folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONUTF8": "1"},
                **options,
            )
        threading.Thread(target=self._hear, name=f"radar-job-{folder.name}", daemon=True).start()

    def tell(self, content: dict[str, Any]) -> None:
        """Say a line to it; one that has ended does not hear it."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError, ValueError):
            self._process.stdin.write(json.dumps(content).encode("utf-8") + b"\n")
            self._process.stdin.flush()

    def end(self) -> None:
        """Ask the job to end; it does at its next safe place, or after a while where it stands."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()

    def kill(self) -> None:
        """End it where it stands, and wait a moment until it has."""
        self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(KILLED)

    def _hear(self) -> None:
        process = self._process
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                try:
                    content = json.loads(line)
                except ValueError:
                    _LOGGER.error("a job said what cannot be read: %r", line[:200])
                else:
                    self._told(content)
        code = process.wait()
        self.end()
        self._ended(code)
