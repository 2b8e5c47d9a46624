"""Parameter records of all combinations, made without a loop over combinations.

A record is a row of 64-bit words. Each value of an axis changes a few words of the base record, and no two axes change
the same one, so the records of all combinations are the base with those words set. What combines several parameters
(look-back, and with it the first tradable bar) is computed for every distinct set of values that it depends on.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from radar.engine.state import write_parameters
from radar.plan.layout import field_name
from radar.plan.lookback import lookbacks
from radar.plan.plan import Plan, make_plan
from radar.research.sweep.distinct import distinct_rows
from radar.research.sweep.space import Space, combined
from radar.research.sweep.watched import axes_reading, parameters_read
from radar.spec.model import Pipeline

WORD = 8


def parameter_table(space: Space, plan: Plan) -> np.ndarray:
    """``params[combination, lane]`` of :attr:`radar.plan.layout.Layout.params` for every combination of ``space``.

    ``plan`` is the plan of the base pipeline; all values must give the same layout of records.
    """
    base = _words(plan)
    lanes, width = base.shape
    table = np.broadcast_to(base, (space.count, lanes, width)).copy()
    derived = _derived_words(plan)
    for axis, variants in enumerate(space.variants):
        used, place = np.unique(space.index[:, axis], return_inverse=True)
        values = np.stack([_words(make_plan(variants[int(value)])) for value in used])
        for lane in range(lanes):
            changed = np.flatnonzero((values[:, lane] != base[lane]).any(axis=0) & ~derived)
            if len(changed):
                table[:, lane, changed] = values[place][:, lane, changed]
    params = table.view(plan.layout.params).reshape(space.count, lanes)
    _write_history(space, plan, params)
    return params


def _words(plan: Plan) -> np.ndarray:
    params = np.zeros(len(plan.assets), plan.layout.params)
    write_parameters(plan, params)
    return params.view(np.int64).reshape(len(plan.assets), plan.layout.params.itemsize // WORD)


def _derived_words(plan: Plan) -> np.ndarray:
    """Words that do not belong to one parameter: places in the arena and look-backs."""
    dtype = plan.layout.params
    derived = np.zeros(dtype.itemsize // WORD, dtype=bool)
    fields: Mapping[str, Any] = dtype.fields or {}
    for name in dtype.names or ():
        inner, offset = fields[name][:2]
        for field, (_, place, *_) in (inner.fields or {}).items():
            if field == "window" or (name == "run" and field.startswith("history_")):
                derived[(offset + place) // WORD] = True
    return derived


def _write_history(space: Space, plan: Plan, params: np.ndarray) -> None:
    """Look-back of every strategy for every combination."""
    for chain in plan.chains:
        upstream = _upstream(plan, chain.strategy)
        relevant = axes_reading(space.changes, parameters_read(space.variants, partial(_needs, plan, upstream)))
        choices, place = distinct_rows(space.index[:, relevant])
        needs = np.empty((len(choices), len(plan.assets)), np.int64)
        for row, choice in enumerate(choices):
            changes = [space.changes[axis][int(value)] for axis, value in zip(relevant, choice, strict=True)]
            found = _needs(plan, upstream, combined(space.base, changes))
            needs[row] = [found[asset][chain.strategy] for asset in plan.assets]
        params["run"][f"history_{field_name(chain.strategy)}"] = needs[place]


def _upstream(plan: Plan, node: str) -> set[str]:
    found: set[str] = set()
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting += [one.node for references in plan.node(current).inputs.values() for one in references]
    return found


def _needs(plan: Plan, upstream: set[str], pipeline: Pipeline) -> dict[str, dict[str, int]]:
    """Look-backs of ``upstream`` nodes by asset, with the parameters of ``pipeline``."""
    nodes = sorted((node for node in pipeline.nodes if node.id in upstream), key=lambda node: plan.order_of(node.id))
    return {asset: lookbacks(nodes, plan.tick, plan.base, asset) for asset in plan.assets}
