"""The jobs of a server: their turn, their news, their end, and what a restart makes of those that were cut off.

The registry has every job as it was last written; of one that runs, the newest words are in memory. Everything here
belongs to the server's loop; a job that runs is heard through it.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import logging
import shutil
import time
import uuid
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from radar.control.jobs.process import LOG, Process
from radar.control.registry import Registry
from radar.control.work import Work
from radar.store.registry.operations import ENDED, KeptOperation

__all__ = ["Jobs"]

WRITE_SECONDS = 1.0
"""Seconds between two writes of a job's progress."""
CUT_OFF = "the server ended while it ran"
STOPPED = "the server was stopped while it ran"
_STOP_SECONDS = 5.0
_CALLS = 2

_LOGGER = logging.getLogger(__name__)


@dataclass
class _Live:
    """A job that runs."""

    operation: KeptOperation
    process: Process | None = None
    end: Mapping[str, Any] = field(default_factory=dict)
    wrote: float = 0.0


class Jobs:
    """The jobs of a server; at most ``slots`` run at a time."""

    def __init__(self, registry: Registry, work: Work, folder: Path, slots: int) -> None:
        self.folder = folder
        self._registry = registry
        self._work = work
        self._slots = slots
        self._live: dict[str, _Live] = {}
        self._turn = asyncio.Lock()
        self.calls = asyncio.Semaphore(_CALLS)
        """Turns of processes that are followed for one call."""
        self._changed = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False

    async def start(self) -> None:
        """Settle what an earlier server left: what it had begun has failed, what waited goes on waiting."""
        operations = self._registry.operations
        now = time.time_ns()
        for one in await self._registry.ask(operations.all, ["RUNNING", "CANCELLING"]):
            ended = dataclasses.replace(one, state="CANCELLED", end_time=now)
            if one.state == "RUNNING":
                ended = dataclasses.replace(ended, state="FAILED", problem=_cut_off(one, CUT_OFF))
            await self._registry.ask(operations.put, ended)
            _LOGGER.warning("%s (%s): %s", one.name, one.title, CUT_OFF)
        known = {one.name for one in await self._registry.ask(operations.all, ["PENDING"])}
        await self._work.run(_clear, self.folder, known)
        self.begin()

    def place(self, name: str) -> Path:
        """The folder of a job, while it has one."""
        return self.folder / name

    @staticmethod
    def new_name() -> str:
        """A name that no job has."""
        return uuid.uuid4().hex[:16]

    async def lay(self, name: str, job: Mapping[str, Any], request: bytes) -> None:
        """Write down what a job is to do. It has its turn when the registry has it too."""

        def write() -> None:
            folder = self.place(name)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "request.bin").write_bytes(request)
            (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")

        await self._work.run(write)

    async def discard(self, name: str) -> None:
        """Take back what :meth:`lay` has written, where nothing is to come of it."""
        await self._work.run(shutil.rmtree, self.place(name), ignore_errors=True)

    def begin(self) -> None:
        """Let the next ones have their turn."""
        self._spawn(self._begin())

    async def _begin(self) -> None:
        async with self._turn:
            while len(self._live) < self._slots and not self._closing:
                operation = await self._registry.ask(self._claim)
                if operation is None:
                    return
                await self._run(operation)

    def _claim(self) -> KeptOperation | None:
        """The job that has waited longest, from now on a running one. In the registry's thread."""
        operations = self._registry.operations
        waiting = operations.all(["PENDING"])
        if not waiting:
            return None
        claimed = dataclasses.replace(waiting[-1], state="RUNNING", start_time=time.time_ns())
        operations.put(claimed)
        return claimed

    async def _run(self, operation: KeptOperation) -> None:
        name = operation.name
        self._live[name] = live = _Live(operation)
        loop = asyncio.get_running_loop()

        def tell(content: dict[str, Any]) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._heard, name, content)

        def ended(code: int) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._finished, name, code)

        try:
            live.process = await self._work.run(Process, self.place(name), tell, ended)
        except OSError as error:
            live.end = {"end": "FAILED", "problem": {"message": f"no process can be started: {error}", "defect": True}}
            self._finished(name, -1)
            return
        if live.operation.state == "CANCELLING":
            live.process.end()
        _LOGGER.info("%s (%s) has begun", name, operation.title)

    def _heard(self, name: str, content: dict[str, Any]) -> None:
        live = self._live.get(name)
        if live is None:
            return
        if "end" in content:
            live.end = content
            return
        if "warnings" in content:
            warnings = (*live.operation.warnings, *content["warnings"])
            live.operation = dataclasses.replace(live.operation, warnings=warnings)
        if "phase" in content:
            live.operation = dataclasses.replace(
                live.operation, phase=content["phase"], progress=content.get("progress")
            )
        self._news()
        if time.monotonic() - live.wrote >= WRITE_SECONDS:
            live.wrote = time.monotonic()
            self._spawn(self._write(live.operation))

    def _finished(self, name: str, code: int) -> None:
        live = self._live.get(name)
        if live is not None:
            self._spawn(self._settle(name, live, code))

    async def _settle(self, name: str, live: _Live, code: int) -> None:
        """Write how a job has ended, then let the next one begin."""
        state, problem = live.end.get("end", "FAILED"), live.end.get("problem")
        if state == "CANCELLED" or (not live.end and live.operation.state == "CANCELLING"):
            state, problem = "CANCELLED", None
            if live.operation.state != "CANCELLING":
                # Nobody asked for it but the end of the server.
                state, problem = "FAILED", _cut_off(live.operation, STOPPED)
        elif not live.end:
            problem = {"message": f"its process ended with code {code}", "defect": True}
            problem["next_step"] = "the machine may have no memory left: ask for less at once"
        if problem is not None and problem.get("defect"):
            _LOGGER.error(
                "%s (%s): %s\n%s", name, live.operation.title, problem["message"], await self._last_words(name)
            )
        progress = 1.0 if state == "SUCCEEDED" else live.operation.progress
        live.operation = dataclasses.replace(
            live.operation, state=state, problem=problem, end_time=time.time_ns(), progress=progress, phase=""
        )
        try:
            # Whoever hears that it has ended finds nothing of it left.
            await self.discard(name)
            await self._write(live.operation)
        finally:
            self._live.pop(name, None)
            self._news()
            _LOGGER.info("%s (%s) has ended: %s", name, live.operation.title, state)
            self.begin()

    async def _last_words(self, name: str) -> str:
        def read() -> str:
            try:
                return (self.place(name) / LOG).read_text(encoding="utf-8", errors="replace")[-4000:]
            except OSError:
                return ""

        return await self._work.run(read)

    async def _write(self, operation: KeptOperation) -> None:
        await self._registry.ask(self._registry.operations.put, operation)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _news(self) -> None:
        """Wake everybody who waits for any job."""
        self._changed.set()
        self._changed = asyncio.Event()

    def newest(self, operation: KeptOperation) -> KeptOperation:
        """A job from the registry with the newest that is known of it."""
        live = self._live.get(operation.name)
        return operation if live is None or operation.state in ENDED else live.operation

    async def get(self, name: str) -> KeptOperation | None:
        """A job as it is now."""
        found = await self._registry.ask(self._registry.operations.find, name)
        return None if found is None else self.newest(found)

    async def all(self, states: Sequence[str] = (), method: str = "") -> list[KeptOperation]:
        """Jobs as they are now, the newest first."""
        found = await self._registry.ask(self._registry.operations.all, states, method)
        return [self.newest(one) for one in found]

    async def wait(self, name: str, seconds: float) -> KeptOperation | None:
        """A job when it has ended, or as it is when the time is up."""
        until = time.monotonic() + seconds
        while True:
            changed = self._changed
            found = await self.get(name)
            left = until - time.monotonic()
            if found is None or found.state in ENDED or left <= 0 or self._closing:
                return found
            try:
                await asyncio.wait_for(changed.wait(), min(left, 1.0))
            except TimeoutError:
                continue

    def cancelled(self, name: str) -> KeptOperation | None:
        """Write that a job is to end early. In the registry's thread and a transaction of its caller; then the loop
        calls :meth:`end`."""
        found = self._registry.operations.find(name)
        if found is None or found.state in ENDED:
            return found
        found = self.newest(found)
        if found.state == "PENDING":
            found = dataclasses.replace(found, state="CANCELLED", end_time=time.time_ns())
        else:
            found = dataclasses.replace(found, state="CANCELLING")
        self._registry.operations.put(found)
        return found

    async def end(self, name: str) -> None:
        """Ask a job that runs to end; let go of one that never began."""
        live = self._live.get(name)
        if live is None:
            await self.discard(name)
        else:
            live.operation = dataclasses.replace(live.operation, state="CANCELLING")
            if live.process is not None:
                live.process.end()
        self._news()

    async def close(self) -> None:
        """End everything that runs; what waits is there after a restart."""
        self._closing = True
        self._news()
        for live in self._live.values():
            if live.process is not None:
                live.process.end()
        until = time.monotonic() + _STOP_SECONDS
        while self._live and time.monotonic() < until:
            await asyncio.sleep(0.02)
        for live in self._live.values():
            if live.process is not None:
                live.process.kill()
        while self._live and time.monotonic() < until + _STOP_SECONDS:
            await asyncio.sleep(0.02)
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)


def _cut_off(operation: KeptOperation, why: str) -> dict[str, Any]:
    step = "start it again"
    if operation.result.startswith("sweeps/"):
        step = f"start it again with resume_from {operation.result}: what was finished is taken over"
    return {"message": why, "next_step": step}


def _clear(folder: Path, known: set[str]) -> None:
    """Remove the folders of jobs that are no more."""
    folder.mkdir(parents=True, exist_ok=True)
    for found in folder.iterdir():
        if found.name not in known:
            shutil.rmtree(found, ignore_errors=True)
