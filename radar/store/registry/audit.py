"""What was asked for, by whom, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass

from radar.store.registry.database import Database

__all__ = ["MOST_ROWS", "AuditRow", "AuditTrail"]

MOST_ROWS = 200_000
"""Rows that are kept: whoever is turned away writes one too, and must not fill the disk."""


@dataclass(frozen=True)
class AuditRow:
    """One call; ``time`` in nanoseconds UTC."""

    time: int
    caller: str
    peer: str
    method: str
    request_id: str
    outcome: str
    reason: str


class AuditTrail:
    """The audit of a registry."""

    def __init__(self, database: Database, most: int = MOST_ROWS) -> None:
        self._database = database
        self._most = most

    def add(self, rows: Sequence[AuditRow]) -> None:
        """Keep rows, all in one transaction; the oldest give way."""
        with self._database.change():
            for row in rows:
                self._database.run(
                    "INSERT INTO audit (time, caller, peer, method, request_id, outcome, reason) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?)",
                    astuple(row),
                )
            self._database.run("DELETE FROM audit WHERE number <= (SELECT max(number) FROM audit) - ?", (self._most,))

    def last(self) -> int:
        """The number of the last row; 0 without one."""
        row = self._database.row("SELECT max(number) FROM audit")
        return int(row[0] or 0) if row is not None else 0

    def page(self, before: int, count: int, *, caller: str = "", method: str = "") -> list[tuple[int, AuditRow]]:
        """At most ``count`` rows with a number below ``before``, the newest first, each with its number."""
        found = self._database.rows(
            "SELECT number, time, caller, peer, method, request_id, outcome, reason FROM audit "
            "WHERE number < ?1 AND (?2 = '' OR caller = ?2) AND (?3 = '' OR method = ?3) "
            "ORDER BY number DESC LIMIT ?4",
            (before, caller, method, count),
        )
        return [(int(number), AuditRow(*values)) for number, *values in found]
