"""The end of the data: what is still open is marked to market, and closed if the account says so (spec 3.9)."""

from __future__ import annotations

from typing import Any

from radar.engine.run import Run
from radar.kernel.records import RecordArray, RecordView
from radar.market.account import Moment, close_position
from radar.market.instant import format_instant
from radar.market.ledger import Ledger
from radar.market.position import stop_at, unrealised
from radar.market.reason import ExitReason, Side
from radar.market.simulation.costs import market_exit
from radar.market.statistics import observe_equity
from radar.plan.chain import Chain
from radar.plan.layout import field_name


def open_positions(run: Run) -> list[dict[str, Any]]:
    """Positions that are open at the last bar, marked at their asset's last close."""
    found = []
    for chain, lane, position in held_positions(run):
        close = float(run.state.lanes[lane]["series"]["close"])
        terms, intent, account = protection(run, chain, lane)
        stop = stop_at(account, terms, intent, position.side, position.average)
        found.append(
            {
                "strategy": chain.strategy,
                "asset": run.plan.assets[lane],
                "side": Side(int(position.side)).name.lower(),
                "entry_time": format_instant(int(position.entry_time)),
                "average_entry": float(position.average),
                "quantity": float(position.quantity),
                "mark": close,
                "stop": float(stop.price),
                "unrealised": float(unrealised(position, close)),
                "fees": float(position.fees),
                "funding": float(position.funding),
            }
        )
    return found


def close_open_positions(run: Run) -> None:
    """Close what is open at the last close with reason ``end_of_data``, on accounts with ``close_at_end``.

    Such trades stand in the ledger and in equity, and are left out of trade statistics.
    """
    for chain, lane, position in held_positions(run):
        executor = run.plan.node(chain.executor)
        if not executor.params.model_dump()["close_at_end"]:
            continue
        account = RecordView(run.account(chain.executor))
        place = [node.id for node in run.plan.executors].index(chain.executor)
        if account.trade_count + 1 > run.all_trades.shape[1] or account.fill_count + 1 > run.all_fills.shape[1]:
            run.grow()
        state = run.state.lanes[lane]
        terms, intent, parameters = protection(run, chain, lane)
        stop = stop_at(parameters, terms, intent, position.side, position.average)
        regime = int(state[f"{field_name(chain.executor)}_regime"])
        execution = market_exit(parameters, float(state["series"]["close"]), regime)
        last = run.row - 1
        moment = Moment(last, int(run.feed.times[last]), lane, chain.number, True)
        ledger = Ledger(RecordArray(run.all_fills[place]), RecordArray(run.all_trades[place]), run.all_equity[place])
        reason = int(ExitReason.END_OF_DATA)
        close_position(ledger, account, position, moment, execution, reason, stop.price, float(intent.target), regime)
        _mark(run, chain.executor)


def _mark(run: Run, executor: str) -> None:
    """Value the account again after a forced close; its last equity point is replaced."""
    account = RecordView(run.account(executor))
    equity = float(account.cash)
    for chain, lane, position in held_positions(run):
        if chain.executor == executor:
            equity += float(unrealised(position, float(run.state.lanes[lane]["series"]["close"])))
    account.equity = equity
    observe_equity(account.statistics, int(run.feed.times[run.row - 1]), equity)
    run.ledger(executor)[2][run.row - 1] = equity


def held_positions(run: Run) -> list[tuple[Chain, int, RecordView]]:
    """Open positions in the order of a bar: asset by asset, of each its strategies."""
    found = []
    for lane in range(len(run.plan.assets)):
        for chain in run.plan.chains:
            position = RecordView(run.state.lanes[lane][f"{field_name(chain.strategy)}_position"])
            if position.side != 0:
                found.append((chain, lane, position))
    return found


def protection(run: Run, chain: Chain, lane: int) -> tuple[Any, RecordView, RecordView]:
    """Terms and intent of a chain on a lane, and the parameters of its account."""
    kind = run.plan.node(chain.strategy).kind
    assert kind.terms is not None
    params = run.state.params[lane]
    terms = kind.terms(RecordView(params[field_name(chain.strategy)]))
    intent = RecordView(run.state.lanes[lane][f"{field_name(chain.strategy)}_intent"])
    return terms, intent, RecordView(params[field_name(chain.executor)])
