"""A plan as text, mermaid or dot. Pure: a plan in, a drawing out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from radar.plan.plan import Plan
from radar.spec.model import Node

__all__ = ["Wire", "draw_dot", "draw_mermaid", "draw_text", "graph_data", "wires"]

COLOURS = {
    "source": "#dbeafe",
    "indicator": "#e0f2fe",
    "strategy": "#dcfce7",
    "risk": "#fef9c3",
    "executor": "#fee2e2",
    "sink": "#f3f4f6",
}


@dataclass(frozen=True)
class Wire:
    """One edge: output ``port`` of ``source``, of ``type``, into ``input`` of ``target``."""

    source: str
    port: str
    type: str
    target: str
    input: str


def wires(plan: Plan) -> list[Wire]:
    """Every edge, in the order of the nodes that read."""
    found = []
    for node in plan.nodes:
        for name, references in node.inputs.items():
            for reference in references:
                output = plan.node(reference.node).output(reference.port)
                assert output is not None, "a checked pipeline has no wire to an unknown output"
                found.append(Wire(reference.node, output[0], str(output[1].type), node.id, name))
    return found


def graph_data(plan: Plan) -> dict[str, Any]:
    """The graph as plain data."""
    return {
        "pipeline": plan.pipeline.name,
        "clock": str(plan.base),
        "assets": list(plan.assets),
        "nodes": [
            {"node": node.id, "kind": f"{node.kind.role}.{node.kind.name}", "clock": str(plan.tick[node.id].clock)}
            for node in plan.nodes
        ],
        "wires": [
            {"from": f"{wire.source}.{wire.port}", "type": wire.type, "to": f"{wire.target}.{wire.input}"}
            for wire in wires(plan)
        ],
    }


def draw_text(plan: Plan) -> str:
    """Nodes from top to bottom in the order in which they run, each with a rail down to the last node that reads it.

    ``●`` is a node; on its row ``├``, ``┼`` mark a rail that it reads and that goes on, ``╰``, ``┴`` one that ends
    there; ``│`` passes by.
    """
    by_target: dict[str, list[Wire]] = {node.id: [] for node in plan.nodes}
    last_reader: dict[str, str] = {}
    for wire in wires(plan):
        by_target[wire.target].append(wire)
        last_reader[wire.source] = wire.target
    rails: list[str] = []
    rows: list[tuple[str, Node | None, str]] = []
    for node in plan.nodes:
        read = by_target[node.id]
        gutter, column = _row(rails, node.id, {wire.source for wire in read}, last_reader)
        rails = ["" if last_reader.get(rail) == node.id else rail for rail in rails]
        if node.id in last_reader:
            rails += [""] * (column + 1 - len(rails))
            rails[column] = node.id
        texts = [f"{wire.input} ← {wire.source}.{wire.port} ({wire.type})" for wire in read]
        rows.append((gutter, node, texts[0] if texts else ""))
        passing = " ".join("│" if rail else " " for rail in rails)
        rows += [(passing, None, text) for text in texts[1:]]
    return _aligned(plan, rows)


def _row(rails: list[str], node: str, read: set[str], last_reader: dict[str, str]) -> tuple[str, int]:
    """The gutter of a node's row, and the column that the node stands in: right of every rail that it reads."""
    reads = [column for column, rail in enumerate(rails) if rail in read]
    column = reads[-1] + 1 if reads else 0
    while column < len(rails) and rails[column]:
        column += 1
    signs = []
    for place in range(max(column + 1, len(rails))):
        rail = rails[place] if place < len(rails) else ""
        inside = bool(reads) and reads[0] < place < column
        if place == column:
            signs.append("●")
        elif rail in read:
            ends = last_reader[rail] == node
            first = place == reads[0]
            signs.append(("╰" if first else "┴") if ends else ("├" if first else "┼"))
        elif rail:
            signs.append("│")
        else:
            signs.append("─" if inside else " ")
    gutter = signs[0]
    for place, sign in enumerate(signs[1:], 1):
        gutter += ("─" if reads and reads[0] < place <= column else " ") + sign
    return gutter, column


def _aligned(plan: Plan, rows: list[tuple[str, Node | None, str]]) -> str:
    gutters = max(len(gutter) for gutter, _, _ in rows)
    names = max(len(node.id) for node in plan.nodes)
    kinds = max(len(f"{node.kind.role} {node.kind.name}") for node in plan.nodes)
    clocks = max(len(str(plan.tick[node.id].clock)) for node in plan.nodes)
    decide, base = plan.pipeline.clock.decide, plan.base
    clock = f"clock {decide}" if decide == base else f"clock {decide}, orders on {base}"
    lines = [f"{plan.pipeline.name}: {clock}, {', '.join(plan.assets)}", ""]
    for gutter, node, text in rows:
        if node is None:
            middle = " " * (names + 2 + kinds + 2 + clocks)
        else:
            kind = f"{node.kind.role} {node.kind.name}"
            middle = f"{node.id.ljust(names)}  {kind.ljust(kinds)}  {str(plan.tick[node.id].clock).rjust(clocks)}"
        lines.append(f"{gutter.ljust(gutters)}  {middle}  {text}".rstrip())
    return "\n".join(lines)


def draw_mermaid(plan: Plan) -> str:
    """A mermaid flowchart, as Markdown pages show it inside a fence called mermaid."""
    # Node ids may be words of mermaid itself (end, graph), so nodes are numbered.
    numbers = {node.id: f"n{index}" for index, node in enumerate(plan.nodes)}
    lines = ["flowchart LR"]
    for node in plan.nodes:
        about = f"<b>{node.id}</b><br/>{node.kind.role} {node.kind.name}<br/>{plan.tick[node.id].clock}"
        lines.append(f'  {numbers[node.id]}["{about}"]:::{node.kind.role}')
    for wire in wires(plan):
        lines.append(f'  {numbers[wire.source]} -- "{_label(wire)}" --> {numbers[wire.target]}')
    used = dict.fromkeys(node.kind.role for node in plan.nodes)
    lines += [f"  classDef {role} fill:{COLOURS[role]},stroke:#64748b,color:#0f172a" for role in used]
    return "\n".join(lines)


def draw_dot(plan: Plan) -> str:
    """A directed graph for Graphviz."""
    lines = [
        f'digraph "{plan.pipeline.name}" {{',
        "  rankdir=LR;",
        '  node [shape=box, style="rounded,filled", fontname="Helvetica"];',
        '  edge [fontname="Helvetica", fontsize=10];',
    ]
    for node in plan.nodes:
        about = f"{node.id}\\n{node.kind.role} {node.kind.name}\\n{plan.tick[node.id].clock}"
        lines.append(f'  "{node.id}" [label="{about}", fillcolor="{COLOURS[node.kind.role]}"];')
    lines += [f'  "{wire.source}" -> "{wire.target}" [label="{_label(wire)}"];' for wire in wires(plan)]
    return "\n".join([*lines, "}"])


def _label(wire: Wire) -> str:
    """``close: series``, with the input's name where it is another one."""
    name = wire.port if wire.input in ("in", wire.port) else f"{wire.port} to {wire.input}"
    return f"{name}: {wire.type}"
