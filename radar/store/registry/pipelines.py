"""Pipelines and their revisions. A revision never changes; its content is kept once, however often it is in force."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from radar.store.registry.database import Database, Row

__all__ = ["KeptPipeline", "KeptRevision", "Pipelines"]


@dataclass(frozen=True)
class KeptPipeline:
    """A pipeline: ``active`` is the number of the revision in force, ``version`` counts its changes. Times in
    nanoseconds UTC."""

    name: str
    about: str
    active: int
    version: int
    create_time: int
    update_time: int

    @property
    def etag(self) -> str:
        """Another text after every change."""
        return hashlib.sha256(f"{self.name}\0{self.version}".encode()).hexdigest()[:16]


@dataclass(frozen=True)
class KeptRevision:
    """A revision. ``source`` is its text with its values as the server writes them, ``digests`` those of its plan,
    ``parent`` the number of the one that it followed. Equal contents have equal digests."""

    pipeline: str
    number: int
    digest: str
    create_time: int
    author: str
    message: str
    parent: int | None
    source: bytes
    digests: Mapping[str, str]


_PIPELINE = "SELECT name, about, active, version, create_time, update_time FROM pipelines WHERE NOT forgotten"
_REVISION = (
    "SELECT pipeline, number, digest, create_time, author, message, parent, source, digests "
    "FROM revisions JOIN contents USING (digest) WHERE pipeline = ?"
)


class Pipelines:
    """The pipelines of a registry."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, name: str) -> KeptPipeline | None:
        """The pipeline called ``name``, unless it is forgotten."""
        row = self._database.row(f"{_PIPELINE} AND name = ?", (name,))
        return None if row is None else KeptPipeline(*row)

    def all(self) -> list[KeptPipeline]:
        """Every pipeline that is not forgotten, by name."""
        return [KeptPipeline(*row) for row in self._database.rows(f"{_PIPELINE} ORDER BY name")]

    def revision(self, pipeline: str, number: int) -> KeptRevision | None:
        """A revision; those of a forgotten pipeline are there too."""
        row = self._database.row(f"{_REVISION} AND number = ?", (pipeline, number))
        return None if row is None else _revision(row)

    def revisions(self, pipeline: str) -> list[KeptRevision]:
        """The revisions of a pipeline, the newest first."""
        return [_revision(row) for row in self._database.rows(f"{_REVISION} ORDER BY number DESC", (pipeline,))]

    def put(
        self,
        pipeline: str,
        about: str,
        *,
        digest: str,
        source: bytes,
        digests: Mapping[str, str],
        author: str,
        message: str,
        time: int,
        again: bool = False,
    ) -> tuple[KeptPipeline, KeptRevision]:
        """Put a content in force. Belongs into a transaction of its caller.

        What is in force already stays as it is, unless ``again``: then it becomes a new revision.
        """
        database, now = self._database, self.find(pipeline)
        active = None if now is None else self.revision(pipeline, now.active)
        if now is not None and active is not None and active.digest == digest and not again:
            return now, active
        database.run(
            "INSERT INTO contents VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (digest, source, json.dumps(dict(digests), sort_keys=True)),
        )
        row = database.row("SELECT max(number) FROM revisions WHERE pipeline = ?", (pipeline,))
        number = 1 + (row[0] if row is not None and row[0] is not None else 0)
        parent = None if now is None else now.active
        values = (pipeline, number, digest, time, author, message, parent)
        database.run("INSERT INTO revisions VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        if now is None:
            # A forgotten pipeline that comes back goes on counting: no etag of its first life fits.
            database.run(
                "INSERT INTO pipelines VALUES (?, ?, ?, 1, ?, ?, 0) ON CONFLICT (name) DO UPDATE SET forgotten = 0, "
                "about = excluded.about, active = excluded.active, version = version + 1, "
                "create_time = excluded.create_time, update_time = excluded.update_time",
                (pipeline, about, number, time, time),
            )
        else:
            database.run(
                "UPDATE pipelines SET about = ?, active = ?, version = version + 1, update_time = ? WHERE name = ?",
                (about, number, time, pipeline),
            )
        found, revision = self.find(pipeline), self.revision(pipeline, number)
        assert found is not None
        assert revision is not None
        return found, revision

    def forget(self, name: str) -> None:
        """Let a pipeline be found no more; its revisions stay."""
        self._database.run("UPDATE pipelines SET forgotten = 1, version = version + 1 WHERE name = ?", (name,))


def _revision(row: Row) -> KeptRevision:
    columns: list[Any] = [*row[:-1], json.loads(row[-1])]
    return KeptRevision(*columns)
