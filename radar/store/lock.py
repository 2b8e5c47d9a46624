"""A lock that lets one process at a time change a store; the system frees it when its holder dies."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from radar.errors import DataError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

__all__ = ["LOCK_NAME", "Lease", "write_lock"]

LOCK_NAME: Final = ".lock"


@contextmanager
def write_lock(folder: Path, *, wait_seconds: float = 30.0) -> Iterator[None]:
    """Hold the store's lock; `folder` is made when it is not there.

    Raises:
        DataError: Another process held the lock for longer than `wait_seconds`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + wait_seconds
    with (folder / LOCK_NAME).open("a+b") as file:
        while not _try_lock(file):
            if time.monotonic() > deadline:
                raise DataError(
                    f"the store {folder} is being written by another process",
                    next_step="try again when the other import has ended",
                    code="data-locked",
                )
            time.sleep(0.02)
        try:
            yield
        finally:
            _unlock(file)


class Lease:
    """A file that one process holds for as long as it lives: whoever else asks is told at once."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    @classmethod
    def take(cls, path: Path) -> Lease | None:
        """The lease of `path`, which is made when it is not there; None when another process has it."""
        file = path.open("a+b")
        if _try_lock(file):
            return cls(file)
        file.close()
        return None

    def release(self) -> None:
        """Let another process take it."""
        _unlock(self._file)
        self._file.close()


if sys.platform == "win32":

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _unlock(file: IO[bytes]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_UN)
