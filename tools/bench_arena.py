"""All strategies at once: ``pipelines/arena.yaml`` over a year of 5 m and 1 h candles of 5, 10 and 20 assets.

The cost must grow with nodes times assets times bars. Run as ``python -m tools.bench_arena FOLDER ASSET ...`` it is the
measured process, as in :mod:`tools.bench_history`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from tools.bench_bar import ROOT, SAMPLE
from tools.bench_history import FIRST, peak_memory
from tools.bench_measure import Entry, Figure, Times, seconds

ARENA = ROOT / "pipelines" / "arena.yaml"
BARS = 365 * 24 * 12
SIZES = (5, 10, 20)
ASSETS = "AAVE ADA APT ARB ATOM AVAX BCH BNB BTC DOGE DOT ETH LINK LTC NEAR SOL SUI UNI XLM XRP".split()
REPEATS = 3
EIGHT_HOURS = 8 * 3_600_000


def measure() -> list[Entry]:
    """One entry with a line a size."""
    figures: list[Figure] = []
    notes: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        _make(Path(folder))
        for size in SIZES:
            command = [sys.executable, "-m", "tools.bench_arena", folder, *ASSETS[:size]]
            done = subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8", cwd=ROOT)
            found = json.loads(done.stdout.splitlines()[-1])
            steps = found["nodes"] * size * found["rows"]
            kernel, whole = Times(found["kernel"]), Times(found["whole"])
            scale = 1e9 / steps
            figures += [
                Figure(f"{size} assets: a node, an asset, a bar", kernel.least * scale, "ns", kernel.median * scale),
                Figure(f"{size} assets: the kernel", kernel.least, "s", kernel.median),
                Figure(f"{size} assets: from Parquet to metrics", whole.least, "s", whole.median),
            ]
            if found["peak"] is not None:
                figures.append(Figure(f"{size} assets: peak memory of the process", found["peak"], "MB"))
            bars = size * found["rows"]
            notes.append(
                f"{size} assets: {bars:,} bars, {bars / kernel.least / 1e6:.2f} million a second, "
                f"{found['trades']:,} trades; {found['nodes']} nodes, {found['accounts']} accounts"
            )
    notes.append("no such history is bundled: real SOL prices repeated")
    return [Entry("the arena over a year of 5 m and 1 h candles", figures, notes)]


def _make(folder: Path) -> None:
    """A store of real prices, repeated: every asset the same prices from another hour on, hours made of their bars."""
    from radar.market.timeframe import Timeframe
    from radar.store import SeriesKey, Store

    store, real = Store(folder), Store(SAMPLE).candles("SOL", "5m")
    count = len(real) // 12 * 12
    for place, asset in enumerate(ASSETS):
        index = (np.arange(BARS) + 12 * 37 * place) % count
        five = {name: getattr(real, name)[index] for name in ("open", "high", "low", "close", "volume")}
        hours = {
            "open": five["open"][::12],
            "high": five["high"].reshape(-1, 12).max(axis=1),
            "low": five["low"].reshape(-1, 12).min(axis=1),
            "close": five["close"][11::12],
            "volume": five["volume"].reshape(-1, 12).sum(axis=1),
        }
        for timeframe, columns in (("5m", five), ("1h", hours)):
            length = Timeframe.parse(timeframe)
            time = FIRST + length.milliseconds * np.arange(len(columns["open"]), dtype=np.int64)
            store.append(SeriesKey("candles", "bench", "perp", asset, length), {"time": time, **columns})
        settled = FIRST + EIGHT_HOURS * np.arange(BARS * 300_000 // EIGHT_HOURS, dtype=np.int64)
        rates = 1e-4 * np.cos(np.arange(len(settled)) / 7.0 + place)
        store.append(SeriesKey("funding", "bench", "perp", asset), {"time": settled, "rate": rates})


def main(arguments: list[str]) -> None:
    """Run the arena of the arguments several times and print what it took."""
    from radar.engine.backtest import prepare, run_prepared
    from radar.engine.feed import load_feed
    from radar.engine.run import Run
    from radar.kernel.build import build
    from radar.store import Store

    folder, *assets = arguments
    prepared = prepare(ARENA, config=ROOT / "config", assets=assets)
    store = Store(Path(folder))
    run_prepared(prepared, store)
    peak = peak_memory()
    whole = [seconds(lambda: run_prepared(prepared, store)) for _ in range(REPEATS)]
    feed, kernel = load_feed(prepared.plan, store), build(prepared.plan)
    runs = [Run.begin(prepared.plan, kernel, feed) for _ in range(REPEATS)]
    taken = [seconds(run.finish) for run in runs]
    found = {
        "kernel": taken,
        "whole": whole,
        "peak": peak,
        "rows": feed.rows,
        "nodes": len(prepared.plan.nodes),
        "accounts": len(prepared.plan.executors),
        "trades": sum(len(runs[0].ledger(node.id)[1]) for node in prepared.plan.executors),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
