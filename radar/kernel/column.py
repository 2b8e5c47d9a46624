"""The function that computes the columns of one hoisted node: its step over every bar, as in the fused kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from radar.kernel.cache import kernel_digest, write_module
from radar.kernel.expressions import UNWIRED, output_of
from radar.kernel.load import load_compiled
from radar.kernel.reach import module_sources, reachable, sources_digest
from radar.kernel.writer import Writer
from radar.nodes.port import PortType
from radar.plan.hoist import CLOCKED_FIELDS, HoistedNode, Hoisting, is_market
from radar.plan.layout import BAR_FIELDS, held_fields
from radar.plan.plan import Plan
from radar.spec.model import Reference

ARGUMENTS = "times, market, columns, index, states, params, windows, out"


class ColumnFunction:
    """The text of a column function and the columns that it reads.

    ``inputs`` lists (node, place among its fields) in the order of ``index``, which holds their numbers in ``columns``.
    """

    def __init__(self, plan: Plan, hoisting: Hoisting, hoisted: HoistedNode) -> None:
        self.plan, self.hoisting, self.hoisted = plan, hoisting, hoisted
        self.inputs: list[tuple[str, int]] = []
        self.text = self._slow_candles() if hoisted.node.kind.role == "source" else self._steps()

    def compile(self) -> Callable[..., Any]:
        """The function as machine code, from the disk cache when it is there."""
        step = self.hoisted.node.kind.step
        sources = module_sources(reachable([step] if step is not None else []))
        digest = kernel_digest(self.text, sources_digest(sources))
        return load_compiled(write_module(self.text, digest))

    def _read(self, node: str, place: int) -> str:
        key = (node, place)
        if key not in self.inputs:
            self.inputs.append(key)
        return f"columns[index[{self.inputs.index(key)}], lane, row]"

    def _argument(self, reference: Reference) -> str:
        node = self.plan.node(reference.node)
        name, output = output_of(node.kind, reference.port)
        if is_market(self.plan, node):
            return self._market(reference)
        hoisted = self.hoisting.nodes[node.id]
        if output.type == PortType.BAR:
            values = [self._read(node.id, place) for place in range(len(CLOCKED_FIELDS))]
            return f"ClockedBar({values[0]} != 0.0, int({values[1]}), {', '.join(values[2:])})"
        value = self._read(node.id, hoisted.fields.index(output.field or name))
        if output.type == PortType.REGIME:
            return f"int({value})"
        return f"{value} != 0.0" if output.type == PortType.FLAG else value

    def _market(self, reference: Reference) -> str:
        node = self.plan.node(reference.node)
        name, output = output_of(node.kind, reference.port)
        if node.kind.series == "candles":
            if output.type == PortType.BAR:
                return f"Bar(times[row], {', '.join(f'market[row, lane, {column}]' for column in range(5))})"
            return f"market[row, lane, {BAR_FIELDS.index(output.field) - 1}]"
        place = list(node.kind.outputs).index(name)
        return f"market[row, lane, {self.plan.column(node.id, node.kind.columns[place])}]"

    def _steps(self) -> str:
        node, out = self.hoisted.node, Writer()
        assert node.kind.module is not None
        out.line(f'"""Columns of {node.kind.role} {node.kind.name}, generated. Do not edit."""')
        out.line()
        out.line("from math import nan")
        out.line()
        out.line("from radar.market.bar import Bar")
        out.line("from radar.market.bar import ClockedBar")
        out.line(f"from {node.kind.module.__name__} import step as {node.kind.name}_step")
        out.gap()
        arguments = []
        for port, wanted in node.kind.inputs.items():
            references = node.inputs.get(port, ())
            arguments.append(self._argument(references[0]) if references else UNWIRED[wanted.types[0]])
        root = self.plan.tick[node.id].root
        condition = "market[row, lane, 3] == market[row, lane, 3]"
        if root not in ("", node.id):
            condition += f" and {self._read(root, 0)} != 0.0"
        call = f"{node.kind.name}_step(params[lane], states[lane], windows[lane], {', '.join(arguments)})"
        fields = held_fields(node) if root != node.id else CLOCKED_FIELDS
        whole = len(node.kind.outputs) == 1 and not next(iter(node.kind.outputs.values())).field
        out.line(f"def advance({ARGUMENTS}):")
        with out.block():
            out.line('"""Fill ``out[field, lane, row]``; a value is held until its node ticks again."""')
            out.line("for lane in range(params.shape[0]):")
            with out.block():
                out.line("for row in range(times.shape[0]):")
                with out.block():
                    out.line(f"if {condition}:")
                    with out.block():
                        out.line(f"value = {call}")
                        for place, field in enumerate(fields):
                            out.line(f"out[{place}, lane, row] = value" + ("" if whole else f".{field}"))
                    out.line("elif row > 0:")
                    with out.block():
                        for place in range(len(fields)):
                            out.line(f"out[{place}, lane, row] = out[{place}, lane, row - 1]")
                        if root == node.id:
                            out.line("out[0, lane, row] = 0.0")
            out.line("return times.shape[0]")
        return out.text

    def _slow_candles(self) -> str:
        """Candles of a slower clock stand in the market at the rows where they close."""
        node, out = self.hoisted.node, Writer()
        columns = [self.plan.column(node.id, column) for column in node.kind.columns]
        shift = self.plan.base.milliseconds - self.plan.tick[node.id].clock.milliseconds
        out.line('"""Columns of candles of a slower clock, generated. Do not edit."""')
        out.gap()
        out.line(f"def advance({ARGUMENTS}):")
        with out.block():
            out.line('"""Fill ``out[field, lane, row]``; a bar is held until the next one closes."""')
            out.line("for lane in range(market.shape[1]):")
            with out.block():
                out.line("for row in range(times.shape[0]):")
                with out.block():
                    close = f"market[row, lane, {columns[3]}]"
                    out.line(f"if {close} == {close}:")
                    with out.block():
                        out.line("out[0, lane, row] = 1.0")
                        out.line(f"out[1, lane, row] = times[row] + {shift}")
                        for place, column in enumerate(columns):
                            out.line(f"out[{place + 2}, lane, row] = market[row, lane, {column}]")
                    out.line("elif row > 0:")
                    with out.block():
                        out.line("out[0, lane, row] = 0.0")
                        for place in range(1, len(CLOCKED_FIELDS)):
                            out.line(f"out[{place}, lane, row] = out[{place}, lane, row - 1]")
            out.line("return times.shape[0]")
        return out.text
