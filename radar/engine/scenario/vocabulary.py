"""Names and words of a plan: which traced column a name means, and which number a word stands for there."""

from __future__ import annotations

import math
from collections.abc import Mapping

from radar.engine.scenario.condition import MISSING
from radar.market.reason import ExitReason, Regime
from radar.nodes.port import PortType
from radar.plan.plan import Plan
from radar.plan.trace import TraceColumn, trace_columns

__all__ = ["columns_called", "names_of", "words_of"]

_SIDES = {"long": 1.0, "short": -1.0}


def columns_called(plan: Plan, name: str) -> list[tuple[int, TraceColumn]]:
    """The traced columns that ``name`` may mean; a node alone means its first output, as in a wire."""
    columns = list(enumerate(trace_columns(plan)))
    outputs = [next(iter(node.kind.outputs), "") for node in plan.nodes if node.id == name]
    exact = [
        (index, column) for index, column in columns if column.name in (name, *(f"{name}.{one}" for one in outputs))
    ]
    return exact or [(index, column) for index, column in columns if column.name.startswith(f"{name}.")]


def names_of(plan: Plan) -> list[str]:
    """Every name that an expectation may hold something against, nodes by their own name included."""
    columns = [column.name for column in trace_columns(plan)]
    alone = [node.id for node in plan.nodes if len(columns_called(plan, node.id)) == 1]
    return sorted({*columns, *alone})


def words_of(plan: Plan, column: TraceColumn) -> Mapping[str, float]:
    """The words that a column's numbers have; ``missing`` everywhere."""
    words: dict[str, float] = {}
    if column.name.endswith(".position.side"):
        words = {**_SIDES, "flat": 0.0}
    elif column.name.endswith(".intent.enter"):
        words = {**_SIDES, "nothing": 0.0}
    elif column.name.endswith(".intent.leave"):
        words = {"nothing": 0.0, **{one.name.lower(): float(one) for one in ExitReason if one}}
    elif column.integral:
        output = plan.node(column.node).kind.outputs[column.port]
        if output.type == PortType.REGIME:
            words = {one.name.lower(): float(one) for one in Regime}
        else:
            words = {"false": 0.0, "true": 1.0}
    return {**words, MISSING: math.nan}
