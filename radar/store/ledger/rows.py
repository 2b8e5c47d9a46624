"""The rows of a ledger in memory. Fields stand in the order of the tables' columns; times are milliseconds UTC.

``record``, ``equity``, ``payload``, ``columns`` and ``state`` are bytes as memory holds them: a database would turn a
number that is none into NULL, and minus zero into zero. Columns beside them are for people and other programs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

__all__ = [
    "AuditRow",
    "Batch",
    "CheckpointRow",
    "EventRow",
    "FillRow",
    "HistoryRow",
    "RefusalRow",
    "RevisionRow",
    "RunRow",
    "StepRow",
    "TradeRow",
]


class RunRow(NamedTuple):
    """The run of a file: its ``mode``, the open of its first bar, and the ``settings`` of its stream as JSON."""

    name: str
    mode: str
    created: int
    start: int
    settings: str


class RevisionRow(NamedTuple):
    """What runs: the ``request`` (texts and values, as a result carries it) and the digests of what came of it."""

    number: int
    applied: int
    request: str
    pipeline: str
    config: str
    plan: str
    kernel: str


class HistoryRow(NamedTuple):
    """A series that the run warmed up on: its key as a path, and its columns, compressed."""

    kind: str
    asset: str
    clock: int
    key: str
    size: int
    columns: bytes


class EventRow(NamedTuple):
    """An event that the run was told. ``effective`` is the instant from which it counts, None when it never does."""

    sequence: int
    time: int
    kind: int
    lane: int
    clock: int
    delivery: int
    received: int
    verdict: str
    effective: int | None
    reason: str
    payload: bytes


class StepRow(NamedTuple):
    """A row of the market that was decided: the open of its bars, the last event before, and equity by account."""

    row: int
    time: int
    events: int
    equity: bytes


class FillRow(NamedTuple):
    """A fill (:data:`radar.market.ledger.FILL`): the ``number``-th of its account, made in ``row``."""

    account: int
    number: int
    row: int
    time: int
    asset: str
    strategy: str
    side: int
    price: float
    quantity: float
    record: bytes


class TradeRow(NamedTuple):
    """A closed trade (:data:`radar.market.ledger.TRADE`): the ``number``-th of its account, closed in ``row``."""

    account: int
    number: int
    row: int
    time: int
    asset: str
    strategy: str
    side: int
    net: float
    record: bytes


class RefusalRow(NamedTuple):
    """How many entries were refused in ``row``, by strategy, asset and cause."""

    row: int
    strategy: str
    asset: str
    cause: str
    refused: int


class CheckpointRow(NamedTuple):
    """A run between two rows: ``row`` is the next one, ``sequence`` the last event taken in."""

    row: int
    sequence: int
    format: int
    taken: int
    plan: str
    kernel: str
    checksum: str
    state: bytes


class AuditRow(NamedTuple):
    """What was done to a run: by whom, and what came of it."""

    time: int
    who: str
    command: str
    outcome: str


@dataclass
class Batch:
    """What one transaction holds: events with everything that came of them, and the place of the source behind them."""

    events: list[EventRow] = field(default_factory=list)
    steps: list[StepRow] = field(default_factory=list)
    fills: list[FillRow] = field(default_factory=list)
    trades: list[TradeRow] = field(default_factory=list)
    refusals: list[RefusalRow] = field(default_factory=list)
    cursor: str = ""
    checkpoint: CheckpointRow | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to keep."""
        return not (self.events or self.steps or self.checkpoint)
