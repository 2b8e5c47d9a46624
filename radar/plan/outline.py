"""A plan as plain data: how each node is laid out, and what the whole needs."""

from __future__ import annotations

from typing import Any

from radar.plan.layout import field_name
from radar.plan.plan import Plan
from radar.spec.model import Node

__all__ = ["plan_data"]

_OF_NODE = ("", "_intent", "_position", "_held", "_regime")
"""Endings of the fields that a node may own in a lane's record."""


def plan_data(plan: Plan, kernel_digest: str) -> dict[str, Any]:
    """A plan as plain data. Bytes and floats are those of one asset, those of shared nodes once for all."""
    layout = plan.layout
    nodes = []
    for node in plan.nodes:
        name = field_name(node.id)
        fields = [layout.lane.fields, layout.shared.fields]
        state = sum(
            found[name + ending][0].itemsize
            for found in fields
            for ending in _OF_NODE
            if found is not None and name + ending in found
        )
        nodes.append(
            {
                "node": node.id,
                "kind": f"{node.kind.role}.{node.kind.name}",
                "clock": str(plan.tick[node.id].clock),
                "look_back_bars": plan.lookback[node.id],
                "state_bytes": state,
                "window_floats": _window(plan, node),
                "shared": node.id in layout.shared_windows or node.kind.role == "executor",
            }
        )
    return {
        "pipeline": plan.pipeline.name,
        "clock": str(plan.base),
        "decide": str(plan.pipeline.clock.decide),
        "assets": list(plan.assets),
        "warm_up_bars": plan.warm_up,
        "nodes": nodes,
        "chains": [[chain.strategy, *chain.risks, chain.executor] for chain in plan.chains],
        "columns": [".".join(filter(None, (one.node, one.series, one.name))) for one in plan.columns],
        "state_bytes_per_asset": layout.lane.itemsize,
        "state_bytes_shared": layout.shared.itemsize,
        "parameter_bytes_per_asset": layout.params.itemsize,
        "window_floats_per_asset": layout.window_size,
        "window_floats_shared": layout.shared_window_size,
        "digests": {
            "pipeline": plan.pipeline.digest(),
            "config": plan.pipeline.config_digest(),
            "plan": plan.digest,
            "kernel": kernel_digest,
        },
    }


def _window(plan: Plan, node: Node) -> int:
    """Floats of the arena that a node owns: the most that it needs on any asset."""
    interval = plan.tick[node.id].clock.milliseconds
    return max(node.kind.window(node.params_for(asset), interval) for asset in plan.assets)
