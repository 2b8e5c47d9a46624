"""Open a position by hand in a running pipeline, to look at what happens to it and at nothing else."""

from __future__ import annotations

from typing import Any

from radar.engine.run import Run
from radar.kernel.records import RecordArray, RecordView
from radar.market.account import Execution, Moment, open_level
from radar.market.intent import withdraw
from radar.market.ledger import Ledger
from radar.plan.layout import field_name


def position_of(run: Run, asset: str, number: int = 0) -> Any:
    """The position of a strategy, the first unless told otherwise, on an asset; writing to it changes the run."""
    lane = run.plan.assets.index(asset)
    return RecordView(run.state.lanes[lane][f"{field_name(run.plan.chains[number].strategy)}_position"])


def intent_of(run: Run, asset: str) -> Any:
    """The intent of the first strategy on an asset; writing to it changes the run."""
    lane = run.plan.assets.index(asset)
    return RecordView(run.state.lanes[lane][f"{field_name(run.plan.chains[0].strategy)}_intent"])


def account_of(run: Run) -> Any:
    """The account of the run."""
    return RecordView(run.account(run.plan.executors[0].id))


def leave_alone(run: Run, asset: str) -> None:
    """Take back everything that the strategy wants of the next bar, its target too; its stop stays."""
    intent = intent_of(run, asset)
    withdraw(intent)
    intent.target = float("nan")


def hold(
    run: Run, asset: str, side: int, quantity: float, *, stop: float = float("nan"), target: float = float("nan")
) -> Any:
    """Buy or sell at the last close, as a strategy would have at that close; returns the position."""
    chain = run.plan.chains[0]
    lane = run.plan.assets.index(asset)
    strategy = run.plan.node(chain.strategy)
    assert strategy.kind.terms is not None
    terms = strategy.kind.terms(RecordView(run.state.params[lane][field_name(chain.strategy)]))
    position, account = position_of(run, asset), account_of(run)
    row = run.row - 1
    moment = Moment(row, int(run.feed.times[row]), lane, chain.number, True)
    close = float(run.feed.market[row, lane, 3])
    ledger = Ledger(RecordArray(run.fills), RecordArray(run.trades), run.equity)
    execution = Execution(close, 0.0, 0.0)
    open_level(
        ledger, account, position, moment, terms, side, 0, execution, quantity, account.equity, account.equity, 0
    )  # fmt: skip
    intent = intent_of(run, asset)
    intent.stop, intent.target = stop, target
    return position
