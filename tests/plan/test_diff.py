"""What becomes of nodes when one plan replaces another: nothing for nothing, for one change exactly what it does."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from radar.nodes.registry import kinds
from radar.plan.diff import Fate, NodeDifference, PlanDifference, compare_plans
from radar.plan.plan import Plan, make_plan
from radar.spec.load import load_pipeline
from tests.spec.frame import CONFIG, NODES, PIPELINES, frame

SHIPPED = sorted(path for path in PIPELINES.glob("*.yaml") if not path.name.endswith(".test.yaml"))
OF_HISTORY = ("source", "indicator", "strategy")


def made(text: str | Path, **options: Any) -> Plan:
    """The plan of a pipeline with the shipped values."""
    return make_plan(load_pipeline(text, config=CONFIG, **options).require())


def fates(found: PlanDifference) -> dict[str, Fate]:
    """The fate of every node that is not kept."""
    return {one.node: one.fate for one in found.nodes if one.fate is not Fate.KEEP}


def node(found: PlanDifference, name: str) -> NodeDifference:
    """One node of a comparison."""
    return next(one for one in found.nodes if one.node == name)


def against(**changes: str | None) -> PlanDifference:
    """The frame, replaced by the frame with changes."""
    return compare_plans(made(frame()), made(frame(**changes)))


def readers(plan: Plan, changed: Iterable[str]) -> set[str]:
    """The nodes behind ``changed`` that read the market through them: by a walk of its own over the wires."""
    found, grew = set(changed), True
    while grew:
        grew = False
        for one in plan.nodes:
            reads = {reference.node for wired in one.inputs.values() for reference in wired}
            if one.id not in found and one.kind.role in OF_HISTORY and reads & found:
                found.add(one.id)
                grew = True
    return found


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_same_file_keeps_every_node(path: Path) -> None:
    """A pipeline against itself: nothing changes, nothing needs approval, nothing stands in the way."""
    found = compare_plans(made(path), made(path))
    assert fates(found) == {}
    assert (found.changed, found.obstacles, found.added_assets, found.removed_assets) == (False, (), (), ())
    assert not any(one.needs_approval or one.reasons for one in found.nodes)


@pytest.mark.parametrize("seed", range(5))
def test_order_and_comments_change_nothing(seed: int) -> None:
    """Nodes in any order with any comment are the same nodes."""
    lines = frame().splitlines()
    at = lines.index("nodes:") + 1
    head, body = lines[:at], lines[at:]
    random.Random(seed).shuffle(body)
    text = "\n".join([*head, *(f"  # remark {place}\n{line}   # more" for place, line in enumerate(body))]) + "\n"
    found = compare_plans(made(frame()), made(text))
    assert fates(found) == {}
    assert not found.changed


def numbers(plan: Plan) -> list[tuple[str, str, str, str]]:
    """Every number of every node that can be another one: node, parameter, override, declared effect."""
    found = []
    for one in plan.nodes:
        for name, value in one.params.model_dump(mode="json").items():
            if isinstance(value, bool) or not isinstance(value, int | float):
                continue
            declared = kinds()[one.kind.role, one.kind.name].params.model_fields[name].json_schema_extra["on_change"]  # type: ignore[index, call-overload]
            for other in (value + 1, value - 1, value * 1.1, value * 0.9):
                option = f"{one.id}.{name}={other}"
                if load_pipeline(frame(), config=CONFIG, overrides=[option]).pipeline is not None:
                    found.append((one.id, name, option, str(declared)))
                    break
    return found


def test_one_number_has_the_effect_that_it_declares() -> None:
    """Each number of each node by itself: its node meets the declared fate, what reads the market through a node made
    anew is made anew with it, and every other node is kept."""
    base = made(frame())
    linked = {("grid", "ma_period"): "mean", ("grid", "atr_period"): "width"}
    tried = numbers(base)
    assert len(tried) > 20
    expected = {"hot": Fate.HOT, "rewarm": Fate.REWARM, "restart": Fate.HOT, "locked": Fate.REFUSED}
    assert {declared for *_, declared in tried} >= {"hot", "rewarm", "locked"}
    for name, parameter, option, declared in tried:
        found = compare_plans(base, made(frame(), overrides=[option]))
        changed = {name, linked.get((name, parameter), name)}
        anew = {one for one in changed if declared == "rewarm"}
        want = dict.fromkeys(changed, expected[declared])
        want |= dict.fromkeys(readers(base, anew), Fate.REWARM)
        assert fates(found) == want, option
        (one,) = [one for one in node(found, name).parameters if one.parameter == parameter]
        assert one.asset == ""
        assert one.before != one.after
        assert found.changed
        assert bool(found.obstacles) == (declared == "locked")


def test_a_value_of_one_asset_is_told_for_it() -> None:
    """A value that differs for one asset names it; the other asset's is not told of."""
    changed = NODES["grid"].replace("leverage: 3", "leverage: 3, per_asset: {ETH: {num_levels: 2}}")
    (one,) = node(against(grid=changed), "grid").parameters
    assert (one.parameter, one.asset, one.after) == ("num_levels", "ETH", "2")
    assert one.on_change == "hot"


def test_a_rename_keeps_the_node() -> None:
    """`was` carries a node's state to its new name, also where it is read; without it the node is another one."""
    changes = {
        "mean": None,
        "average": '{indicator: sma, in: candles.close, period: "${grid.ma_period}", was: mean}',
        "grid": NODES["grid"].replace("mean: mean", "mean: average"),
    }
    found = against(**changes)
    assert fates(found) == {}
    assert (node(found, "average").was, found.changed) == ("mean", True)
    stays = made(frame(**changes))
    assert not compare_plans(stays, stays).changed
    changes["average"] = changes["average"].replace(", was: mean", "")  # type: ignore[union-attr]
    found = against(**changes)
    assert fates(found) == {"average": Fate.ADD, "mean": Fate.REMOVE, "grid": Fate.REWARM}


def test_another_source_of_numbers_is_warmed() -> None:
    """Another kind of indicator, and another input, are made anew with everything behind them."""
    assert fates(against(mean="{indicator: ema, in: candles.close}")) == {"mean": Fate.REWARM, "grid": Fate.REWARM}
    found = against(mean='{indicator: sma, in: candles.open, period: "${grid.ma_period}"}')
    assert fates(found) == {"mean": Fate.REWARM, "grid": Fate.REWARM}
    (wiring,) = node(found, "mean").wiring
    assert wiring.endswith("candles.close to candles.open")
    assert node(found, "mean").rewarm_bars == made(frame()).lookback["mean"]
    assert node(found, "broker").rewarm_bars == 0


def test_what_holds_positions_needs_to_be_flat() -> None:
    """A strategy or account that goes, changes its kind, or trades in another account cannot keep what it holds."""
    other = "{risk: risk_sizing, in: grid}"
    found = against(sized=other)
    assert fates(found) == {"sized": Fate.NEEDS_FLAT}
    assert node(found, "sized").needs_approval
    renamed = {"broker": None, "desk": NODES["broker"], "journal": "{sink: journal, in: [desk, guard.refused]}"}
    found = against(**renamed)
    assert fates(found) == {
        "broker": Fate.NEEDS_FLAT,
        "desk": Fate.ADD,
        "grid": Fate.NEEDS_FLAT,
        "journal": Fate.HOT,
    }
    renamed["desk"] = NODES["broker"].replace("{executor", "{was: broker, executor")
    assert fates(against(**renamed)) == {}


def test_a_gate_that_goes_is_shown_and_asked_about() -> None:
    """Without a risk node the next one reads on; both are marked for approval, and no state is lost."""
    found = against(margin=None, guard="{risk: kill_switch, in: sized}")
    assert fates(found) == {"margin": Fate.REMOVE, "guard": Fate.HOT}
    assert node(found, "margin").needs_approval
    assert node(found, "guard").needs_approval


def test_a_clock_or_an_asset_that_goes_takes_a_new_run() -> None:
    """Every node is refused and the reason is said; an asset that comes is only added."""
    for changes, said in (({"clock": "4h"}, "clock"), ({"assets": "[BTC]"}, "ETH")):
        found = against(**changes)
        assert set(fates(found).values()) == {Fate.REFUSED}
        assert len(fates(found)) == len(found.nodes)
        assert any(said in one for one in found.obstacles)
    found = against(assets="[BTC, ETH, SOL]")
    assert (fates(found), found.added_assets, found.obstacles, found.changed) == ({}, ("SOL",), (), True)


def test_pipelines_of_other_names_are_not_versions_of_each_other() -> None:
    """What is another pipeline cannot take over."""
    assert any("another pipeline" in one for one in against(pipeline="other").obstacles)


def test_a_state_that_is_laid_out_otherwise_is_carried_over() -> None:
    """A value that takes effect at once and changes how much the node remembers: its state migrates."""

    def growing(plan: Plan) -> Plan:
        nodes = [
            dataclasses.replace(
                one, kind=dataclasses.replace(one.kind, window=lambda params, interval: int(params.leverage))
            )
            if one.id == "grid"
            else one
            for one in plan.nodes
        ]
        return dataclasses.replace(plan, nodes=tuple(nodes))

    found = compare_plans(growing(made(frame())), growing(made(frame(), overrides=["grid.leverage=5"])))
    assert fates(found) == {"grid": Fate.MIGRATE}
