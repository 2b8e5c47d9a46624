"""Malformed pipelines are answered with the right code at the right place."""

from __future__ import annotations

import pytest

from radar.spec.diagnostic import render_all
from radar.spec.source import Span
from tests.spec.frame import codes, frame, loaded, marked
from tests.spec.malformed import CASES


def test_the_frame_itself_is_valid() -> None:
    """The frame that every case changes has nothing to complain about."""
    assert loaded(frame()).diagnostics == ()


def test_there_are_enough_cases() -> None:
    """At least sixty malformed pipelines are held against the loader."""
    assert len(CASES) >= 60


@pytest.mark.parametrize("name", CASES)
def test_malformed(name: str) -> None:
    """Each malformed pipeline gives its code at the marked place, with the line that holds it."""
    code, text = CASES[name]
    text, (line, column, end_column) = marked(text)
    result = loaded(text, environment={})
    found = [one for one in result.diagnostics if one.code == code]
    assert found, f"{code} was not given, but:\n{render_all(result.diagnostics)}"
    spans = [one.span for one in found]
    expected = Span(line, column, max(end_column, column + 1))
    assert expected in spans, f"at {spans} instead of {expected}:\n{render_all(result.diagnostics)}"
    at_place = next(one for one in found if one.span == expected)
    assert at_place.snippet == text.split("\n")[line - 1]
    assert (result.pipeline is None) == any(one.severity == "error" for one in result.diagnostics)


def test_every_problem_is_given_at_once() -> None:
    """One text with a problem of syntax-level shape, value, wiring and meaning names all four."""
    text = frame(
        about="x\nextra: 1",
        mean="{indicator: sma, in: candles.closing, perod: 14}",
        slow="{indicator: sma, in: candles.close}",
        broker="{executor: account, in: sized}",
    )
    assert {"R2001", "R2008", "R3002", "R3008", "R4004"} <= set(codes(loaded(text).diagnostics))


def test_two_bad_values_of_one_node_are_both_given() -> None:
    """A bad value does not hide the next one of the same node."""
    found = loaded(frame(mean="{indicator: sma, in: candles.close, period: 0, perod: 1}")).diagnostics
    assert codes(found) == ["R2010", "R2008"]


def test_a_node_that_cannot_be_read_breaks_no_wire() -> None:
    """A node of unknown kind gives one finding; those that it reads or that read it give none."""
    found = loaded(frame(mean="{indicator: smaa, in: candles.close}")).diagnostics
    assert codes(found) == ["R2007"]


def test_diagnostics_are_sorted_by_line() -> None:
    """Findings come in the order of the file."""
    lines = [one.span.line for one in loaded(frame(clock="90", mean="sma", journal="{sink: jurnal}")).diagnostics]
    assert lines == sorted(lines)
    assert len(lines) >= 3
