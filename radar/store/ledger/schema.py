"""The tables of a ledger. A step, once released, is never changed: another is put behind it."""

from __future__ import annotations

from typing import Final

__all__ = ["APPLICATION", "STEPS", "VERSION"]

APPLICATION: Final = 0x52414C47
"""The mark of a ledger in its file's header: RALG."""

STEPS: Final[tuple[str, ...]] = (
    """
    CREATE TABLE migrations (version INTEGER PRIMARY KEY, applied INTEGER NOT NULL);
    CREATE TABLE runs (
        name TEXT PRIMARY KEY, mode TEXT NOT NULL, created INTEGER NOT NULL, start INTEGER NOT NULL,
        settings TEXT NOT NULL
    );
    CREATE TABLE revisions (
        number INTEGER PRIMARY KEY, applied INTEGER NOT NULL, request TEXT NOT NULL, pipeline TEXT NOT NULL,
        config TEXT NOT NULL, plan TEXT NOT NULL, kernel TEXT NOT NULL
    );
    CREATE TABLE history (
        kind TEXT, asset TEXT, clock INTEGER, key TEXT NOT NULL, size INTEGER NOT NULL, columns BLOB NOT NULL,
        PRIMARY KEY (kind, asset, clock)
    );
    CREATE TABLE events (
        sequence INTEGER PRIMARY KEY, time INTEGER NOT NULL, kind INTEGER NOT NULL, lane INTEGER NOT NULL,
        clock INTEGER NOT NULL, delivery INTEGER NOT NULL, received INTEGER NOT NULL, verdict TEXT NOT NULL,
        effective INTEGER, reason TEXT NOT NULL, payload BLOB NOT NULL
    );
    CREATE TABLE equity (
        row INTEGER PRIMARY KEY, time INTEGER NOT NULL, events INTEGER NOT NULL, equity BLOB NOT NULL
    );
    CREATE TABLE fills (
        account INTEGER, number INTEGER, row INTEGER NOT NULL, time INTEGER NOT NULL, asset TEXT NOT NULL,
        strategy TEXT NOT NULL, side INTEGER NOT NULL, price REAL, quantity REAL, record BLOB NOT NULL,
        PRIMARY KEY (account, number)
    ) WITHOUT ROWID;
    CREATE TABLE trades (
        account INTEGER, number INTEGER, row INTEGER NOT NULL, time INTEGER NOT NULL, asset TEXT NOT NULL,
        strategy TEXT NOT NULL, side INTEGER NOT NULL, net REAL, record BLOB NOT NULL,
        PRIMARY KEY (account, number)
    ) WITHOUT ROWID;
    CREATE TABLE refusals (
        row INTEGER, strategy TEXT, asset TEXT, cause TEXT, refused INTEGER NOT NULL,
        PRIMARY KEY (row, strategy, asset, cause)
    ) WITHOUT ROWID;
    CREATE TABLE cursors (source TEXT PRIMARY KEY, position TEXT NOT NULL);
    CREATE TABLE checkpoints (
        row INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, format INTEGER NOT NULL, taken INTEGER NOT NULL,
        plan TEXT NOT NULL, kernel TEXT NOT NULL, checksum TEXT NOT NULL, state BLOB NOT NULL
    );
    CREATE TABLE audit (
        number INTEGER PRIMARY KEY, time INTEGER NOT NULL, who TEXT NOT NULL, command TEXT NOT NULL,
        outcome TEXT NOT NULL
    );
    """,
)
"""What makes an empty file one of version 1, a file of version 1 one of version 2, and so on."""

VERSION: Final = len(STEPS)
