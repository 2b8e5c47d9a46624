"""The ledger of a run in the numbers of another plan: lanes, strategies, accounts and rows are counted otherwise."""

from __future__ import annotations

import numpy as np

from radar.engine.reload.pairing import Pairing
from radar.engine.reload.possible import ReloadError
from radar.engine.run import Run
from radar.market.instant import format_instant
from radar.plan.trace import trace_columns

__all__ = ["carry_ledger", "row_after"]


def row_after(before: Run, times: np.ndarray) -> int:
    """The row of a timeline that follows what ``before`` has seen.

    Raises:
        ReloadError: The timeline lacks the last bar that it has seen.
    """
    if before.row == 0:
        return 0
    # The clock of its lanes: a run that was restored has no rows of the market from before.
    last = int(before.state.lanes["series"]["time"].max())
    row = int(np.searchsorted(times, last))
    if row >= len(times) or times[row] != last:
        raise _lacks(last)
    return row + 1


def carry_ledger(before: Run, run: Run, pairing: Pairing) -> None:
    """Give ``run`` the ledger of ``before``.

    Raises:
        ReloadError: The timeline of ``run`` lacks a bar at which an account was marked.
    """
    old_places = [node.id for node in pairing.before.executors]
    accounts = max(len(pairing.after.executors), 1)
    run.all_fills = np.zeros((accounts, before.all_fills.shape[1]), before.all_fills.dtype)
    run.all_trades = np.zeros((accounts, before.all_trades.shape[1]), before.all_trades.dtype)
    strategies, run.former = _numbers(before, pairing)
    lanes = np.array([pairing.after.assets.index(asset) for asset in pairing.before.assets], np.int64)
    rows = np.searchsorted(run.feed.times, before.feed.times[: before.row])
    for place, node in enumerate(pairing.after.executors):
        if node.id not in pairing.was:
            continue
        old = old_places.index(pairing.was[node.id])
        record = before.account(pairing.was[node.id])
        for count, source, target in (
            (int(record["fill_count"]), before.all_fills, run.all_fills),
            (int(record["trade_count"]), before.all_trades, run.all_trades),
        ):
            target[place] = source[old]
            target[place, :count]["lane"] = lanes[source[old, :count]["lane"]]
            target[place, :count]["strategy"] = strategies[source[old, :count]["strategy"]]
        _carry_equity(before, run, old, place, rows)
    _carry_trace(before, run, pairing, rows)


def _numbers(before: Run, pairing: Pairing) -> tuple[np.ndarray, tuple[str, ...]]:
    """The new number of every old one, and the strategies that are there no more, numbered behind those that are."""
    chains = pairing.after.chains
    stays = {old.number: chain.number for chain in chains if (old := pairing.chain_before(chain)) is not None}
    gone = [chain.strategy for chain in pairing.before.chains if chain.number not in stays]
    former = (*before.former, *(name for name in gone if name not in before.former))
    numbers = []
    for number in range(len(pairing.before.chains) + len(before.former)):
        name = before.strategy(number)
        numbers.append(stays[number] if number in stays else len(chains) + former.index(name))
    return np.array(numbers or [0], np.int64), former


def _carry_equity(before: Run, run: Run, old: int, place: int, rows: np.ndarray) -> None:
    equity = before.all_equity[old, : before.row]
    marked = np.flatnonzero(~np.isnan(equity))
    times = before.feed.times
    found = run.feed.times[np.minimum(rows[marked], run.feed.rows - 1)] == times[marked] if len(marked) else marked == 0
    if not found.all():
        raise _lacks(int(times[marked[int(np.argmin(found))]]))
    run.all_equity[place, rows[marked]] = equity[marked]


def _carry_trace(before: Run, run: Run, pairing: Pairing, rows: np.ndarray) -> None:
    """The columns of the same name of the same assets, where the run before was traced."""
    if not before.trace.size:
        return
    names = [column.name for column in trace_columns(pairing.after)]
    run.trace = np.full((run.feed.rows, len(pairing.after.assets), len(names)), np.nan)
    there = run.feed.times[np.minimum(rows, run.feed.rows - 1)] == before.feed.times[: before.row]
    for place, column in enumerate(trace_columns(pairing.before)):
        if column.name in names:
            for lane, old in enumerate(pairing.lanes):
                if old >= 0:
                    found = before.trace[: before.row, old, place][there]
                    run.trace[rows[there], lane, names.index(column.name)] = found


def _lacks(time: int) -> ReloadError:
    return ReloadError(
        f"the market of the new plan has no bar of {format_instant(time)}, which the run has seen",
        expected="stored history with every bar up to the one at which the plan takes over",
        next_step="let the store catch up (radarctl data list shows what there is), then try again",
        code="R5033",
    )
