"""`radarctl test`: the YAML tests of pipelines, with what failed and where."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.cli.terminal import CONFIG, GRID, radarctl

SILENT = """radar: 1
cases:
  - name: a flat market is silence
    assets: [BTC]
    given: {candles: [{flat: 60, price: 100, range: 1}]}
    expect: [{silence: true}]
"""
WRONG = """  - name: a dip is bought
    assets: [BTC]
    given: {candles: [{flat: 60, price: 100, range: 1}, [100, 100.5, 97.5, 99]]}
    expect: [{silence: true}]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the shipped grid and a test that passes."""
    monkeypatch.setenv("RADAR_CONFIG", str(CONFIG))
    shutil.copy(GRID, tmp_path / "grid.yaml")
    (tmp_path / "grid.test.yaml").write_text(SILENT, "utf-8")
    return tmp_path


@pytest.mark.parametrize("name", ["", "grid.yaml", "grid.test.yaml"], ids=["folder", "pipeline", "test"])
def test_a_passing_test_is_exit_code_0(name: str, folder: Path) -> None:
    """A folder, a pipeline and a test file mean the same test; the tree has a line a case with its time."""
    text = radarctl("test", folder / name).stdout
    assert re.search(r"├─ ✓ a flat market is silence \([0-9.]+ m?s\)", text)
    assert "0 failed" not in text
    assert re.search(r"\d+ passed in 1 file, ", text)


def test_a_failure_is_exit_code_1_with_its_place(folder: Path) -> None:
    """What was expected stands beside what came, with file, line and column of the expectation."""
    path = folder / "grid.test.yaml"
    path.write_text(SILENT + WRONG, "utf-8")
    text = radarctl("test", folder, code=1).stdout
    assert "✓ a flat market is silence" in text
    failed = text.partition("✗ a dip is bought")[2]
    line = (SILENT + WRONG).split("\n").index("    expect: [{silence: true}]", 7) + 1
    assert f"{path.as_posix()}:{line}:" in failed
    assert re.search(r"^│ +\+ ", failed, re.MULTILINE), "the fill that should not be is in the difference"
    assert "1 failed" in text


def test_k_chooses_cases(folder: Path) -> None:
    """Only cases whose name holds the text run; a text that no name holds is an error, not a success."""
    (folder / "grid.test.yaml").write_text(SILENT + WRONG, "utf-8")
    assert "a dip" not in radarctl("test", folder, "-k", "flat").stdout
    assert "no case has a name with" in radarctl("test", folder, "-k", "nothing so named", code=2).stderr


def test_a_file_that_cannot_be_read_fails_with_diagnostics(folder: Path) -> None:
    """A mistake in the test file is shown like one in a pipeline, and nothing is called passed."""
    (folder / "grid.test.yaml").write_text(SILENT.replace("expect:", "expects:"), "utf-8")
    text = radarctl("test", folder, code=1).stdout
    assert "error R9" in text
    assert "1 file not run" in text


def test_json_has_every_case(folder: Path) -> None:
    """A script gets the reports, and the exit code all the same."""
    (folder / "grid.test.yaml").write_text(SILENT + WRONG, "utf-8")
    reports = json.loads(radarctl("test", folder, "-o", "json", code=1).stdout)
    verdicts = {case["name"]: case["passed"] for case in reports[0]["cases"]}
    assert verdicts["a flat market is silence"] is True
    assert verdicts["a dip is bought"] is False
    assert reports[0]["passed"] is False


def test_update_writes_a_golden_file(folder: Path) -> None:
    """A golden file that is not there fails; --update writes it; then it passes."""
    test = WRONG.replace("{silence: true}", "{golden: dip.golden.json}")
    (folder / "grid.test.yaml").write_text(SILENT + test, "utf-8")
    assert "--update" in radarctl("test", folder, code=1).stdout
    radarctl("test", folder, "--update")
    assert (folder / "dip.golden.json").is_file()
    radarctl("test", folder)


@pytest.mark.parametrize("name", ["nowhere.yaml", "nowhere.test.yaml"])
def test_a_missing_test_is_an_error(name: str, folder: Path) -> None:
    """R9005 names what was looked for."""
    error = radarctl("test", folder / name, code=2).stderr
    assert "R9005" in error
    assert "nowhere.test.yaml" in error


def test_a_folder_without_tests_is_an_error(folder: Path) -> None:
    """Nothing tested is not nothing wrong."""
    (folder / "grid.test.yaml").unlink()
    assert "no test file in" in radarctl("test", folder, code=2).stderr
