"""Speed and size, as ratios in one run: ``python tools/dev.py bench [NAME ...]``.

Each figure is the least of many interleaved runs, because everything that disturbs a run makes it slower. The machine's
noise is printed with the figures: the spread of the hand-written loop over the same runs.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import radar
from radar.engine.load import load
from radar.engine.state import fresh_state
from radar.kernel.build import Kernel, build
from radar.market.ledger import FILL, TRADE
from radar.plan.plan import Plan, make_plan
from radar.store import Store
from tools.bench_loops import grid_loop

ROOT = Path(__file__).resolve().parent.parent
PIPELINES = ROOT / "pipelines"
SAMPLE = ROOT / "tests" / "data" / "sample"
HOUR = 3_600_000
REPEATS = 40

PLAIN = """
radar: 1
pipeline: bench
assets: [BTC]
clock: 1h
nodes:
  candles: {source: candles}
  mean: {indicator: sma, in: candles.close, period: 14}
  width: {indicator: atr, in: candles, period: 14}
  grid: {strategy: grid_atr, in: {bar: candles, mean: mean, width: width}}
  sized: {risk: equal_allocation, in: grid}
  guard: {risk: margin_guard, in: sized}
  broker: {executor: account, in: guard, high_volatility_multiplier: 1}
"""


def candles(bars: int) -> dict[str, np.ndarray]:
    """Real hourly BTC candles of the sample, repeated to ``bars`` with continuous times and prices."""
    real = Store(SAMPLE).candles("BTC", "1h")
    times = np.arange(bars, dtype=np.int64) * HOUR + int(real.time[0])
    index = np.arange(bars) % len(real)
    # Each repetition goes on where the one before ended.
    ratio = (real.close[-1] / real.open[0]) ** (np.arange(bars) // len(real))
    found = {name: getattr(real, name)[index] * ratio for name in ("open", "high", "low", "close")}
    return {"time": times, **found, "volume": real.volume[index]}


def least(functions: dict[str, Callable[[], float]], repeats: int = REPEATS) -> dict[str, tuple[float, float]]:
    """Least and median seconds of each function, run in turns."""
    runs: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(repeats):
        for name, function in functions.items():
            runs[name].append(function())
    return {name: (min(values), float(np.median(values))) for name, values in runs.items()}


class Bench:
    """One kernel over one array of candles, callable as often as needed."""

    def __init__(self, text: str, columns: dict[str, np.ndarray]) -> None:
        loaded = load(text, config=ROOT / "config", file_name="bench.yaml")
        self.plan: Plan = make_plan(loaded.require())
        self.kernel: Kernel = build(self.plan)
        self.times = columns["time"]
        rows = len(self.times)
        self.market = np.zeros((rows, 1, len(self.plan.columns)))
        for place, name in enumerate(("open", "high", "low", "close", "volume")):
            self.market[:, 0, place] = columns[name]
        self.fills, self.trades = np.zeros(4 * rows, FILL), np.zeros(2 * rows, TRADE)
        self.equity = np.zeros(rows)
        self.start = self.plan.warm_up - 1
        self.none, self.empty, self.untraced = np.zeros(0, np.int64), np.zeros((0, 1, 5)), np.zeros((0, 0, 0))
        self.account: Any = None

    def advance(self, state: Any, first: int, last: int) -> None:
        """Rows ``first`` to ``last`` through the kernel."""
        none, empty = self.none, self.empty
        self.kernel.advance(
            first,
            last,
            self.start,
            self.times,
            self.market,
            none,
            empty,
            0,
            state.lanes,
            state.params,
            state.windows,
            state.shared,
            state.shared_windows,
            self.fills,
            self.trades,
            self.equity,
            self.untraced,
        )

    def whole(self) -> float:
        """Seconds for all rows in one call."""
        state = fresh_state(self.plan)
        started = time.perf_counter()
        self.advance(state, 0, len(self.times))
        seconds = time.perf_counter() - started
        self.account = state.shared[0]["broker"]
        return seconds

    def single(self, rows: int = 5000) -> float:
        """Seconds for ``rows`` rows, one a call."""
        state = fresh_state(self.plan)
        started = time.perf_counter()
        for row in range(rows):
            self.advance(state, row, row + 1)
        return time.perf_counter() - started


def bar() -> None:
    """One bar of grid_atr: the kernel, the hand-written loop and a numpy copy of the data."""
    columns = candles(50_000)
    plain = Bench(PLAIN, columns)
    shipped = Bench(
        (PIPELINES / "grid_atr.yaml").read_text(encoding="utf-8").replace("assets: sample", "assets: [BTC]"), columns
    )
    bars = np.ascontiguousarray(plain.market[:, 0, :5])
    parameters = np.array([14, 14, 3, 2.0, 1.0, 0.2, 6.0, 1e4, 0.0006, 0.0005, 0.25, 0.7, 0.004, 5.0])
    nothing, equity = np.zeros(len(bars)), np.zeros(len(bars))
    fills, trades = np.zeros(4 * len(bars), FILL), np.zeros(2 * len(bars), TRADE)
    result: Any = None

    def loop() -> float:
        nonlocal result
        started = time.perf_counter()
        result = grid_loop(plain.times, bars, nothing, parameters, plain.start, equity, fills, trades)
        return time.perf_counter() - started

    def copy() -> float:
        started = time.perf_counter()
        bars.copy()
        return time.perf_counter() - started

    loop()
    found = least({"loop": loop, "plain": plain.whole, "shipped": shipped.whole, "copy": copy})
    assert result[0] == int(plain.account["trade_count"]), "the loop and the kernel disagree"
    assert abs(result[1] - float(plain.account["equity"])) < 1e-6 * abs(result[1]) + 1e-6
    calls = least({"calls": plain.single}, 5)["calls"][0] / 5000
    rows = len(bars)
    base = found["loop"][0]
    print(f"one bar of grid_atr, {rows:,} bars, {result[0]} trades in both")
    for name, label in (
        ("copy", "numpy copy of the data"),
        ("loop", "hand-written loop, no regime"),
        ("plain", "kernel, no regime"),
        ("shipped", "kernel, shipped pipeline (with regime)"),
    ):
        seconds, median = found[name]
        print(
            f"  {label:40} {seconds / rows * 1e9:7.1f} ns  x{seconds / base:5.2f}  (median {median / rows * 1e9:.1f})"
        )
    print(f"  {'a Python call that advances one bar':40} {calls * 1e6:7.1f} us")


def history() -> None:
    """A year of one-minute candles of one asset, and six years of hours of six assets, from Parquet to metrics."""
    import resource

    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        _fill(store, "BTC", "1m", 365 * 1440)
        assets = ("ADA", "BTC", "ETH", "LTC", "SOL", "XRP")
        for asset in assets:
            _fill(store, asset, "1h", 6 * 8766)
        text = PLAIN.replace("clock: 1h", "clock: 1m")
        six = PLAIN.replace("[BTC]", f"[{', '.join(assets)}]")
        for name, pipeline in (("a year of 1m, one asset", text), ("six years of 1h, six assets", six)):
            radar.backtest(pipeline, data=store, config=ROOT / "config")
            started = time.perf_counter()
            result = radar.backtest(pipeline, data=store, config=ROOT / "config")
            seconds = time.perf_counter() - started
            bars = result.run.feed.rows * len(result.run.plan.assets)
            print(f"  {name:30} {seconds:6.2f} s  {bars:,} bars, {result.metrics['trades']} trades, warm")
    if sys.platform == "linux":
        print(f"  peak memory of this process    {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:6.0f} MB")


def _fill(store: Store, asset: str, timeframe: str, bars: int) -> None:
    """Sample prices repeated on the clock ``timeframe``: the size is real, the market is not."""
    from radar.market.timeframe import Timeframe
    from radar.store import SeriesKey

    columns = candles(bars)
    length = Timeframe.parse(timeframe)
    columns["time"] = np.arange(bars, dtype=np.int64) * length.milliseconds + 1_600_000_000_000 // HOUR * HOUR
    store.append(SeriesKey("candles", "bench", "perp", asset, length), columns)


def start() -> None:
    """First compile of each shipped pipeline, the same from the cache, and the help of the command line."""
    script = "import sys; from radar.engine.load import load; from radar.kernel.build import build; "
    script += "from radar.plan.plan import make_plan; import time; t = time.perf_counter(); "
    script += "p = make_plan(load(sys.argv[1]).require()); u = time.perf_counter(); build(p); "
    script += "print(time.perf_counter() - u)"
    for path in sorted(PIPELINES.glob("*.yaml")):
        if path.name.endswith(".test.yaml"):
            continue
        with tempfile.TemporaryDirectory() as folder:
            seconds = [_python(["-c", script, str(path)], folder) for _ in range(3)]
        print(f"  {path.name:20} first compile {seconds[0]:5.1f} s, from the cache {min(seconds[1:]):.2f} s")
    times = []
    for _ in range(7):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-m", "radar", "--help"], check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
        times.append(time.perf_counter() - started)
    print(f"  radarctl --help      {min(times):.2f} s")


def _python(arguments: Sequence[str], cache: str) -> float:
    environment = {**os.environ, "RADAR_CACHE": cache, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, *arguments], check=True, capture_output=True, text=True, env=environment, cwd=ROOT
    )
    return float(done.stdout)


ENTRIES: dict[str, Callable[[], None]] = {"bar": bar, "history": history, "start": start}


def main(names: Sequence[str]) -> int:
    """Run the named entries, or all."""
    unknown = [name for name in names if name not in ENTRIES]
    if unknown:
        print(f"there is no bench {', '.join(unknown)}; there are {', '.join(ENTRIES)}", file=sys.stderr)
        return 2
    for name in names or ENTRIES:
        print(name)
        ENTRIES[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
