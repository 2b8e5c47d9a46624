"""A test file: which pipeline it is about, and its cases."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from radar.engine.scenario.expectation import Expectation, Golden, read_expectations
from radar.engine.scenario.given import Given, read_given
from radar.engine.scenario.reading import Reader, written
from radar.spec.findings import Findings
from radar.spec.source import Place
from radar.spec.tree import MapValue, Scalar, Value, describe
from radar.spec.values import expand
from radar.spec.yaml import read_source, read_yaml

__all__ = ["Case", "Override", "TestFile", "pipeline_of", "read_test_file"]

SUFFIX = ".test.yaml"

_TOP = ("radar", "tests", "about", "properties", "cases")
_CASE = ("name", "about", "assets", "set", "given", "expect")


@dataclass(frozen=True)
class Override:
    """A value as behind ``--set``, and where the test file writes it."""

    option: str
    place: Place


@dataclass(frozen=True)
class Case:
    """A case: a market, values that differ from the pipeline's, and what must come of it."""

    name: str
    place: Place
    assets: tuple[str, ...] | None
    assets_place: Place
    overrides: tuple[Override, ...]
    given: Given
    expectations: tuple[Expectation, ...]


@dataclass(frozen=True)
class TestFile:
    """A test file that was read; ``pipeline`` None when it names none that exists."""

    __test__ = False  # pytest takes classes of this name for its own

    path: Path
    pipeline: Path | None
    cases: tuple[Case, ...]
    properties: bool


def pipeline_of(path: Path) -> Path:
    """The pipeline that a test file is about unless it says otherwise."""
    return path.with_name(path.name.removesuffix(SUFFIX) + ".yaml")


def read_test_file(path: Path, findings: Findings) -> TestFile:
    """Read a test file; everything that is wrong with its form goes to ``findings``."""
    source = read_source(path, findings)
    root = read_yaml(source, findings) if source is not None else None
    if root is None:
        return TestFile(path, None, (), False)
    root = expand(root, findings)
    reader = Reader(findings)
    body = reader.mapping(root, "a test file", _TOP)
    if body is None:
        return TestFile(path, None, (), False)
    _read_format(body, reader)
    about = body.get("about")
    if about is not None:
        reader.text(about, "about")
    pipeline = _read_pipeline(body.get("tests"), body, path, reader)
    properties = _read_properties(body.get("properties"), reader)
    listed = reader.need(body, "cases", "the test file", "cases: and a list of cases below it")
    items = reader.items(listed, "cases", "a list of cases, each with name, given, expect") if listed else None
    cases = [case for case in (_read_case(item, reader, path.parent) for item in items or ()) if case is not None]
    _check_names(cases, reader)
    return TestFile(path, pipeline, tuple(cases), properties)


def _read_format(body: MapValue, reader: Reader) -> None:
    value = reader.need(body, "radar", "the test file", "radar: 1")
    if value is None or (isinstance(value, Scalar) and value.faulty):
        return
    if not isinstance(value, Scalar) or value.value != 1 or isinstance(value.value, bool):
        reader.findings.add(
            "R9004", f"radar is {describe(value)}", value.place, expected="1, the format of this version"
        )


def _read_pipeline(value: Value | None, body: MapValue, path: Path, reader: Reader) -> Path | None:
    if value is not None:
        name = reader.text(value, "tests", "the file of a pipeline")
        if name is None:
            return None
        pipeline, place = path.parent / name, value.place
    else:
        pipeline, place = pipeline_of(path), body.place
    if pipeline.is_file():
        return pipeline
    reader.findings.add(
        "R9005",
        f"there is no pipeline {pipeline.as_posix()}",
        place,
        expected="the pipeline that the cases are about",
        fix="name it: tests: FILE.yaml",
    )
    return None


def _read_properties(value: Value | None, reader: Reader) -> bool:
    if value is None:
        return True
    scalar = reader.scalar(value, "properties", "none, or nothing at all")
    if scalar is not None and scalar.text != "none":
        reader.wrong(scalar, "properties", "none, or nothing at all")
    return False


def _read_case(item: Value, reader: Reader, folder: Path) -> Case | None:
    body = reader.mapping(item, "a case", _CASE)
    if body is None:
        return None
    given = reader.need(body, "given", "the case", "given: {candles: [...]}")
    expect = reader.need(body, "expect", "the case", "expect: and a list below it")
    named = reader.need(body, "name", "the case", "name: what happens in it")
    about = body.get("about")
    if about is not None:
        reader.text(about, "about")
    name = reader.text(named, "name", "a sentence that says what happens") if named is not None else None
    assets = body.get("assets")
    market = read_given(given, reader, folder) if given is not None else None
    expectations = read_expectations(expect, reader, folder) if expect is not None else ()
    overrides = _read_overrides(body.get("set"), reader)
    chosen = _read_assets(assets, reader)
    if name is None or market is None:
        return None
    place = assets.place if assets is not None else body.place
    assert named is not None
    return Case(name, named.place, chosen, place, overrides, market, expectations)


def _read_assets(value: Value | None, reader: Reader) -> tuple[str, ...] | None:
    if value is None:
        return None
    expected = "assets or groups: BTC, or [BTC, ETH]"
    names = [reader.text(item, "an asset", expected) for item in reader.one_or_many(value)]
    if not names:
        reader.wrong(value, "assets", expected)
    return tuple(name for name in names if name is not None) or None


def _read_overrides(value: Value | None, reader: Reader) -> tuple[Override, ...]:
    if value is None:
        return ()
    if not isinstance(value, MapValue):
        reader.wrong(value, "set", "a mapping: {NODE.PARAM: VALUE}")
        return ()
    return tuple(Override(f"{entry.name}={written(entry.value)}", entry.key.place) for entry in value)


def _check_names(cases: list[Case], reader: Reader) -> None:
    names: set[str] = set()
    files: set[Path] = set()
    for case in cases:
        if case.name in names:
            reader.findings.add("R9006", f"two cases are called {case.name}", case.place, expected="another name")
        names.add(case.name)
        for one in case.expectations:
            if isinstance(one, Golden):
                if one.path in files:
                    message = f"{one.path.name} is the golden file of two expectations"
                    reader.findings.add("R9006", message, one.place, expected="a file for each")
                files.add(one.path)
