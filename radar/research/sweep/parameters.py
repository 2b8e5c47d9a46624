"""Parameter records of all combinations, made without a loop over combinations.

A record is a row of 64-bit words. Each value of an axis changes a few words of the base record, and no two axes change
the same one, so the records of all combinations are the base with those words set. What combines several parameters
(look-back, and with it the first tradable bar) is carried through the graph for all combinations at once.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from radar.engine.state import write_parameters
from radar.plan.layout import field_name
from radar.plan.lookback import carried, own_bars
from radar.plan.plan import Plan
from radar.plan.records import write_params
from radar.research.sweep.space import Changes, Space, combined_node
from radar.research.sweep.watched import answer_each
from radar.spec.model import Node

WORD = 8


def parameter_table(space: Space, plan: Plan) -> np.ndarray:
    """``params[combination, lane]`` of :attr:`radar.plan.layout.Layout.params` for every combination of ``space``.

    ``plan`` is the plan of the base pipeline; all values must give the same layout of records.
    """
    base = np.zeros(len(plan.assets), plan.layout.params)
    write_parameters(plan, base)
    before = _words(base)
    table = np.broadcast_to(before, (space.count, *before.shape)).copy()
    for axis, changes in enumerate(space.changes):
        used, place = np.unique(space.index[:, axis], return_inverse=True)
        values = np.stack([_words(_changed_records(space, plan, base, changes[int(value)])) for value in used])
        for lane in range(len(plan.assets)):
            changed = np.flatnonzero((values[:, lane] != before[lane]).any(axis=0))
            if len(changed):
                table[:, lane, changed] = values[:, lane, changed][place]
    params = table.view(plan.layout.params).reshape(space.count, len(plan.assets))
    _write_history(space, plan, params)
    return params


def _words(params: np.ndarray) -> np.ndarray:
    return params.view(np.int64).reshape(len(params), params.dtype.itemsize // WORD)


def _changed_records(space: Space, plan: Plan, base: np.ndarray, changes: Changes) -> np.ndarray:
    """The records of the base with the changes of one value; each node's place in the arena stays its own."""
    params = base.copy()
    for node_id in changes:
        name = field_name(node_id)
        if name not in (plan.layout.params.names or ()):
            continue
        node = combined_node(space.base, plan.node(node_id), [changes])
        for lane, asset in enumerate(plan.assets):
            record = params[lane][name]
            write_params(
                record, node.kind, node.params_for(asset), interval=plan.interval(node), window=record["window"]
            )
    return params


def _write_history(space: Space, plan: Plan, params: np.ndarray) -> None:
    """Look-back of every strategy for every combination."""
    for lane, asset in enumerate(plan.assets):
        own = {node.id: _own_bars(space, plan, node, asset) for node in plan.nodes}
        needs = carried(plan.nodes, plan.tick, plan.base, own)
        for chain in plan.chains:
            params["run"][f"history_{field_name(chain.strategy)}"][:, lane] = needs[chain.strategy]


def _own_bars(space: Space, plan: Plan, node: Node, asset: str) -> np.ndarray:
    """Bars that a node looks at itself, for every combination."""

    def ask(nodes: Sequence[Node]) -> int:
        return own_bars(nodes[0], plan.tick[node.id], asset)

    bars, place = answer_each(space.base, [node], space.changes, space.index, ask)
    counts: np.ndarray = np.array(bars, np.int64)[place]
    return counts
