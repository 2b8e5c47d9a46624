"""What a sweep would compute once and what for every combination, without running it."""

from __future__ import annotations

from typing import Any

from radar.plan.hoist import is_free, is_market
from radar.plan.plan import Plan, make_plan
from radar.research.sweep.columns import WORD, Computations, computations
from radar.research.sweep.explore import Exploration
from radar.research.sweep.laid_out import Sweep
from radar.research.sweep.parameters import parameter_table
from radar.research.sweep.space import Space


def outline_of(sweep: Sweep) -> list[dict[str, Any]]:
    """The groups of a sweep over market data, as plain data.

    ``plan`` the values that make another plan than that of the other groups; ``once`` nodes that become columns, with
    their distinct computations, columns and bytes; ``each`` nodes that run for every combination; ``portions`` of
    combinations whose columns fit into memory together.
    """
    return [
        {
            **_outline(group.asset, group.space, group.plan, group.needed, group.feed.rows),
            "portions": len(group.portions),
        }
        for group in sweep.groups
    ]


def outline_without_data(explorations: list[tuple[str, Exploration]]) -> list[dict[str, Any]]:
    """The same of grids by asset, where no market data say how many bars there are."""
    found = []
    for asset, exploration in explorations:
        for space in exploration.spaces:
            plan = make_plan(space.base)
            needed = computations(space, plan, parameter_table(space, plan))
            found.append({**_outline(asset, space, plan, needed, None), "portions": None})
    return found


def _outline(asset: str, space: Space, plan: Plan, needed: Computations, rows: int | None) -> dict[str, Any]:
    once = []
    for node, columns in needed.columns.items():
        bar = columns * len(plan.assets) * WORD
        once.append(
            {
                "node": node,
                "kind": _kind(plan, node),
                "distinct": needed.counts[node],
                "columns": columns,
                "bytes_a_bar": bar,
                "bytes": None if rows is None else bar * rows,
            }
        )
    each = [node.id for node in plan.nodes if not is_free(node) and node.kind.role != "sink"]
    market = [node.id for node in plan.nodes if is_free(node) and is_market(plan, node)]
    return {
        "asset": asset,
        "assets": list(plan.assets),
        "plan": space.label,
        "combinations": space.count,
        "bars": rows,
        "market": market,
        "once": once,
        "each": [{"node": node, "kind": _kind(plan, node)} for node in each],
        "columns": sum(needed.columns.values()),
        "bytes_a_bar": needed.bar_bytes,
        "bytes": None if rows is None else needed.bar_bytes * rows,
    }


def _kind(plan: Plan, node: str) -> str:
    kind = plan.node(node).kind
    return f"{kind.role}.{kind.name}"
