"""The strategies of this project, found: their shipped pipelines, and what their own test files say of them."""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from radar.nodes.registry import names
from tests.acceptance.subject import Subject

ROOT = Path(__file__).resolve().parents[2]
PIPELINES = ROOT / "pipelines"
EXAMPLE = "grid_atr"
"""The pipeline that tests use where any pipeline would do; the one that every fast run compiles."""


@cache
def taken(pipeline: Path) -> tuple[str, ...]:
    """The blocks of values that the strategies of a pipeline take (``with: strategies.NAME``): its strategies, as a
    user knows them, in the order of the file."""
    found = re.findall(r"\bwith: +(?:\[.*?)?strategies\.(\w+)", pipeline.read_text(encoding="utf-8"))
    return tuple(dict.fromkeys(found))


def pipelines() -> tuple[Path, ...]:
    """Every pipeline of the folder, sorted."""
    return tuple(sorted(path for path in PIPELINES.glob("*.yaml") if not path.name.endswith(".test.yaml")))


def portfolios() -> tuple[Path, ...]:
    """The pipelines in which several strategies run. They are nobody's own: no strategy has their name, values or
    subject, and a sweep of a strategy is not theirs."""
    return tuple(path for path in pipelines() if len(taken(path)) > 1)


def alone() -> tuple[Path, ...]:
    """The pipelines that ship one strategy each."""
    return tuple(path for path in pipelines() if path not in portfolios())


def shipped() -> tuple[str, ...]:
    """Names of the pipelines that ship one strategy each, sorted."""
    return tuple(path.stem for path in alone())


@cache
def subjects() -> Mapping[str, Subject]:
    """The subject of every shipped pipeline whose strategy has one, by name. Who has none: :func:`unsaid`."""
    found = {name: _subject(name) for name in shipped()}
    return {name: subject for name, subject in found.items() if isinstance(subject, Subject)}


@cache
def known() -> tuple[str, ...]:
    """Names of the strategies as a user sees them, sorted: every kind, and every pipeline that runs one with a block of
    values of its own name (the same rule with other sides and defaults)."""
    named = (path.stem for path in alone() if path.stem in taken(path))
    return tuple(sorted({*names("strategy"), *named}))


def unsaid(name: str) -> list[str]:
    """What is missing before the suites know the strategy ``name``; each line says what to write and where."""
    missing = []
    if name not in known():
        why = "its file has the name of its strategy, or of the values that its strategy takes"
        return [f"pipelines/{name}.yaml is named after no strategy: {why} (with: strategies.{name})"]
    for file in (f"pipelines/{name}.yaml", f"pipelines/{name}.test.yaml", f"pipelines/{name}.golden.json"):
        if not (ROOT / file).is_file():
            missing.append(f"{file} does not exist")
    for file in ("config/strategies.yaml", "config/param_grids.yaml"):
        if f"\n{name}:\n" not in (ROOT / file).read_text(encoding="utf-8"):
            missing.append(f"{file} has no block {name}")
    subject = _subject(name)
    return missing if isinstance(subject, Subject) else [*missing, subject]


@cache
def _subject(name: str) -> Subject | str:
    """The subject, or why there is none. A file that does not load is one strategy's trouble, not the whole suite's."""
    place = f"tests/nodes/strategy/test_{name}.py"
    if not (ROOT / place).is_file():
        return f"{place} does not exist: write it with a SUBJECT (see tests/acceptance/subject.py)"
    try:
        module = importlib.import_module(f"tests.nodes.strategy.test_{name}")
    except Exception as error:
        return f"{place} does not load: {type(error).__name__}: {error}"
    found = getattr(module, "SUBJECT", None)
    if isinstance(found, Subject):
        return found
    return f"{place} defines no SUBJECT = Subject(oracle=..., draw=..., ...): see tests/acceptance/subject.py"
