"""`radarctl check`: every error of every file at once, with its place; quick, and with an exit code for scripts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.terminal import CONFIG, GRID, PIPELINES, QUIRKS, SAMPLE, SHIPPED, radarctl


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """The shipped grid with a wrong parameter, a wrong reference and a value out of bounds."""
    path = tmp_path / "broken.yaml"
    text = GRID.read_text(encoding="utf-8")
    text = text.replace("in: candles.close, period:", "in: candels.close, perod:").replace("clock: 1h", "clock: 7h")
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_pipelines_have_no_error(path: Path) -> None:
    """What is shipped passes its own check."""
    assert " error " not in radarctl("check", path).output


def test_a_folder_means_its_pipelines() -> None:
    """Every pipeline of a folder is checked, and none of its test files."""
    found = json.loads(radarctl("check", PIPELINES, "-o", "json").stdout)
    assert found["files"] == [path.as_posix() for path in SHIPPED]
    assert found["errors"] == 0


def test_every_shipped_file_passes_pipelines_and_tests() -> None:
    """What a shell makes of pipelines/*.yaml holds test files too; each is read as what it is."""
    files = sorted(PIPELINES.glob("*.yaml"))
    assert len(files) > len(SHIPPED)
    found = json.loads(radarctl("check", *files, "-o", "json").stdout)
    assert found["files"] == [path.as_posix() for path in files]
    assert found["errors"] == 0


BAD_TESTS = """radar: 1
tests: PIPELINE
cases:
  - name: a dip is bought
    assets: [BTC]
    set: {grid.num_levls: 2}
    given: {candles: [{flat: 60, price: 100}, {flta: 3}]}
    expect: [{at: grdi.levels, equals: 1}]
"""


def test_a_test_file_gets_the_findings_of_a_test_file(tmp_path: Path) -> None:
    """Its wrong names are found as `radarctl test` finds them, with the same places, and nothing of it is run."""
    path = tmp_path / "dip.test.yaml"
    path.write_text(BAD_TESTS.replace("PIPELINE", GRID.as_posix()), encoding="utf-8")
    checked = json.loads(radarctl("check", path, "--config", CONFIG, "-o", "json", code=1).stdout)
    (tested,) = json.loads(radarctl("test", path, "--config", CONFIG, "-o", "json", code=1).stdout)
    assert checked["diagnostics"] == tested["diagnostics"]
    assert {one["line"] for one in checked["diagnostics"]} == {6, 7, 8}
    assert checked["errors"] == len(checked["diagnostics"])
    text = radarctl("check", path, "--config", CONFIG, code=1).stdout
    assert f"{path.as_posix()}:8:" in text
    assert "unknown key cases" not in text


def test_all_errors_are_said_at_once_with_a_caret(broken: Path) -> None:
    """Three mistakes are three errors; each has its line, a caret under the place, and the name that was meant."""
    text = radarctl("check", broken, "--config", CONFIG, code=1).stdout
    lines = text.splitlines()
    shown = lines.index(next(line for line in lines if "candels.close" in line and "|" in line))
    assert lines[shown + 1].index("^") == lines[shown].index("candels")
    assert "did you mean: candles.close" in text
    assert "did you mean: period" in text
    assert "7h" in text
    assert "3 errors" in text
    assert lines[-1].startswith("next: radarctl explain R")


def test_findings_of_two_files_are_one_sorted_list(broken: Path) -> None:
    """Files are checked together: a configuration finding is said once, and the summary counts files."""
    found = json.loads(radarctl("check", GRID, broken, "--config", CONFIG, "-o", "json", code=1).stdout)
    places = [(one["file"], one["line"], one["column"], one["code"]) for one in found["diagnostics"]]
    assert places == sorted(places)
    assert len(places) == len(set(places))
    assert found["errors"] == sum(one["severity"] == "error" for one in found["diagnostics"]) == 3
    assert found["warnings"] == len(places) - 3


def test_nothing_to_say_is_said(tmp_path: Path) -> None:
    """A file without findings gives a line and exit code 0."""
    path = tmp_path / "values.yaml"
    text = GRID.read_text(encoding="utf-8").replace("with: strategies.grid_atr", "leverage: 3")
    path.write_text(text, encoding="utf-8")
    assert radarctl("check", path, "--config", CONFIG).stdout == "1 file: no findings\n"


def test_a_missing_file_is_a_finding() -> None:
    """A name that leads nowhere is reported like any other error."""
    assert "cannot read nowhere.yaml" in radarctl("check", "nowhere.yaml", code=1).stdout


def test_a_folder_without_pipelines_is_an_error(tmp_path: Path) -> None:
    """A check of nothing would always pass."""
    assert "holds no pipeline" in radarctl("check", tmp_path, code=2).stderr


def test_missing_data_are_found_before_a_run() -> None:
    """With --data, R5010 names each series that the store lacks and R5011 where no funding would be booked."""
    found = json.loads(radarctl("check", GRID, "--data", QUIRKS, "-o", "json", code=1).stdout)["diagnostics"]
    missing = [one for one in found if one["code"] == "R5010"]
    assert [one["message"].rpartition(" ")[2] for one in missing] == ["SOL", "XRP"]
    assert all(one["snippet"].strip() == "candles: {source: candles}" for one in missing)
    assert {one["severity"] for one in found if one["code"] == "R5011"} == {"warning"}
    assert "R5010" not in radarctl("check", GRID, "--data", SAMPLE).output


def test_the_configuration_may_be_named_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """RADAR_CONFIG points at other values; --config wins over it."""
    monkeypatch.setenv("RADAR_CONFIG", str(tmp_path / "nowhere"))
    assert "R5006" in radarctl("check", GRID, code=2).stderr
    radarctl("check", GRID, "--config", CONFIG)
