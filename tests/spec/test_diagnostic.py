"""How diagnostics are printed, and that no secret is."""

from __future__ import annotations

import json

import pytest

from radar.errors import RadarError
from radar.spec.diagnostic import SpecError, render, render_all, summary
from radar.spec.findings import Findings
from radar.spec.source import Source
from radar.spec.suggest import distance, nearest
from tests.spec.frame import frame, loaded


def test_the_page_of_a_diagnostic() -> None:
    """Place, code, message, the line with a caret below the fault, expectation, nearest name: in that order."""
    text = frame(mean="{indicator: sma, in: candles.close, perod: 14}")
    (found,) = loaded(text, file_name="pipelines/frame.yaml").diagnostics
    assert render(found).split("\n") == [
        "pipelines/frame.yaml:8:45: error R2008: indicator sma has no parameter perod",
        "    8 |   mean: {indicator: sma, in: candles.close, perod: 14}",
        "      |                                             ^^^^^",
        "    expected: period",
        "    did you mean: period",
    ]


def test_wide_characters_and_tabs_keep_the_caret_in_place() -> None:
    """A caret stands below its character in a terminal, whatever the width of those before."""
    findings = Findings()
    source = Source("t.yaml", "\té漢字: bad")
    findings.add("R1003", "x", source.place(1, 7, 10))
    lines = render(findings.sorted()[0]).split("\n")
    assert lines[1] == "    1 | \té漢字: bad"
    assert lines[2] == "      | \t       ^^^"


def test_json_has_every_field() -> None:
    """The JSON of a diagnostic is plain data with the same keys for each."""
    found = loaded(frame(mean="{indicator: sma, in: candles.close, perod: 14}", clock="90")).diagnostics
    data = json.loads(json.dumps([one.to_json() for one in found]))
    assert [one["code"] for one in data] == ["R2013", "R2008"]
    assert all(set(one) == set(data[0]) for one in data)
    assert data[1]["nearest"] == ["period"]
    assert (data[1]["line"], data[1]["column"], data[1]["end_column"]) == (8, 45, 50)


def test_the_summary_counts() -> None:
    """Errors and warnings are counted with the files that they are in."""
    assert summary([]) == "no findings"
    found = loaded(frame(clock="90", mean="sma", regime=None, broker="{executor: account, in: guard}")).diagnostics
    assert summary(found) == "2 errors, 1 warning in 1 file"
    assert render_all(found).endswith("2 errors, 1 warning in 1 file")


def test_require_raises_all_of_them() -> None:
    """A pipeline that is demanded in spite of errors raises one error that carries every diagnostic."""
    result = loaded(frame(clock="90", mean="sma"))
    with pytest.raises(SpecError) as raised:
        result.require()
    assert isinstance(raised.value, RadarError)
    assert raised.value.diagnostics == result.diagnostics
    assert raised.value.code == "R2013"
    assert "R2003" in str(raised.value)


def test_a_code_that_nobody_can_explain_cannot_be_given() -> None:
    """A finding with a code outside the table is a defect and stops the test that meets it."""
    with pytest.raises(KeyError):
        Findings().add("R2999", "x", Source("t", "").place(1, 1))


def test_the_same_finding_is_given_once() -> None:
    """A value that is judged once an asset is reported once."""
    findings = Findings()
    for _ in range(3):
        findings.add("R1003", "x", Source("t", "a").place(1, 1))
    assert len(findings.sorted()) == 1


@pytest.mark.parametrize(
    ("first", "second", "edits"),
    [
        ("period", "period", 0),
        ("perod", "period", 1),
        ("preiod", "period", 1),
        ("", "abc", 3),
        ("ab", "ba", 1),
        ("x", "y", 1),
    ],
)
def test_distance(first: str, second: str, edits: int) -> None:
    """A swap of neighbours is one edit; the distance is symmetric."""
    assert distance(first, second) == edits
    assert distance(second, first) == edits


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("perod", ("period",)),
        ("PERIOD", ("period",)),
        ("sl", ("sl_percent",)),
        ("sl_pct", ("sl_percent",)),
        ("zzz", ()),
        ("", ()),
        ("x" * 200, ()),
    ],
)
def test_nearest(word: str, expected: tuple[str, ...]) -> None:
    """One clear candidate is offered alone; what is like nothing gets no suggestion."""
    assert nearest(word, ["period", "sl_percent", "tp_ratio"])[: len(expected) or None] == expected
    assert nearest(word, []) == ()
