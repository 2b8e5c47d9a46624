"""Long jobs: what was asked for, how far it has come, how it ended."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from radar.store.registry.database import Database, Row

__all__ = ["ENDED", "KeptOperation", "Operations"]

ENDED = frozenset({"SUCCEEDED", "FAILED", "CANCELLED"})
"""States that a job does not leave."""


@dataclass(frozen=True)
class KeptOperation:
    """A job. ``state`` is PENDING, RUNNING, CANCELLING or one of :data:`ENDED`; ``progress`` from 0 to 1, or None;
    ``problem`` says why it failed; times in nanoseconds UTC."""

    name: str
    method: str
    title: str
    author: str
    result: str
    state: str
    create_time: int
    progress: float | None = None
    phase: str = ""
    start_time: int | None = None
    end_time: int | None = None
    problem: Mapping[str, Any] | None = None
    warnings: Sequence[str] = field(default=())


_COLUMNS = (
    "name, method, title, author, result, state, create_time, progress, phase, start_time, end_time, problem, warnings"
)


class Operations:
    """The jobs of a registry."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, name: str) -> KeptOperation | None:
        """The job called ``name``."""
        row = self._database.row(f"SELECT {_COLUMNS} FROM operations WHERE name = ?", (name,))
        return None if row is None else _operation(row)

    def all(self, states: Sequence[str] = (), method: str = "") -> list[KeptOperation]:
        """Jobs, the newest first: in one of ``states``, begun by ``method``; all where nothing is said."""
        clauses = [f"state IN ({', '.join('?' * len(states))})"] if states else []
        clauses += ["method = ?"] if method else []
        where = f"WHERE {' AND '.join(clauses)}" if clauses else ""
        values = (*states, *([method] if method else []))
        statement = f"SELECT {_COLUMNS} FROM operations {where} ORDER BY number DESC"
        return [_operation(row) for row in self._database.rows(statement, values)]

    def add(self, operation: KeptOperation) -> None:
        """Keep a new job. Belongs into a transaction of its caller."""
        self._database.run(f"INSERT INTO operations ({_COLUMNS}) VALUES ({', '.join('?' * 13)})", _values(operation))

    def put(self, operation: KeptOperation) -> None:
        """Write a job as it is now, unless it has ended or was forgotten."""
        columns = ", ".join(f"{one} = ?" for one in _COLUMNS.split(", "))
        ended = ", ".join(f"'{one}'" for one in sorted(ENDED))
        self._database.run(
            f"UPDATE operations SET {columns} WHERE name = ? AND state NOT IN ({ended})",
            (*_values(operation), operation.name),
        )

    def forget(self, name: str) -> None:
        """Let a job go."""
        self._database.run("DELETE FROM operations WHERE name = ?", (name,))


def _values(one: KeptOperation) -> tuple[Any, ...]:
    problem = None if one.problem is None else json.dumps(dict(one.problem), ensure_ascii=False)
    times = (one.start_time, one.end_time)
    words = json.dumps(list(one.warnings), ensure_ascii=False)
    head = (one.name, one.method, one.title, one.author, one.result, one.state, one.create_time)
    return (*head, one.progress, one.phase, *times, problem, words)


def _operation(row: Row) -> KeptOperation:
    problem, warnings = row[-2:]
    columns = [*row[:-2], None if problem is None else json.loads(problem), tuple(json.loads(warnings))]
    return KeptOperation(*columns)
