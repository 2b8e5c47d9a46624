"""``radarctl paper``: follow, stop, go on, and prove it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from radar.errors import RadarError
from radar.store.ledger import Ledger
from tests.cli.terminal import GRID, ROOT, SAMPLE, radarctl

PERIOD = ("--from", "2025-10-01", "--to", "2025-10-08")
OPTIONS = (GRID, "--replay", "--data", SAMPLE, *PERIOD)


def test_a_run_and_its_proof(tmp_path: Path) -> None:
    """It ends with the table of a back-test; the same command again changes nothing; the back-test has its bytes."""
    first = radarctl("paper", *OPTIONS, "--store", tmp_path)
    assert "final equity" in first.stdout
    assert str(tmp_path / "grid_atr.sqlite") in first.stdout.replace("\n", "")
    assert radarctl("paper", *OPTIONS, "--store", tmp_path).stdout == first.stdout
    proof = radarctl("paper", "--verify", "grid_atr", "--store", tmp_path).stdout
    assert "the same bytes (168 rows" in proof
    told = json.loads(radarctl("paper", "--verify", "grid_atr", "--store", tmp_path, "-o", "json").stdout)
    assert told["same"] is True
    assert told["rows"] == 168


def test_the_result_is_that_of_a_back_test(tmp_path: Path) -> None:
    """-o json: metrics and trades of a back-test of the same period of the store."""
    paper = json.loads(radarctl("paper", *OPTIONS, "--store", tmp_path, "-o", "json").stdout)
    batch = json.loads(radarctl("backtest", GRID, "--data", SAMPLE, *PERIOD, "-o", "json").stdout)
    for part in ("metrics", "trades", "refusals", "open_positions", "data_quality", "period"):
        assert paper[part] == batch[part], part


def test_a_ledger_that_was_changed_is_no_proof(tmp_path: Path) -> None:
    """Exit code 1, and what differs."""
    radarctl("paper", *OPTIONS, "--store", tmp_path)
    with Ledger(tmp_path / "grid_atr.sqlite", writing=True) as ledger:
        ledger.file.run("UPDATE fills SET record = zeroblob(length(record)) WHERE number = 0")
    found = radarctl("paper", "--verify", "grid_atr", "--store", tmp_path, code=1).stdout
    assert "not the same" in found
    assert "fills of broker" in found


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "nothing to run"),
        ((GRID,), "--replay"),
        ((*OPTIONS, "--speed", "fast"), "no speed"),
        ((*OPTIONS, "--speed", "0"), "no speed"),
        ((*OPTIONS, "--run", "../up"), "R5018"),
        (("--verify", "none"), "no such file"),
    ],
)
def test_what_cannot_be_run_is_told(arguments: tuple[object, ...], words: str, tmp_path: Path) -> None:
    """Exit code 2, what is wrong and what to do; nothing is made."""
    error = radarctl("paper", *arguments, "--store", tmp_path, code=2).stderr
    assert words in error
    assert "next:" in error
    assert list(tmp_path.iterdir()) == []


def test_other_values_need_another_run(tmp_path: Path) -> None:
    """R5015 names what differs; --run NAME begins another beside it."""
    radarctl("paper", *OPTIONS, "--store", tmp_path)
    other = (*OPTIONS, "--set", "grid.num_levels=2", "--store", tmp_path)
    assert "R5015" in radarctl("paper", *other, code=2).stderr
    radarctl("paper", *other, "--run", "two")
    assert sorted(path.stem for path in tmp_path.glob("*.sqlite")) == [GRID.stem, "two"]


def rows_of(path: Path) -> int:
    """How many rows a run has decided so far; none while its file is being made."""
    try:
        with Ledger(path) as ledger:
            return len(ledger.steps())
    except RadarError:
        return 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no way to send Ctrl+C to one process")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_goes_on(number: int, tmp_path: Path) -> None:
    """Ctrl+C, and what a system sends to end a program: a checkpoint, exit code 130, and the same end as without."""
    command = [sys.executable, "-m", "radar", "paper", *map(str, OPTIONS), "--store", str(tmp_path / "stopped")]
    # A week in eight seconds: long enough to be stopped inside.
    process = subprocess.Popen([*command, "--speed", "75600"], cwd=ROOT, env=dict(os.environ), stderr=subprocess.PIPE)
    path = tmp_path / "stopped" / "grid_atr.sqlite"
    while process.poll() is None and rows_of(path) < 5:
        time.sleep(0.1)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert b"goes on from there" in said
    assert b"Traceback" not in said
    with Ledger(path) as ledger:
        stopped = len(ledger.steps())
        assert [row.command for row in ledger.audited()] == ["begin", "follow"]
        assert [row.outcome for row in ledger.audited()][-1] == "stopped"
    assert 0 < stopped < 168
    resumed = radarctl("paper", *OPTIONS, "--store", tmp_path / "stopped").stdout
    whole = radarctl("paper", *OPTIONS, "--store", tmp_path / "whole").stdout
    assert resumed.rsplit("ledger:", 1)[0] == whole.rsplit("ledger:", 1)[0]
