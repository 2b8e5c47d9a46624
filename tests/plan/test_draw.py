"""The drawings of a plan: every node and every wire, in three languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from radar.engine.load import load
from radar.plan.draw import draw_dot, draw_mermaid, draw_text, graph_data, wires
from radar.plan.plan import Plan, make_plan

ROOT = Path(__file__).resolve().parent.parent.parent
CONFIG = ROOT / "config"
SHIPPED = sorted(path for path in (ROOT / "pipelines").glob("*.yaml") if not path.name.endswith(".test.yaml"))
shipped = pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)

SMALL = """radar: 1
pipeline: small
assets: [BTC]
clock: {decide: 4h, fill: 1h}
nodes:
  end: {source: candles}
  graph: {indicator: sma, in: end.close, period: 3}
  twice: {indicator: ema, in: graph, period: 3}
"""


def plan_of(source: Path | str) -> Plan:
    """The plan of a pipeline; its last node is read from outside."""
    return make_plan(load(source, config=CONFIG, used=("twice",)).require())


def rails(drawing: str) -> dict[str, tuple[int, set[int]]]:
    """Column of each node of a text drawing, and the columns whose rail its row touches."""
    found = {}
    for line in drawing.split("\n")[2:]:
        if "●" in line:
            gutter = re.split(r"(?=[a-z])", line, maxsplit=1)[0]
            name = line[len(gutter) :].split()[0]
            found[name] = (gutter.index("●"), {column for column, sign in enumerate(gutter) if sign in "├┼╰┴"})
    return found


@shipped
def test_every_wire_is_a_rail(path: Path) -> None:
    """Following the rails of the drawing gives back who reads whom: nothing is missing, nothing is added."""
    plan = plan_of(path)
    drawn: dict[str, set[str]] = {}
    holder: dict[int, str] = {}
    for name, (column, touched) in rails(draw_text(plan)).items():
        drawn[name] = {holder[rail] for rail in touched}
        holder[column] = name
    assert drawn == {node.id: {wire.source for wire in wires(plan) if wire.target == node.id} for node in plan.nodes}


@shipped
def test_nodes_stand_in_the_order_in_which_they_run(path: Path) -> None:
    """One row a node, in the plan's order, with kind and clock; each input names output and type."""
    plan = plan_of(path)
    text = draw_text(plan)
    assert list(rails(text)) == [node.id for node in plan.nodes]
    for node in plan.nodes:
        row = next(line for line in text.split("\n") if re.search(rf"●\W* {node.id} ", line))
        assert f"{node.kind.role} {node.kind.name}" in row
        assert f" {plan.tick[node.id].clock}" in row
    for wire in wires(plan):
        assert f"{wire.input} ← {wire.source}.{wire.port} ({wire.type})" in text


def test_a_small_pipeline_is_drawn_like_this() -> None:
    """The whole drawing, sign by sign."""
    assert draw_text(plan_of(SMALL)) == "\n".join(
        [
            "small: clock 4h, orders on 1h, BTC",
            "",
            "●      end    source candles  4h",
            "╰─●    graph  indicator sma   4h  in ← end.close (series)",
            "  ╰─●  twice  indicator ema   4h  in ← graph.value (series)",
        ]
    )


@shipped
def test_mermaid_has_every_node_and_wire(path: Path) -> None:
    """A node a line, an arrow a line; every arrow joins two nodes that are there."""
    plan = plan_of(path)
    lines = draw_mermaid(plan).split("\n")
    assert lines[0] == "flowchart LR"
    numbers = dict(re.findall(r'^  (n\d+)\["<b>(\w+)</b>', "\n".join(lines), re.MULTILINE))
    arrows = [re.fullmatch(r'  (n\d+) -- "[^"]+" --> (n\d+)', line) for line in lines if "-->" in line]
    drawn = [(numbers[arrow[1]], numbers[arrow[2]]) for arrow in arrows if arrow]
    assert sorted(numbers.values()) == sorted(node.id for node in plan.nodes)
    assert drawn == [(wire.source, wire.target) for wire in wires(plan)]


def test_words_of_mermaid_may_be_node_names() -> None:
    """A node called end or graph stands only inside a label."""
    lines = draw_mermaid(plan_of(SMALL)).split("\n")
    assert not any(re.match(r" *(end|graph)\b", line) for line in lines)


@shipped
def test_dot_has_every_node_and_wire(path: Path) -> None:
    """Names are quoted, so that any name is one."""
    plan = plan_of(path)
    text = draw_dot(plan)
    assert re.findall(r'^  "(\w+)" \[label', text, re.MULTILINE) == [node.id for node in plan.nodes]
    arrows = re.findall(r'^  "(\w+)" -> "(\w+)" \[label="[^"]+"\];$', text, re.MULTILINE)
    assert arrows == [(wire.source, wire.target) for wire in wires(plan)]
    assert text.count("{") == text.count("}") == 1


@shipped
def test_the_data_are_those_of_the_drawing(path: Path) -> None:
    """Nodes with kind and clock, wires with both ends and their type."""
    plan = plan_of(path)
    data = graph_data(plan)
    assert [node["node"] for node in data["nodes"]] == [node.id for node in plan.nodes]
    assert len(data["wires"]) == len(wires(plan))
    for chain in plan.chains:
        wire = {"from": f"{chain.risks[-1]}.intent", "type": "approved", "to": f"{chain.executor}.in"}
        assert wire in data["wires"]
