"""What of a run can be looked at bar by bar: every node's outputs, positions, intents, judgements and equity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from radar.market.condition import CONDITION_FIELDS
from radar.market.traced import INTENT_COLUMNS, POSITION_COLUMNS
from radar.nodes.port import PortType
from radar.plan.layout import BAR_FIELDS, field_name

if TYPE_CHECKING:
    from radar.plan.plan import Plan
    from radar.spec.model import Node

SIDES = {"long": 1, "short": -1}


@dataclass(frozen=True)
class TraceColumn:
    """One traced number a lane and a bar.

    ``name`` is what the user sees (``node.port`` or ``node.port.field``); ``when`` it is read: with the decisions,
    written by the strategy's own judgement, or after the mark.
    """

    name: str
    node: str
    port: str = ""
    field: str = ""
    expression: str = ""
    integral: bool = False
    when: Literal["decision", "judgement", "mark"] = "decision"


def trace_columns(plan: Plan) -> list[TraceColumn]:
    """Every column that a traced run records, in order."""
    columns: list[TraceColumn] = []
    for node in plan.nodes:
        role = node.kind.role
        if role in ("source", "indicator"):
            for port, output in node.kind.outputs.items():
                if output.type == PortType.BAR:
                    columns.extend(
                        TraceColumn(f"{node.id}.{port}.{field}", node.id, port, field) for field in BAR_FIELDS[1:]
                    )
                elif output.type in (PortType.SERIES, PortType.REGIME, PortType.FLAG):
                    integral = output.type != PortType.SERIES
                    columns.append(TraceColumn(f"{node.id}.{port}", node.id, port, integral=integral))
        elif role == "strategy":
            columns.extend(_strategy_columns(node.id))
            columns.extend(judgement_columns(node))
        elif role == "executor":
            equity = f"{field_name(node.id)}.equity"
            columns.append(TraceColumn(f"{node.id}.equity", node.id, expression=equity, when="mark"))
            locked = f"{field_name(node.id)}.locked"
            columns.append(TraceColumn(f"{node.id}.locked", node.id, expression=locked, when="mark"))
    return columns


def judgement_columns(node: Node) -> list[TraceColumn]:
    """Score and conditions of a strategy that can judge, one side after the other, as its judgement tells them."""
    if node.kind.judge is None:
        return []
    columns = []
    for side in SIDES:
        columns.append(TraceColumn(f"{node.id}.score.{side}", node.id, when="judgement"))
        columns += [
            TraceColumn(f"{node.id}.condition.{side}.{name}.{field}", node.id, when="judgement")
            for name in node.kind.conditions
            for field in CONDITION_FIELDS
        ]
    return columns


def _strategy_columns(node: str) -> list[TraceColumn]:
    columns = [TraceColumn(f"{node}.intent.{name}", node) for name in INTENT_COLUMNS]
    columns += [TraceColumn(f"{node}.position.{name}", node, when="mark") for name in POSITION_COLUMNS]
    columns += [TraceColumn(f"{node}.refusal.{side}", node, when="mark") for side in SIDES]
    return columns
