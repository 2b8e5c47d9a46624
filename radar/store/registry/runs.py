"""Runs of a server: what was asked for, and what each is now. What a run did stands in its own ledger."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from radar.store.registry.database import Database, Row

__all__ = ["ENDED", "KeptRun", "Runs"]

ENDED = frozenset({"STOPPED", "FINISHED", "FAILED"})
"""States of a run that nothing executes."""


@dataclass(frozen=True)
class KeptRun:
    """A run. ``pipeline`` is the name of its pipeline, ``revision`` a resource name or empty, ``state`` a RunState
    without its prefix, ``version`` counts its changes; ``source`` its text and values; ``settings`` what it follows and
    how it is laid out; ``seen`` what was last heard of its accounts, ``problem`` why it failed; times in nanoseconds.
    """

    name: str
    pipeline: str
    revision: str
    mode: str
    state: str
    label: str
    author: str
    source: bytes
    settings: Mapping[str, Any]
    create_time: int
    version: int = 1
    start_time: int | None = None
    end_time: int | None = None
    problem: Mapping[str, Any] | None = None
    seen: Mapping[str, Any] = field(default_factory=dict)

    @property
    def has_ended(self) -> bool:
        """Whether nothing executes it any more."""
        return self.state in ENDED


_COLUMNS = (
    "name, pipeline, revision, mode, state, label, author, source, settings, create_time, version, start_time, "
    "end_time, problem, seen"
)
_COUNT = len(_COLUMNS.split(","))


class Runs:
    """The runs of a registry."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, name: str) -> KeptRun | None:
        """The run called ``name``."""
        row = self._database.row(f"SELECT {_COLUMNS} FROM runs WHERE name = ?", (name,))
        return None if row is None else _run(row)

    def all(self) -> list[KeptRun]:
        """Every run, the newest first."""
        return [_run(row) for row in self._database.rows(f"SELECT {_COLUMNS} FROM runs ORDER BY number DESC")]

    def add(self, run: KeptRun) -> None:
        """Keep a new run. Belongs into a transaction of its caller."""
        self._database.run(f"INSERT INTO runs ({_COLUMNS}) VALUES ({', '.join('?' * _COUNT)})", _values(run))

    def put(self, run: KeptRun) -> None:
        """Write a run as it is now, unless it was forgotten or a newer one is written."""
        columns = ", ".join(f"{one} = ?" for one in _COLUMNS.split(", "))
        self._database.run(
            f"UPDATE runs SET {columns} WHERE name = ? AND version <= ?", (*_values(run), run.name, run.version)
        )

    def forget(self, name: str) -> None:
        """Let a run go."""
        self._database.run("DELETE FROM runs WHERE name = ?", (name,))


def _values(run: KeptRun) -> tuple[Any, ...]:
    problem = None if run.problem is None else _text(run.problem)
    head = (run.name, run.pipeline, run.revision, run.mode, run.state, run.label, run.author, run.source)
    times = (run.create_time, run.version, run.start_time, run.end_time)
    return (*head, _text(run.settings), *times, problem, _text(run.seen))


def _text(content: Mapping[str, Any]) -> str:
    return json.dumps(dict(content), ensure_ascii=False, allow_nan=False)


def _run(row: Row) -> KeptRun:
    *head, settings, create, version, start, end, problem, seen = row
    said = None if problem is None else json.loads(problem)
    columns = [*head, json.loads(settings), create, version, start, end, said, json.loads(seen)]
    return KeptRun(*columns)
