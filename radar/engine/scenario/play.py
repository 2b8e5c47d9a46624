"""Run a case through the kernel, in one process or in several that take over from each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from radar.engine.feed import Feed
from radar.engine.run import Run
from radar.engine.scenario.bind import End
from radar.kernel.build import Kernel
from radar.market.ledger import FILL, TRADE
from radar.plan.plan import Plan

__all__ = ["Checkpoint", "begin", "ledger_of", "play", "restore", "save"]


@dataclass(frozen=True)
class Checkpoint:
    """A run between two rows, as bytes: what a process leaves behind. ``row`` is the next row."""

    row: int
    state: bytes
    fills: bytes
    trades: bytes
    equity: bytes
    trace: bytes


def begin(plan: Plan, kernel: Kernel, feed: Feed) -> Run:
    """A run that has seen no row, traced."""
    return Run.begin(plan, kernel, feed, trace=True)


def ledger_of(run: Run) -> tuple[np.ndarray, np.ndarray]:
    """The fills and the trades that the first account has written."""
    if not run.plan.executors:
        return run.fills[:0], run.trades[:0]
    fills, trades, _ = run.ledger(run.plan.executors[0].id)
    return fills, trades


def save(run: Run) -> Checkpoint:
    """A checkpoint of the run as it is now."""
    return Checkpoint(
        run.row,
        run.state.snapshot(),
        run.all_fills.tobytes(),
        run.all_trades.tobytes(),
        run.all_equity[:, : run.row].tobytes(),
        run.trace[: run.row].tobytes(),
    )


def restore(plan: Plan, kernel: Kernel, feed: Feed, checkpoint: Checkpoint) -> Run:
    """A run in arrays of its own, from nothing but a plan, its data and the bytes of a checkpoint."""
    run = begin(plan, kernel, feed)
    run.state.restore(checkpoint.state)
    accounts = len(run.all_equity)
    run.all_fills = np.frombuffer(checkpoint.fills, FILL).reshape(accounts, -1).copy()
    run.all_trades = np.frombuffer(checkpoint.trades, TRADE).reshape(accounts, -1).copy()
    run.all_equity[:, : checkpoint.row] = np.frombuffer(checkpoint.equity).reshape(accounts, -1)
    run.trace[: checkpoint.row] = np.frombuffer(checkpoint.trace).reshape(checkpoint.row, *run.trace.shape[1:])
    run.row = checkpoint.row
    return run


def play(plan: Plan, kernel: Kernel, feed: Feed, ends: Sequence[End] = ()) -> Run:
    """Run to the end of the feed; at each of ``ends`` the process is lost and another goes on from its checkpoint.

    A process that took over has a checkpoint of the row at which it did: the next one never begins before it.
    """
    run = begin(plan, kernel, feed)
    for end in ends:
        run.advance(max(end.checkpoint, run.row))
        checkpoint = save(run)
        run.advance(end.row)
        run = restore(plan, kernel, feed, checkpoint)
        run.advance(end.row)
    run.finish()
    return run
