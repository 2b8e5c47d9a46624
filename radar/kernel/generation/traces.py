"""What a traced run writes down for every bar."""

from __future__ import annotations

from radar.kernel.generation.approval import approve, put_levels
from radar.kernel.generation.scope import Scope
from radar.market.traced import INTENT_COLUMNS, POSITION_COLUMNS
from radar.plan.chain import Chain
from radar.plan.layout import field_name
from radar.plan.trace import SIDES, TraceColumn, judgement_columns, trace_columns
from radar.spec.model import Node

TRACED = "trace.shape[0] > 0"
"""The condition under which a run is looked at."""


def trace_lane(scope: Scope) -> None:
    """Outputs, intents and judgements, behind the decisions."""
    columns = trace_columns(scope.plan)
    names = [column.name for column in columns]
    for node in scope.plan.nodes:
        if node.kind.role == "strategy":
            put_levels(scope, node.id)
            write = scope.market("traced", "trace_intent")
            part = _part(names.index(f"{node.id}.intent.{INTENT_COLUMNS[0]}"), len(INTENT_COLUMNS))
            scope.out.line(f"{write}({scope.borrowing.intent(node.id)}, {part})")
            if node.kind.judge is not None:
                _judge(scope, node, columns)
    for index, column in enumerate(columns):
        if column.when == "decision" and scope.plan.node(column.node).kind.role != "strategy":
            scope.out.line(f"trace[row, lane, {index}] = {scope.expressions.traced(column)}")


def _part(first: int, count: int) -> str:
    """The columns of a bar that a function writes."""
    return f"trace[row, lane, {first} : {first + count}]"


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
    out, plan = scope.out, scope.plan
    if not plan.executors:
        out.line("pass")
        return
    columns = trace_columns(plan)
    names = [column.name for column in columns]
    refusals, position = scope.market("traced", "trace_refusals"), scope.market("traced", "trace_position")
    with scope.each_lane(present=False):
        for chain in plan.chains:
            at = names.index(f"{chain.strategy}.position.{POSITION_COLUMNS[0]}")
            part = _part(at, len(POSITION_COLUMNS))
            out.line(f"{position}({scope.borrowing.position(chain.strategy)}, {part})")
            _approve(scope, chain)
            out.line(f"{refusals}(approval, {_part(names.index(f'{chain.strategy}.refusal.long'), len(SIDES))})")
        for index, column in enumerate(columns):
            if column.expression:
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
