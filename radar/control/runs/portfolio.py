"""What a run holds, as plain data: accounts, open positions, and entries that rest in the simulated book.

Called in the run's process between two events, once for everybody who asks. Money is in the currency of the account,
times are milliseconds UTC; a number that is not known is None.
"""

from __future__ import annotations

import math
from typing import Any

from radar.engine.end import held_positions, protection
from radar.engine.run import Run
from radar.engine.stream.paper import PaperRun, Status
from radar.kernel.records import RecordView
from radar.market.position import stop_at, unrealised
from radar.plan.layout import field_name

__all__ = ["portfolio_of"]


def portfolio_of(paper: PaperRun, status: Status) -> dict[str, Any]:
    """How a run is doing and what it holds. ``time`` is the close up to which it has decided."""
    run, base = paper.run, paper.wanted.base.milliseconds
    positions = [_position(run, chain, lane, position) for chain, lane, position in held_positions(run)]
    return {
        "time": None if status.time is None else status.time + base,
        "row": run.row,
        "rows": status.rows,
        "counts": status.counts,
        "connected": status.connected,
        "equity": status.equity,
        "accounts": [_account(run, node.id, positions) for node in run.plan.executors],
        "positions": positions,
        "orders": [
            one
            for chain in run.plan.chains
            for lane in range(len(run.plan.assets))
            for one in _resting(run, chain, lane)
        ],
    }


def _account(run: Run, name: str, positions: list[dict[str, Any]]) -> dict[str, Any]:
    account = run.account(name)
    return {
        "account": name,
        **{field: _number(account[field]) for field in ("initial", "cash", "equity", "locked", "closed_net")},
        "unrealised": sum(one["net"] for one in positions if one["account"] == name),
        "positions": int(account["positions"]),
        "liquidated": bool(account["liquidated"]),
    }


def _position(run: Run, chain: Any, lane: int, position: RecordView) -> dict[str, Any]:
    close = float(run.state.lanes[lane]["series"]["close"])
    terms, intent, parameters = protection(run, chain, lane)
    stop = stop_at(parameters, terms, intent, position.side, position.average)
    gross = float(position.side * (close * position.quantity - position.reference_value))
    return {
        "account": chain.executor,
        "strategy": chain.strategy,
        "asset": run.plan.assets[lane],
        "side": int(position.side),
        "quantity": float(position.quantity),
        "average": float(position.average),
        "mark": close,
        "levels": int(position.levels),
        "stop": _number(stop.price),
        "target": _number(intent.target),
        "locked": float(position.locked),
        "leverage": _number(terms.leverage),
        "gross": gross,
        "fees": float(position.fees),
        "funding": float(position.funding),
        "net": float(unrealised(position, close)) + float(position.funding) - float(position.fees),
        "entry_time": int(position.entry_time),
        "bars": int(position.bars),
        "entry_regime": int(position.entry_regime),
        "trade": int(position.trade),
    }


def _resting(run: Run, chain: Any, lane: int) -> list[dict[str, Any]]:
    """Entry levels that the simulated account watches: those of the intent that are priced and not filled."""
    state, strategy = run.state.lanes[lane], field_name(chain.strategy)
    intent, position = state[f"{strategy}_intent"], state[f"{strategy}_position"]
    side, filled = int(position["side"]), int(position["filled"])
    if intent["extend_only"] and not side:
        return []
    found = []
    for name, sign in (("buy", 1), ("sell", -1)):
        if side and side != sign:
            continue
        for level in range(int(intent[f"{name}_count"])):
            price = float(intent[name][level])
            if price > 0.0 and not (side and filled >> level & 1):
                found.append(
                    {
                        "account": chain.executor,
                        "strategy": chain.strategy,
                        "asset": run.plan.assets[lane],
                        "side": sign,
                        "level": level,
                        "price": price,
                    }
                )
    return found


def _number(value: Any) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None
