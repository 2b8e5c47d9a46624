"""The tables of a registry, and the steps from an older file to today's.

A step is never changed once it was released: another is added behind it. ``PRAGMA user_version`` counts the steps that
a file has had. Times are nanoseconds UTC.
"""

from __future__ import annotations

__all__ = ["STEPS", "VERSION"]

STEPS = (
    """
    CREATE TABLE contents (
        digest TEXT PRIMARY KEY,
        source BLOB NOT NULL,
        digests TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE revisions (
        pipeline TEXT NOT NULL,
        number INTEGER NOT NULL,
        digest TEXT NOT NULL REFERENCES contents,
        create_time INTEGER NOT NULL,
        author TEXT NOT NULL,
        message TEXT NOT NULL,
        parent INTEGER,
        PRIMARY KEY (pipeline, number)
    ) STRICT, WITHOUT ROWID;
    CREATE TRIGGER revisions_stay BEFORE UPDATE ON revisions BEGIN SELECT raise(ABORT, 'a revision never changes'); END;
    CREATE TRIGGER contents_stay BEFORE UPDATE ON contents BEGIN SELECT raise(ABORT, 'a content never changes'); END;
    CREATE TABLE pipelines (
        name TEXT PRIMARY KEY,
        about TEXT NOT NULL,
        active INTEGER NOT NULL,
        version INTEGER NOT NULL,
        create_time INTEGER NOT NULL,
        update_time INTEGER NOT NULL,
        forgotten INTEGER NOT NULL DEFAULT 0,
        FOREIGN KEY (name, active) REFERENCES revisions (pipeline, number)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE requests (
        caller TEXT NOT NULL,
        method TEXT NOT NULL,
        request_id TEXT NOT NULL,
        digest BLOB NOT NULL,
        time INTEGER NOT NULL,
        answer BLOB NOT NULL,
        PRIMARY KEY (caller, method, request_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX requests_by_time ON requests (time);
    CREATE TABLE operations (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL UNIQUE,
        method TEXT NOT NULL,
        title TEXT NOT NULL,
        author TEXT NOT NULL,
        result TEXT NOT NULL,
        state TEXT NOT NULL,
        progress REAL,
        phase TEXT NOT NULL DEFAULT '',
        create_time INTEGER NOT NULL,
        start_time INTEGER,
        end_time INTEGER,
        problem TEXT,
        warnings TEXT NOT NULL DEFAULT '[]'
    ) STRICT;
    CREATE TABLE audit (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        time INTEGER NOT NULL,
        caller TEXT NOT NULL,
        peer TEXT NOT NULL,
        method TEXT NOT NULL,
        request_id TEXT NOT NULL,
        outcome TEXT NOT NULL,
        reason TEXT NOT NULL
    ) STRICT;
    """,
    """
    CREATE TABLE runs (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL UNIQUE,
        pipeline TEXT NOT NULL,
        revision TEXT NOT NULL,
        mode TEXT NOT NULL,
        state TEXT NOT NULL,
        label TEXT NOT NULL,
        author TEXT NOT NULL,
        source BLOB NOT NULL,
        settings TEXT NOT NULL,
        create_time INTEGER NOT NULL,
        version INTEGER NOT NULL,
        start_time INTEGER,
        end_time INTEGER,
        problem TEXT,
        seen TEXT NOT NULL
    ) STRICT;
    """,
)
"""SQL of each step, the first from an empty file."""

VERSION = len(STEPS)
"""The version of a file that has had every step."""
