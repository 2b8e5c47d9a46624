"""A run of another plan at the row at which a run stands: what must be kept is kept, the rest is made anew.

Positions, accounts, kill switches and counters are copied, field by field and by the names of nodes; so is the state of
every node that is the same one. Parameters are those of the new plan. What is made anew comes from stored history
(:mod:`radar.engine.reload.warm`) or from the ledger (:mod:`radar.engine.reload.learned`). The run before is only read:
whatever goes wrong, it goes on as if nothing had been asked of it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from radar.engine.feed import Feed
from radar.engine.reload.books import carry_ledger, row_after
from radar.engine.reload.invariants import require_same
from radar.engine.reload.learned import Memory, learn_anew, remember_otherwise
from radar.engine.reload.pairing import Origin, Pairing, pair
from radar.engine.reload.possible import require_possible
from radar.engine.reload.warm import Warming
from radar.engine.run import Run
from radar.kernel.build import Kernel
from radar.plan.diff import Fate
from radar.plan.layout import field_name
from radar.plan.plan import Plan
from radar.spec.model import Node

__all__ = ["carry"]


def carry(before: Run, plan: Plan, kernel: Kernel, feed: Feed, warming: Warming | None = None) -> Run:
    """The run of ``plan`` that goes on where ``before`` stands.

    Args:
        before: The run that goes on if this fails. It is not changed.
        plan: The plan that takes over, ``kernel`` its kernel.
        feed: The market of the new plan, with every bar that ``before`` has seen; rows behind it may be there.
        warming: Nodes that have been made anew as far as they have come; None: from the beginning.

    Raises:
        ReloadError: The new plan cannot take over as things stand.
        DefectError: What must be equal on both sides is not.
    """
    pairing = warming.pairing if warming is not None else pair(before.plan, plan)
    require_possible(before, pairing)
    row = row_after(before, feed.times)
    run = Run.begin(plan, kernel, replace(feed, start=_start(before, feed, row)))
    run.row = row
    if pairing.reads_history:
        warming = warming or Warming(pairing, kernel, feed)
        warming.reach(before, feed, row)
    _carry_lanes(before, run, pairing, warming)
    _carry_shared(before, run, pairing)
    carry_ledger(before, run, pairing)
    require_same(before, run, pairing)
    return run


def _start(before: Run, feed: Feed, row: int) -> int:
    """The first tradable row: that of the run before if it has passed it."""
    if before.row <= before.feed.start:
        return max(feed.start, row)
    return min(int(np.searchsorted(feed.times, before.feed.times[before.feed.start])), row - 1)


def _carry_lanes(before: Run, run: Run, pairing: Pairing, warming: Warming | None) -> None:
    """State of the assets."""
    for lane, old in enumerate(pairing.lanes):
        target = run.state.lanes[lane]
        if old < 0:
            assert warming is not None
            run.state.lanes[lane] = warming.run.state.lanes[lane]
            run.state.windows[lane] = warming.run.state.windows[lane]
            continue
        source = before.state.lanes[old]
        for name in ("series", "approval", "met"):
            target[name] = source[name]
        for node in run.plan.nodes:
            if pairing.origin[node.id] is Origin.BEFORE:
                _copy_node(before, run, pairing, node, lane)
            elif pairing.origin[node.id] is Origin.MARKET:
                assert warming is not None
                _copy_own(warming.run, run, node.id, node, lane, lane)
            if pairing.inputs_anew(node):
                assert warming is not None
                _copy_fields(warming.run.state.lanes[lane], target, node.id, node.id, _KEPT)
        for chain in run.plan.chains:
            kept = pairing.kept_strategy(chain)
            if kept is not None:
                _copy_position(before, run, pairing, chain.strategy, lane, warming)


_KEPT = ("_held", "_regime")
_OWN = ("", "_held", "_intent", "_position", "_regime")
"""Endings of the fields that a node has in the record of a lane."""


def _copy_node(before: Run, run: Run, pairing: Pairing, node: Node, lane: int) -> None:
    _copy_own(before, run, pairing.was[node.id], node, pairing.lanes[lane], lane)


def _copy_own(source: Run, run: Run, name: str, node: Node, old: int, lane: int) -> None:
    """Every field and the window of a node, which is called ``name`` in ``source``."""
    _copy_fields(source.state.lanes[old], run.state.lanes[lane], name, node.id, _OWN)
    if node.id not in run.plan.layout.windows:
        return
    asset = run.plan.assets[lane]
    size = node.kind.window(node.params_for(asset), run.plan.tick[node.id].clock.milliseconds)
    there, here = source.plan.layout.windows[name], run.plan.layout.windows[node.id]
    run.state.windows[lane, here : here + size] = source.state.windows[old, there : there + size]


def _copy_fields(source: np.void, target: np.void, was: str, now: str, endings: tuple[str, ...]) -> None:
    there, here = field_name(was), field_name(now)
    for ending in endings:
        if f"{here}{ending}" in (target.dtype.names or ()) and f"{there}{ending}" in (source.dtype.names or ()):
            target[f"{here}{ending}"] = source[f"{there}{ending}"]


def _copy_position(before: Run, run: Run, pairing: Pairing, strategy: str, lane: int, warming: Warming | None) -> None:
    """A strategy's position. Where the strategy is made anew: what it then wants, if it knows that position."""
    there, here = field_name(pairing.was[strategy]), field_name(strategy)
    source, target = before.state.lanes[pairing.lanes[lane]], run.state.lanes[lane]
    target[f"{here}_position"] = source[f"{there}_position"]
    position = target[f"{here}_position"]
    if position["closed_row"] >= 0:
        # It is compared with rows to come only, so what matters is how far back it lies.
        position["closed_row"] = max(int(position["closed_row"]) + run.row - before.row, 0)
    if pairing.origin[strategy] is not Origin.MARKET:
        return
    assert warming is not None
    if position["side"] == 0:
        target[f"{here}_intent"]["trail"] = np.nan
    elif not warming.knows(lane, strategy):
        # It was entered at the last close: until the next one there is nothing to say of it but what was said then.
        target[f"{here}_intent"] = source[f"{there}_intent"]


def _carry_shared(before: Run, run: Run, pairing: Pairing) -> None:
    """State of accounts and risk nodes."""
    source, target = before.state.shared[0], run.state.shared[0]
    fates = {one.node: one.fate for one in pairing.difference.nodes}
    for node in run.plan.nodes:
        here = field_name(node.id)
        if node.kind.role == "executor" and pairing.origin[node.id] is Origin.BEFORE:
            target[here] = source[field_name(pairing.was[node.id])]
            account = target[here]
            account["assets"] = len(run.plan.assets)
            if account["released_row"] > 0:
                account["released_row"] = max(int(account["released_row"]) + run.row - before.row, 0)
        elif node.kind.role == "risk":
            memory = _memory(before, pairing, node, fates[node.id])
            target[here] = memory.state[0]
            begin = run.plan.layout.shared_windows[node.id]
            run.state.shared_windows[begin : begin + len(memory.window)] = memory.window


def _memory(before: Run, pairing: Pairing, node: Node, fate: Fate) -> Memory:
    """What a risk node remembers."""
    if node.id not in pairing.was or fate is Fate.NEEDS_FLAT:
        return learn_anew(before, pairing, node)
    old = pairing.was[node.id]
    state = before.state.shared[field_name(old)].copy()
    if pairing.origin[node.id] is not Origin.BEFORE:
        return remember_otherwise(before, pairing, node, state)
    begin = before.plan.layout.shared_windows[old]
    own = before.plan.node(old)
    interval = before.plan.tick[old].clock.milliseconds
    size = max(own.kind.window(own.params_for(asset), interval) for asset in before.plan.assets)
    return Memory(state, before.state.shared_windows[begin : begin + size].copy())
