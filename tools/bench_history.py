"""Whole back-tests, from Parquet to metrics: a year of minutes of one asset, six years of hours of six in one account.

Run as ``python -m tools.bench_history FOLDER TIMEFRAME ASSET ...`` it is the measured process: it prints its seconds
and its peak memory, so that no other work of the bench is in the figure.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tools.bench_bar import ROOT, SAMPLE, WITH_REGIME
from tools.bench_measure import Entry, Figure, Times, seconds

MINUTES = 365 * 24 * 60
HOURS = 6 * 8766
ENOUGH = 0.95
"""Part of the wished size from which on stored series are taken instead of made-up ones."""
ASSETS = ("ADA", "BTC", "ETH", "LTC", "SOL", "XRP")
REPEATS = 7
FIRST = 1_577_836_800_000
"""Open of the first bar of made-up series: 2020-01-01."""


@dataclass(frozen=True)
class History:
    """What a back-test runs over, and where it comes from."""

    folder: Path
    timeframe: str
    assets: tuple[str, ...]
    origin: str


def measure(source: Path | None) -> list[Entry]:
    """The two entries; data of ``source`` where it has enough, else real prices repeated to the size."""
    with tempfile.TemporaryDirectory() as folder:
        year = _stored(source, "1m", 1, MINUTES) or _repeated(Path(folder), "1m", ("SOL",), MINUTES)
        six = _stored(source, "1h", 6, HOURS) or _repeated(Path(folder), "1h", ASSETS, HOURS)
        return [
            _entry("a year of 1 m candles of one asset, Parquet to metrics", year, ""),
            _entry("six years of 1 h candles of six assets in one account, Parquet to metrics", six, "500 MB"),
        ]


def _entry(name: str, history: History, memory: str) -> Entry:
    command = [sys.executable, "-m", "tools.bench_history", str(history.folder), history.timeframe, *history.assets]
    done = subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8", cwd=ROOT)
    found = json.loads(done.stdout.splitlines()[-1])
    times = Times(found["seconds"])
    figures = [Figure("warm: from the second run on", times.least, "s", times.median, limit="1 s")]
    if found["peak"] is not None:
        figures.append(Figure("peak memory of the process", found["peak"], "MB", limit=memory))
    notes = [f"{found['bars']:,} bars, {found['trades']:,} trades: {history.origin}"]
    return Entry(name, figures, notes)


def _stored(source: Path | None, timeframe: str, assets: int, rows: int) -> History | None:
    """The longest series of a store, when enough of them are long enough."""
    from radar.store import Store

    if source is None:
        return None
    store = Store(source)
    found = [
        (entry.rows, entry.key.asset)
        for entry in store.coverage()
        if entry.key.kind == "candles" and entry.key.market == "perp" and str(entry.key.timeframe) == timeframe
    ]
    chosen = sorted(found, reverse=True)[:assets]
    if len(chosen) < assets or chosen[-1][0] < ENOUGH * rows:
        return None
    return History(source, timeframe, tuple(sorted(asset for _, asset in chosen)), f"stored candles from {source.name}")


def _repeated(folder: Path, timeframe: str, assets: Sequence[str], rows: int) -> History:
    """A store of real prices, repeated on the clock ``timeframe``: size and prices are real, the history is not."""
    from radar.market.timeframe import Timeframe
    from radar.store import SeriesKey, Store

    store, sample = Store(folder), Store(SAMPLE)
    length = Timeframe.parse(timeframe)
    names = {"1m": (("SOL", "5m"),), "1h": (("BTC", "1h"), ("ETH", "1h"), ("SOL", "1h"), ("XRP", "1h"))}[timeframe]
    for place, asset in enumerate(assets):
        real = sample.candles(*names[place % len(names)])
        index, round_ = np.arange(rows) % len(real), np.arange(rows) // len(real)
        # Repetitions alternate between the prices and the way back, so that the level neither grows nor vanishes.
        ratio = np.where(round_ % 2 == 0, 1.0, real.close[-1] / real.open[0])
        columns = {"time": FIRST + length.milliseconds * np.arange(rows, dtype=np.int64), "volume": real.volume[index]}
        columns |= {name: getattr(real, name)[index] * ratio for name in ("open", "high", "low", "close")}
        store.append(SeriesKey("candles", "bench", "perp", asset, length), columns)
    return History(
        folder,
        timeframe,
        tuple(assets),
        f"no such history is bundled: real {names[0][1]} prices repeated on this clock",
    )


def main(arguments: Sequence[str]) -> None:
    """Run the back-test of the arguments several times and print what it took."""
    import radar

    folder, timeframe, *assets = arguments
    text = WITH_REGIME.replace("[BTC]", f"[{', '.join(assets)}]").replace("clock: 1h", f"clock: {timeframe}")

    def run() -> Any:
        return radar.backtest(text, data=folder, config=ROOT / "config", overrides=[f"grid.timeframe={timeframe}"])

    result = run()
    taken = [seconds(run) for _ in range(REPEATS)]
    bars = int(sum(quality.bars for quality in result.run.feed.quality.values()))
    print(
        json.dumps(
            {"seconds": taken, "peak": peak_memory(), "bars": bars, "trades": int(result.metrics["trades"] or 0)}
        )
    )


def peak_memory() -> float | None:
    """Largest memory of this process so far, in MB; None where the system does not say."""
    status = Path("/proc/self/status")
    if status.exists():
        # Not from getrusage: there Linux counts what the process that started this one held.
        line = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    try:
        import resource
    except ImportError:  # not on Windows
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)


if __name__ == "__main__":
    main(sys.argv[1:])
