"""What a reference is called in generated code."""

from __future__ import annotations

from collections.abc import Mapping

from radar.nodes.kind import Kind
from radar.nodes.port import Input, Output, PortType
from radar.plan.layout import field_name
from radar.plan.plan import Plan
from radar.plan.trace import TraceColumn
from radar.spec.model import Node, Reference
from radar.spec.source import Span

NOWHERE = Span(1, 1, 1)

UNWIRED: Mapping[PortType, str] = {PortType.SERIES: "nan", PortType.FLAG: "False", PortType.REGIME: "0"}


def output_of(kind: Kind, port: str) -> tuple[str, Output]:
    """The output that ``port`` names; '' is the first one."""
    name = port or next(iter(kind.outputs))
    return name, kind.outputs[name]


class Expressions:
    """Turns the references of a plan into expressions."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    def arguments(self, node: Node) -> list[str]:
        """Expressions of a node's inputs, in the order in which its kind declares them."""
        return [self._argument(node, port, wanted) for port, wanted in node.kind.inputs.items()]

    def _argument(self, node: Node, port: str, wanted: Input) -> str:
        references = node.inputs.get(port, ())
        if not references:
            return UNWIRED[wanted.types[0]]
        return self.value(references[0])

    def value(self, reference: Reference) -> str:
        """The expression of what a reference names."""
        node = self.plan.node(reference.node)
        name, output = output_of(node.kind, reference.port)
        local = field_name(node.id)
        if node.kind.role == "source" and node.kind.series != "candles":
            index = list(node.kind.outputs).index(name)
            return f"market[row, lane, {self.plan.column(node.id, node.kind.columns[index])}]"
        root = self.plan.tick[node.id].root
        if node.kind.role == "indicator" and root not in ("", node.id):
            held = f"state.{local}_held.{output.field or name}"
            if output.type == PortType.REGIME:
                return f"int({held})"
            return f"{held} != 0.0" if output.type == PortType.FLAG else held
        return f"{local}.{output.field}" if output.field else local

    def traced(self, column: TraceColumn) -> str:
        """The expression of a traced column, as a float."""
        if column.expression:
            return column.expression
        value = self.value(Reference(column.node, column.port, NOWHERE))
        if column.field:
            value = f"{value}.{column.field}"
        return f"float({value})" if column.integral else value
