"""The file of a ledger: opened by one writer or by readers, changed in transactions that are whole or not there."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal

import apsw

from radar.store.ledger.failure import answered, in_use, unusable
from radar.store.ledger.schema import APPLICATION, STEPS, VERSION
from radar.store.lock import Lease

__all__ = ["BUSY_TIMEOUT", "Durability", "LedgerFile"]

BUSY_TIMEOUT: Final = 5000
"""Milliseconds to wait for another program that holds the file."""
LOG_LIMIT: Final = 4 * 1024 * 1024
"""Bytes to which the log is cut when all of it has been taken over."""

Durability = Literal["NORMAL", "FULL"]
"""``FULL`` waits for the disk at every commit: nothing committed is lost with the power either."""


class LedgerFile:
    """An open file.

    Args:
        path: The file; made by a writer when it is not there.
        writing: Hold the run: no other process may write to it meanwhile. The system frees a lease whose holder dies.
        durability: See :data:`Durability`.
        busy_timeout: See :data:`BUSY_TIMEOUT`.
        filesystem: Name of an apsw VFS, for tests of what a disk can do.

    Raises:
        DataError: It cannot be used; the code says why.
    """

    def __init__(
        self,
        path: Path,
        *,
        writing: bool,
        durability: Durability = "NORMAL",
        busy_timeout: int = BUSY_TIMEOUT,
        filesystem: str | None = None,
    ) -> None:
        self.path = path
        self._lease: Lease | None = None
        if not writing and not path.is_file():
            raise unusable(path, "there is no such file", "name a run that was begun (--run NAME, --store DIR)")
        with answered(path):
            if writing:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._lease = Lease.take(path.with_name(f"{path.name}.lock"))
                if self._lease is None:
                    raise in_use(path)
            try:
                self._connection = self._opened(writing, durability, busy_timeout, filesystem)
            except BaseException:
                self._release()
                raise

    def _opened(self, writing: bool, durability: Durability, busy_timeout: int, vfs: str | None) -> apsw.Connection:
        flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE if writing else apsw.SQLITE_OPEN_READONLY
        connection = apsw.Connection(str(self.path), flags=flags, vfs=vfs)
        try:
            connection.set_busy_timeout(busy_timeout)
            mark, version = int(connection.pragma("application_id")), int(connection.pragma("user_version"))
            tables = connection.execute("SELECT count(*) FROM sqlite_schema").get
            if mark != APPLICATION and (mark or version or tables or not writing):
                raise unusable(self.path, "it is no ledger of a run", "name another with --run NAME or --store DIR")
            if version > VERSION:
                why = f"a newer Radar made it: its version is {version}, and {VERSION} is known here"
                raise unusable(self.path, why, "use the newer Radar, or begin a new run with --run NAME")
            if writing:
                connection.pragma("journal_mode", "WAL")
                connection.pragma("synchronous", durability)
                connection.pragma("journal_size_limit", LOG_LIMIT)
                if version < VERSION:
                    self._migrate(connection, version)
        except BaseException:
            connection.close()
            raise
        return connection

    def _migrate(self, connection: apsw.Connection, version: int) -> None:
        """Bring the file up to date; an older one is copied first."""
        if version:
            copy = self.path.with_name(f"{self.path.name}.version-{version}")
            with apsw.Connection(str(copy)) as target, target.backup("main", connection, "main") as backup:
                backup.step()
        with connection:
            connection.pragma("application_id", APPLICATION)
            for number, step in enumerate(STEPS[version:], version + 1):
                connection.execute(step)
                connection.execute("INSERT INTO migrations VALUES (?, ?)", (number, int(time.time() * 1000)))
            connection.pragma("user_version", VERSION)

    @contextmanager
    def change(self) -> Iterator[None]:
        """A transaction: what is written inside is there when the block ends, or nothing of it on an error."""
        with answered(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def insert(self, table: str, rows: Iterable[Sequence[Any]], columns: int) -> None:
        """Append rows to a table; an empty list costs nothing."""
        given = list(rows)
        if given:
            places = ", ".join("?" * columns)
            self._connection.executemany(f"INSERT INTO {table} VALUES ({places})", given)

    def run(self, statement: str, values: Sequence[Any] = ()) -> None:
        """Run a statement that answers nothing."""
        self._connection.execute(statement, tuple(values))

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of an answer."""
        with answered(self.path):
            return list(self._connection.execute(statement, tuple(values)))

    def close(self) -> None:
        """Take over the log into the file, and let go of it."""
        with answered(self.path):
            self._connection.close()
        self._release()

    def _release(self) -> None:
        if self._lease is not None:
            self._lease.release()
            self._lease = None
