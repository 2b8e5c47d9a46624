"""Every strategy tells the shared suites what they must know of it, so that none of them names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from radar.nodes.registry import names
from tests.acceptance.oracle_strategy import Strategy
from tests.acceptance.subjects import EXAMPLE, PIPELINES, portfolios, shipped, subjects, taken, unsaid
from tests.conformance.cases import BROKEN

ALL = sorted({*names("strategy"), *shipped()})


@pytest.mark.parametrize("name", ALL)
def test_a_strategy_brings_all_that_the_suites_need(name: str) -> None:
    """Pipeline, its YAML tests and golden file, values, search space, and a SUBJECT with an oracle of its own."""
    missing = unsaid(name)
    assert not missing, "\n".join([f"the strategy {name} is not tested whole:", *missing])
    oracle = subjects()[name].oracle
    assert not (isinstance(oracle, type) and oracle is Strategy), "the base of all oracles has no rules"
    source = oracle.__module__
    assert source.startswith("tests.nodes.strategy."), f"{source}: the oracle stands beside the strategy's test"


def test_every_shipped_pipeline_makes_a_case() -> None:
    """A pipeline that cannot be checked, planned or fed is named here, with the reason, and runs in no other test."""
    assert BROKEN == {}


def test_what_is_missing_is_said() -> None:
    """A strategy that nobody has written, and a pipeline that is no strategy's, are told what to do."""
    assert "named after no strategy" in unsaid("no_such_strategy")[0]
    assert unsaid(EXAMPLE) == []


@pytest.mark.parametrize(
    ("nodes", "strategies"),
    [
        ("a: {strategy: x, with: strategies.one}", ("one",)),
        ("a: {strategy: x, with: strategies.one}\n  b: {strategy: x, with: strategies.one}", ("one",)),
        ("a: {strategy: x, with: strategies.one}\n  b: {strategy: x, with: [strategies.two, risk.y]}", ("one", "two")),
        ("a:\n    strategy: x\n    with: [risk.y, strategies.one]\n  b: {with: strategies.two}", ("one", "two")),
    ],
)
def test_strategies_of_a_pipeline_are_told_by_their_values(
    nodes: str, strategies: tuple[str, ...], tmp_path: Path
) -> None:
    """Slots of one rule are one strategy; two blocks of values are two, also of one kind."""
    file = tmp_path / "made.yaml"
    file.write_text(f"nodes:\n  {nodes}\n", encoding="utf-8")
    assert taken(file) == strategies


def test_a_pipeline_of_several_strategies_is_no_subject() -> None:
    """It has no strategy's name, and each strategy in it ships alone, with its subject, too."""
    assert not {path.stem for path in portfolios()} & set(subjects())
    for path in portfolios():
        assert {(PIPELINES / f"{name}.yaml").is_file() for name in taken(path)} == {True}
