"""What a run leaves behind, in one SQLite file a run: what it was told, what it did, and where to go on.

- `schema`: the tables, and the steps from an older file to today's; `rows`: their rows in memory.
- `file`: the file: opened, changed in transactions that are whole or not there, read; `failure`: what can go wrong.
- `ledger`: the questions and answers of a run.

One file a run: two runs never wait for each other, a damaged file is one run, and what is not needed any more is one
file to delete. The log is written ahead (WAL) with ``synchronous=NORMAL``: a process that is killed loses nothing that
was committed. A loss of power may take the last commits, never part of one; the run then goes on from the ones before,
and asks its source again from their cursor.
"""

from __future__ import annotations

from radar.store.ledger.ledger import Ledger
from radar.store.ledger.rows import (
    AuditRow,
    Batch,
    CheckpointRow,
    EventRow,
    FillRow,
    HistoryRow,
    RefusalRow,
    RevisionRow,
    RunRow,
    StepRow,
    TradeRow,
)

__all__ = [
    "AuditRow",
    "Batch",
    "CheckpointRow",
    "EventRow",
    "FillRow",
    "HistoryRow",
    "Ledger",
    "RefusalRow",
    "RevisionRow",
    "RunRow",
    "StepRow",
    "TradeRow",
]
