"""Paper runs for tests: begun in a file, followed to the end of a replay, read back as bytes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np

from radar.engine.backtest import Prepared
from radar.engine.run import Run
from radar.engine.source import MarketData
from radar.engine.stream.deliveries import NO_FAULTS, Faults
from radar.engine.stream.paper import PaperRun
from radar.engine.stream.recovery import open_run
from radar.engine.stream.replay import Replay
from radar.kernel.build import Mode
from radar.store.ledger import Ledger


def follow(
    prepared: Prepared,
    data: MarketData,
    ledger: Ledger,
    start: int | None,
    *,
    end: int | None = None,
    faults: Faults = NO_FAULTS,
    mode: Mode = "interpreted",
) -> PaperRun:
    """Begin a run, or take it up, and follow a replay to its end."""
    paper = open_run(prepared, data, ledger, start, name="test", mode=mode)
    asyncio.run(paper.follow(Replay(data, end=end, faults=faults), who="test"))
    return paper


def kept(ledger: Ledger, accounts: int = 1) -> dict[str, object]:
    """Everything that a ledger holds of what was told and done, whoever wrote it when."""
    return {
        "events": ledger.events(),
        "steps": ledger.steps(),
        "fills": [ledger.fills(account) for account in range(accounts)],
        "trades": [ledger.trades(account) for account in range(accounts)],
        "refusals": ledger.refusals(),
    }


def written(ledger: Ledger, run: Run) -> dict[str, bytes]:
    """Fills, trades and equity of a ledger as bytes in the form of :func:`made`; the state is that of ``run``."""
    accounts = range(len(run.plan.executors))
    return {
        "state": run.state.snapshot(),
        "fills": b"".join(row.record for account in accounts for row in ledger.fills(account)),
        "trades": b"".join(row.record for account in accounts for row in ledger.trades(account)),
        "equity": b"".join(step.equity for step in ledger.steps()),
    }


def made(run: Run, first: int) -> dict[str, bytes]:
    """What a back-test has left in its arrays from row ``first`` on."""
    books = [run.ledger(node.id) for node in run.plan.executors]
    return {
        "state": run.state.snapshot(),
        "fills": b"".join(fills.tobytes() for fills, _, _ in books),
        "trades": b"".join(trades.tobytes() for _, trades, _ in books),
        "equity": np.ascontiguousarray(run.all_equity[:, first : run.row].T).tobytes(),
    }


def new_ledger(folder: Path, name: str = "run") -> Ledger:
    """A ledger that is written to."""
    return Ledger(folder / f"{name}.sqlite", writing=True)
