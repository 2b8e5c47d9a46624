"""Wires: their types, their circles, who reads whom, and the order that follows."""

from __future__ import annotations

import random

import pytest

from radar.plan.graph import check_graph, order, reaches
from radar.spec.diagnostic import Diagnostic, SpecError
from radar.spec.load import load_pipeline
from radar.spec.model import Pipeline
from tests.spec.frame import CONFIG, NODES, codes, frame, loaded

GRID = "strategy: grid_atr, in: {bar: candles, mean: mean, width: width}, leverage: 3"


def draft(text: str) -> Pipeline:
    """What could be read of a text."""
    found = load_pipeline(text, config=CONFIG).draft
    assert found is not None
    return found


def only(text: str) -> Diagnostic:
    """The one finding about the wires of a text."""
    (found,) = check_graph(draft(text))
    return found


def test_the_frame_is_right() -> None:
    """A valid graph has no findings."""
    assert check_graph(draft(frame())) == ()


def test_a_misfit_names_both_types_and_what_fits() -> None:
    """The message says what is given and what is taken; the fix lists outputs of the same node that fit."""
    found = only(frame(mean="{indicator: sma, in: candles}"))
    assert found.code == "R3005"
    assert found.message == "candles.bar gives a bar, but in of mean (indicator sma) takes a series"
    assert "candles.close" in found.fix
    assert "the right type" in found.fix


def test_a_misfit_without_a_fitting_output_of_the_node_lists_others() -> None:
    """Where the wired node gives nothing that fits, those of the pipeline that do are listed."""
    text = frame(width="{indicator: atr, in: mean}")
    found = next(one for one in check_graph(draft(text)) if one.code == "R3005")
    assert found.fix == "candles exists and has the right type"


def test_an_input_of_two_types_names_both() -> None:
    """A journal takes fills or refusals, and says so."""
    found = next(one for one in check_graph(draft(frame(journal="{sink: journal, in: [broker, mean]}"))))
    assert "takes fills or refusals" in found.message


def test_an_unknown_node_is_answered_with_one_of_the_right_type() -> None:
    """Only nodes that fit the input are offered, with the port that was asked for."""
    found = only(frame(mean="{indicator: sma, in: candels.close}"))
    assert found.nearest == ("candles.close",)
    assert found.expected == "a node that gives a series"


def test_an_unknown_node_like_no_other_lists_those_that_fit() -> None:
    """Without a similar name, the outputs of the right type are listed."""
    found = only(frame(width="{indicator: atr, in: zzz}"))
    assert (found.nearest, found.fix) == ((), "candles exists and has the right type")


def test_an_unknown_output_offers_the_nearest() -> None:
    """Ports of that node are the candidates."""
    assert only(frame(mean="{indicator: sma, in: candles.clse}")).nearest == ("candles.close",)


def test_a_missing_input_lists_what_fits() -> None:
    """The finding says what the input is for and what could be wired."""
    text = frame(grid="{strategy: grid_atr, in: {bar: candles, mean: mean}, leverage: 3}", width=None)
    found = only(text)
    assert found.code == "R3004"
    assert "width" in found.message
    assert "mean" in found.fix


def test_optional_inputs_may_stay_open() -> None:
    """An account without a regime is no matter of the graph."""
    text = frame(regime=None, broker="{executor: account, in: guard}")
    assert check_graph(draft(text)) == ()


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"mean": "{indicator: sma, in: mean}"}, "mean -> mean"),
        (
            {"mean": "{indicator: sma, in: slow}", "slow": "{indicator: sma, in: mean}"},
            "mean -> slow -> mean",
        ),
        (
            {
                "mean": "{indicator: sma, in: third}",
                "second": "{indicator: sma, in: mean}",
                "third": "{indicator: sma, in: second}",
            },
            "mean -> second -> third -> mean",
        ),
    ],
)
def test_a_circle_prints_its_path(changes: dict[str, str], path: str) -> None:
    """The path is printed in the direction of the data."""
    found = [one for one in check_graph(draft(frame(**changes))) if one.code == "R3007"]
    assert [one.message for one in found] == [f"the wires form a circle: {path}"]


def test_two_circles_are_two_findings() -> None:
    """Circles that have nothing to do with each other are each reported."""
    text = frame(
        a="{indicator: sma, in: b}",
        b="{indicator: sma, in: a}",
        c="{indicator: sma, in: d}",
        d="{indicator: sma, in: c}",
    )
    assert codes(check_graph(draft(text))) == ["R3007", "R3007"]


def test_a_circle_cannot_be_ordered() -> None:
    """Ordering what cannot be ordered raises the diagnostic."""
    with pytest.raises(SpecError) as raised:
        order(draft(frame(mean="{indicator: sma, in: mean}")))
    assert raised.value.code == "R3007"


def test_a_node_that_is_read_from_outside_is_used() -> None:
    """An indicator that a caller asks for needs no reader in the file."""
    text = frame(slow="{indicator: sma, in: candles.close}")
    assert codes(check_graph(draft(text))) == ["R3008"]
    assert check_graph(draft(text), used=["slow"]) == ()


def test_what_an_unreadable_node_reads_is_used() -> None:
    """A node of unknown kind still uses what it is wired to."""
    text = frame(slow="{indicator: sma, in: candles.close}", other="{indicator: unknown, in: slow}")
    assert codes(loaded(text).diagnostics) == ["R2007"]


def test_the_order_is_that_of_the_data_then_of_the_file() -> None:
    """A node stands behind those that it reads; otherwise the file decides."""
    assert [node.id for node in order(draft(frame()))] == list(NODES)


def test_the_order_does_not_depend_on_where_nodes_stand() -> None:
    """Any permutation of the file is ordered so that every node follows those that it reads."""
    names = list(NODES)
    for seed in range(20):
        shuffled = names.copy()
        random.Random(seed).shuffle(shuffled)
        text = frame(nodes="\n" + "\n".join(f"  {name}: {NODES[name]}" for name in shuffled))
        ordered = order(draft(text))
        assert ordered == order(draft(text))
        seen: set[str] = set()
        for node in ordered:
            assert {one.node for wired in node.inputs.values() for one in wired} <= seen
            seen.add(node.id)
        assert seen == set(names)


def test_paths_of_an_intent() -> None:
    """Every way from a strategy to an executor is found, risk nodes in between."""
    pipeline = draft(frame())
    paths = [[node.id for node in path] for path in reaches(pipeline, pipeline.node("grid"))]
    assert paths == [["grid", "sized", "margin", "guard", "broker"]]


def second_strategy(sides: str) -> str:
    """A frame with two strategies in one account."""
    return frame(
        other=f"{{{GRID}, sides: [{sides}]}}",
        other_size="{risk: equal_allocation, in: other}",
        other_guard="{risk: margin_guard, in: other_size}",
        broker="{executor: account, in: {in: [guard, other_guard], regime: regime}}",
    )


def test_two_strategies_that_want_the_same_position_are_warned_about() -> None:
    """An exchange nets them into one; the finding names asset, side and account."""
    (found,) = loaded(second_strategy("long")).diagnostics
    assert (found.code, found.severity) == ("R3012", "warning")
    assert found.message == "grid and other both want BTC long in the account broker"
    assert found.related[0].span.line < found.span.line


def test_two_strategies_on_different_sides_are_fine() -> None:
    """Long and short of an asset are two positions."""
    assert loaded(second_strategy("short")).diagnostics == ()
