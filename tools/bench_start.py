"""What a user waits for before anything runs: the first compile of each shipped pipeline, its load, and the help."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tools.bench_bar import ROOT
from tools.bench_measure import Entry, Figure, Times, seconds

LOADS = 5
HELPS = 9

BUILD = """
import sys, time
import numpy as np
from radar.engine.load import load
from radar.engine.state import fresh_state
from radar.kernel.build import build
from radar.market.ledger import FILL, TRADE
from radar.plan.plan import make_plan
plan = make_plan(load(sys.argv[1]).require())
state, lanes, accounts = fresh_state(plan), len(plan.assets), len(plan.executors)
times, market = np.zeros(0, np.int64), np.zeros((0, lanes, len(plan.columns)))
started = time.perf_counter()
build(plan).advance(
    0, 0, 0, times, market, times, np.zeros((0, lanes, 5)), 0, state.lanes, state.params, state.windows, state.shared,
    state.shared_windows, np.zeros((accounts, 0), FILL), np.zeros((accounts, 0), TRADE),
    np.zeros((accounts, 0)), np.zeros((0, 0, 0)),
)
print(time.perf_counter() - started)
"""
"""Prints the seconds from a plan to a kernel that has been called, in a process that had not imported the compiler."""


def measure() -> list[Entry]:
    """The entries."""
    figures = []
    with tempfile.TemporaryDirectory() as bytecode:
        # Every module as bytecode first: that is how an installed Python runs from its second start on.
        _python(["-c", BUILD, str(_pipelines()[0])], bytecode, Path(bytecode) / "kernels")
        for path in _pipelines():
            with tempfile.TemporaryDirectory() as cache:
                first, *loads = (_build(path, bytecode, Path(cache)) for _ in range(LOADS + 1))
            loaded = Times(loads)
            figures.append(Figure(f"{path.name}: first compile", first, "s", limit="15 s"))
            figures.append(Figure(f"{path.name}: from the cache", loaded.least, "s", loaded.median, limit="0.5 s"))
        helps = Times([seconds(lambda: _python(["-m", "radar", "--help"], bytecode, Path())) for _ in range(HELPS)])
    figures.append(Figure("radarctl --help", helps.least, "s", helps.median, limit="0.3 s"))
    return [Entry("start", figures, ["each in a process of its own, whose Python modules are there as bytecode"])]


def _pipelines() -> list[Path]:
    return sorted(path for path in (ROOT / "pipelines").glob("*.yaml") if not path.name.endswith(".test.yaml"))


def _build(path: Path, bytecode: str, cache: Path) -> float:
    return float(_python(["-c", BUILD, str(path)], bytecode, cache))


def _python(arguments: Sequence[str], bytecode: str, cache: Path) -> str:
    environment = {**os.environ, "RADAR_CACHE": str(cache), "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": bytecode}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, check=True, capture_output=True, text=True, encoding="utf-8", env=environment, cwd=ROOT
    ).stdout
