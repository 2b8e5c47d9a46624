"""ACTIVE_STRATEGIES and FORCE_STRATEGIES: which strategies trade, as values of the result like any other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import radar
from radar.engine.backtest import Prepared, prepare
from radar.engine.reproduce import reproduce
from radar.engine.scenario.runner import run_file
from radar.engine.stream.outcome import verify
from radar.errors import RadarError
from radar.research.sweep.sweep import lay_out_sweep
from radar.store import Store
from tests.acceptance.subjects import EXAMPLE, PIPELINES, known, taken
from tests.conformance.cases import CONFIG
from tests.engine.portfolio.books import PORTFOLIO, SAMPLE, ms
from tests.engine.stream.following import follow, new_ledger

FIRST, SECOND = taken(PORTFOLIO)
PERIOD: dict[str, Any] = {"data": SAMPLE, "config": CONFIG, "start": "2025-02-01", "end": "2025-02-20"}
CHOSEN = (
    (PIPELINES / f"{EXAMPLE}.yaml")
    .read_text(encoding="utf-8")
    .replace(
        "  guard: {risk: margin_guard, in: sized,",
        "  chosen: {risk: selector, in: sized, with: risk.selector}\n  guard: {risk: margin_guard, in: chosen,",
    )
)
"""The example behind a selector."""


def of(pipeline: Any, overrides: tuple[str, ...] = (), **variables: str) -> Prepared:
    """The pipeline prepared under these variables alone."""
    return prepare(pipeline, config=CONFIG, overrides=overrides, environment=variables)


def values(made: Prepared, parameter: str) -> dict[str, bool]:
    """A parameter of every node that has it."""
    nodes = {node.id: node.params.model_dump() for node in made.plan.nodes}
    return {name: params[parameter] for name, params in nodes.items() if parameter in params}


def test_without_the_variables_nothing_is_said() -> None:
    """Unset, empty, and a list of nothing are the same."""
    assert of(PORTFOLIO).request == of(PORTFOLIO, ACTIVE_STRATEGIES="", FORCE_STRATEGIES=" , ").request


def test_a_strategy_that_is_left_out_does_not_trade(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one trades; made again under another environment the result has the same bytes."""
    monkeypatch.setenv("ACTIVE_STRATEGIES", f" {FIRST} ,,")
    result = radar.backtest(PORTFOLIO, **PERIOD)
    assert {trade["strategy"] for trade in result.trades()} == {FIRST}
    monkeypatch.setenv("ACTIVE_STRATEGIES", SECOND)
    assert reproduce(result.to_bytes(), data=SAMPLE).same


def test_what_is_set_by_hand_wins() -> None:
    """--set is more explicit than the environment."""
    gates = values(of(PORTFOLIO, ACTIVE_STRATEGIES=FIRST), "allowed")
    (closed,) = (name for name, allowed in gates.items() if not allowed)
    assert values(of(PORTFOLIO, (f"{closed}.allowed=true",), ACTIVE_STRATEGIES=FIRST), "allowed")[closed]


def test_a_forced_strategy_passes_the_selector() -> None:
    """By the name of its values or of its node; others stay as the files say."""
    other = next(name for name in known() if name != EXAMPLE)
    assert values(of(CHOSEN, FORCE_STRATEGIES=f"{EXAMPLE},{other}"), "force") == {"chosen": True}
    assert values(of(CHOSEN, FORCE_STRATEGIES="grid"), "force") == {"chosen": True}
    assert values(of(CHOSEN, FORCE_STRATEGIES=other), "force") == {"chosen": False}


@pytest.mark.parametrize("variable", ["ACTIVE_STRATEGIES", "FORCE_STRATEGIES"])
def test_a_name_that_nobody_knows(variable: str) -> None:
    """The variable, the name and the nearest one that exists are told."""
    with pytest.raises(RadarError, match=f"{variable} names {EXAMPLE}x") as raised:
        of(PORTFOLIO, **{variable: f"{EXAMPLE}x"})
    assert (raised.value.code, EXAMPLE in raised.value.next_step) == ("R5019", True)


def test_a_strategy_that_nothing_can_stop() -> None:
    """Rather than let it trade, nothing runs, and the wire that is missing is shown."""
    other = next(name for name in known() if name != EXAMPLE)
    with pytest.raises(RadarError, match="nothing in grid_atr can keep it from trading") as raised:
        of(PIPELINES / f"{EXAMPLE}.yaml", ACTIVE_STRATEGIES=other)
    assert "asset_gate" in raised.value.next_step


def test_what_is_made_again_and_what_is_tested_reads_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A back-test of a sweep's row, the proof of a ledger, and a pipeline's own tests: a variable that would be refused
    changes none of them."""
    pipeline = PIPELINES / f"{EXAMPLE}.yaml"
    sweep = lay_out_sweep(pipeline, options=["grid.num_levels=1,2"], assets=["BTC"], **PERIOD)
    made = prepare(pipeline, config=CONFIG, assets=["BTC"], start=PERIOD["start"], end=PERIOD["end"], environment={})
    with new_ledger(tmp_path) as ledger:
        follow(made, Store(SAMPLE), ledger, ms(PERIOD["start"]))
        monkeypatch.setenv("ACTIVE_STRATEGIES", "nobody")
        with pytest.raises(RadarError, match="nobody"):
            radar.backtest(pipeline, **PERIOD)
        assert sweep.run()
        assert len(sweep.backtest(1).trades()) == sweep.table()["trades"].to_pylist()[1]
        assert verify(ledger).same
    assert run_file(pipeline.with_suffix(".test.yaml")).passed
