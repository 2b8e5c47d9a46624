"""Every code can be explained, and is provoked by a test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from radar.spec.codes import CODES, explain, similar
from radar.spec.diagnostic import render_all
from tests.spec.frame import CONFIG, codes, loaded, patched

ROOT = CONFIG.parent
WITH_EXAMPLE = [code.code for code in CODES.values() if code.wrong]
_MENTION = re.compile(r"""["'](R[0-9]{4})["']""")


def mentions(folder: str, *leave_out: str) -> set[str]:
    """The codes that the Python files below a folder name in quotes."""
    found: set[str] = set()
    for path in sorted((ROOT / folder).rglob("*.py")):
        if not any(part in path.as_posix() for part in leave_out):
            found |= set(_MENTION.findall(path.read_text(encoding="utf-8")))
    return found


def example(code: str, text: str) -> str:
    """An example as a whole file: those of syntax are files already, others are put into the frame."""
    return text if code.startswith("R1") else patched(text)


@pytest.mark.parametrize("code", WITH_EXAMPLE)
def test_the_wrong_example_provokes_its_code(code: str) -> None:
    """The example that `explain` shows as wrong is answered with that code."""
    found = loaded(example(code, CODES[code].wrong)).diagnostics
    assert code in codes(found), render_all(found)


@pytest.mark.parametrize("code", WITH_EXAMPLE)
def test_the_corrected_example_is_right(code: str) -> None:
    """The example that `explain` shows as right is answered with no error, and not with that code."""
    found = loaded(example(code, CODES[code].corrected)).diagnostics
    assert code not in codes(found), render_all(found)
    if not code.startswith("R1"):
        assert not [one for one in found if one.severity == "error"], render_all(found)


def test_every_code_is_provoked_by_a_test() -> None:
    """A code has an example, which the tests above run, or is named by a test of its own."""
    named = mentions("tests", "test_codes.py")
    assert [code for code in CODES if code not in WITH_EXAMPLE and code not in named] == []


def test_every_code_in_use_can_be_explained() -> None:
    """No part of Radar gives a code that is not in the table, and the table holds none that nobody gives."""
    used = mentions("radar", "radar/spec/codes/")
    assert used - set(CODES) == set()
    assert set(CODES) - used == set()


@pytest.mark.parametrize("code", CODES)
def test_an_explanation_is_complete(code: str) -> None:
    """Every page has a title, a cause in sentences, and a corrected example wherever it has a wrong one."""
    entry = CODES[code]
    assert re.fullmatch(r"R[1-69][0-9]{3}", code)
    assert entry.title
    assert not entry.title.endswith(".")
    assert len(entry.cause) > 20
    assert entry.cause.endswith(".")
    assert bool(entry.wrong) == bool(entry.corrected)
    page = explain(code)
    assert page is not None
    assert entry.cause in page
    assert f"{code}: {entry.title}" in page


def test_explain_takes_any_spelling_and_refuses_unknown_codes() -> None:
    """Lower case is understood, an unknown code gives None, and a similar one is offered."""
    assert explain("r1005 ") == explain("R1005")
    assert explain("R0000") is None
    assert "R1005" in similar("R105")


def test_explanations_name_no_path_that_does_not_exist() -> None:
    """Configuration files that explanations name are there."""
    for code in CODES.values():
        for name in re.findall(r"config/([a-z_]+\.yaml)", code.text):
            assert (Path(ROOT) / "config" / name).is_file(), code.code
