"""Risk nodes that are new or made anew: what they would know of their accounts had they been there all along.

A risk node knows its accounts by their closed trades and their marked equity, and both are in the ledger. So a kill
switch that is put in has the peak, the day's beginning and the losses of the run so far, and one that was taken out and
put back has not forgotten that it had tripped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from radar.engine.reload.pairing import Pairing
from radar.engine.reload.possible import ReloadError
from radar.engine.run import Run
from radar.kernel.records import RecordView, param_dtype, state_dtype, write_params
from radar.market.account import ACCOUNT, open_account
from radar.market.statistics import observe_equity, observe_trade
from radar.plan.plan import Plan
from radar.spec.model import Node

__all__ = ["Memory", "learn_anew", "remember_otherwise"]


@dataclass(frozen=True)
class Memory:
    """State record of a risk node and its part of the arena; the window begins at 0."""

    state: np.ndarray
    window: np.ndarray


@dataclass(frozen=True)
class _Mark:
    """An account at the end of a row: its place among the node's accounts, its trades of that row, its equity."""

    account: int
    time: int
    equity: float
    trades: tuple[np.void, ...] = ()
    own: tuple[bool, ...] = ()


def learn_anew(run: Run, pairing: Pairing, node: Node) -> Memory:
    """What ``node`` of the new plan would know had it stood in the accounts of ``run`` from their first mark on.

    Raises:
        ReloadError: The run has not its whole ledger at hand.
    """
    for name in _executors(pairing, node):
        if (run.ledger(pairing.was[name])[0]["time"] == 0).any():
            raise ReloadError(
                f"{node.id} is to know what {name} has done, and a run that was restored has only a part of it at hand",
                expected="the fills, trades and equity of the account from its beginning",
                next_step="read the ledger back into the run, or leave the node as it was",
                code="R5031",
            )
    return _walk(pairing.after, node, _accounts(run, pairing, node), _marks(run, pairing, node))


def remember_otherwise(run: Run, pairing: Pairing, node: Node, state: np.ndarray) -> Memory:
    """``state`` of a node whose parameters say that it remembers its accounts otherwise, such as for longer.

    What has happened stays as it is, a tripped switch above all; only what the memory consists of follows from the
    ledger again. That part is found by trial: fields that come out otherwise where no account loses anything worth
    mentioning are about memory, not about events.
    """
    before, after = pairing.before.node(pairing.was[node.id]), node
    sizes = [_size(plan, one) for plan, one in ((pairing.before, before), (pairing.after, after))]
    quiet = [_Mark(0, row * pairing.after.base.milliseconds, 1.0 - row * 1e-12) for row in range(max(sizes) + 2)]
    steps = [_steps(plan, one, [1.0], quiet) for plan, one in ((pairing.before, before), (pairing.after, after))]
    differing: set[str] = set()
    for (old, _), (new, _) in zip(*steps, strict=True):
        differing |= {name for name in state.dtype.names or () if old[name] != new[name]}
    found = learn_anew(run, pairing, node)
    merged = state.copy()
    for name in differing:
        merged[name] = found.state[name]
    return Memory(merged, found.window)


def _accounts(run: Run, pairing: Pairing, node: Node) -> list[float]:
    """Initial capital of each account whose entries pass through ``node``."""
    return [float(run.account(pairing.was[name])["initial"]) for name in _executors(pairing, node)]


def _executors(pairing: Pairing, node: Node) -> list[str]:
    through = {chain.executor for chain in pairing.after.chains if node.id in chain.risks}
    return [one.id for one in pairing.after.executors if one.id in through and one.id in pairing.was]


def _marks(run: Run, pairing: Pairing, node: Node) -> Iterator[_Mark]:
    """Every mark of the node's accounts, in order."""
    books = []
    for place, name in enumerate(_executors(pairing, node)):
        old = pairing.was[name]
        _, trades, equity = run.ledger(old)
        own = {
            found.number
            for chain in pairing.after.chains
            if chain.executor == name and node.id in chain.risks and (found := pairing.chain_before(chain)) is not None
        }
        first = np.searchsorted(trades["exit_time"], run.feed.times[: run.row], "left")
        last = np.searchsorted(trades["exit_time"], run.feed.times[: run.row], "right")
        books.append((place, trades, equity, own, first, last))
    for row in range(min(run.feed.start, run.row), run.row):
        for place, trades, equity, own, first, last in books:
            if not np.isnan(equity[row]):
                closed = tuple(trades[first[row] : last[row]])
                mine = tuple(int(trade["strategy"]) in own for trade in closed)
                yield _Mark(place, int(run.feed.times[row]), float(equity[row]), closed, mine)


def _walk(plan: Plan, node: Node, accounts: list[float], marks: Iterable[_Mark]) -> Memory:
    state, window = _fresh(plan, node)
    for _ in _through(plan, node, accounts, marks, state, window):
        pass
    return Memory(state, window)


def _steps(
    plan: Plan, node: Node, accounts: list[float], marks: Iterable[_Mark]
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    state, window = _fresh(plan, node)
    for _ in _through(plan, node, accounts, marks, state, window):
        yield state, window


def _fresh(plan: Plan, node: Node) -> tuple[np.ndarray, np.ndarray]:
    state = np.zeros(1, state_dtype(node.kind) if node.kind.state else np.dtype([("none", "i8")]))
    for field, value in node.kind.initial.items():
        state[0][field] = value
    return state, np.zeros(_size(plan, node))


def _through(
    plan: Plan, node: Node, accounts: list[float], marks: Iterable[_Mark], state: np.ndarray, window: np.ndarray
) -> Iterator[None]:
    """Tell the node of every trade and mark, by its own functions."""
    kind = node.kind
    params = np.zeros(1, param_dtype(kind))
    write_params(params[0], kind, node.params_for(plan.assets[0]), interval=_interval(plan, node), window=0)
    books = np.zeros(len(accounts), ACCOUNT)
    p, s = RecordView(params[0]), RecordView(state[0])
    views: list[Any] = [RecordView(record) for record in books]
    for account, initial in zip(views, accounts, strict=True):
        open_account(account, initial)
    with np.errstate(all="ignore"):
        for mark in marks:
            account = views[mark.account]
            for trade, own in zip(mark.trades, mark.own, strict=True):
                sums = [float(trade[name]) for name in ("gross", "fees", "slippage", "funding", "net", "base")]
                observe_trade(account.statistics, *sums)
                if own and kind.learn is not None:
                    kind.learn(p, s, float(trade["net"]))
            account.equity = mark.equity
            observe_equity(account.statistics, mark.time, mark.equity)
            if kind.observe is not None:
                kind.observe(p, s, window, account, mark.time)
            yield


def _size(plan: Plan, node: Node) -> int:
    interval = plan.tick[node.id].clock.milliseconds
    return max(node.kind.window(node.params_for(asset), interval) for asset in plan.assets)


def _interval(plan: Plan, node: Node) -> int:
    return plan.interval(node)
