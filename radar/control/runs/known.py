"""The runs of a server, as its services look at them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import grpc

from radar.control.failure import CallError
from radar.control.jobs.followed import followed
from radar.control.jobs.jobs import Jobs
from radar.control.names import part_of
from radar.control.registry import Registry
from radar.control.runs.messages import ANY, unknown_run
from radar.control.runs.sequence import Numbered
from radar.control.runs.supervisor import Supervisor
from radar.control.runs.tail import Tail
from radar.control.work import Work
from radar.control.worker.backtest import RESULT
from radar.control.worker.report import report_name
from radar.store.registry.runs import KeptRun
from radar.v1 import market_pb2

__all__ = ["KnownRuns"]


class KnownRuns:
    """Looks runs up. Their results are made by processes of ``jobs``, for one call each."""

    def __init__(self, registry: Registry, supervisor: Supervisor, work: Work, jobs: Jobs) -> None:
        self.registry = registry
        self.supervisor = supervisor
        self._work = work
        self._jobs = jobs
        # One at a time: results are made in processes of their own, and the machine has runs to execute.
        self._making = asyncio.Lock()
        self._lasts: dict[str, int] = {}

    async def get(self, name: str) -> KeptRun:
        """The run of a resource name.

        Raises:
            CallError: It is no such name, or there is none.
        """
        found = await self.supervisor.get(part_of("runs", name))
        if found is None:
            raise unknown_run(name)
        return found

    async def of(self, name: str) -> Sequence[KeptRun]:
        """The run of a resource name, or every run, the newest first, for ``runs/-``."""
        return await self.supervisor.all() if name == f"runs/{ANY}" else [await self.get(name)]

    def tail(self, kept: KeptRun) -> Tail:
        """The events of a run."""
        settings, path = kept.settings, self.supervisor.ledger(kept.name)
        tail = self.supervisor.tails.of(kept.name, Numbered(path, settings["accounts"], settings["bar"]))
        tail.numbered.begun = tail.numbered.begun or kept.start_time is not None
        return tail

    async def last(self, kept: KeptRun) -> int:
        """The number of a run's last event. Of a run that has ended it is counted once: its ledger grows no more."""
        found = self._lasts.get(kept.name) if kept.has_ended else None
        if found is None:
            found = await self.supervisor.work.run(self.tail(kept).numbered.advance)
        if kept.has_ended:
            self._lasts[kept.name] = found
        return found

    async def result(self, name: str) -> tuple[market_pb2.RunMode.ValueType, dict[str, Any]]:
        """The mode of a run and the plain data of its result so far; back-tests of jobs are runs too.

        Raises:
            CallError: There is no such run, or it has decided nothing yet.
        """
        path = self.supervisor.place(part_of("runs", name)) / RESULT
        content = await self._work.run(_read, path)
        if content is not None:
            return market_pb2.RUN_MODE_BACKTEST, content
        return market_pb2.RUN_MODE_PAPER, await self._result(await self.get(name))

    async def _result(self, kept: KeptRun) -> dict[str, Any]:
        def last_row(ledger: Any) -> int | None:
            found = ledger.file.rows("SELECT max(row) FROM equity")[0][0]
            return None if found is None else int(found)

        async with self._making:
            row = await self.supervisor.work.run(self.tail(kept).numbered.ask, last_row)
            if row is None:
                raise CallError(
                    grpc.StatusCode.FAILED_PRECONDITION,
                    "RUN_NOT_STARTED",
                    f"runs/{kept.name} has decided nothing yet",
                    expected="a run that has met its first bar",
                    next_step=f"radarctl run watch {kept.name} tells when it does",
                )
            folder = self.supervisor.place(kept.name)
            found = await self._work.run(_read, folder / report_name(row))
            if found is None:
                found = await self._work.run(_read, folder / report_name(await self._make(kept)))
        assert found is not None
        return found

    async def _make(self, kept: KeptRun) -> int:
        """Let a process make the result of a run up to now; answered is the row that it reaches."""
        out = self.supervisor.place(kept.name)
        job = {"kind": "report", "ledger": str(self.supervisor.ledger(kept.name)), "out": str(out)}

        def prepare(folder: Path) -> None:
            (folder / "request.bin").write_bytes(kept.source)
            (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")

        row = -1
        async with followed(self._work, self._jobs, prepare) as heard:
            async for one in heard:
                row = one.get("row", row)
        return row


def _read(path: Path) -> dict[str, Any] | None:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return content
