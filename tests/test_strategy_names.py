"""A strategy is its own files: nothing that is shared knows it by name, so adding one changes nothing that is shared.

A name with an underscore says one thing only, so it is looked for as a word. A name that is one plain word
(``funding``, ``liquidation``) says other things too, so it is looked for where it can only mean the strategy: behind
``strategy`` or ``strategies``, or as the name of a pipeline's file.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.acceptance.subjects import known

ROOT = Path(__file__).resolve().parent.parent
STRATEGIES = set(known())
"""Kinds, and pipelines that run one of them with values of their own."""
VALUES = ("config/strategies.yaml", "config/param_grids.yaml", "config/portfolios.yaml")
EXAMPLE_FILE = re.compile(r"\bgrid_atr\.(?:test\.)?yaml\b")
"""The one pipeline whose file is the example of the command line's help and of docstrings."""
EXAMPLES = {
    "grid_atr": "entries that rest",
    "boltrend": "entries at a close",
    "average_cross": "two parameters that a rule compares",
}
"""What tests of other things may trade with: one strategy of each sort. They are arguments of a test, never a case of a
list, and nothing decides by their names."""


def own_files(name: str) -> set[str]:
    """The files in which a strategy may be named."""
    tests = f"tests/nodes/strategy/test_{name}.py", f"tests/nodes/strategy/{name}_oracle.py"
    return {f"radar/nodes/strategy/{name}.py", *tests}


def mentions(text: str, name: str) -> Iterator[tuple[int, str]]:
    """Line number and line of every mention of a strategy."""
    patterns = [rf"strateg(?:y|ies)[./]{name}\b", rf"strategy: ?{name}\b", rf"strategy[\"'], [\"']{name}[\"']"]
    patterns.append(rf"(?<!/)\b{name}\.(?:test\.)?ya?ml\b|pipelines/{name}\b")
    if "_" in name:
        patterns.append(rf"\b{name}\b")
    mentioned = re.compile("|".join(patterns))
    for number, line in enumerate(text.splitlines(), 1):
        if mentioned.search(line):
            yield number, line.strip()


def found_in(files: Iterable[Path], allowed: Iterable[str] = ()) -> list[str]:
    """Every mention of a strategy in files that are not its own, but for those that are ``allowed``."""
    found = []
    for path in files:
        place, text = path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
        if place.startswith("radar/"):
            text = EXAMPLE_FILE.sub("", text)
        for name in sorted(STRATEGIES - set(allowed)):
            if place not in own_files(name):
                found += [f"{place}:{number} names {name}: {line}" for number, line in mentions(text, name)]
    return found


def python_tests() -> list[Path]:
    """The Python files of the tests, but this one."""
    return [path for path in sorted((ROOT / "tests").rglob("*.py")) if path != Path(__file__).resolve()]


def test_no_code_of_radar_names_a_strategy() -> None:
    """But its own file; the example pipeline may stand, as a file, in the help and in docstrings."""
    assert STRATEGIES, "no strategy was found: this test would check nothing"
    found = found_in(sorted((ROOT / "radar").rglob("*.py")))
    assert not found, "\n".join(found)


def test_values_of_strategies_stand_in_three_files_only() -> None:
    """``strategies.yaml`` and ``param_grids.yaml`` have a block for each, ``portfolios.yaml`` says which of them trade
    together; no other configuration knows them."""
    found = found_in(path for path in (ROOT / "config").iterdir() if path.relative_to(ROOT).as_posix() not in VALUES)
    assert not found, "\n".join(found)


def test_no_shared_test_names_a_strategy() -> None:
    """But the examples. What a shared test must know of a strategy, the strategy's own test says in its SUBJECT."""
    found = found_in(python_tests(), EXAMPLES)
    assert not found, "\n".join(found)


def cases(source: str) -> list[int]:
    """Lines where an example is a case among others, or where something is decided by its name."""
    found = []
    for node in ast.walk(ast.parse(source)):
        parts: list[ast.expr | None] = []
        if isinstance(node, ast.Dict):
            parts = list(node.keys)
        elif isinstance(node, ast.List | ast.Tuple | ast.Set):
            parts = list(node.elts)
        elif isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq):
            parts = [node.left, *node.comparators]
        elif isinstance(node, ast.match_case) and isinstance(node.pattern, ast.MatchValue):
            parts = [node.pattern.value]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith((".startswith", ".endswith")):
            parts = list(node.args)
        found += [one.lineno for one in parts if isinstance(one, ast.Constant) and one.value in EXAMPLES]
    return found


def test_an_example_is_no_case_of_a_list() -> None:
    """A list of strategies in a shared test would have to be extended with every strategy that is added."""
    found = [
        f"{path.relative_to(ROOT).as_posix()}:{line}"
        for path in python_tests()
        if not any(path == ROOT / place for name in EXAMPLES for place in own_files(name))
        for line in cases(path.read_text(encoding="utf-8"))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("text", "name", "seen"),
    [
        ("x = {strategy: funding}", "funding", True),
        ("with: strategies.funding", "funding", True),
        ('find("strategy", "funding")', "funding", True),
        ('PIPELINES / "funding.yaml"', "funding", True),
        ('"funding": False', "funding", False),
        ("{source: funding}", "funding", False),
        ("radar/nodes/source/funding.py", "funding", False),
        ('run("vwap_rsi")', "vwap_rsi", True),
        ("tests.nodes.strategy.test_vwap_rsi", "vwap_rsi", False),
        ("my_vwap_rsi", "vwap_rsi", False),
    ],
)
def test_a_mention_is_seen(text: str, name: str, seen: bool) -> None:
    """A word of the trade is a strategy's name only where it can mean nothing else."""
    assert bool(list(mentions(text, name))) is seen


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ('X = {"grid_atr": 1}', True),
        ('X = ["boltrend", "other"]', True),
        ('if name == "grid_atr": pass', True),
        ('if name in ("grid_atr",): pass', True),
        ('name.startswith("grid_atr")', True),
        ('run("grid_atr")', False),
        ('X = "grid_atr"', False),
        ('assert "grid_atr" in page', False),
    ],
)
def test_a_case_is_seen(source: str, seen: bool) -> None:
    """Lists, keys and comparisons are cases; one argument and one constant are an example."""
    assert bool(cases(source)) is seen
