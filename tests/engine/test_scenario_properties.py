"""The free properties find a kernel that breaks them, each by its own name."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from radar.engine.scenario import FileReport, runner
from radar.kernel.build import Kernel, build
from tests.engine.scenario_files import case, run

FIRST, LAST, MARKET, LANES, TRACE = 0, 1, 4, 8, 16
"""Positions of the arguments of a kernel."""

REPEATS = "property: the same data give the same bytes"
STREAMS = "property: one bar a call is all bars at once"
FUTURE = "property: the future changes nothing before it"
RESUMES = "property: a restored run is the uncut run"
ALL = {REPEATS, STREAMS, FUTURE, RESUMES}

Advance = Callable[..., int]


def broken(report: FileReport) -> set[str]:
    """The properties that failed."""
    return {one.name for one in report.cases if one.kind == "property" and not one.passed}


def planted(monkeypatch: pytest.MonkeyPatch, spoil: Callable[[Advance], Advance]) -> None:
    """Let the runner build kernels that ``spoil`` has changed."""

    def build_spoiled(*arguments: Any) -> Kernel:
        kernel = build(*arguments)
        return dataclasses.replace(kernel, advance=spoil(kernel.advance))

    monkeypatch.setattr(runner, "build", build_spoiled)


def result(tmp_path: Path) -> FileReport:
    """A case that trades once, with its properties."""
    return run(tmp_path, case("a dip", "- {at: broker.trades, count: 1}"), top="")


def test_every_property_is_reported_where_all_hold(tmp_path: Path) -> None:
    """Properties are results like cases, so that a reader sees that they were tried."""
    report = result(tmp_path)
    assert {one.name for one in report.cases if one.kind == "property"} == ALL
    assert report.passed


def test_a_kernel_that_depends_on_chance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A number that differs from call to call is no function of the data."""
    calls = 0

    def spoil(advance: Advance) -> Advance:
        def spoiled(*arguments: Any) -> int:
            nonlocal calls
            calls += 1
            reached = advance(*arguments)
            arguments[TRACE][arguments[FIRST] : reached, 0, 0] = calls
            return reached

        return spoiled

    planted(monkeypatch, spoil)
    report = result(tmp_path)
    assert REPEATS in broken(report)
    (failure,) = next(one for one in report.cases if one.name == REPEATS).failures
    assert failure.message.startswith("a dip: candles.bar.open of BTC at 2025-01-01T00:00:00Z (row 0) is 1.0 and ")
    assert failure.line == 3


def test_a_kernel_that_sees_how_it_is_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The length of a call must not reach a value."""

    def spoil(advance: Advance) -> Advance:
        def spoiled(*arguments: Any) -> int:
            reached = advance(*arguments)
            arguments[TRACE][arguments[FIRST] : reached, 0, 0] = min(reached - arguments[FIRST], 2)
            return reached

        return spoiled

    planted(monkeypatch, spoil)
    assert broken(result(tmp_path)) == {STREAMS}


def test_a_kernel_that_looks_ahead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A value made of the last bar of the data is found by cutting them."""

    def spoil(advance: Advance) -> Advance:
        def spoiled(*arguments: Any) -> int:
            reached = advance(*arguments)
            arguments[TRACE][arguments[FIRST] : reached, 0, 0] = len(arguments[MARKET])
            return reached

        return spoiled

    planted(monkeypatch, spoil)
    report = result(tmp_path)
    assert broken(report) == {FUTURE}
    (failure,) = next(one for one in report.cases if one.name == FUTURE).failures
    assert failure.message.startswith("a dip: cut at 2025-01-03T")


def test_a_kernel_that_remembers_outside_its_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a checkpoint does not hold is missing after it."""
    memories: dict[int, tuple[Any, int]] = {}

    def spoil(advance: Advance) -> Advance:
        def spoiled(*arguments: Any) -> int:
            lanes = arguments[LANES]
            _, seen = memories.get(id(lanes), (lanes, 0))
            first, reached = arguments[FIRST], advance(*arguments)
            arguments[TRACE][first:reached, 0, 0] = range(seen, seen + reached - first)
            memories[id(lanes)] = (lanes, seen + reached - first)
            return reached

        return spoiled

    planted(monkeypatch, spoil)
    assert broken(result(tmp_path)) == {RESUMES}
