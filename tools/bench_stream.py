"""A run that follows: from a candle to its intent in the ledger, what a checkpoint costs, and how fast a run is back.

Run as ``python -m tools.bench_stream FILE COUNT`` it is one of two processes that commit at the same time.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tools.bench_bar import ROOT
from tools.bench_measure import Entry, Figure, Times, seconds

HOUR = 3_600_000
FIRST = 1_735_689_600_000
"""Open of the first bar: 2025-01-01."""
HISTORY, ROWS = 1_000, 3_000
MANY = 22
RUNS = (1_000, 16_000)
"""Rows of the two runs whose ways back are compared."""
REPEATS = 7
COMMITS = 2_000


@dataclass
class Lags:
    """Seconds of each close: from its last candle to the end of the commit, and what a checkpoint took of it."""

    whole: list[float] = field(default_factory=list)
    checkpoint: list[float] = field(default_factory=list)
    size: int = 0


def measure() -> list[Entry]:
    """The entries."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        return [
            *(
                _latency(place, lanes, durability)
                for lanes, durability in ((1, "NORMAL"), (MANY, "NORMAL"), (1, "FULL"))
            ),
            _recovery(place),
            _files(place),
        ]


def _market(lanes: int, rows: int) -> tuple[Any, Any]:
    """The shipped grid on walks of so many assets: the prepared pipeline and its data."""
    import pyarrow as pa

    from radar.engine.backtest import prepare
    from radar.engine.source import Tables

    pipeline = prepare(ROOT / "pipelines" / "grid_atr.yaml", config=ROOT / "config", assets=["top22"])
    names = pipeline.plan.assets[:lanes]
    prepared = prepare(ROOT / "pipelines" / "grid_atr.yaml", config=ROOT / "config", assets=list(names))
    tables = {}
    for lane, name in enumerate(names):
        draw = np.random.default_rng(lane)
        path = 100.0 * np.exp(draw.normal(0.0, 0.004, (rows, 8)).cumsum().reshape(rows, 8))
        tables[name] = pa.table(
            {
                "time": FIRST + HOUR * np.arange(rows, dtype=np.int64),
                "open": path[:, 0],
                "high": path.max(axis=1),
                "low": path.min(axis=1),
                "close": path[:, -1],
                "volume": np.full(rows, 1000.0),
            }
        )
    return prepared, Tables(tables, prepared.plan.base)


def _latency(folder: Path, lanes: int, durability: Any) -> Entry:
    from radar.store.ledger import Ledger

    prepared, data = _market(lanes, HISTORY + ROWS)
    with Ledger(folder / f"{lanes}-{durability}.sqlite", writing=True, durability=durability) as ledger:
        lags = asyncio.run(_followed(prepared, data, ledger))
    whole, saved = np.array(lags.whole) * 1e3, np.array(lags.checkpoint) * 1e3
    figures = [
        Figure("candle to ledger, median", float(np.median(whole)), "ms"),
        Figure("candle to ledger, 99 of 100 within", float(np.percentile(whole, 99)), "ms"),
        Figure("candle to ledger, the worst", float(whole.max()), "ms"),
    ]
    if durability == "NORMAL":
        figures += [
            Figure("run stands still for a checkpoint, median", float(np.median(saved)), "ms"),
            Figure("run stands still for a checkpoint, 99 of 100", float(np.percentile(saved, 99)), "ms"),
        ]
    closes, size = f"{len(whole):,} closes one by one, each in a transaction of its own", lags.size / 1024
    notes = [f"{closes}; {len(saved):,} with a checkpoint of {size:.0f} KB, because of a fill"]
    what = f"{lanes} asset{'s' if lanes > 1 else ''}, synchronous={durability}"
    return Entry(f"the last candle of a close received, to its intents and fills in the ledger: {what}", figures, notes)


async def _followed(prepared: Any, data: Any, ledger: Any) -> Lags:
    """Follow a replay close by close, as one that is waited for."""
    from radar.engine.stream.recovery import begin
    from radar.engine.stream.replay import Replay

    run = begin(prepared, data, ledger, FIRST + HISTORY * HOUR, name="bench")
    source, lags = Replay(data), Lags()
    await source.subscribe(run.wanted, run.start, None)
    packed, make = [0.0], run.checkpoint

    def timed() -> Any:
        started = time.perf_counter()
        row = make()
        packed[0] = time.perf_counter() - started
        lags.size = len(row.state)
        return row

    run.checkpoint = timed  # type: ignore[method-assign]
    while not source.ended:
        event = await source.receive(None)
        assert event is not None
        row, started = run.run.row, time.perf_counter()
        run.take(run.gather.judge(event))
        run.decide(source.now())
        if run.run.row > row:
            packed[0] = 0.0
            run.commit(source)
            lags.whole.append(time.perf_counter() - started)
            if packed[0]:
                lags.checkpoint.append(packed[0])
    return lags


def _recovery(folder: Path) -> Entry:
    """The way back of a short and of a long run, each with as many events behind its last checkpoint."""
    from radar.engine.stream.recovery import resume
    from radar.store.ledger import Ledger

    figures = []
    for rows in RUNS:
        prepared, data = _market(1, HISTORY + rows)
        path = folder / f"recovery-{rows}.sqlite"
        with Ledger(path, writing=True) as ledger:
            asyncio.run(_followed(prepared, data, ledger))

        def back(prepared: Any = prepared, path: Path = path) -> None:
            with Ledger(path, writing=True) as ledger:
                resume(prepared, ledger)

        times = Times([seconds(back) for _ in range(REPEATS + 1)][1:])
        with Ledger(path) as ledger:
            behind = len(ledger.events(ledger.checkpoints()[0].sequence))
        name = f"after {rows:,} rows, {behind} events behind the checkpoint"
        figures.append(Figure(name, times.least * 1e3, "ms", times.median * 1e3))
    notes = ["open the file, restore, repeat, compare; the kernel is loaded already"]
    return Entry("a run is taken up again", figures, notes)


def _files(folder: Path) -> Entry:
    """Two processes that commit at the same time, to two files and to one."""
    figures = []
    for name, files in (("a file each", ("one", "two")), ("one file for both", ("same", "same"))):
        commands = [[sys.executable, "-m", "tools.bench_stream", str(folder / file), str(COMMITS)] for file in files]
        running = [
            subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, env=dict(os.environ)) for command in commands
        ]
        lags = [lag for process in running for lag in json.loads(process.communicate()[0])]
        figures.append(Figure(f"{name}: a commit, median", float(np.median(lags)) * 1e3, "ms"))
        figures.append(Figure(f"{name}: 99 of 100 within", float(np.percentile(lags, 99)) * 1e3, "ms"))
        figures.append(Figure(f"{name}: the worst", float(np.max(lags)) * 1e3, "ms"))
    return Entry("two runs that commit at the same time", figures, [f"{COMMITS:,} commits each, a row and an event"])


def commit(path: Path, count: int) -> list[float]:
    """Commit small transactions; the seconds of each."""
    import apsw

    connection = apsw.Connection(str(path))
    connection.set_busy_timeout(5000)
    connection.pragma("journal_mode", "WAL")
    connection.pragma("synchronous", "NORMAL")
    connection.execute("CREATE TABLE IF NOT EXISTS rows (number INTEGER PRIMARY KEY, content BLOB)")
    lags = []
    for _ in range(count):
        started = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        for _ in range(2):
            connection.execute("INSERT INTO rows (content) VALUES (zeroblob(80))")
        connection.execute("COMMIT")
        lags.append(time.perf_counter() - started)
        # What a run does between two commits.
        time.sleep(0.0005)
    connection.close()
    return lags


if __name__ == "__main__":
    print(json.dumps(commit(Path(sys.argv[1]), int(sys.argv[2]))))
