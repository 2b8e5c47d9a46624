"""Columns of a sweep: every distinct (node, parameters, inputs) computed once, as many at a time as memory may hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from radar.engine.feed import Feed
from radar.kernel.column import ColumnFunction
from radar.kernel.expressions import column_name
from radar.plan.hoist import Hoisting, hoist
from radar.plan.layout import field_name
from radar.plan.plan import Plan
from radar.plan.records import state_dtype
from radar.research.sweep.distinct import distinct_first, distinct_rows
from radar.research.sweep.grid import SweepError
from radar.research.sweep.memory import size_text
from radar.research.sweep.space import Space, combined_node
from radar.spec.model import Node

WORD = 8
"""Bytes of a number in a column."""


@dataclass(frozen=True)
class Computations:
    """The distinct computations of a sweep.

    ``chosen[combination, place]`` is the number of the computation that a combination reads of each node of
    ``hoisting``, in its order; ``first`` names, by node, a combination that makes each computation.
    """

    plan: Plan
    hoisting: Hoisting
    functions: Mapping[str, ColumnFunction]
    chosen: np.ndarray
    first: Mapping[str, np.ndarray]

    @property
    def counts(self) -> Mapping[str, int]:
        """Distinct computations by node."""
        return {node: len(first) for node, first in self.first.items()}

    @property
    def columns(self) -> Mapping[str, int]:
        """Columns by node: the computations times the outputs that each has."""
        return {node: len(self.first[node]) * len(hoisted.fields) for node, hoisted in self.hoisting.nodes.items()}

    @property
    def bar_bytes(self) -> int:
        """Bytes of all columns for one row of the timeline."""
        return sum(self.columns.values()) * len(self.plan.assets) * WORD

    def take(self, rows: np.ndarray) -> Computations:
        """The same of some combinations, in this order; computations that none of them reads are left out."""
        chosen, first = self.chosen[rows], {}
        for place, node in enumerate(self.hoisting.nodes):
            _, first[node], chosen[:, place] = distinct_first(chosen[:, place : place + 1])
        return Computations(self.plan, self.hoisting, self.functions, chosen, first)

    def portions(self, rows: int, memory: int) -> tuple[np.ndarray, tuple[tuple[int, int], ...]]:
        """An order of the combinations and ranges of it whose columns for ``rows`` rows fit into ``memory`` bytes.

        Raises:
            SweepError: The columns of one combination alone do not fit.
        """
        count = len(self.chosen)
        if not self.hoisting.nodes or self.bar_bytes * rows <= memory:
            return np.arange(count), ((0, count),)
        sizes = (
            np.array([len(one.fields) for one in self.hoisting.nodes.values()]) * len(self.plan.assets) * rows * WORD
        )
        # Nodes with most columns vary slowest, so that a portion needs few of them.
        slowest = np.argsort(-np.array([*self.columns.values()]), kind="stable")
        distinct, place = distinct_rows(self.chosen[:, slowest])
        first = np.searchsorted(np.sort(place), np.arange(len(distinct)))
        held: set[tuple[int, int]] = set()
        begins, used = [0], 0
        for number, row in enumerate(distinct):
            wanted = {(int(node), int(one)) for node, one in zip(slowest, row, strict=True)}
            more = sum(int(sizes[node]) for node, _ in wanted - held)
            if used + more > memory:
                if number and held:
                    begins.append(int(first[number]))
                held, used = set(), 0
                more = int(sizes.sum())
                if more > memory:
                    raise SweepError(
                        f"the columns of one combination take {size_text(more)}, more than the memory of "
                        f"{size_text(memory)}",
                        expected=f"--memory of at least {size_text(more)}",
                        next_step="give it more, or choose a shorter period or fewer assets",
                        code="R6005",
                    )
            held |= wanted
            used += more
        return np.argsort(place, kind="stable"), tuple(zip(begins, [*begins[1:], count], strict=True))


def computations(space: Space, plan: Plan, params: np.ndarray) -> Computations:
    """The distinct computations that the combinations of ``params[combination, lane]`` need."""
    hoisting = hoist(plan)
    places = {node: place for place, node in enumerate(hoisting.nodes)}
    chosen = np.zeros((space.count, len(places)), np.int64)
    functions: dict[str, ColumnFunction] = {}
    first: dict[str, np.ndarray] = {}
    for node, place in places.items():
        function = functions[node] = ColumnFunction(plan, hoisting, hoisting.nodes[node])
        inputs = list(dict.fromkeys(places[one] for one, _ in function.inputs))
        records = np.ascontiguousarray(params[field_name(node)])
        records["window"] = 0
        words = records.view(np.int64).reshape(space.count, -1)
        _, first[node], chosen[:, place] = distinct_first(np.concatenate([words, chosen[:, inputs]], axis=1))
    return Computations(plan, hoisting, functions, chosen, first)


def compute_columns(
    needed: Computations, space: Space, feed: Feed, params: np.ndarray, numbers: np.ndarray
) -> np.ndarray:
    """``values[column, lane, row]`` of these combinations, without a copy of any; ``numbers`` (the combinations'
    records of column numbers) are filled in.

    ``needed``, ``space``, ``params`` and ``numbers`` are of the same combinations in the same order.
    """
    plan, hoisting = needed.plan, needed.hoisting
    total = max(sum(needed.columns.values()), 1)
    values = np.full((total, len(plan.assets), feed.rows), np.nan)
    begin = 0
    starts: dict[str, np.ndarray] = {}
    for place, (node_id, hoisted) in enumerate(hoisting.nodes.items()):
        function, fields = needed.functions[node_id], len(hoisted.fields)
        advance = function.compile()
        starts[node_id] = begin + fields * np.arange(len(needed.first[node_id]))
        for number, combination in enumerate(needed.first[node_id]):
            read = np.zeros(max(len(function.inputs), 1), np.int64)
            for port, (source, field) in enumerate(function.inputs):
                read[port] = starts[source][needed.chosen[combination, _place(hoisting, source)]] + field
            node = combined_node(space.base, plan.node(node_id), space.chosen(int(combination)))
            records = np.ascontiguousarray(params[field_name(node_id)][combination])
            out = values[begin + fields * number : begin + fields * (number + 1)]
            _compute(plan, feed, node, advance, records, values, read, out)
        for offset, field_of in enumerate(hoisted.fields):
            name = column_name(node_id, field_of)
            numbers[name] = (starts[node_id][needed.chosen[:, place]] + offset)[:, None]
        begin += fields * len(needed.first[node_id])
    return values


def count_bars(feed: Feed, interval: int) -> tuple[np.ndarray, np.ndarray]:
    """For every lane and row, the candles since the start or the last gap before it, and the gaps up to it.

    They are what :data:`radar.market.series.SERIES` holds at the open of a row, of which no parameter has a part.
    """
    rows, lanes = feed.market.shape[:2]
    bars, gaps = np.zeros((lanes, rows), np.int64), np.zeros((lanes, rows), np.int64)
    for lane in range(lanes):
        present = np.flatnonzero(~np.isnan(feed.market[:, lane, 3]))
        broken = np.diff(feed.times[present], prepend=feed.times[present[:1]] - interval) != interval
        number = np.arange(len(present))
        bars[lane, present] = number - np.maximum.accumulate(np.where(broken, number, 0))
        gaps[lane, present] = np.cumsum(broken)
    return bars, gaps


def _place(hoisting: Hoisting, node: str) -> int:
    return list(hoisting.nodes).index(node)


def _compute(
    plan: Plan,
    feed: Feed,
    node: Node,
    advance: Callable[..., Any],
    records: np.ndarray,
    values: np.ndarray,
    read: np.ndarray,
    out: np.ndarray,
) -> None:
    """Fill ``out[field, lane, row]`` of one distinct computation, which reads the columns ``read`` of ``values``."""
    lanes, interval = len(plan.assets), plan.interval(node)
    size = max(node.kind.window(node.params_for(asset), interval) for asset in plan.assets)
    states = np.zeros(lanes, state_dtype(node.kind) if node.kind.state else np.dtype([("none", "i8")]))
    for name, value in node.kind.initial.items():
        states[name] = value
    records["window"] = 0
    windows = np.zeros((lanes, max(size, 1)))
    advance(feed.times, feed.market, values, read, states, records, windows, out)
