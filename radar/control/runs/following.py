"""What the process of a run does: it opens the ledger, follows, and between two events does what it is told.

The run is the one of ``radarctl paper``. Everything that is told to it happens where it waits, which is between two
events; whatever it says about itself is said once for everybody who asks.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any, Final

from radar.control.runs.portfolio import portfolio_of
from radar.control.worker.channel import PATIENCE, Channel
from radar.control.worker.source import texts_of
from radar.control.worker.variables import only
from radar.engine.backtest import Prepared, market_data, prepare
from radar.engine.stream.paper import PaperRun, Status
from radar.engine.stream.recovery import open_run
from radar.engine.stream.replay import Replay
from radar.errors import DataError
from radar.store.ledger import Ledger
from radar.v1 import pipeline_pb2

__all__ = ["LEDGER", "Following"]

LEDGER: Final = "ledger.sqlite"
"""The ledger of a run, in its folder."""
EVERY: Final = 0.1
"""Seconds between two words about how the run is doing."""
HANDOVER: Final = 30.0
"""Seconds to wait for the process of a server that died: it writes its last checkpoint and lets go."""


class Following:
    """A run in its folder, from its first word to its last."""

    def __init__(self, folder: Path, job: dict[str, Any], source: bytes, channel: Channel) -> None:
        self._folder = folder
        self._job = job
        self._texts = texts_of(pipeline_pb2.PipelineSource.FromString(source))
        self._channel = channel
        self._told = 0.0
        self._waits: asyncio.TimerHandle | None = None
        self._closed = threading.Event()

    def run(self) -> str:
        """Follow to the end; answered is the state that the run has then.

        Raises:
            RadarError: The run cannot begin or go on.
        """
        return asyncio.run(self._run())

    async def _run(self) -> str:
        loop = asyncio.get_running_loop()
        orders: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        threading.Thread(target=self._listen, args=(loop, orders), daemon=True).start()
        job = self._job
        prepared = self._prepared()
        stored = market_data(prepared.plan, job["data"])
        with self._ledger() as ledger:
            self._channel.say(state="RECOVERING" if ledger.has_run else "WARMING")
            paper = open_run(
                prepared,
                stored,
                ledger,
                job["start"],
                name=job["name"],
                who=job["who"],
                progress=self._channel.progress,
            )
            source = Replay(stored, end=_rounded(prepared, job["end"]), speed=job["speed"] or None)
            for warning in paper.warnings:
                self._channel.say(warning=warning)
            self._say(paper)
            self._channel.say(state="RUNNING")
            follow = loop.create_task(paper.follow(source, lambda status: self._hear(paper, status), who=job["who"]))
            listen = loop.create_task(self._obey(orders, paper, source, follow))
            try:
                await follow
            except asyncio.CancelledError:
                return "STOPPED"
            finally:
                if self._waits is not None:
                    self._waits.cancel()
                self._say(paper)
                listen.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await listen
        return "FINISHED"

    def _prepared(self) -> Prepared:
        texts = self._texts
        with only(texts.variables):
            return prepare(
                texts.pipeline,
                config=texts.config,
                overrides=texts.overrides,
                assets=texts.assets,
                start=self._job["start"],
                end=self._job["end"],
                file_name=texts.name,
            )

    def _ledger(self) -> Ledger:
        """The ledger, as soon as a process of an earlier server has let go of it."""
        until = time.monotonic() + HANDOVER
        while True:
            try:
                return Ledger(self._folder / LEDGER, writing=True)
            except DataError as error:
                if error.code != "ledger-in-use" or time.monotonic() >= until:
                    raise
                time.sleep(0.05)

    def _listen(self, loop: asyncio.AbstractEventLoop, orders: asyncio.Queue[dict[str, Any] | None]) -> None:
        """Hear the server, in a thread of its own; its silence for ever is the wish to end."""
        for line in sys.stdin.buffer:
            loop.call_soon_threadsafe(orders.put_nowait, json.loads(line))
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(orders.put_nowait, None)
        if not self._closed.wait(PATIENCE):
            # It compiles, or the disk does not answer. What is committed is whole.
            os._exit(1)

    async def _obey(
        self, orders: asyncio.Queue[dict[str, Any] | None], paper: PaperRun, source: Replay, follow: asyncio.Task[None]
    ) -> None:
        while (order := await orders.get()) is not None:
            # Here the loop of the run waits, so it stands between two events.
            paper.commit(source, last=True)
            self._channel.say(done=order["id"], row=paper.run.row)
        self._closed.set()
        follow.cancel()

    def _hear(self, paper: PaperRun, status: Status) -> None:
        """Something was committed: say so, not too often, and never leave the last word out."""
        left = EVERY - (time.monotonic() - self._told)
        if left <= 0:
            self._say(paper, status)
        elif self._waits is None:
            self._waits = asyncio.get_running_loop().call_later(left, self._say, paper)

    def _say(self, paper: PaperRun, status: Status | None = None) -> None:
        if self._waits is not None:
            self._waits.cancel()
            self._waits = None
        self._told = time.monotonic()
        self._channel.say(seen=portfolio_of(paper, status or paper.status()))


def _rounded(prepared: Prepared, end: int | None) -> int | None:
    base = prepared.plan.base.milliseconds
    return None if end is None else -(-end // base) * base
