"""The file of a registry: used by one process, changed in transactions that are whole or not there."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw

from radar.errors import DataError
from radar.store.registry.schema import STEPS, VERSION

__all__ = ["APPLICATION", "Database"]

APPLICATION = 0x52414452
"""The mark of a registry in its file's header: RADR."""

Row = tuple[Any, ...]


class Database:
    """A registry that is open. Every thread may use it; one at a time does.

    The file is locked for as long as it is open, so that two servers never share one; the system frees the lock of a
    process that dies. A transaction is on disk when it ends.
    """

    def __init__(self, path: Path) -> None:
        """Open ``path``, which is made where it is not there, and bring it up to date.

        Raises:
            DataError: It cannot be opened, another process uses it, it is no registry, or a newer Radar made it.
        """
        self.path = path
        self._guard = threading.RLock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = apsw.Connection(str(path))
        except (apsw.Error, OSError) as error:
            raise _unusable(path, f"it cannot be opened: {error}") from None
        try:
            self._prepare()
        except apsw.BusyError:
            self._connection.close()
            raise DataError(
                f"the registry {path} is in use by another process",
                expected="one server for a registry",
                next_step="stop the other server, or name another folder with --state DIR",
            ) from None
        except apsw.Error as error:
            self._connection.close()
            raise _unusable(path, str(error)) from None
        except DataError:
            self._connection.close()
            raise

    def _prepare(self) -> None:
        connection = self._connection
        connection.set_busy_timeout(200)
        # Exclusive: the lock is the lease of the one server; with it the log needs no shared memory.
        for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}").fetchall()
        mark = int(connection.pragma("application_id"))
        version = int(connection.pragma("user_version"))
        tables = connection.execute("SELECT count(*) FROM sqlite_schema").get
        if mark != APPLICATION and (mark or version or tables):
            raise _unusable(self.path, "it is a file of another program")
        if version > VERSION:
            raise _unusable(self.path, f"a newer Radar made it: its version is {version}, and {VERSION} is known here")
        with self.change():
            # Written in any case, so that the lock is taken now and not at the first change.
            connection.pragma("application_id", APPLICATION)
            for step in STEPS[version:]:
                connection.execute(step)
            connection.pragma("user_version", VERSION)

    @contextmanager
    def change(self) -> Iterator[None]:
        """A transaction: what is written inside is there as a whole when the block ends, or not at all on an error."""
        with self._guard:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[Row]:
        """The rows of a statement, all of them."""
        with self._guard:
            return list(self._connection.execute(statement, tuple(values)))

    def row(self, statement: str, values: Sequence[Any] = ()) -> Row | None:
        """The first row, or None."""
        return next(iter(self.rows(statement, values)), None)

    def run(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Change rows; returned is how many."""
        with self._guard:
            self._connection.execute(statement, tuple(values))
            return self._connection.changes()

    def check(self) -> list[str]:
        """What is wrong with the file itself; nothing when it is whole."""
        found = [str(row[0]) for row in self.rows("PRAGMA integrity_check")]
        found = [] if found == ["ok"] else found
        return found + [f"row {row[1]} of {row[0]} names nothing" for row in self.rows("PRAGMA foreign_key_check")]

    def close(self) -> None:
        """Let go of the file."""
        with self._guard:
            self._connection.close()


def _unusable(path: Path, why: str) -> DataError:
    return DataError(
        f"the registry {path} cannot be used: {why}",
        expected="a file that a server of this version or an older one made",
        next_step="name another folder with --state DIR, or move the file away to begin anew",
    )
