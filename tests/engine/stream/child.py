"""A paper run as a process of its own, to be killed: ``python -m tests.engine.stream.child FILE DIE_AT_WRITE SPEED``.

It follows the made-up market with faults into the ledger FILE, so many times as fast as it happened (0: at once). It
dies inside the DIE_AT_WRITE-th write to the ledger's files (0: never), with half of it done: inside a commit, a
checkpoint, or the taking over of the log.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import apsw

import radar.engine.stream.paper as paper_module
from radar.engine.stream.deliveries import Faults
from radar.engine.stream.recovery import open_run
from radar.engine.stream.replay import Replay
from radar.store.ledger import Ledger
from tests.engine.stream.markets import FIRST, everything, market

FAULTS = Faults(seed=34, gaps=0.005, late=0.02, duplicates=0.03, outages=0.5)
SEED = 8


def die() -> None:
    """End as a killed process does: at once, with nothing tidied up."""
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


class DyingFile(apsw.VFSFile):  # type: ignore[misc]
    """A file whose process dies inside one of its writes."""

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - the name is SQLite's
        """Write, or die having written half."""
        Dying.left -= 1
        if Dying.left == 0:
            super().xWrite(data[: len(data) // 2], offset)
            die()
        super().xWrite(data, offset)


class Dying(apsw.VFS):  # type: ignore[misc]
    """The file system of the machine, of which one write kills."""

    left = 0

    def __init__(self) -> None:
        super().__init__("dying", "")

    def xOpen(self, name: Any, flags: list[int]) -> DyingFile:  # noqa: N802
        """Open a file."""
        return DyingFile("", name, flags)


def main(path: Path, die_at: int, speed: float) -> None:
    """Follow to the end, or to death."""
    paper_module.BATCH_ROWS = 2
    Dying.left = die_at
    system = Dying()
    with Ledger(path, writing=True, filesystem="dying") as ledger:
        data = market(SEED)
        run = open_run(everything(), data, ledger, FIRST, name="child", mode="interpreted")
        asyncio.run(run.follow(Replay(data, speed=speed or None, faults=FAULTS), who="child"))
    del system


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
