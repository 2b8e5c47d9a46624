"""Kill it anywhere: after any number of deaths at any instant, the ledger is that of the run that never stopped."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from radar.engine.stream.outcome import verify
from radar.engine.stream.recovery import resume
from radar.store.ledger import Ledger
from tests.engine.stream.following import kept
from tests.engine.stream.markets import everything

ROOT = Path(__file__).resolve().parents[3]
WRITES = 600
"""More writes than a run makes after a start, so that some of the children come to the end."""
SPEED = 50 * 3600.0
"""Plays the fifty hours of the stream in a second, for children that are killed from outside."""
OPENED = 1.0
"""Seconds in which a child that is killed from outside has begun to follow, mostly."""


def child(path: Path, die_at: int = 0, speed: float = 0.0) -> subprocess.Popen[bytes]:
    """A process that follows into ``path``."""
    command = [sys.executable, "-m", "tests.engine.stream.child", str(path), str(die_at), str(speed)]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE)


KILLS = 10
"""Deaths of one seed."""


def end_of(process: subprocess.Popen[bytes]) -> int:
    """Wait for the end of a process; what it says must not be that it failed."""
    _, said = process.communicate(timeout=120)
    assert b"Error" not in said, said.decode("utf-8", "replace")
    return process.returncode


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 20))])
def test_a_killed_run_leaves_the_ledger_of_one_that_never_stopped(seed: int, tmp_path: Path) -> None:
    """Half of the deaths lie inside writes to the file, half at any instant; whoever comes to the end is compared. All
    seeds together are 200 deaths."""
    uncut = tmp_path / "uncut.sqlite"
    assert end_of(child(uncut)) == 0
    draw = random.Random(seed)
    died, runs = 0, 0
    path = tmp_path / "killed-0.sqlite"
    while died < KILLS:
        if died % 2:
            process = child(path, speed=SPEED)
            time.sleep(OPENED + draw.random())
            process.kill()
        else:
            process = child(path, die_at=draw.randint(1, WRITES))
        if end_of(process) == 0:
            require_equal(uncut, path)
            runs += 1
            path = tmp_path / f"killed-{runs}.sqlite"
        else:
            died += 1
    assert end_of(child(path)) == 0
    require_equal(uncut, path)


def require_equal(uncut: Path, killed: Path) -> None:
    """Events, rows, fills, trades, refusals, equity and the last checkpoint are the same bytes."""
    with Ledger(uncut) as one, Ledger(killed) as other:
        assert kept(one) == kept(other)
        last, again = one.checkpoints()[0], other.checkpoints()[0]
        assert (last.row, last.sequence) == (again.row, again.sequence)
        assert last.state == again.state
        assert len(one.fills(0)) > 10
        found = verify(other, everything(), mode="interpreted")
        assert found.same, found.differences


def test_a_run_that_died_before_its_first_event(tmp_path: Path) -> None:
    """A file without a run, or with one that saw nothing, is where the next process begins."""
    path = tmp_path / "run.sqlite"
    for die_at in (1, 2, 3, 8):
        assert end_of(child(path, die_at=die_at)) != 0
    assert end_of(child(path)) == 0
    with Ledger(path, writing=True) as ledger:
        assert resume(everything(), ledger, mode="interpreted").run.row == ledger.steps()[-1].row + 1
