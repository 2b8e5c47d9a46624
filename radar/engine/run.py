"""Rows through a kernel. The same function serves a whole history in one call and a stream of one row a call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from radar.engine.feed import Feed
from radar.engine.state import State, fresh_state
from radar.errors import DefectError
from radar.kernel.build import Kernel
from radar.market.account import FAULT_BOOKS
from radar.market.instant import format_instant
from radar.market.ledger import FILL, TRADE
from radar.plan.layout import field_name
from radar.plan.plan import Plan
from radar.plan.trace import trace_columns

FIRST_LEDGER = 4096
CHUNK = 50_000
"""Rows between two reports of progress."""

Progress = Callable[[int, int], None]


class BooksError(DefectError):
    """The books of an account contradict themselves: a defect of Radar, never of a pipeline or of data."""


@dataclass
class Run:
    """A run of ``plan`` over ``feed``: its state, and the ledger that it has written so far.

    ``row`` is the next row. Every account has a ledger of its own: ``all_fills[account, fill]``,
    ``all_trades[account, trade]`` and ``all_equity[account, row]``, the marked equity, NaN before the first tradable
    row; ``fills``, ``trades`` and ``equity`` are those of the first account. ``trace[row, lane, column]`` is what
    :func:`radar.plan.trace.trace_columns` lists, empty unless asked for. ``former`` are strategies of plans before this
    one that are there no more: the ledger numbers them behind those of the plan.
    """

    plan: Plan
    kernel: Kernel
    feed: Feed
    state: State
    row: int = 0
    all_fills: np.ndarray = field(default_factory=lambda: np.zeros((1, FIRST_LEDGER), FILL))
    all_trades: np.ndarray = field(default_factory=lambda: np.zeros((1, FIRST_LEDGER), TRADE))
    all_equity: np.ndarray = field(default_factory=lambda: np.zeros((1, 0)))
    trace: np.ndarray = field(default_factory=lambda: np.zeros((0, 0, 0)))
    former: tuple[str, ...] = ()

    @classmethod
    def begin(cls, plan: Plan, kernel: Kernel, feed: Feed, *, trace: bool = False) -> Run:
        """A run that has seen no row yet."""
        accounts = max(len(plan.executors), 1)
        run = cls(
            plan,
            kernel,
            feed,
            fresh_state(plan),
            all_fills=np.zeros((accounts, FIRST_LEDGER), FILL),
            all_trades=np.zeros((accounts, FIRST_LEDGER), TRADE),
            all_equity=np.full((accounts, feed.rows), np.nan),
        )
        if trace:
            run.trace = np.full((feed.rows, len(plan.assets), len(trace_columns(plan))), np.nan)
        return run

    @property
    def fills(self) -> np.ndarray:
        """Fills of the first account."""
        fills: np.ndarray = self.all_fills[0]
        return fills

    @property
    def trades(self) -> np.ndarray:
        """Closed trades of the first account."""
        trades: np.ndarray = self.all_trades[0]
        return trades

    @property
    def equity(self) -> np.ndarray:
        """Marked equity of the first account."""
        equity: np.ndarray = self.all_equity[0]
        return equity

    @property
    def ended(self) -> bool:
        """Whether no account can trade any more, which ends a run before its data do."""
        ended = [bool(self.account(node.id)["ended"]) for node in self.plan.executors]
        return bool(ended) and all(ended)

    def ledger(self, executor: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Fills and closed trades that an account has written, and its equity by row."""
        place = [node.id for node in self.plan.executors].index(executor)
        account = self.account(executor)
        fills, trades = int(account["fill_count"]), int(account["trade_count"])
        return self.all_fills[place, :fills], self.all_trades[place, :trades], self.all_equity[place]

    def strategy(self, number: int) -> str:
        """The strategy that has this number in the ledger."""
        chains = self.plan.chains
        return chains[number].strategy if number < len(chains) else self.former[number - len(chains)]

    def account(self, node: str) -> np.void:
        """The record of an executor's account."""
        record: np.void = self.state.shared[0][field_name(node)]
        return record

    def advance(self, last: int) -> None:
        """Process the rows up to ``last`` (exclusive), growing the ledger as needed."""
        feed, state = self.feed, self.state
        while self.row < last and not self.ended:
            reached = self.kernel.advance(
                self.row,
                last,
                feed.start,
                feed.times,
                feed.market,
                feed.fine_times,
                feed.fine_market,
                feed.fine_interval,
                state.lanes,
                state.params,
                state.windows,
                state.shared,
                state.shared_windows,
                self.all_fills,
                self.all_trades,
                self.all_equity,
                self.trace,
            )
            if reached < last and not self.ended:
                self.grow()
            self.row = reached
            self._check_books()

    def finish(self, progress: Progress | None = None) -> None:
        """Process every remaining row."""
        while self.row < self.feed.rows and not self.ended:
            self.advance(min(self.row + CHUNK, self.feed.rows))
            if progress is not None:
                progress(self.row, self.feed.rows)

    def grow(self) -> None:
        """Make room in the ledgers."""
        self.all_fills = np.concatenate([self.all_fills, np.zeros_like(self.all_fills)], axis=1)
        self.all_trades = np.concatenate([self.all_trades, np.zeros_like(self.all_trades)], axis=1)

    def _check_books(self) -> None:
        for node in self.plan.executors:
            account = self.account(node.id)
            if account["fault"]:
                kind = "cash" if account["fault"] == FAULT_BOOKS else "a fill price"
                when = format_instant(int(account["fault_time"]))
                raise BooksError(
                    f"{kind} of account {node.id} contradicts its trades at {when}",
                    next_step="report it with the pipeline, its configuration, the period and the origin of the data",
                )
