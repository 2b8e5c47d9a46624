"""The generated function: readable Python that depends on the wiring alone, whatever the nodes are called."""

from __future__ import annotations

import ast
import builtins
import importlib
import keyword
import re

import numpy as np
import pytest

from radar.engine.backtest import prepare
from radar.kernel.build import build, source_of
from radar.kernel.generate import generate
from radar.kernel.generation.advance import ARGUMENTS
from radar.plan.layout import KERNEL_NAMES, KERNEL_SUFFIXES, field_name
from radar.plan.plan import Plan
from tests.conformance.cases import CASES, prepared
from tests.nodes.strategy.harness import bars, run
from tests.nodes.strategy.test_grid_atr import CALM, DIP, TEXT

every_case = pytest.mark.parametrize("name", CASES)


def plan(name: str) -> Plan:
    """The plan of a case."""
    return prepared(name)[0].plan


def names(text: str) -> set[str]:
    """Every name that a text reads, binds or imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.alias):
            found.add(node.asname or node.name)
        elif isinstance(node, ast.FunctionDef):
            found.add(node.name)
    return found


@every_case
def test_it_is_python_with_one_entry(name: str) -> None:
    """It compiles, defines ``advance`` with the arguments that a run passes, and says whom it was made for."""
    text = source_of(plan(name))
    tree = ast.parse(text)
    (advance,) = [one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name == "advance"]
    assert [one.arg for one in advance.args.args] == ARGUMENTS.split(", ")
    head = ast.get_docstring(tree)
    assert head is not None
    assert "Do not edit" in head
    for chain in plan(name).chains:
        assert " -> ".join((chain.strategy, *chain.risks, chain.executor)) in head
    assert ast.get_docstring(advance)


@every_case
def test_it_is_readable(name: str) -> None:
    """Lines of a width that fits a screen, no tabs, no trailing blanks, indented by four."""
    for line in source_of(plan(name)).split("\n"):
        assert len(line) <= 300
        assert line == line.rstrip()
        assert "\t" not in line
        assert (len(line) - len(line.lstrip())) % 4 == 0


@every_case
def test_imports_exist_and_are_all_used(name: str) -> None:
    """Each is a function or class of the market or of a kind, imported once, and read."""
    source = generate(plan(name))
    assert len(set(source.imports)) == len(source.imports)
    assert list(source.imports) == sorted(source.imports)
    for module, function, local in source.imports:
        assert module.startswith(("radar.market.", "radar.nodes."))
        assert callable(getattr(importlib.import_module(module), function))
        assert len(re.findall(rf"\b{local}\b", source.text)) > 1, local


@every_case
def test_every_step_is_called_in_the_order_of_the_plan(name: str) -> None:
    """Each indicator and each strategy once, behind what it reads."""
    text = source_of(plan(name))
    places = []
    for node in plan(name).nodes:
        if node.kind.role in ("indicator", "strategy"):
            calls = [
                match.start()
                for match in re.finditer(
                    rf"{node.kind.name}_step\((?:p\.{field_name(node.id)}|{field_name(node.id)}_p),", text
                )
            ]
            assert len(calls) == 1, node.id
            places.append(calls[0])
    assert places == sorted(places)


@every_case
def test_equal_plans_have_equal_texts(name: str) -> None:
    """Made twice, it is the same text, and neither the assets' names nor the pipeline's are in it."""
    again = CASES[name].prepare()
    text = source_of(again.plan)
    assert text == source_of(plan(name))
    for asset in again.plan.assets:
        assert not re.search(rf"\b{asset}\b", text)


@every_case
def test_nothing_in_it_reads_the_world(name: str) -> None:
    """No clock on the wall, no file, no randomness, no printing: a kernel depends on its arguments alone."""
    found = names(source_of(plan(name)))
    builtin = {one for one in found if hasattr(builtins, one)}
    assert builtin <= {"float", "int", "range", "abs", "min", "max"}
    assert not found & {"print", "open", "datetime", "random", "np", "numpy", "os", "sys"}


@every_case
def test_every_name_of_its_own_is_reserved(name: str) -> None:
    """A new local, or a new function of the market, must be in KERNEL_NAMES, else a node could take its place."""
    own = {field_name(node.id) for node in plan(name).nodes}
    for one in names(source_of(plan(name))):
        if one != one.lower() or one in own:
            continue
        assert one in KERNEL_NAMES or one.endswith(KERNEL_SUFFIXES) or keyword.iskeyword(one), one


def test_ids_have_different_names() -> None:
    """Whatever ids there are, no two share a field, and none is a name that generated code makes or has."""
    ids = ["mean", "row_", "row__", "class", "class_", "grid", "grid_intent", "grid_intent_", "grid_intent__"]
    ids += [f"x{suffix}" for suffix in KERNEL_SUFFIXES] + sorted(KERNEL_NAMES)
    given = [field_name(one) for one in ids]
    assert len(set(given)) == len(ids)
    assert not set(given) & KERNEL_NAMES
    made = {f"{one}{suffix}" for one in given for suffix in KERNEL_SUFFIXES}
    assert not set(given) & made


GRID = TEXT.replace("SIDES", "[long]")
AWKWARD = sorted(
    KERNEL_NAMES | {"class", "lambda", "sma_step", "grid_intent", "match_", "dtype", "shape", "array", "x"}
)


RENAMED = ("mean", "width", "grid", "sized", "guard", "broker")


@pytest.mark.parametrize("turn", range(3))
def test_a_node_may_have_any_name(turn: int) -> None:
    """Named like a local, a function, a field or a keyword of the generated code, nodes trade as they did."""
    market = bars(CALM, 55, DIP, (97.0, 99.0, 96.8, 98.0), CALM)
    expected = run(GRID, market).trade_rows
    assert len(expected)
    size = len(RENAMED)
    for first in range(0, len(AWKWARD), size):
        chosen = [AWKWARD[(first + offset) % len(AWKWARD)] for offset in range(size)]
        chosen = chosen[2 * turn :] + chosen[: 2 * turn]
        found = run(renamed(GRID, dict(zip(RENAMED, chosen, strict=True))), market).trade_rows
        assert found.tobytes() == expected.tobytes(), chosen


def renamed(text: str, new: dict[str, str]) -> str:
    """The text with nodes under other names, wherever they are defined or read; names of ports stay."""
    pattern = "|".join(new)
    text = re.sub(rf"^  ({pattern}):", lambda found: f"  {new[found[1]]}:", text, flags=re.MULTILINE)
    text = re.sub(rf"((?:in|mean|width): )({pattern})\b", lambda found: found[1] + new[found[2]], text)
    return re.sub(rf"\$\{{({pattern})\.", lambda found: f"${{{new[found[1]]}.", text)


def test_a_plan_without_a_strategy_is_a_kernel_too() -> None:
    """Values alone, of one asset or of several, in either mode of assets."""
    text = "radar: 1\npipeline: look\nassets: ASSETS\nclock: 1h\nnodes:\n  candles: {source: candles}\n"
    text += "  mean: {indicator: sma, in: candles.close, period: 2}\n"
    for assets in ("[BTC]", "[BTC, ETH]"):
        made = prepare(text.replace("ASSETS", assets), used=["mean"]).plan
        compile(source_of(made), "<kernel>", "exec")
        assert callable(build(made, "interpreted").advance)


def test_interpreted_and_compiled_run_one_text() -> None:
    """The interpreted function is that text, executed; numbers that divide by zero say nothing."""
    kernel = build(plan("grid_atr on the sample"), "interpreted")
    assert kernel.source == source_of(plan("grid_atr on the sample"))
    assert kernel.mode == "interpreted"
    with np.errstate(all="raise"):
        market = bars((100.0, 100.0, 100.0, 100.0), 60)
        assert run(GRID, market).trades() == []
