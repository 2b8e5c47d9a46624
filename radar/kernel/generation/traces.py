"""What a traced run writes down for every bar."""

from __future__ import annotations

from radar.kernel.generation.approval import approve, put_levels
from radar.kernel.generation.scope import Scope
from radar.plan.chain import Chain
from radar.plan.layout import field_name
from radar.plan.trace import SIDES, TraceColumn, judgement_columns, trace_columns
from radar.spec.model import Node

TRACED = "trace.shape[0] > 0"
"""The condition under which a run is looked at."""


def trace_lane(scope: Scope) -> None:
    """Outputs, intents and judgements, behind the decisions."""
    columns = trace_columns(scope.plan)
    for node in scope.plan.nodes:
        if node.kind.role == "strategy":
            put_levels(scope, node.id)
            if node.kind.judge is not None:
                _judge(scope, node, columns)
    for index, column in enumerate(columns):
        if column.when == "decision":
            scope.out.line(f"trace[row, lane, {index}] = {scope.expressions.traced(column)}")


def _judge(scope: Scope, node: Node, columns: list[TraceColumn]) -> None:
    out, borrowing = scope.out, scope.borrowing
    told = judgement_columns(node)
    place = columns.index(told[0])
    arguments = [scope.hot(node), borrowing.state(node), "w", borrowing.position(node.id), borrowing.intent(node.id)]
    arguments += scope.expressions.arguments(node)
    size = len(told) // len(SIDES)
    for number, side in enumerate(SIDES.values()):
        first = place + number * size
        known = scope.market("condition", "known")
        out.line(f"trace[row, lane, {first}] = {known}({scope.use(node, 'judge')}(")
        with out.block():
            out.line(f"{', '.join(arguments)},")
            out.line(f"{side}, trace[row, lane, {first + 1} : {first + size}],")
        out.line("))")


def trace_account(scope: Scope) -> None:
    """Positions, refusals and books, after the mark."""
    out = scope.out
    columns = [(index, column) for index, column in enumerate(trace_columns(scope.plan)) if column.when == "mark"]
    if not columns:
        out.line("pass")
        return
    chains = {chain.strategy: chain for chain in scope.plan.chains}
    with scope.each_lane(present=False):
        for index, column in columns:
            chain = chains.get(column.node)
            if column.name.startswith(f"{column.node}.refusal."):
                if chain is None:
                    continue
                if column.name.endswith(next(iter(SIDES))):
                    _approve(scope, chain)
            out.line(f"trace[row, lane, {index}] = {scope.expressions.traced(column)}")


def _approve(scope: Scope, chain: Chain) -> None:
    """What the risk nodes would say of a new position now: its refusal, margin apart, for that depends on its size."""
    out, strategy = scope.out, scope.plan.node(chain.strategy)
    if not scope.single:
        out.line("p = params[lane]")
    out.line(f"terms = {scope.use(strategy, 'terms')}(p.{field_name(chain.strategy)})")
    moment = scope.market("account", "Moment")
    out.line(f"moment = {moment}(row, time, lane, {chain.number}, True)")
    approve(scope, chain, at_close=True)
    scope.market("approval", "approval_refusal")
