"""A sweep: combinations through the kernel, and through a loop written by hand over the same columns."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from radar.market.timeframe import Timeframe
from radar.research.sweep.group import Group
from radar.research.sweep.memory import size_text
from radar.research.sweep.sweep import lay_out_sweep
from radar.store import SeriesKey, Store
from tools.bench_bar import ASSET, HOUR, ROOT, SAMPLE, market
from tools.bench_combinations import CloseSweep, GridSweep, LoopSweep
from tools.bench_measure import Entry, Figure, Times, in_turns, processor_seconds, seconds

ROWS = 17_520
"""Two years of hours."""

REPEATS = 9

PERIODS = (
    "strategies.average_cross.fast_period=" + ",".join(str(5 + 2 * step) for step in range(46)),
    "strategies.average_cross.slow_period=" + ",".join(str(100 + 10 * step) for step in range(71)),
)
"""46 x 71 = 3,266 pairs of averages."""

PAIRS = (
    "strategies.average_cross.fast_period=" + ",".join(str(2 + step) for step in range(173)),
    "strategies.average_cross.slow_period=" + ",".join(str(180 + step) for step in range(174)),
)
"""173 x 174 = 30,102 pairs of averages, of which a check compares every one."""

STARTS = 3
"""Starts of each, behind one that loads the kernel."""

SIZES = (100, 1_000, 3_240, 10_000, 30_000)
SIZE_REPEATS = 5
"""Turns of the sizes, of which one takes as long as many of the others."""

SMALL = 8
"""Samples of the smallest size, for one would hang on which combinations it holds."""

MANY = (
    "strategies.grid_atr.ma_period=7,10,12,14,17,20,24",
    "strategies.grid_atr.atr_period=7,10,14,17,20",
    "strategies.grid_atr.atr_multiplier_start=1,1.25,1.5,1.75,2,2.25,2.5,3",
    "strategies.grid_atr.atr_multiplier_step=0.5,0.75,1,1.25,1.5",
    "strategies.grid_atr.num_levels=2,3,4",
    "strategies.grid_atr.sl_percent=10,12,15,17,20,22,25,27,30",
)
"""37,800 combinations, to draw samples from."""


def measure(source: Path | None) -> list[Entry]:
    """The entries: nanoseconds for one combination and bar of three strategies, and by the number of combinations."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        origin = two_years(source or SAMPLE, folder)
        grid = GridSweep("grid_atr", folder, grids=["strategies.grid_atr:mission_3240"])
        cross = CloseSweep("average_cross", folder, options=PERIODS)
        trend = CloseSweep("boltrend", folder, grids=["strategies.boltrend"])
        return [
            loop_entry(grid, origin, "10 ns, x 1.8"),
            loop_entry(cross, origin, "8 ns"),
            loop_entry(trend, origin, "x 2.5"),
            start_entry(folder),
            size_entry(folder, origin),
        ]


def two_years(source: Path, folder: Path) -> str:
    """Fill a store with two years of hours and their funding; tell where they are from."""
    times, columns, origin = market(source)
    times, columns = times[:ROWS], columns[:ROWS, 0]
    store = Store(folder)
    names = ("open", "high", "low", "close", "volume")
    candles = {"time": times, **{name: np.ascontiguousarray(columns[:, place]) for place, name in enumerate(names)}}
    store.append(SeriesKey("candles", "bench", "perp", ASSET, Timeframe.parse("1h")), candles)
    settled = times % (8 * HOUR) == 0
    funding = {"time": times[settled], "rate": np.ascontiguousarray(columns[settled, 5])}
    store.append(SeriesKey("funding", "bench", "perp", ASSET), funding)
    return origin


def loop_entry(bench: LoopSweep, origin: str, limit: str) -> Entry:
    """The kernel against its loop, in time of the processor; by the clock, two threads against one, and the start."""
    liquidated = bench.agree()
    runs = {"loop": bench.loop, "one": lambda: bench.wait(1), "two": lambda: bench.wait(2)}
    found = in_turns(runs, REPEATS)
    found["kernel"] = Times(bench.busy[1])
    scale = 1e9 / bench.count / bench.rows

    def each(name: str, label: str, of: str = "") -> Figure:
        times, ratio = found[name], found[name].least / found["loop"].least
        return Figure(label, times.least * scale, "ns", times.median * scale, ratio, of)

    figures = [each("loop", "loop written by hand, same rules"), each("kernel", "kernel", limit)]
    twice = found["one"].least / found["two"].least
    figures.append(Figure("two threads, times as fast as one by the clock", twice, "x", limit="1.8"))
    figures.append(Figure("as fast as the busier one lets them be", min(bench.busy[1]) / min(bench.busy[2]), "x"))
    figures.append(Figure("start: grid, plan, columns, kernel from the cache", bench.start, "s", limit="1 s"))
    trades = bench.group.metrics["trades"].mean()
    notes = [
        f"{bench.count:,} combinations of {bench.rows:,} bars, {trades:,.0f} trades each: {origin}",
        f"the metrics of all are the same in both; left out {liquidated} that were liquidated",
        f"noise of this machine, by the loop: {found['loop'].noise}",
    ]
    return Entry(f"one combination and bar of a sweep of {bench.name}, one thread", figures, notes)


def start_entry(folder: Path) -> Entry:
    """How long a sweep of 30,000 takes to begin: few values of many parameters, and many of two that checks compare."""
    given: dict[str, dict[str, Any]] = {
        "grid_atr": {"options": MANY, "sample": SIZES[-1]},
        "average_cross": {"options": PAIRS},
    }
    figures, notes = [], []
    for name, chosen in given.items():
        group = begun(name, folder, chosen)
        runs = [seconds(partial(begun, name, folder, chosen)) for _ in range(STARTS)]
        count, records = group.space.count, (group.params, group.space.index, group.metrics, group.outcomes)
        figures.append(Figure(f"{name}, {count:,} combinations", min(runs), "s", Times(runs).median, limit="1 s"))
        each = sum(one.nbytes for one in records) / count
        notes.append(f"{name}: {each:,.0f} bytes a combination, {size_text(group.columns.nbytes)} of columns")
    return Entry("start of a sweep: grid, plan, columns, kernel from the cache", figures, notes)


def begun(name: str, folder: Path, chosen: Mapping[str, Any]) -> Group:
    """A sweep of one plan, about to run its first combination."""
    sweep = lay_out_sweep(
        ROOT / "pipelines" / f"{name}.yaml", data=folder, config=ROOT / "config", assets=[ASSET], **chosen
    )
    (group,) = sweep.groups
    group.build()
    group.compute(*group.portions[0])
    return group


class Sample:
    """Combinations drawn from a large grid, ready to run: one sweep, or several of the same size in a row."""

    def __init__(self, folder: Path, size: int, seeds: Sequence[int]) -> None:
        self.sweeps = [
            lay_out_sweep(
                ROOT / "pipelines" / "grid_atr.yaml",
                options=MANY,
                data=folder,
                config=ROOT / "config",
                assets=[ASSET],
                sample=size,
                seed=seed,
            )
            for seed in seeds
        ]
        self.count = size * len(seeds)
        for sweep in self.sweeps:
            for group in sweep.groups:
                group.build()
                group.compute(0, group.space.count)

    def run(self) -> float:
        """Seconds of the processor that the kernel takes for all of them."""
        for sweep in self.sweeps:
            for group in sweep.groups:
                group.done[:] = False
        return processor_seconds(lambda: [sweep.run(1) for sweep in self.sweeps])


def size_entry(folder: Path, origin: str) -> Entry:
    """What a combination costs among few and among many, each time drawn at random from the same large grid."""
    samples = {size: Sample(folder, size, range(SMALL if size == SIZES[0] else 1)) for size in SIZES}
    found = in_turns({f"{size}": sample.run for size, sample in samples.items()}, SIZE_REPEATS)

    def each(size: int, times: Times) -> Figure:
        scale = 1e9 / samples[size].count / ROWS
        base = found[f"{SIZES[0]}"].least * 1e9 / samples[SIZES[0]].count / ROWS
        label = f"{size:,} combinations" + (f", {SMALL} samples" if size == SIZES[0] else "")
        limit = "x 1.15" if size == SIZES[-1] else ""
        return Figure(label, times.least * scale, "ns", times.median * scale, times.least * scale / base, limit)

    figures = [each(size, found[f"{size}"]) for size in SIZES]
    notes = [f"drawn from 37,800 combinations of {ROWS:,} bars: {origin}"]
    return Entry("one combination and bar of a sweep of grid_atr, by the number of combinations", figures, notes)
