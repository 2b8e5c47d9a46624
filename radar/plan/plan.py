"""The plan: a checked pipeline laid out for a kernel. Immutable; everything a run needs to know before data arrives."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from radar.market.timeframe import Timeframe
from radar.plan.chain import Chain, chains
from radar.plan.clock import Tick, ticks
from radar.plan.graph import order
from radar.plan.layout import Layout, lay_out
from radar.plan.lookback import lookbacks
from radar.spec.model import Node, Pipeline

CANDLE_COLUMNS = ("open", "high", "low", "close", "volume")


@dataclass(frozen=True)
class Column:
    """One column of the market array: ``name`` of ``series``, for the source ``node`` ('' for the base candles)."""

    node: str
    series: str
    name: str


@dataclass(frozen=True)
class Plan:
    """A pipeline in the order in which it runs.

    ``nodes`` in topological order; ``tick`` and ``lookback`` (base bars, largest over the assets) by node id;
    ``columns`` of the market array; ``warm_up`` base bars that must precede the first tradable bar; ``digest``
    names the plan: equal digests run equally on equal data.
    """

    pipeline: Pipeline
    nodes: tuple[Node, ...]
    base: Timeframe
    assets: tuple[str, ...]
    tick: Mapping[str, Tick]
    lookback: Mapping[str, int]
    history: Mapping[tuple[str, str], int]
    chains: tuple[Chain, ...]
    columns: tuple[Column, ...]
    layout: Layout
    warm_up: int
    digest: str

    def node(self, node_id: str) -> Node:
        """The node called ``node_id``."""
        return next(node for node in self.nodes if node.id == node_id)

    def interval(self, node: Node) -> int:
        """Milliseconds of the bars that ``node`` is fed: where it makes a slower clock, those of its input."""
        tick = self.tick[node.id]
        if node.kind.role == "indicator" and tick.root == node.id:
            fed = [self.tick[reference.node].clock for wired in node.inputs.values() for reference in wired]
            return min(fed).milliseconds
        return tick.clock.milliseconds

    def order_of(self, node_id: str) -> int:
        """Place of a node in :attr:`nodes`."""
        return next(place for place, node in enumerate(self.nodes) if node.id == node_id)

    @property
    def executors(self) -> tuple[Node, ...]:
        """The executors, in order."""
        return tuple(node for node in self.nodes if node.kind.role == "executor")

    def column(self, node: str, name: str) -> int:
        """Index of a column of the market array."""
        return next(index for index, column in enumerate(self.columns) if column.node == node and column.name == name)


def make_plan(pipeline: Pipeline) -> Plan:
    """Lay out ``pipeline``, which must have passed its checks."""
    nodes = order(pipeline)
    base = pipeline.clock.fill
    assets = tuple(asset.name for asset in pipeline.assets)
    tick = ticks(nodes, base, pipeline.clock.decide)
    needs = {asset: lookbacks(nodes, tick, base, asset) for asset in assets}
    found = chains(nodes)
    history = {(chain.strategy, asset): needs[asset][chain.strategy] for chain in found for asset in assets}
    return Plan(
        pipeline=pipeline,
        nodes=nodes,
        base=base,
        assets=assets,
        tick=tick,
        lookback={node.id: max(needs[asset][node.id] for asset in assets) for node in nodes},
        history=history,
        chains=found,
        columns=_columns(nodes, tick),
        layout=lay_out(nodes, tick, found, assets),
        warm_up=max(history.values(), default=1),
        digest=_digest(pipeline, base, assets),
    )


def _columns(nodes: tuple[Node, ...], tick: Mapping[str, Tick]) -> tuple[Column, ...]:
    columns = [Column("", "candles", name) for name in CANDLE_COLUMNS]
    for node in nodes:
        if not node.kind.columns:
            continue
        if node.kind.series == "candles" and tick[node.id].root != node.id:
            continue
        columns.extend(Column(node.id, node.kind.series, name) for name in node.kind.columns)
    return tuple(columns)


def _digest(pipeline: Pipeline, base: Timeframe, assets: tuple[str, ...]) -> str:
    content = {
        "pipeline": pipeline.digest(),
        "config": pipeline.config_digest(),
        "clock": str(base),
        "assets": assets,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode("utf-8")).hexdigest()
