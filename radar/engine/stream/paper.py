"""A paper run: what a source tells goes through the kernel close by close, and everything into a ledger.

An event is taken in, a close is decided, and what came of both is committed in one transaction with the place of the
source behind it. A process may die between any two instructions: the next one begins at the last checkpoint, repeats
the recorded events behind it, and asks the source for what it had not committed.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from radar.engine.backtest import Prepared
from radar.engine.run import Run
from radar.engine.stream.checkpoint import FORMAT, checksum_of, pack
from radar.engine.stream.event import ConnectionLost, ConnectionRestored
from radar.engine.stream.gather import Gather, Judged
from radar.engine.stream.growing import GrowingFeed
from radar.engine.stream.source import StreamSource, Wanted
from radar.engine.stream.written import Written, event_row
from radar.store.ledger import AuditRow, Batch, CheckpointRow, Ledger

__all__ = ["CADENCE", "PaperRun", "Status"]

CADENCE: Final = 60.0
"""Seconds between two checkpoints; there is one after every fill besides."""
MOST_ROWS: Final = 4096
"""Rows between two checkpoints: what has to be repeated at most, however fast they came."""
BATCH_ROWS: Final = 64
"""Rows that one transaction holds while more is waiting to be taken."""
BATCH_EVENTS: Final = 1024
"""Events that one transaction holds though no close was decided."""


@dataclass(frozen=True)
class Status:
    """How a run is doing.

    ``time`` is the open of the last decided bars (None before the first), ``rows`` how many were decided since the
    start, ``equity`` and ``positions`` over all accounts, ``counts`` of events by verdict, ``silence`` the milliseconds
    since each asset was heard (None for never).
    """

    time: int | None
    rows: int
    equity: float
    positions: int
    counts: dict[str, int]
    silence: dict[str, int | None]
    connected: bool


class PaperRun:
    """A run that follows a source. Made by :func:`radar.engine.stream.recovery.begin` or ``resume``.

    ``decided`` counts the rows of the stream, ``sequence`` its events, ``repeated`` those that were taken from the
    ledger when the run came back.
    """

    def __init__(
        self, prepared: Prepared, run: Run, feed: GrowingFeed, gather: Gather, ledger: Ledger, kernel: str, first: int
    ) -> None:
        self.prepared = prepared
        self.run = run
        self.feed = feed
        self.gather = gather
        self.ledger = ledger
        self.first = first
        self.sequence = 0
        self.repeated = 0
        self.warnings: list[str] = []
        self._kernel = kernel
        self._written = Written(run)
        self._batch = Batch()
        self._filled = False
        self._connected = True
        self._saved_at = time.monotonic()
        self._saved_row = run.row

    @property
    def wanted(self) -> Wanted:
        """What the run subscribes to."""
        return self.gather.wanted

    @property
    def start(self) -> int:
        """The open of the first bar of the stream."""
        return self.ledger.run.start

    def status(self) -> Status:
        """How the run is doing now."""
        run, rows = self.run, self.run.row - self.first
        accounts = [run.account(node.id) for node in run.plan.executors]
        return Status(
            time=self.gather.decided - self.wanted.base.milliseconds if rows else None,
            rows=rows,
            equity=float(sum(account["equity"] for account in accounts)),
            positions=int(sum(account["positions"] for account in accounts)),
            counts=dict(self.gather.counts),
            silence=dict(zip(run.plan.assets, self.gather.silence(), strict=True)),
            connected=self._connected,
        )

    @property
    def counts(self) -> tuple[list[int], list[int]]:
        """Fills and trades of each account that are in the ledger or in what is to be committed."""
        return self._written.counts

    def take(self, judged: Judged) -> None:
        """Take an event in as it was judged."""
        self.sequence += 1
        self.gather.apply(judged)
        if judged.effective is not None:
            self.feed.take(judged.event, judged.effective)
        if isinstance(judged.event, ConnectionLost | ConnectionRestored):
            self._connected = isinstance(judged.event, ConnectionRestored)
        self._batch.events.append(event_row(self.sequence, judged))

    def decide(self, now: int, *, flush: bool = False) -> None:
        """Decide every close that is due."""
        while not self.run.ended and (close := self.gather.next(now, flush=flush)) is not None:
            self.advance(self.feed.append(close))

    def advance(self, row: int) -> None:
        """Let the kernel decide a row that was appended."""
        run = self.run
        run.feed = self.feed.feed
        missing = self.feed.capacity - run.all_equity.shape[1]
        if missing > 0:
            room = np.full((len(run.all_equity), missing), np.nan)
            run.all_equity = np.concatenate([run.all_equity, room], axis=1)
        run.advance(row + 1)
        filled = self._written.collect(row, int(run.feed.times[row]), self.sequence, self._batch)
        self._filled = self._filled or filled

    def take_batch(self) -> Batch:
        """What came since the last commit; it is the caller's from now on."""
        batch, self._batch = self._batch, Batch()
        return batch

    def checkpoint(self) -> CheckpointRow:
        """The run as it is now."""
        state = pack(self.run, self.feed, self.gather)
        taken = int(time.time() * 1000)
        plan = self.run.plan.digest
        return CheckpointRow(self.run.row, self.sequence, FORMAT, taken, plan, self._kernel, checksum_of(state), state)

    def commit(self, source: StreamSource, *, last: bool = False) -> None:
        """Write what came, with a checkpoint when one is due (or as the ``last`` thing).

        Raises:
            DataError: The ledger cannot be written; nothing of the batch is in it.
        """
        batch = self.take_batch()
        due = time.monotonic() - self._saved_at >= CADENCE or self.run.row - self._saved_row >= MOST_ROWS
        if last or self._filled or due:
            batch.checkpoint = self.checkpoint()
        if batch.is_empty:
            return
        batch.cursor = json.dumps(source.cursor(), separators=(",", ":"))
        self.ledger.append(batch)
        if batch.checkpoint is not None:
            self._saved_at, self._saved_row, self._filled = time.monotonic(), self.run.row, False

    def audit(self, command: str, outcome: str, who: str) -> None:
        """Write down what was done to the run."""
        self.ledger.audit(AuditRow(int(time.time() * 1000), who, command, outcome))

    async def follow(self, source: StreamSource, told: Callable[[Status], None] | None = None, who: str = "") -> None:
        """Follow ``source`` until it ends, every account has ended, or the task is cancelled.

        In these cases what was taken is committed with a checkpoint. After an error nothing is: the run is taken up
        again from what was committed before.

        Raises:
            DataError: The ledger cannot be written, or the source cannot go on.
        """
        text = self.ledger.cursor
        await source.subscribe(self.wanted, self.start, json.loads(text) if text else None)
        try:
            await self._loop(source, told)
        except asyncio.CancelledError:
            # It comes only where the loop waits, which is between two events: the run is whole.
            self.commit(source, last=True)
            self.audit("follow", "stopped", who)
            raise
        finally:
            await source.close()
        self.commit(source, last=True)
        self.audit("follow", "every account has ended" if self.run.ended else "the source has ended", who)

    async def _loop(self, source: StreamSource, told: Callable[[Status], None] | None) -> None:
        while not self.run.ended:
            event = await source.receive(self.gather.deadline)
            if event is not None:
                self.take(self.gather.judge(event))
            elif source.ended:
                self.decide(source.now(), flush=True)
                return
            self.decide(source.now())
            rows, events = len(self._batch.steps), len(self._batch.events)
            if (rows and not source.waiting) or rows >= BATCH_ROWS or events >= BATCH_EVENTS:
                self.commit(source)
                if told is not None:
                    told(self.status())
                # A source that always has more never waits: others, and a wish to stop, must get their turn.
                await asyncio.sleep(0)
