"""Columns of a sweep: every distinct (node, parameters, inputs) computed once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from radar.engine.feed import Feed
from radar.kernel.column import ColumnFunction
from radar.plan.hoist import Hoisting, hoist
from radar.plan.layout import field_name
from radar.plan.plan import Plan
from radar.plan.records import state_dtype
from radar.research.sweep.effects import Space, combined_node
from radar.research.sweep.table import distinct_rows
from radar.spec.model import Node


@dataclass(frozen=True)
class Columns:
    """What all combinations share.

    ``values[column, lane, row]`` of all hoisted nodes; ``index[combination, place]`` the columns that a combination
    reads, in the order of :class:`radar.plan.hoist.Hoisting`; ``blocks`` distinct computations by node.
    ``bars[lane, row]`` and ``gaps[lane, row]`` are what :data:`radar.market.series.SERIES` holds at the open of a row.
    """

    values: np.ndarray
    index: np.ndarray
    blocks: Mapping[str, int]
    bars: np.ndarray
    gaps: np.ndarray


def compute_columns(space: Space, plan: Plan, feed: Feed, params: np.ndarray) -> Columns:
    """Compute the columns that the combinations of ``params[combination, lane]`` need."""
    hoisting = hoist(plan)
    index = np.zeros((space.count, max(hoisting.width, 1)), np.int64)
    values: list[np.ndarray] = []
    blocks: dict[str, int] = {}
    for node_id, hoisted in hoisting.nodes.items():
        function = ColumnFunction(plan, hoisting, hoisted)
        inputs = [hoisting.nodes[node].offset + place for node, place in function.inputs]
        records = np.ascontiguousarray(params[field_name(node_id)])
        records["window"] = 0
        words = records.view(np.int64).reshape(space.count, -1)
        first, place = distinct_rows(np.concatenate([words, index[:, inputs]], axis=1))
        advance = function.compile()
        starts = np.empty(len(first), np.int64)
        for number, combination in enumerate(first):
            starts[number] = len(values)
            read = [values[column] for column in index[combination, inputs]]
            node = combined_node(space.base, plan.node(node_id), space.chosen(int(combination)))
            values.extend(_compute(plan, feed, node, len(hoisted.fields), advance, records[combination], read))
        blocks[node_id] = len(first)
        for offset in range(len(hoisted.fields)):
            index[:, hoisted.offset + offset] = starts[place] + offset
    return Columns(_stacked(values, plan, feed), index, blocks, *count_bars(feed, plan.base.milliseconds))


def count_bars(feed: Feed, interval: int) -> tuple[np.ndarray, np.ndarray]:
    """For every lane and row, the candles since the start or the last gap before it, and the gaps up to it."""
    rows, lanes = feed.market.shape[:2]
    bars, gaps = np.zeros((lanes, rows), np.int64), np.zeros((lanes, rows), np.int64)
    for lane in range(lanes):
        present = np.flatnonzero(~np.isnan(feed.market[:, lane, 3]))
        broken = np.diff(feed.times[present], prepend=feed.times[present[:1]] - interval) != interval
        number = np.arange(len(present))
        bars[lane, present] = number - np.maximum.accumulate(np.where(broken, number, 0))
        gaps[lane, present] = np.cumsum(broken)
    return bars, gaps


def column_bytes(plan: Plan, feed_rows: int, blocks: Mapping[str, int]) -> int:
    """Memory of the columns of so many distinct computations."""
    hoisting: Hoisting = hoist(plan)
    count = sum(blocks[node] * len(hoisted.fields) for node, hoisted in hoisting.nodes.items())
    return count * len(plan.assets) * feed_rows * 8


def _compute(
    plan: Plan,
    feed: Feed,
    node: Node,
    fields: int,
    advance: Callable[..., Any],
    records: np.ndarray,
    read: list[np.ndarray],
) -> list[np.ndarray]:
    """The columns of one distinct computation: ``[lane, row]`` for each field."""
    lanes, interval = len(plan.assets), plan.interval(node)
    size = max(node.kind.window(node.params_for(asset), interval) for asset in plan.assets)
    states = np.zeros(lanes, state_dtype(node.kind) if node.kind.state else np.dtype([("none", "i8")]))
    for name, value in node.kind.initial.items():
        states[name] = value
    out = np.full((fields, lanes, feed.rows), np.nan)
    columns = _stacked(read, plan, feed)
    index = np.arange(max(len(read), 1), dtype=np.int64)
    advance(
        feed.times,
        feed.market,
        columns,
        index,
        states,
        np.ascontiguousarray(records),
        np.zeros((lanes, max(size, 1))),
        out,
    )
    return list(out)


def _stacked(values: list[np.ndarray], plan: Plan, feed: Feed) -> np.ndarray:
    return np.stack(values) if values else np.zeros((1, len(plan.assets), feed.rows))
