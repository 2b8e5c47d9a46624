"""A case that was run, and everything that an expectation may be held against."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from radar.engine.backtest import Prepared, summarise
from radar.engine.end import close_open_positions, open_positions
from radar.engine.result import Result
from radar.engine.run import Run
from radar.engine.scenario.tables import Row, rows_of
from radar.market.instant import format_instant

__all__ = ["Outcome", "outcome_of"]


@dataclass(frozen=True)
class Outcome:
    """A finished run. ``first_row`` is the row of bar 0; ``result`` None where the pipeline has no account."""

    run: Run
    first_row: int
    result: Result | None

    @property
    def bars(self) -> int:
        """Bars that were processed, those of the warm-up before the period left out."""
        return self.run.row - self.first_row

    @cached_property
    def present(self) -> np.ndarray:
        """``[bar, lane]``: whether the asset has a candle there."""
        present: np.ndarray = ~np.isnan(self.run.feed.market[self.first_row : self.run.row, :, 3])
        return present

    def values(self, column: int, lane: int) -> np.ndarray:
        """A traced column of an asset, by bar."""
        values: np.ndarray = self.run.trace[self.first_row : self.run.row, lane, column]
        return values

    def time(self, bar: int) -> str:
        """When a bar opens."""
        return format_instant(int(self.run.feed.times[self.first_row + bar]))

    def rows(self, table: str, account: str = "") -> list[Row]:
        """The rows of a table of an account; without a name, of all accounts."""
        if self.result is None:
            return []
        rows = rows_of(self.result, table, self.first_row)
        if not account:
            return rows
        own = {chain.strategy for chain in self.run.plan.chains if chain.executor == account}
        return [row for row in rows if row["strategy"] in own]


def outcome_of(run: Run, prepared: Prepared, kernel_digest: str, first_row: int) -> Outcome:
    """Close the books of a finished run, as a back-test does."""
    if not run.plan.executors:
        return Outcome(run, first_row, None)
    still_open = open_positions(run)
    close_open_positions(run)
    return Outcome(run, first_row, summarise(run, prepared, kernel_digest, still_open))
