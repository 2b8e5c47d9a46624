"""`radarctl sweep`: what it says before it runs, its best rows, the back-test behind a row, and how it stops."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from radar.research.sweep.group import Group
from radar.research.sweep.saved import metadata_of
from tests.cli.terminal import GRID, MONTH, ROOT, SAMPLE, radarctl

BTC = (GRID, "--asset", "BTC", "--data", SAMPLE, *MONTH)
FOUR = ("--set", "grid.num_levels=2,3", "--set", "grid.sl_percent=10,20")


def data(*arguments: object) -> dict[str, Any]:
    """The answer as data."""
    found: dict[str, Any] = json.loads(radarctl("sweep", *arguments, "-o", "json").stdout_bytes)
    return found


def test_it_says_what_it_will_run() -> None:
    """The size of the grid is computed, and what is refused is counted by code and message before anything runs."""
    page = radarctl("sweep", *BTC, "--set", "grid.num_levels=2,3,9", "--set", "grid.sl_percent=10,20").stdout
    head = page.partition("The best")[0]
    assert "3 x 2 = 6 combinations" in head
    assert "refused: 2\n  2 x R2010 num_levels is 9, expected" in head
    assert "to run: 4" in head


def test_a_grid_of_the_configuration_and_a_sample() -> None:
    """--grid takes the lists of param_grids.yaml, --sample draws from all of them by --seed, always the same."""
    options = ("--grid", "strategies.grid_atr", "--sample", "5", "--seed", "3")
    first, again = data(*BTC, *options), data(*BTC, *options)
    assert (first["size"], first["chosen"], len(first["rows"])) == (2160, 5, 5)
    assert first == again
    other = data(*BTC, *options[:-1], "4")
    assert {row["combination"] for row in other["rows"]} != {row["combination"] for row in first["rows"]}


def test_the_best_come_first() -> None:
    """Most of a return, least of a drawdown; --top cuts the rest off."""
    for metric, sign in (("equity_return", -1), ("max_drawdown", 1)):
        rows = data(*BTC, *FOUR, "--sort", metric, "--top", "3")["rows"]
        values = [row["metrics"][metric] * sign for row in rows]
        assert len(values) == 3
        assert values == sorted(values)


def test_the_command_of_a_row_is_its_back_test() -> None:
    """The command that is shown, run as it stands, gives every metric of the row."""
    for row in data(*BTC, *FOUR, "--set", "grid.leverage=3")["rows"]:
        program, *words = shlex.split(row["command"])
        assert program == "radarctl"
        found = json.loads(radarctl(*words, "-o", "json").stdout_bytes)
        assert row["metrics"] == {name: found["metrics"][name] for name in row["metrics"]}
        assert row["parameters"]["grid.sl_percent"] == found["parameters"]["grid"]["params"]["sl_percent"]


def test_the_trades_of_a_combination() -> None:
    """--trades N lists the trades of the back-test of combination N, and the command that shows all of it."""
    (found,) = data(*BTC, *FOUR, "--trades", "3")["backtests"]
    whole = json.loads(radarctl(*shlex.split(found["command"])[1:], "-o", "json").stdout_bytes)
    assert whole["trades"]
    assert found["trades"] == whole["trades"]
    assert found["overrides"] == ["grid.num_levels=3", "grid.sl_percent=20"]
    page = radarctl("sweep", *BTC, *FOUR, "--trades", "3").stdout
    assert f"{len(whole['trades'])} trades" in page
    assert "R6007" in radarctl("sweep", *BTC, *FOUR, "--trades", "4", code=2).stderr


def test_every_asset_by_itself() -> None:
    """--each-asset gives the rows that a sweep of each asset alone gives, with the asset in front."""
    period = ("--data", SAMPLE, *MONTH, *FOUR)
    both = data(GRID, "--asset", "BTC", "--asset", "ETH", "--each-asset", *period)["rows"]
    for asset in ("BTC", "ETH"):
        alone = data(GRID, "--asset", asset, *period)["rows"]
        mine = [row for row in both if row["asset"] == asset]
        assert [{**row, "asset": asset} for row in alone] == mine
    page = radarctl("sweep", GRID, "--asset", "BTC", "--asset", "ETH", "--each-asset", *period).stdout
    assert "4 combinations for each of BTC, ETH" in page
    assert "to run: 8" in page


def test_the_table_says_where_trading_may_start() -> None:
    """Each combination where its own back-test starts, or all at one bar when that is asked for."""
    slow = ("--set", "grid.ma_period=10,50", "--asset", "BTC", "--data", SAMPLE, "--to", "2025-01-15", GRID)
    own = data(*slow)
    assert len({row["start"] for row in own["rows"]}) == 2
    assert (own["common_start"], own["start"]) == (False, None)
    common = data(*slow, "--common-start")
    assert {row["start"] for row in common["rows"]} == {max(row["start"] for row in own["rows"])} == {common["start"]}
    assert "--from" in common["rows"][0]["command"]


def test_going_on_from_a_file(tmp_path: Path) -> None:
    """--resume runs what is missing; the file is then what one run of all of it writes, byte for byte."""
    whole, part = tmp_path / "whole.parquet", tmp_path / "part.parquet"
    radarctl("sweep", *BTC, *FOUR, "--out", whole)
    radarctl(
        "sweep", *BTC, "--set", "grid.num_levels=2,3", "--set", "grid.sl_percent=10,20", "--sample", "2", "--out", part
    )
    page = radarctl("sweep", *BTC, *FOUR, "--out", part, "--resume").stdout
    assert "to run: 4, 2 of them are there already" in page
    assert part.read_bytes() == whole.read_bytes()
    error = radarctl("sweep", *BTC, "--set", "grid.ma_period=7,14", "--out", part, "--resume", code=2).stderr
    assert "R6006" in error
    assert part.read_bytes() == whole.read_bytes(), "what is refused is not written over"


def test_a_report(tmp_path: Path) -> None:
    """--report writes one HTML file of the rows; its name must say so."""
    path = tmp_path / "sweep.html"
    page = radarctl("sweep", *BTC, *FOUR, "--report", path).stdout
    assert f"report: {path}" in page
    assert "Radar sweep" in path.read_text(encoding="utf-8")
    assert ".html" in radarctl("sweep", *BTC, *FOUR, "--report", tmp_path / "sweep.txt", code=2).stderr


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--sort", "calmr"), "R6004"),
        (("--memory", "lots"), "R6005"),
        (("--resume",), "--out"),
        (("--out", "sweep.csv"), ".parquet"),
        (("--sample", "0"), "--sample"),
    ],
    ids=lambda one: str(one),
)
def test_bad_options(arguments: tuple[str, ...], word: str) -> None:
    """Refused before anything is loaded or run, with what would have been right."""
    assert word in radarctl("sweep", *BTC, *FOUR, *arguments, code=2).stderr


def test_a_stop_keeps_what_is_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After Ctrl+C the finished rows are shown and written, it is said how many they are, and the code is 130."""
    path = tmp_path / "sweep.parquet"
    run = Group._block

    def stopped(group: Group, first: int, *arguments: Any) -> int:
        if group.space.numbers[first] == 3:
            raise KeyboardInterrupt
        return run(group, first, *arguments)

    monkeypatch.setattr(Group, "_block", stopped)
    monkeypatch.setattr("radar.research.sweep.group.BLOCK", 1)
    done = radarctl("sweep", *BTC, *FOUR, "--threads", "1", "--out", path, code=130)
    assert "stopped: 3 of 4 combinations are finished; --resume goes on from there" in done.stderr
    assert "The best 3 of 3" in done.stdout
    table = parquet.read_table(path)
    assert table["combination"].to_pylist() == [0, 1, 2]
    assert (metadata_of(table) or {})["complete"] is False
    monkeypatch.setattr(Group, "_block", run)
    assert "3 of them are there already" in radarctl("sweep", *BTC, *FOUR, "--out", path, "--resume").stdout
    assert (metadata_of(parquet.read_table(path)) or {})["complete"] is True


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
@pytest.mark.slow
def test_a_running_sweep_stops_by_the_keyboard(tmp_path: Path) -> None:
    """Interrupted while it runs, the program ends soon with 130 and its rows are in the file."""
    path = tmp_path / "sweep.parquet"
    values = ("--set", "grid.leverage=2,3,4,5,6,7,8,9", "--set", "broker.initial_capital=1000,2000,5000,9000")
    options = ("--data", SAMPLE, "--grid", "strategies.grid_atr", "--threads", "1", *values, "--out", path)
    command = [sys.executable, "-m", "radar", "sweep", GRID, *options]
    process = subprocess.Popen(
        list(map(str, command)), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0
    )
    assert process.stdout is not None
    lines = ""
    while "to run" not in lines:
        lines += process.stdout.readline() or "to run"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        time.sleep(5)
        os.killpg(process.pid, signal.SIGINT)
        break
    asked = time.monotonic()
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130, error
    assert time.monotonic() - asked < 20
    assert "combinations are finished" in error
    assert "Traceback" not in error


@pytest.mark.parametrize("form", ["table", "json"])
def test_a_stop_before_anything_is_finished(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupted while the kernel is compiled: the code is 130, and file, report and answer are whole and empty."""

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Group, "build", stopped)
    path, page = tmp_path / "sweep.parquet", tmp_path / "sweep.html"
    done = radarctl("sweep", *BTC, *FOUR, "--out", path, "--report", page, "-o", form, code=130)
    assert "stopped: 0 of 4 combinations are finished" in done.stderr
    assert parquet.read_table(path).num_rows == 0
    assert "Stopped." in page.read_text(encoding="utf-8")
    if form == "json":
        assert json.loads(done.stdout_bytes)["rows"] == []
