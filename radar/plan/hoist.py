"""What a sweep computes once instead of once a combination.

Sources and indicators do not depend on positions: every distinct (kind, parameters, inputs) of them becomes a block of
columns, whatever number of combinations uses it. Strategies, risk nodes and accounts run per combination.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from radar.plan.layout import held_fields
from radar.plan.plan import Plan
from radar.spec.model import Node

CLOCKED_FIELDS = ("closed", "time", "open", "high", "low", "close", "volume")
"""Columns of a bar of a slower clock (:class:`radar.market.bar.ClockedBar`)."""


@dataclass(frozen=True)
class HoistedNode:
    """A node whose outputs become columns; ``fields`` are its columns in order, ``offset`` its first column's place
    among the columns of one combination."""

    node: Node
    fields: tuple[str, ...]
    offset: int


@dataclass(frozen=True)
class Hoisting:
    """The hoisted nodes of a plan in topological order, and the number of columns that one combination refers to."""

    nodes: Mapping[str, HoistedNode]
    width: int


def hoist(plan: Plan) -> Hoisting:
    """The nodes of ``plan`` that do not depend on positions, without the base candles, which are the market itself."""
    found: dict[str, HoistedNode] = {}
    offset = 0
    for node in plan.nodes:
        if not is_free(node) or is_market(plan, node):
            continue
        fields = CLOCKED_FIELDS if plan.tick[node.id].root == node.id else held_fields(node)
        found[node.id] = HoistedNode(node, fields, offset)
        offset += len(fields)
    return Hoisting(found, offset)


def is_free(node: Node) -> bool:
    """Whether a node's outputs do not depend on positions."""
    return node.kind.role in ("source", "indicator")


def is_market(plan: Plan, node: Node) -> bool:
    """Whether a node's outputs are columns of the market array already."""
    return node.kind.role == "source" and plan.tick[node.id].root != node.id
