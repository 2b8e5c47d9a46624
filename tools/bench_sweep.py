"""A sweep: combinations through the kernel, and through a loop written by hand over the same columns."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from radar.market.statistics import STATISTICS
from radar.market.timeframe import Timeframe
from radar.research.sweep.group import Group
from radar.research.sweep.sweep import lay_out_sweep
from radar.store import SeriesKey, Store
from tools.bench_bar import ASSET, HOUR, ROOT, SAMPLE, DisagreementError, market
from tools.bench_loops import Grid
from tools.bench_measure import Entry, Figure, in_turns, seconds
from tools.bench_sweep_loops import grid_combinations

ROWS = 17_520
"""Two years of hours."""

REPEATS = 9
SIZES = (100, 1_000, 3_240)

COMBINATION = np.dtype([(name, "i8" if kind == "int" else "f8") for name, kind in Grid.__annotations__.items()])
"""The parameters of one combination as the loop reads them."""


def measure(source: Path | None) -> list[Entry]:
    """The entry of the grid: nanoseconds for one combination and bar, sizes, threads, and the start."""
    with tempfile.TemporaryDirectory() as folder:
        origin = two_years(source or SAMPLE, Path(folder))
        return [grid_entry(Path(folder), origin)]


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


class GridSweep:
    """The shipped grid on one asset, laid out for the kernel and for the loop."""

    def __init__(self, folder: Path) -> None:
        def lay_out() -> None:
            self.sweep = lay_out_sweep(
                ROOT / "pipelines" / "grid_atr.yaml",
                grids=["strategies.grid_atr:mission_3240"],
                data=folder,
                config=ROOT / "config",
                assets=[ASSET],
            )
            (self.group,) = self.sweep.groups
            self.group.build()
            self.group.compute(0, self.group.space.count)

        lay_out()
        self.start = min(seconds(lay_out) for _ in range(3))
        self.count = self.sweep.count
        self.places, self.grids = self._parameters(self.group)
        self.columns = self.group.columns
        self.sums = np.zeros(self.count, STATISTICS)

    def _parameters(self, group: Group) -> tuple[Any, Any]:
        params = group.params[:, 0]
        places = np.stack([params["hoist"][f"{node}_value_column"] for node in ("mean", "width", "regime")], axis=1)
        grid, broker, sized = params["grid"], params["broker"], params["sized"]
        grids = np.zeros(self.count, COMBINATION)
        grids["levels"] = grid["num_levels"]
        grids["first"] = grid["atr_multiplier_start"]
        grids["step"] = grid["atr_multiplier_step"]
        grids["stop"] = grid["sl"]
        grids["leverage"] = grid["leverage"]
        grids["margin_fraction"] = np.minimum(1.0, sized["cap"]) / grid["num_levels"]
        grids["max_margin_ratio"] = params["guard"]["max_margin_ratio"]
        grids["capital"] = broker["initial_capital"]
        grids["fee"] = broker["taker_fee"]
        grids["slip"] = broker["slippage"]
        grids["multiplier"] = broker["high_volatility_multiplier"]
        grids["maintenance"] = broker["maintenance_margin"]
        grids["least"] = broker["minimum_notional"]
        grids["history"] = params["run"]["history_grid"]
        grids["interval"] = HOUR
        return places, grids

    def kernel(self, count: int, threads: int = 1) -> float:
        """Seconds of the kernel for the first combinations."""
        self.group.done[:] = True
        self.group.done[:count] = False
        return seconds(lambda: self.sweep.run(threads))

    def loop(self) -> float:
        """Seconds of the loop for all combinations."""
        feed = self.group.feed
        return seconds(
            lambda: grid_combinations(
                feed.times,
                feed.market,
                self.columns,
                self.places,
                self.grids,
                self.group.starts,
                0,
                self.count,
                self.sums,
            )
        )

    def agree(self) -> int:
        """Hold the loop's sums of every combination against the kernel's metrics; return how many were liquidated.

        The loop does not close a liquidated account, so there the two are not compared.

        Raises:
            DisagreementError: They are not the same.
        """
        self.kernel(self.count)
        self.loop()
        alive = self.group.outcomes["liquidated"] == 0
        found = self.group.metrics[alive]
        sums = self.sums[alive]
        pairs = {name: sums[name] for name in ("trades", "gross", "fees", "slippage", "funding", "net")}
        pairs |= {"final_equity": sums["equity"], "winning_trades": sums["wins"]}
        pairs |= {"max_drawdown": sums["drawdown"] * 100.0}
        for name, loop in pairs.items():
            if not np.allclose(found[name], loop, rtol=1e-7, atol=1e-6):
                raise DisagreementError(f"{name} of the kernel and of the loop differ")
        return int((~alive).sum())


def grid_entry(folder: Path, origin: str) -> Entry:
    """The grid against its loop."""
    bench = GridSweep(folder)
    liquidated = bench.agree()
    runs = {"loop": bench.loop, "threads": lambda: bench.kernel(bench.count, 2)}
    runs |= {f"{count}": lambda count=count: bench.kernel(count) for count in SIZES}  # type: ignore[misc]
    found = in_turns(runs, REPEATS)
    rows = bench.group.feed.rows
    whole = found[f"{bench.count}"]

    def each(name: str, count: int, label: str, limit: str = "") -> Figure:
        scale = 1e9 / count / rows
        ratio = found[name].least * scale / (found["loop"].least * 1e9 / bench.count / rows)
        return Figure(label, found[name].least * scale, "ns", found[name].median * scale, ratio, limit)

    figures = [each("loop", bench.count, "loop written by hand, same rules")]
    figures += [
        each(f"{count}", count, f"kernel, {count:,} combinations", "10 ns, x 1.8" if count == bench.count else "")
        for count in SIZES
    ]
    figures.append(Figure("two threads, times as fast as one", whole.least / found["threads"].least, "x", limit="1.8"))
    figures.append(Figure("start: grid, plan, columns, kernel from the cache", bench.start, "s", limit="1 s"))
    notes = [
        f"{bench.count:,} combinations of {rows:,} bars, {liquidated} of them liquidated: {origin}",
        f"noise of this machine, by the loop: {found['loop'].noise}",
    ]
    return Entry("one combination and bar of a sweep of grid_atr, one thread", figures, notes)
