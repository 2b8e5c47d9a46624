"""Which values make another plan: other clocks, records, columns of the market or market data."""

from __future__ import annotations

from collections.abc import Hashable

from radar.engine.market_rows import reads_finer_bars
from radar.plan.clock import ticks
from radar.plan.graph import order
from radar.plan.hoist import is_free
from radar.spec.model import Pipeline


def structure_of(pipeline: Pipeline) -> Hashable:
    """What of a pipeline a plan's code, records and market data follow from, beside its wires.

    Two pipelines with the same nodes and wires and an equal structure can be combinations of one sweep kernel over one
    feed: clocks are equal, and so are the parameters of sources and the windows of nodes that run per combination.
    """
    nodes = order(pipeline)
    tick = ticks(nodes, pipeline.clock.fill, pipeline.clock.decide)
    assets = [asset.name for asset in pipeline.assets]
    clocks = tuple((str(tick[node.id].clock), tick[node.id].root) for node in nodes)
    windows = tuple(
        max(node.kind.window(node.params_for(asset), tick[node.id].clock.milliseconds) for asset in assets)
        for node in nodes
        if not is_free(node)
    )
    sources = tuple(
        tuple(repr(node.params_for(asset)) for asset in assets) for node in nodes if node.kind.role == "source"
    )
    return str(pipeline.clock.decide), str(pipeline.clock.fill), clocks, windows, sources, reads_finer_bars(nodes)
