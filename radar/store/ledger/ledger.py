"""The ledger of one run: append what came of events, read it back, find the place to go on from."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType

from radar.errors import DataError
from radar.store.ledger.failure import damaged, unusable
from radar.store.ledger.file import BUSY_TIMEOUT, Durability, LedgerFile
from radar.store.ledger.rows import (
    AuditRow,
    Batch,
    CheckpointRow,
    EventRow,
    FillRow,
    HistoryRow,
    RefusalRow,
    RevisionRow,
    RunRow,
    StepRow,
    TradeRow,
)

__all__ = ["KEPT_CHECKPOINTS", "Ledger"]

KEPT_CHECKPOINTS = 3
"""Checkpoints that are kept: the last, and those to fall back to when it is damaged."""


class Ledger:
    """An open ledger; a context that closes it.

    Args:
        path: Its file.
        writing: Go on with the run, or begin it; without, only read.
        durability: See :data:`radar.store.ledger.file.Durability`.
        busy_timeout: Milliseconds to wait for another program that holds the file.
        filesystem: Name of an apsw VFS, for tests.

    Raises:
        DataError: It cannot be used.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        writing: bool = False,
        durability: Durability = "NORMAL",
        busy_timeout: int = BUSY_TIMEOUT,
        filesystem: str | None = None,
    ) -> None:
        self.path = Path(path)
        self.file = LedgerFile(
            self.path, writing=writing, durability=durability, busy_timeout=busy_timeout, filesystem=filesystem
        )

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self.file.close()

    def begin(
        self, run: RunRow, revision: RevisionRow, history: Sequence[HistoryRow], checkpoint: CheckpointRow
    ) -> None:
        """Write a run that has seen no event yet, whole or not at all."""
        with self.file.change():
            self.file.insert("runs", [run], len(run))
            self.file.insert("revisions", [revision], len(revision))
            packed = [one._replace(columns=zlib.compress(one.columns, 1)) for one in history]
            self.file.insert("history", packed, len(HistoryRow._fields))
            self._keep(checkpoint)

    def append(self, batch: Batch) -> None:
        """Write events, all that came of them and the place of the source, in one transaction."""
        with self.file.change():
            self.file.insert("events", batch.events, len(EventRow._fields))
            self.file.insert("equity", batch.steps, len(StepRow._fields))
            self.file.insert("fills", batch.fills, len(FillRow._fields))
            self.file.insert("trades", batch.trades, len(TradeRow._fields))
            self.file.insert("refusals", batch.refusals, len(RefusalRow._fields))
            if batch.cursor:
                self.file.run("INSERT OR REPLACE INTO cursors VALUES ('market', ?)", (batch.cursor,))
            if batch.checkpoint is not None:
                self._keep(batch.checkpoint)

    def audit(self, row: AuditRow) -> None:
        """Write down what was done to the run."""
        with self.file.change():
            self.file.run("INSERT INTO audit (time, who, command, outcome) VALUES (?, ?, ?, ?)", row)

    def damaged(self, why: str) -> DataError:
        """The error that says that what is in the file was not written so."""
        return damaged(self.path, why)

    @property
    def has_run(self) -> bool:
        """Whether a run was begun: a process may have died before that."""
        return bool(self.file.rows("SELECT 1 FROM runs LIMIT 1"))

    @property
    def run(self) -> RunRow:
        """The run.

        Raises:
            DataError: None was begun.
        """
        found = self.file.rows("SELECT * FROM runs LIMIT 1")
        if not found:
            raise unusable(self.path, "no run was begun in it", "begin one: radarctl paper PIPELINE --replay")
        return RunRow(*found[0])

    @property
    def revision(self) -> RevisionRow:
        """What runs now."""
        return RevisionRow(*self.file.rows("SELECT * FROM revisions ORDER BY number DESC LIMIT 1")[0])

    @property
    def cursor(self) -> str:
        """The place of the source behind the last event; empty before the first."""
        found = self.file.rows("SELECT position FROM cursors WHERE source = 'market'")
        return str(found[0][0]) if found else ""

    def history(self) -> list[HistoryRow]:
        """The series that the run warmed up on."""
        found = [HistoryRow(*row) for row in self.file.rows("SELECT * FROM history")]
        try:
            return [one._replace(columns=zlib.decompress(one.columns)) for one in found]
        except zlib.error as error:
            raise self.damaged(f"its history: {error}") from None

    def checkpoints(self) -> list[CheckpointRow]:
        """The checkpoints that are kept, the last first."""
        return [CheckpointRow(*row) for row in self.file.rows("SELECT * FROM checkpoints ORDER BY row DESC")]

    def events(self, after: int = 0) -> list[EventRow]:
        """The events behind the ``after``-th, in the order of their coming."""
        return [
            EventRow(*row)
            for row in self.file.rows("SELECT * FROM events WHERE sequence > ? ORDER BY sequence", (after,))
        ]

    def steps(self, first: int = 0) -> list[StepRow]:
        """What was decided from row ``first`` on."""
        return [StepRow(*row) for row in self.file.rows("SELECT * FROM equity WHERE row >= ? ORDER BY row", (first,))]

    def fills(self, account: int, after: int = 0) -> list[FillRow]:
        """The fills of an account behind the first ``after``."""
        statement = "SELECT * FROM fills WHERE account = ? AND number >= ? ORDER BY number"
        return [FillRow(*row) for row in self.file.rows(statement, (account, after))]

    def trades(self, account: int, after: int = 0) -> list[TradeRow]:
        """The closed trades of an account behind the first ``after``."""
        statement = "SELECT * FROM trades WHERE account = ? AND number >= ? ORDER BY number"
        return [TradeRow(*row) for row in self.file.rows(statement, (account, after))]

    def refusals(self, first: int = 0) -> list[RefusalRow]:
        """The entries that were refused from row ``first`` on."""
        statement = "SELECT * FROM refusals WHERE row >= ? ORDER BY row, strategy, asset, cause"
        return [RefusalRow(*row) for row in self.file.rows(statement, (first,))]

    def audited(self) -> Iterator[AuditRow]:
        """What was done to the run, in order."""
        for row in self.file.rows("SELECT time, who, command, outcome FROM audit ORDER BY number"):
            yield AuditRow(*row)

    def _keep(self, checkpoint: CheckpointRow) -> None:
        places = ", ".join("?" * len(checkpoint))
        self.file.run(f"INSERT OR REPLACE INTO checkpoints VALUES ({places})", checkpoint)
        self.file.run(
            "DELETE FROM checkpoints WHERE row NOT IN (SELECT row FROM checkpoints ORDER BY row DESC LIMIT ?)",
            (KEPT_CHECKPOINTS,),
        )
