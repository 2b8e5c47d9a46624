"""The runs of a server: begun, watched over, taken up again, ended.

The registry has every run as it was last written; of one that is executed the newest is in memory. What a run did
stands in its own ledger, so nothing is lost with the server or with the process of a run: both are begun again, and
the ledger goes on where it was. Everything here belongs to the server's loop.
"""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
import time
import uuid
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any, Final

from radar.control.jobs.process import LOG, Process
from radar.control.registry import Registry
from radar.control.runs.__main__ import JOB, SOURCE
from radar.control.runs.following import LEDGER
from radar.control.runs.live import Live
from radar.control.runs.tail import Tails
from radar.control.work import Work
from radar.store.registry.runs import KeptRun

__all__ = ["STOP_SECONDS", "Supervisor"]

PROGRAM: Final = "radar.control.runs"
STOP_SECONDS: Final = 5.0
"""Seconds in which a run writes its checkpoint and ends when it is asked to; then it is ended where it stands."""
RESTARTS: Final = 3
"""How often a process that dies is begun again by one server before the run has failed."""
WRITE_SECONDS: Final = 1.0
"""Seconds between two writes of what a run holds."""

_LOGGER = logging.getLogger(__name__)


class Supervisor:
    """The runs of a server, in ``folder``."""

    def __init__(self, registry: Registry, folder: Path) -> None:
        self.folder = folder
        self.stopping = asyncio.Event()
        self.work = Work(2)
        """Threads that read ledgers; nothing else waits for them."""
        self.tails = Tails(self.work)
        self._registry = registry
        self._live: dict[str, Live] = {}
        self._wrote: dict[str, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Take up every run that was under way when an earlier server ended."""
        for kept in reversed(await self._registry.ask(self._registry.runs.all)):
            if kept.has_ended:
                continue
            live = self._live[kept.name] = Live(kept)
            if kept.state == "STOPPING":
                live.become("STOPPED", end_time=time.time_ns())
                await self._settled(live)
            else:
                _LOGGER.info("runs/%s (%s) is taken up again", kept.name, kept.pipeline)
                live.become("RECOVERING")
                await self._execute(live)

    def place(self, name: str) -> Path:
        """The folder of a run."""
        return self.folder / name

    def ledger(self, name: str) -> Path:
        """The ledger of a run; it is there as soon as the run has begun to warm up."""
        return self.place(name) / LEDGER

    @staticmethod
    def new_name() -> str:
        """A name that no run has."""
        return uuid.uuid4().hex[:16]

    async def lay(self, kept: KeptRun) -> None:
        """Write down what a run is to execute, before the registry knows of it."""
        names = ("start", "end", "speed", "data")
        job = {name: kept.settings[name] for name in names} | {"name": kept.name, "who": kept.author}

        def write() -> None:
            folder = self.place(kept.name)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / SOURCE).write_bytes(kept.source)
            (folder / JOB).write_text(json.dumps(job), encoding="utf-8")

        await self.work.run(write)

    async def discard(self, name: str) -> None:
        """Remove everything of a run that nothing executes."""
        self.tails.forget(name)
        await self.work.run(shutil.rmtree, self.place(name), ignore_errors=True)

    async def begin(self, kept: KeptRun) -> None:
        """Execute a run that the registry has."""
        if kept.name not in self._live:
            live = self._live[kept.name] = Live(kept)
            await self._execute(live)

    async def get(self, name: str) -> KeptRun | None:
        """A run as it is now."""
        live = self._live.get(name)
        return live.kept if live is not None else await self._registry.ask(self._registry.runs.find, name)

    async def all(self) -> list[KeptRun]:
        """Every run as it is now, the newest first."""
        return [self.newest(one) for one in await self._registry.ask(self._registry.runs.all)]

    def newest(self, kept: KeptRun) -> KeptRun:
        """A run from the registry with the newest that is known of it."""
        live = self._live.get(kept.name)
        return kept if live is None else live.kept

    def running(self, pipeline: str, mode: str) -> list[KeptRun]:
        """The runs of a pipeline in a mode that are executed."""
        found = [live.kept for live in self._live.values() if not live.stops]
        return [one for one in found if one.pipeline == pipeline and one.mode == mode and not one.has_ended]

    def stop(self, name: str) -> None:
        """Let a run end between two events, after a checkpoint; one that does not is ended where it stands."""
        live = self._live.get(name)
        if live is None or live.stops:
            return
        live.stops = True
        live.become("STOPPING")
        self._news(live)
        self._spawn(self._write(live.kept))
        self._spawn(self._end(live))

    async def stopped(self, name: str) -> None:
        """Wait until nothing executes a run."""
        live = self._live.get(name)
        if live is not None:
            await live.ended.wait()

    async def checkpoint(self, name: str) -> int | None:
        """Let a run write a checkpoint between two events; answered is its row, None where nothing executes it."""
        live = self._live.get(name)
        if live is None or live.process is None or live.kept.state != "RUNNING":
            return None
        order = uuid.uuid4().hex
        future = live.asked[order] = asyncio.get_running_loop().create_future()
        await self.work.run(live.process.tell, {"id": order})
        try:
            return await asyncio.wait_for(future, STOP_SECONDS)
        except (TimeoutError, asyncio.CancelledError):
            if not future.cancelled():
                raise
            return None
        finally:
            live.asked.pop(order, None)

    async def end(self) -> None:
        """End every process after a checkpoint; the runs stay under way and are taken up by the next server. It takes
        twice :data:`STOP_SECONDS` at most."""
        self.stopping.set()
        await asyncio.gather(*(self._end(live) for live in list(self._live.values())), return_exceptions=True)
        self.tails.wake()

    async def close(self) -> None:
        """Let go of everything."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        self.tails.close()
        self.work.close()

    async def _execute(self, live: Live) -> None:
        loop, name = asyncio.get_running_loop(), live.kept.name
        live.begun += 1
        live.last = {}

        def tell(content: dict[str, Any]) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._heard, live, content)

        def ended(code: int) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(lambda: self._spawn(self._gone(live, code)))

        if live.kept.state == "PENDING":
            live.become("STARTING")
        try:
            live.process = await self.work.run(Process, self.place(name), tell, ended, PROGRAM)
        except OSError as error:
            problem = {"message": f"no process can be started: {error}", "defect": True}
            live.become("FAILED", problem=problem, end_time=time.time_ns())
            await self._settled(live)
            return
        if live.stops or self.stopping.is_set():
            live.process.end()
        await self._write(live.kept)
        self._news(live)

    def _heard(self, live: Live, content: Mapping[str, Any]) -> None:
        if "seen" in content:
            live.see(content["seen"])
            self.tails.news(live.kept.name)
            self._save(live)
        elif "done" in content:
            future = live.asked.get(content["done"])
            if future is not None and not future.done():
                future.set_result(content["row"])
        elif "end" in content:
            live.last = content
        elif "warning" in content:
            _LOGGER.warning("runs/%s: %s", live.kept.name, content["warning"])
        elif "state" in content and not live.stops:
            started = live.kept.start_time or (time.time_ns() if content["state"] == "RUNNING" else None)
            live.become(content["state"], start_time=started)
            self._spawn(self._write(live.kept))
            self._news(live)

    async def _gone(self, live: Live, code: int) -> None:
        """The process of a run is gone: it came to its end, the server ends it, or it died and is begun again."""
        live.process = None
        live.give_up()
        state, problem = live.last.get("end", ""), live.last.get("problem")
        if self.stopping.is_set() and state in ("", "STOPPED") and not live.stops:
            # The next server takes it up.
            await self._settled(live)
            return
        if not state and live.stops:
            state = "STOPPED"
        if not state and live.begun <= RESTARTS:
            _LOGGER.error("runs/%s: its process ended with code %s; it is begun again", live.kept.name, code)
            live.become("RECOVERING")
            await self._execute(live)
            return
        if not state:
            state = "FAILED"
            problem = {"message": f"its process ended with code {code}, {live.begun} times", "defect": True}
            problem["next_step"] = "see the server's log; the machine may have no memory left"
        if problem is not None and problem.get("defect"):
            _LOGGER.error("runs/%s: %s\n%s", live.kept.name, problem["message"], await self._last_words(live))
        live.become(state, problem=problem, end_time=time.time_ns())
        await self._settled(live)
        _LOGGER.info("runs/%s (%s) has ended: %s", live.kept.name, live.kept.pipeline, state)

    async def _settled(self, live: Live) -> None:
        """Nothing executes the run any more, and the registry knows."""
        try:
            await self._write(live.kept)
        finally:
            self._live.pop(live.kept.name, None)
            self._wrote.pop(live.kept.name, None)
            live.ended.set()
            self._news(live)

    async def _end(self, live: Live) -> None:
        if live.process is not None:
            live.process.end()
        try:
            await asyncio.wait_for(live.ended.wait(), STOP_SECONDS)
        except TimeoutError:
            _LOGGER.error("runs/%s did not end in %s s and is ended", live.kept.name, STOP_SECONDS)
            if live.process is not None:
                live.process.kill()
            await asyncio.wait_for(live.ended.wait(), STOP_SECONDS)

    async def _last_words(self, live: Live) -> str:
        def read() -> str:
            try:
                return (self.place(live.kept.name) / LOG).read_text(encoding="utf-8", errors="replace")[-4000:]
            except OSError:
                return ""

        return await self.work.run(read)

    def _save(self, live: Live) -> None:
        name, now = live.kept.name, time.monotonic()
        if now - self._wrote.get(name, 0.0) >= WRITE_SECONDS:
            self._wrote[name] = now
            self._spawn(self._write(live.kept))

    async def _write(self, kept: KeptRun) -> None:
        await self._registry.ask(self._registry.runs.put, kept)

    def _news(self, live: Live) -> None:
        self.tails.news(live.kept.name)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
