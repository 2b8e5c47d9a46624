"""What can go wrong with the file of a ledger, in words that help."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from radar.errors import DataError

__all__ = ["answered", "damaged", "in_use", "unusable"]

_WHOLE = "what was committed before is whole: run the same command again and it goes on from there"


@contextmanager
def answered(path: Path) -> Iterator[None]:
    """Turn what the database says about ``path`` into errors that a user can act on.

    Raises:
        DataError: The disk is full, another program holds the file, it is damaged, or it cannot be read or written.
    """
    try:
        yield
    except apsw.FullError:
        raise DataError(
            f"the ledger {path} cannot grow: the disk is full",
            expected="room for what the run does",
            next_step=f"make room; {_WHOLE}",
            code="ledger-full",
        ) from None
    except (apsw.BusyError, apsw.LockedError):
        raise DataError(
            f"the ledger {path} is held by another program",
            expected="at most one program that writes",
            next_step=f"end the other program (a database browser, a copy); {_WHOLE}",
            code="ledger-locked",
        ) from None
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise damaged(path, str(error)) from None
    except (apsw.IOError, apsw.CantOpenError, apsw.ReadOnlyError, apsw.PermissionsError, OSError) as error:
        raise DataError(
            f"the ledger {path} cannot be read or written: {error}",
            expected="a folder on a local disk that may be written to",
            next_step=f"see to the folder or name another with --store DIR; {_WHOLE}",
            code="ledger-unusable",
        ) from None


def damaged(path: Path, why: str) -> DataError:
    """The file is not what was written."""
    return DataError(
        f"the ledger {path} is damaged: {why}",
        expected="a file that only Radar wrote",
        next_step="put a copy of it back (with its -wal file), or begin a new run with --run NAME",
        code="ledger-damaged",
    )


def unusable(path: Path, why: str, next_step: str) -> DataError:
    """The file is whole, and not one that can be used."""
    return DataError(f"the ledger {path} cannot be used: {why}", next_step=next_step, code="ledger-unusable")


def in_use(path: Path) -> DataError:
    """Another process has the run."""
    return DataError(
        f"the run of {path} is going on in another process",
        expected="one process for a run",
        next_step="stop the other process, or begin another run with --run NAME",
        code="ledger-in-use",
    )
