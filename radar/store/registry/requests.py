"""Wishes that were answered: the same wish again gets the same answer, and nothing is done twice."""

from __future__ import annotations

from dataclasses import dataclass

from radar.store.registry.database import Database

__all__ = ["KEPT_SECONDS", "Requests", "Wish"]

KEPT_SECONDS = 24 * 60 * 60
"""How long an answer is remembered."""
_NANOSECONDS = 1_000_000_000


@dataclass(frozen=True)
class Wish:
    """Somebody's wish: who asked for which method under which id, and the digest of what was asked."""

    caller: str
    method: str
    request_id: str
    digest: bytes


class Requests:
    """The wishes of a registry."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, wish: Wish, time: int) -> tuple[bytes, bytes] | None:
        """Digest of what was asked and the answer that was given, or None when the id is new."""
        row = self._database.row(
            "SELECT digest, answer FROM requests WHERE caller = ? AND method = ? AND request_id = ? AND time > ?",
            (wish.caller, wish.method, wish.request_id, time - KEPT_SECONDS * _NANOSECONDS),
        )
        return None if row is None else (row[0], row[1])

    def keep(self, wish: Wish, answer: bytes, time: int) -> None:
        """Remember an answer; old ones are let go. Belongs into the transaction that does what is wished."""
        self._database.run("DELETE FROM requests WHERE time <= ?", (time - KEPT_SECONDS * _NANOSECONDS,))
        self._database.run(
            "INSERT INTO requests VALUES (?, ?, ?, ?, ?, ?)",
            (wish.caller, wish.method, wish.request_id, wish.digest, time, answer),
        )
