"""The rows of a ledger as one row of numbered events.

A ledger has a table of each kind of row. Here they stand in one order that follows from the ledger alone: by the row of
the market that was decided; within it fills by account, closed trades by account, refusals, and the mark of every
account. So the same ledger has the same numbers, whatever died or was begun again meanwhile.
"""

from __future__ import annotations

import threading
from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from radar.control.runs.events import events_of
from radar.store.ledger import FillRow, Ledger, RefusalRow, StepRow, TradeRow
from radar.v1 import event_pb2

__all__ = ["Numbered"]

RowOf = TypeVar("RowOf", FillRow, TradeRow, RefusalRow)


class Numbered:
    """The events of a ledger that may still grow. Any thread may read; one at a time does.

    Args:
        path: The ledger. It is not looked at before ``begun`` is set: while a run begins, the file is made.
        accounts: Names of the accounts, in the order of their numbers.
        bar: Length of the bars that are decided on, in milliseconds.
    """

    def __init__(self, path: Path, accounts: Sequence[str], bar: int) -> None:
        self.path = path
        self.begun = False
        self._accounts = tuple(accounts)
        self._bar = bar
        self._guard = threading.Lock()
        self._ledger: Ledger | None = None
        self._rows = array("q")
        self._ends = array("q")
        # Of each account: how many there were when a row had been decided.
        self._fills = [array("q") for _ in accounts]
        self._trades = [array("q") for _ in accounts]

    @property
    def last(self) -> int:
        """The number of the last event that is known; :meth:`advance` looks for more."""
        return self._ends[-1] if self._ends else 0

    def advance(self) -> int:
        """Take in what was committed meanwhile; the number of the last event.

        Raises:
            DataError: The ledger cannot be read.
        """
        with self._guard, self._reading() as ledger:
            if ledger is None:
                return 0
            first = self._rows[-1] + 1 if self._rows else 0
            # Looked at first, and without a transaction: most of the time there is nothing.
            steps = [
                int(row[0]) for row in ledger.file.rows("SELECT row FROM equity WHERE row >= ? ORDER BY row", (first,))
            ]
            if not steps:
                return self.last
            last = steps[-1]
            fills, trades = (
                self._counts(ledger, "fills", self._fills, last),
                self._counts(ledger, "trades", self._trades, last),
            )
            refused = _by_row(
                ledger, "SELECT row, count(*) FROM refusals WHERE row BETWEEN ? AND ? GROUP BY row", (first, last)
            )
            end, marks = self.last, len(self._accounts)
            for row in steps:
                end += marks + refused.get(row, 0)
                for found, counts in ((self._fills, fills), (self._trades, trades)):
                    for place, column in enumerate(found):
                        count = counts[place].get(row, 0)
                        column.append((column[-1] if column else 0) + count)
                        end += count
                self._rows.append(row)
                self._ends.append(end)
            return end

    def read(self, after: int, most: int) -> list[event_pb2.RunEvent]:
        """The events behind number ``after`` that are known, ``most`` at most.

        Raises:
            DataError: The ledger cannot be read.
        """
        with self._guard, self._reading() as ledger:
            if ledger is None or after >= self.last or most <= 0:
                return []
            begin = bisect_right(self._ends, after)
            end = min(bisect_left(self._ends, after + most), len(self._ends) - 1)
            rows = self._rows[begin], self._rows[end]
            steps = ledger.file.rows("SELECT * FROM equity WHERE row BETWEEN ? AND ? ORDER BY row", rows)
            fills = self._part(ledger, "fills", FillRow, self._fills, begin, end)
            trades = self._part(ledger, "trades", TradeRow, self._trades, begin, end)
            statement = "SELECT * FROM refusals WHERE row BETWEEN ? AND ? ORDER BY row, strategy, asset, cause"
            refusals = _grouped(RefusalRow(*row) for row in ledger.file.rows(statement, rows))
            number = self._ends[begin - 1] if begin else 0
            found: list[event_pb2.RunEvent] = []
            for step in map(StepRow._make, steps):
                row = step.row
                for event in events_of(step, fills[row], trades[row], refusals[row], self._accounts, self._bar):
                    number += 1
                    if after < number <= after + most:
                        event.sequence = number
                        found.append(event)
            return found

    def ask(self, question: Callable[[Ledger], Any]) -> Any:
        """What ``question`` answers of the ledger; None where there is none yet."""
        with self._guard, self._reading() as ledger:
            return None if ledger is None else question(ledger)

    def close(self) -> None:
        """Let go of the file."""
        with self._guard:
            if self._ledger is not None:
                self._ledger.close()
                self._ledger = None

    @contextmanager
    def _reading(self) -> Iterator[Ledger | None]:
        """The ledger as it is at one instant; None before a run was begun in it."""
        if self._ledger is None:
            if not self.begun:
                yield None
                return
            self._ledger = Ledger(self.path)
        self._ledger.file.run("BEGIN")
        try:
            yield self._ledger
        finally:
            self._ledger.file.run("COMMIT")

    def _counts(self, ledger: Ledger, table: str, known: Sequence[array[int]], last: int) -> list[dict[int, int]]:
        statement = f"SELECT row, count(*) FROM {table} WHERE account = ? AND number >= ? AND row <= ? GROUP BY row"
        return [
            _by_row(ledger, statement, (account, column[-1] if column else 0, last))
            for account, column in enumerate(known)
        ]

    @staticmethod
    def _part(
        ledger: Ledger, table: str, kind: type[RowOf], known: Sequence[array[int]], begin: int, end: int
    ) -> defaultdict[int, list[RowOf]]:
        statement = f"SELECT * FROM {table} WHERE account = ? AND number >= ? AND number < ? ORDER BY number"
        return _grouped(
            kind(*row)
            for account, column in enumerate(known)
            for row in ledger.file.rows(statement, (account, column[begin - 1] if begin else 0, column[end]))
        )


def _by_row(ledger: Ledger, statement: str, values: Sequence[int]) -> dict[int, int]:
    return {int(row): int(count) for row, count in ledger.file.rows(statement, values)}


def _grouped(rows: Iterator[RowOf]) -> defaultdict[int, list[RowOf]]:
    found: defaultdict[int, list[RowOf]] = defaultdict(list)
    for row in rows:
        found[row.row].append(row)
    return found
