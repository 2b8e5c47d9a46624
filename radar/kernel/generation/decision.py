"""The close of a bar: indicators, then what the strategies want."""

from __future__ import annotations

from radar.kernel.generation.approval import keep_inputs
from radar.kernel.generation.scope import Scope
from radar.kernel.generation.traces import TRACED, trace_lane
from radar.plan.layout import BAR_FIELDS, field_name, held_fields
from radar.spec.model import Node


def write_decision(scope: Scope) -> None:
    """Indicators and strategies at the close."""
    out = scope.out
    out.line("# The bar has closed: indicators, then what the strategies want.")
    with scope.segment(), scope.each_lane(present=True):
        _write_lane(scope)


def _write_lane(scope: Scope) -> None:
    out = scope.out
    scope.load_lane()
    if not scope.single:
        out.line("w = windows[lane]")
    if scope.hoisting is None:
        out.line(f"{scope.market('series', 'complete')}({scope.borrowing.series}, bar.close)")
    else:
        out.line(f"{scope.borrowing.series}.close = bar.close")
    for node in scope.plan.nodes:
        _decide(scope, node)
    for executor in scope.plan.executors:
        regime = executor.inputs.get("regime")
        if regime:
            name = field_name(executor.id)
            out.line(f"state.{name}_regime = {scope.expressions.value(regime[0])}")
    keep_inputs(scope)
    if scope.hoisting is None:
        with scope.stop(TRACED):
            trace_lane(scope)


def _decide(scope: Scope, node: Node) -> None:
    out, name = scope.out, field_name(node.id)
    root = scope.plan.tick[node.id].root
    if scope.hoisting is not None and node.id in scope.hoisting.nodes:
        return
    if node.kind.role == "source":
        _read_source(scope, node)
    elif (node.kind.role == "indicator" and node.id == root) or (node.kind.role == "indicator" and root == ""):
        out.line(f"{name} = {_call(scope, node)}")
    elif node.kind.role == "indicator":
        out.line(f"if {scope.expressions.closed(root)}:")
        with out.block():
            out.line(f"{name} = {_call(scope, node)}")
            for field in held_fields(node):
                whole = len(node.kind.outputs) == 1 and not next(iter(node.kind.outputs.values())).field
                out.line(f"state.{name}_held.{field} = {name}" + ("" if whole else f".{field}"))
    elif node.kind.role == "strategy":
        if root:
            out.line(f"if {scope.expressions.closed(root)}:")
            with out.block():
                out.line(_call(scope, node))
        else:
            out.line(_call(scope, node))


def _read_source(scope: Scope, node: Node) -> None:
    out, name = scope.out, field_name(node.id)
    if node.kind.series != "candles":
        return
    if scope.plan.tick[node.id].root == "":
        out.line(f"{name} = bar")
        return
    clocked = scope.market("bar", "ClockedBar")
    columns = [scope.plan.column(node.id, column) for column in node.kind.columns]
    out.line(f"held = state.{name}_held")
    out.line(f"closed = market[row, lane, {columns[3]}] == market[row, lane, {columns[3]}]")
    out.line("if closed:")
    with out.block():
        interval = scope.plan.tick[node.id].clock.milliseconds
        out.line(f"held.time = time + {scope.plan.base.milliseconds} - {interval}")
        for field, column in zip(BAR_FIELDS[1:], columns, strict=True):
            out.line(f"held.{field} = market[row, lane, {column}]")
    values = ", ".join(f"held.{field}" for field in BAR_FIELDS[1:])
    out.line(f"{name} = {clocked}(closed, int(held.time) if held.time == held.time else 0, {values})")


def _call(scope: Scope, node: Node) -> str:
    arguments = [scope.hot(node), scope.borrowing.state(node), "w"]
    if node.kind.role == "strategy":
        arguments += [scope.borrowing.position(node.id), scope.borrowing.intent(node.id)]
    arguments += scope.expressions.arguments(node)
    return f"{scope.use(node, 'step')}({', '.join(arguments)})"
