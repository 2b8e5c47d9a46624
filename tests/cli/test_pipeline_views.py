"""`radarctl graph`, `plan`, `node` and `schema`: what a pipeline is, before anything runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from radar.engine.load import load
from radar.kernel.build import digest_of, source_of
from radar.nodes.registry import kinds
from radar.plan.plan import make_plan
from tests.cli.terminal import CONFIG, GRID, SHIPPED, radarctl


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
@pytest.mark.parametrize(("form", "begins"), [("text", ""), ("mermaid", "flowchart"), ("dot", "digraph")])
def test_a_graph_names_every_node(path: Path, form: str, begins: str) -> None:
    """Each drawing of each shipped pipeline has all of its nodes."""
    drawing = radarctl("graph", path, "--format", form).stdout
    assert drawing.startswith(begins)
    assert all(node.id in drawing for node in load(path).require().nodes)


def test_an_unknown_form_is_a_usage_error() -> None:
    """The valid forms are named."""
    error = radarctl("graph", GRID, "--format", "png", code=2).stderr
    assert "mermaid" in error


@pytest.mark.parametrize("command", ["graph", "plan"])
def test_a_broken_pipeline_is_not_drawn(command: str, tmp_path: Path) -> None:
    """Its diagnostics are shown instead, a cycle with its path."""
    path = tmp_path / "cycle.yaml"
    text = GRID.read_text(encoding="utf-8").replace("in: candles.close, period", "in: loop, period")
    path.write_text(text + "  loop: {indicator: sma, in: mean}\n", encoding="utf-8")
    error = radarctl(command, path, "--config", CONFIG, code=2).stderr
    assert "mean" in error
    assert "loop" in error
    assert "radarctl explain R3" in error


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_plan_says_what_the_kernel_gets(path: Path) -> None:
    """Order, look-back, warm-up and digests are those of the plan; state and windows add up to the layout's."""
    plan = make_plan(load(path).require())
    shown = json.loads(radarctl("plan", path, "-o", "json").stdout)
    assert [node["node"] for node in shown["nodes"]] == [node.id for node in plan.nodes]
    assert {node["node"]: node["look_back_bars"] for node in shown["nodes"]} == dict(plan.lookback)
    assert shown["warm_up_bars"] == plan.warm_up
    assert shown["digests"]["plan"] == plan.digest
    assert shown["digests"]["kernel"] == digest_of(plan)
    windows = sum(node["window_floats"] for node in shown["nodes"] if not node["shared"])
    assert max(windows, 1) == plan.layout.window_size
    state = sum(node["state_bytes"] for node in shown["nodes"] if not node["shared"])
    assert 0 < state < plan.layout.lane.itemsize


def test_the_source_is_the_generated_code() -> None:
    """--source prints what is compiled, and it is Python."""
    text = radarctl("plan", GRID, "--source").stdout
    assert text == source_of(make_plan(load(GRID).require())).rstrip("\n") + "\n"
    compile(text, "generated", "exec")


def test_a_value_changes_the_plan_and_not_the_kernel() -> None:
    """Values are data: --set gives another plan digest, and the code stays."""
    before = json.loads(radarctl("plan", GRID, "-o", "json").stdout)
    after = json.loads(radarctl("plan", GRID, "--set", "grid.ma_period=40", "-o", "json").stdout)
    assert after["digests"]["plan"] != before["digests"]["plan"]
    assert after["digests"]["kernel"] == before["digests"]["kernel"]
    assert after["warm_up_bars"] > before["warm_up_bars"]


def test_every_kind_is_listed_by_role() -> None:
    """The list is the registry, and --role cuts it."""
    listed = json.loads(radarctl("node", "list", "-o", "json").stdout)
    assert [(one["role"], one["name"]) for one in listed] == list(kinds())
    risks = json.loads(radarctl("node", "list", "--role", "risk", "-o", "json").stdout)
    assert risks == [one for one in listed if one["role"] == "risk"]
    assert "source, indicator, strategy" in radarctl("node", "list", "--role", "risks", code=2).stderr


@pytest.mark.parametrize("role_name", kinds(), ids=".".join)
def test_every_kind_has_a_page(role_name: tuple[str, str]) -> None:
    """The page has the words and example of the node's file, every port and every parameter."""
    kind = kinds()[role_name]  # type: ignore[index]
    page = radarctl("node", "show", ".".join(role_name)).stdout
    assert kind.summary in page
    assert all(line in page for line in kind.example.splitlines())
    for name in (*kind.inputs, *kind.outputs, *kind.params.model_fields):
        assert name in page


def test_a_kind_is_found_by_its_name_alone() -> None:
    """A name that one role has needs no role."""
    assert radarctl("node", "show", "sma").stdout == radarctl("node", "show", "indicator.sma").stdout


def test_an_unknown_kind_names_the_nearest() -> None:
    """A mistyped kind is answered with the one that was meant."""
    assert "radarctl node show bollinger" in radarctl("node", "show", "bolinger", code=2).stderr
