"""What a traced run writes down for every bar."""

from __future__ import annotations

from radar.kernel.generation.approval import put_levels
from radar.kernel.generation.scope import Scope
from radar.plan.trace import trace_columns

TRACED = "trace.shape[0] > 0"
"""The condition under which a run is looked at."""


def trace_lane(scope: Scope) -> None:
    for node in scope.plan.nodes:
        if node.kind.role == "strategy":
            put_levels(scope, node.id)
    for index, column in enumerate(trace_columns(scope.plan)):
        if column.when == "decision":
            scope.out.line(f"trace[row, lane, {index}] = {scope.expressions.traced(column)}")


def trace_account(scope: Scope) -> None:
    out = scope.out
    columns = [(index, column) for index, column in enumerate(trace_columns(scope.plan)) if column.when == "mark"]
    if not columns:
        out.line("pass")
        return
    with scope.each_lane(present=False):
        for index, column in columns:
            out.line(f"trace[row, lane, {index}] = {scope.expressions.traced(column)}")
