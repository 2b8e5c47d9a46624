"""What a reference is called in generated code."""

from __future__ import annotations

from collections.abc import Mapping

from radar.nodes.kind import Kind
from radar.nodes.port import Input, Output, PortType
from radar.plan.hoist import CLOCKED_FIELDS, Hoisting
from radar.plan.layout import field_name
from radar.plan.plan import Plan
from radar.plan.trace import TraceColumn
from radar.spec.model import Node, Reference
from radar.spec.source import Span

NOWHERE = Span(1, 1, 1)

FEW = 2
"""Strategies up to which a kernel of one asset is written as one loop over quiet bars on local copies. The values that
such a loop carries grow with the strategies, and the time that the compiler takes grows faster."""

UNWIRED: Mapping[PortType, str] = {PortType.SERIES: "nan", PortType.FLAG: "False", PortType.REGIME: "0"}


def is_single(plan: Plan) -> bool:
    """Whether the kernel of ``plan`` is written for its one asset: without a loop over lanes, on local copies."""
    return len(plan.assets) == 1 and len(plan.chains) <= FEW


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

    def closed(self, root: str) -> str:
        """Whether the bar of a slower clock has closed in this row."""
        return f"{field_name(root)}.closed"

    def traced(self, column: TraceColumn) -> str:
        """The expression of a traced column, as a float."""
        if column.expression:
            return column.expression
        value = self.value(Reference(column.node, column.port, NOWHERE))
        if column.field:
            value = f"{value}.{column.field}"
        return f"float({value})" if column.integral else value


class HoistedExpressions(Expressions):
    """Reads what does not depend on positions from columns that were computed before."""

    def __init__(self, plan: Plan, hoisting: Hoisting) -> None:
        super().__init__(plan)
        self.hoisting = hoisting
        self.single = is_single(plan)

    def names(self) -> list[str]:
        """The columns of one combination, by the names under which a parameter record holds their numbers."""
        return hoist_names(self.hoisting)

    def _column(self, node: str, field: str) -> str:
        name = column_name(node, field)
        return f"{name}[row]" if self.single else f"columns[p.hoist.{name}, lane, row]"

    def value(self, reference: Reference) -> str:
        """A column, or the market itself."""
        node = self.plan.node(reference.node)
        hoisted = self.hoisting.nodes.get(node.id)
        if hoisted is None:
            return super().value(reference)
        name, output = output_of(node.kind, reference.port)
        if output.type == PortType.BAR:
            closed, time, *prices = (self._column(node.id, field) for field in CLOCKED_FIELDS)
            return f"ClockedBar({closed} != 0.0, int({time}), {', '.join(prices)})"
        column = self._column(node.id, output.field or name)
        if output.type == PortType.REGIME:
            return f"int({column})"
        return f"{column} != 0.0" if output.type == PortType.FLAG else column

    def closed(self, root: str) -> str:
        """The column that says so."""
        return f"{self._column(root, 'closed')} != 0.0"


def column_name(node: str, field: str) -> str:
    """Name of a hoisted column."""
    return f"{field_name(node)}_{field}_column"


def hoist_names(hoisting: Hoisting) -> list[str]:
    """Names of all columns of a combination, in their order."""
    return [column_name(node, field) for node, hoisted in hoisting.nodes.items() for field in hoisted.fields]
