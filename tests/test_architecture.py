"""The rules between files that ARCHITECTURE.md states, read from the source itself."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "radar"

# What each part of radar may import besides itself and errors.py. A new part is added here, in one of the places of
# market -> spec -> plan -> kernel -> engine -> research -> control -> cli | panel, or beside it.
UP_TO_ENGINE = ("market", "nodes", "spec", "plan", "kernel", "store")
UP_TO_CONTROL = (*UP_TO_ENGINE, "engine", "research", "v1", "control", "client")
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "errors": (),
    # the API's messages, made from proto/
    "v1": (),
    # what speaks to a server knows nothing but the API
    "client": ("v1",),
    "market": (),
    "store": ("market",),
    "nodes": ("market",),
    "spec": ("market", "nodes"),
    "plan": ("market", "nodes", "spec"),
    "kernel": ("market", "nodes", "spec", "plan"),
    "engine": UP_TO_ENGINE,
    "research": (*UP_TO_ENGINE, "engine"),
    "control": (*UP_TO_ENGINE, "engine", "research", "v1"),
    "cli": UP_TO_CONTROL,
    "panel": UP_TO_CONTROL,
    "alerts": UP_TO_CONTROL,
    # python -m radar
    "__main__": ("cli",),
}
CLIENTS = ("cli", "panel", "alerts")
HEAVY = ("numpy", "numba", "pyarrow", "pydantic", "ccxt", "grpc", "google.protobuf", "radar.v1")
ROLES = ("source", "indicator", "strategy", "risk", "executor", "sink")

VAGUE_NAMES = {"core", "common", "util", "utils", "base", "manager", "managers", "helper", "helpers", "misc", "stuff"}
MOST_LINES = 400
# path from the root: why this one file may be longer
LONGER: dict[str, str] = {
    "tests/acceptance/oracle.py": "one independent simulator, read beside the specification from top to bottom",
}


@dataclass(frozen=True)
class Import:
    """One module that a file imports: its full name, the line, and whether importing the file imports it."""

    target: str
    line: int
    at_module_level: bool


def name_of(path: Path) -> str:
    """Return the dotted module name of a file of the package."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


# Made from proto/ by other programs.
GENERATED = PACKAGE / "v1"
MODULES = {name_of(path): path for path in sorted(PACKAGE.rglob("*.py")) if path.parent != GENERATED}


def part_of(module: str) -> str:
    """Return the part of radar that a module belongs to; empty for the package itself."""
    return module.partition(".")[2].partition(".")[0]


def imports_in(source: str) -> list[Import]:
    """Return what a file imports. `from a import b` counts as a, and as a.b too since b may be a module."""
    found: list[Import] = []

    def visit(node: ast.AST, at_module_level: bool) -> None:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            at_module_level = False
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            at_module_level = False
        if isinstance(node, ast.stmt | ast.expr):
            found.extend(Import(target, node.lineno, at_module_level) for target in targets(node))
        for child in ast.iter_child_nodes(node):
            visit(child, at_module_level)

    visit(ast.parse(source), True)
    return found


def targets(node: ast.AST) -> Iterator[str]:
    """Yield the modules that one node of the syntax tree imports."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
        first = node.args[0] if node.args else None
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield first.value


def broken_rules(module: str, source: str, kinds: Iterable[str]) -> list[str]:
    """Return each import of a module that goes against a rule, with its line."""
    part = part_of(module)
    if module != "radar" and part not in MAY_IMPORT:
        return [f"{module}: radar.{part} is a new part: give it its place in MAY_IMPORT"]
    broken: list[str] = []
    for found in imports_in(source):
        where = f"{module}:{found.line} imports {found.target}"
        into = part_of(found.target)
        if (
            part in CLIENTS
            and found.at_module_level
            and f"{found.target}.".startswith(tuple(f"{one}." for one in HEAVY))
        ):
            broken.append(f"{where} at module level: import it inside the command that needs it")
        if found.target.partition(".")[0] != "radar" or module == "radar":
            continue
        if found.target in kinds and not module.startswith("radar.nodes.registry"):
            broken.append(f"{where}: a kind is reached through the registry only")
        if into in MAY_IMPORT and into not in (part, "errors", *MAY_IMPORT[part]):
            broken.append(f"{where}: {part} may import {', '.join(MAY_IMPORT[part]) or 'nothing'} of radar")
        elif into and into not in MAY_IMPORT and into != "__version__" and part not in CLIENTS:
            broken.append(f"{where}: only clients use the package's own functions")
    return broken


def kinds_of(modules: Iterable[str]) -> set[str]:
    """Return the modules that are node kinds: the files of the role folders."""
    return {
        module
        for module in modules
        if re.fullmatch(rf"radar\.nodes\.({'|'.join(ROLES)})\.[a-z0-9_]+", module)
        and not module.rpartition(".")[2].startswith("_")
    }


KINDS = kinds_of(MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_one_way(module: str) -> None:
    """Every import follows market -> ... -> cli | panel; kinds are found by the registry; clients start light."""
    broken = broken_rules(module, MODULES[module].read_text(encoding="utf-8"), KINDS)
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize(
    ("module", "source", "said"),
    [
        ("radar.market.bar", "from radar.plan import graph", "market may import nothing"),
        ("radar.market.bar", "def f():\n    import radar.engine.run", "market may import nothing"),
        ("radar.store.store", "from radar.spec.pipeline import Pipeline", "store may import market"),
        ("radar.plan.graph", "from radar.store import store", "plan may import market, nodes, spec"),
        ("radar.engine.run", "from radar.cli import app", "engine may import"),
        ("radar.plan.graph", "from radar.nodes.strategy import some_kind", "through the registry"),
        ("radar.nodes.risk.gate", "import radar.nodes.strategy.some_kind", "through the registry"),
        ("radar.spec.check", "from importlib import import_module as x\nx.import_module('radar.cli.app')", "spec may"),
        ("radar.spec.check", "from radar import backtest", "only clients"),
        ("radar.cli.app", "import numpy as np", "at module level"),
        ("radar.cli.app", "from radar.v1 import run_pb2", "at module level"),
        ("radar.panel.page", "from google.protobuf import message", "at module level"),
        ("radar.engine.run", "from radar.v1 import run_pb2", "engine may import"),
        (
            "radar.cli.app",
            "try:\n    from pyarrow.parquet import read_table\nexcept ImportError:\n    pass",
            "module level",
        ),
        ("radar.assorted.thing", "", "a new part"),
    ],
)
def test_a_broken_rule_is_seen(module: str, source: str, said: str) -> None:
    """The reader of imports catches each kind of breach, however it is written."""
    assert any(said in line for line in broken_rules(module, source, {"radar.nodes.strategy.some_kind"}))


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("radar.plan.graph", "from radar.nodes.registry import kinds\nfrom radar.errors import RadarError"),
        ("radar.engine.run", "from radar import __version__\nfrom radar.store.store import Store"),
        ("radar.cli.app", "def run():\n    import numpy as np\n    from radar import backtest"),
        ("radar.cli.app", "if TYPE_CHECKING:\n    import pyarrow as pa"),
        ("radar.nodes.registry", "import radar.nodes.strategy.some_kind"),
    ],
)
def test_an_allowed_import_passes(module: str, source: str) -> None:
    """What the rules allow is not refused."""
    assert broken_rules(module, source, {"radar.nodes.strategy.some_kind"}) == []


def test_the_command_line_starts_light() -> None:
    """Importing radar.cli.app brings in, through whatever it imports, nothing that takes long to load."""
    script = f"import sys, radar.cli.app; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "", f"imported with the command line: {done.stdout}"


def python_files() -> list[Path]:
    """Return every Python file that people write here."""
    folders = [ROOT / name for name in ("radar", "tools", "tests")]
    return [path for folder in folders for path in sorted(folder.rglob("*.py")) if path.parent != GENERATED]


def test_names_say_what_a_file_does() -> None:
    """No file or folder has a name that any content would fit."""
    vague = [
        path.relative_to(ROOT).as_posix()
        for path in python_files()
        if VAGUE_NAMES & set(re.split(r"[/_]", path.relative_to(ROOT).with_suffix("").as_posix().lower()))
    ]
    assert not vague, f"name these after their one job: {', '.join(vague)}"


def test_files_stay_small() -> None:
    """A file has one job: none is long, but for those whose reason is written above; no reason outlives its file."""
    lines = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines()) for path in python_files()
    }
    long = {path for path, count in lines.items() if count > MOST_LINES}
    assert long == set(LONGER), f"over {MOST_LINES} lines without a reason, or a reason that no file needs any more"
