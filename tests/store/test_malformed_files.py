"""Malformed data files: each gives one exact diagnostic, and nothing of it reaches the store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from radar.store import Store
from radar.store.explanations import EXPLANATIONS
from radar.store.importing import import_files
from tests.store.malformed import CASES, ROWS, Malformed
from tests.store.synthetic import text_of


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_malformed_file_is_diagnosed(tmp_path: Path, case: Malformed) -> None:
    """The report names the file, the place and the fault, what was expected and the next step; nothing is stored."""
    file = tmp_path / case.file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(case.content())
    store = Store(tmp_path / "store")

    (report,) = import_files(store, [file], **case.options)

    assert report.error is not None
    assert case.code == report.error.code
    assert case.says in report.error.message
    assert case.expected in report.error.expected
    assert case.next_step in report.error.next_step
    assert report.error.expected or report.error.next_step
    assert case.code in EXPLANATIONS
    assert store.coverage() == []


def test_there_are_enough_of_them() -> None:
    """Every kind of diagnostic that an import can give of one file is among the cases."""
    codes = {case.code for case in CASES}

    assert len(CASES) >= 40
    assert {
        "data-asset-ambiguous",
        "data-column",
        "data-column-ambiguous",
        "data-conflict",
        "data-damaged",
        "data-empty",
        "data-fields",
        "data-kind",
        "data-misaligned",
        "data-name",
        "data-not-a-number",
        "data-not-a-time",
        "data-not-text",
        "data-time-unit",
        "data-timeframe",
        "data-unnamed",
    } == codes


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"kind": "trades"}, "data-name"),
        ({"market": "futures"}, "data-name"),
        ({"timeframe": "7m"}, "timeframe-invalid"),
        ({"columns": {"price": "open"}}, "data-column"),
    ],
)
def test_an_option_without_meaning_stops_before_any_file(tmp_path: Path, options: dict[str, Any], code: str) -> None:
    """A wrong option is the user's whole command gone wrong: one error, no reports."""
    file = tmp_path / "BTCUSDT.csv"
    file.write_text(text_of(ROWS), encoding="utf-8")

    with pytest.raises(Exception, match="is not") as caught:
        import_files(Store(tmp_path / "store"), [file], **options)
    assert getattr(caught.value, "code", None) == code


def test_a_path_that_leads_nowhere(tmp_path: Path) -> None:
    """A file that is not there is its report's error; a folder without data is an error at once."""
    (report,) = import_files(Store(tmp_path / "store"), [tmp_path / "none.csv"])

    assert report.error is not None
    assert report.error.code == "data-no-file"
    (tmp_path / "folder").mkdir()
    with pytest.raises(Exception, match="no file to import"):
        import_files(Store(tmp_path / "store"), [tmp_path / "folder"])
