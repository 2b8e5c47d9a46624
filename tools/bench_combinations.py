"""Sweeps laid out twice: for the kernel, and for the loop that is written by hand for the same strategy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from radar.kernel.records import RecordView
from radar.market.metrics import METRICS, measure
from radar.market.reason import SizingBase
from radar.market.statistics import STATISTICS
from radar.research.sweep.sweep import lay_out_sweep
from tools.bench_bar import ASSET, HOUR, ROOT, DisagreementError
from tools.bench_close_loops import COUNTS, GIVEN, close_loop
from tools.bench_loops import Grid
from tools.bench_measure import CountingPool, processor_seconds, seconds
from tools.bench_sweep_loops import grid_combinations

COMBINATION = np.dtype([(name, "i8" if kind == "int" else "f8") for name, kind in Grid.__annotations__.items()])
"""The parameters of one combination as the loop of the grid reads them."""


class LoopSweep:
    """A shipped pipeline on one asset, swept by the kernel; the loop beside it is what a subclass adds."""

    def __init__(self, name: str, folder: Path, *, grids: Sequence[str] = (), options: Sequence[str] = ()) -> None:
        self.name = name

        def lay_out() -> None:
            self.sweep = lay_out_sweep(
                ROOT / "pipelines" / f"{name}.yaml",
                grids=grids,
                options=options,
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
        self.rows = self.group.feed.rows
        self.params = self.group.params[:, 0]
        self.columns = self.group.columns
        self.sums = np.zeros(self.count, STATISTICS)
        self.busy: dict[int, list[float]] = {}
        """By number of threads, how long the busiest of them kept the processor in each run."""

    def places(self, *names: str) -> Any:
        """The columns of every combination, by what they hold."""
        return np.stack([self.params["hoist"][f"{name}_column"] for name in names], axis=1)

    def kernel(self) -> float:
        """Seconds of the processor that the kernel takes for all combinations."""
        self.group.done[:] = False
        return processor_seconds(lambda: self.sweep.run(1))

    def wait(self, threads: int) -> float:
        """Seconds until the kernel is done with all combinations in ``threads``; how long they were busy is noted."""
        self.group.done[:] = False
        with CountingPool(threads) as pool:
            passed = seconds(lambda: self.sweep.run(threads, pool))
        self.busy.setdefault(threads, []).append(max(pool.busy.values()))
        return passed

    def loop(self) -> float:
        """Seconds of the processor that the loop takes for all combinations."""
        raise NotImplementedError

    def metrics(self) -> dict[str, Any]:
        """What the loop has found, under the names of the kernel's metrics."""
        raise NotImplementedError

    def agree(self) -> int:
        """Hold the loop's metrics of every combination against the kernel's; return how many were liquidated.

        The loop does not close a liquidated account, so there the two are not compared.

        Raises:
            DisagreementError: They are not the same.
        """
        self.kernel()
        self.loop()
        alive = self.group.outcomes["liquidated"] == 0
        found = self.group.metrics[alive]
        if not found["trades"].sum() > 0:
            raise DisagreementError(f"nothing was traded in {self.name}, so there is nothing to compare")
        for name, loop in self.metrics().items():
            if not np.allclose(found[name], loop[alive], rtol=1e-7, atol=1e-6, equal_nan=True):
                raise DisagreementError(f"{name} of the kernel and of the loop differ in {self.name}")
        return int((~alive).sum())


class GridSweep(LoopSweep):
    """The ATR grid."""

    def __init__(self, name: str, folder: Path, *, grids: Sequence[str] = (), options: Sequence[str] = ()) -> None:
        super().__init__(name, folder, grids=grids, options=options)
        self.column_places = self.places("mean_value", "width_value", "regime_value")
        params, grids_given = self.params, np.zeros(self.count, COMBINATION)
        grid, broker, sized = params["grid"], params["broker"], params["sized"]
        grids_given["levels"] = grid["num_levels"]
        grids_given["first"] = grid["atr_multiplier_start"]
        grids_given["step"] = grid["atr_multiplier_step"]
        grids_given["stop"] = grid["sl"]
        grids_given["leverage"] = grid["leverage"]
        grids_given["margin_fraction"] = np.minimum(1.0, sized["cap"]) / grid["num_levels"]
        grids_given["max_margin_ratio"] = params["guard"]["max_margin_ratio"]
        grids_given["capital"] = broker["initial_capital"]
        grids_given["fee"] = broker["taker_fee"]
        grids_given["slip"] = broker["slippage"]
        grids_given["multiplier"] = broker["high_volatility_multiplier"]
        grids_given["maintenance"] = broker["maintenance_margin"]
        grids_given["least"] = broker["minimum_notional"]
        grids_given["history"] = params["run"]["history_grid"]
        grids_given["interval"] = HOUR
        self.given = grids_given

    def loop(self) -> float:
        """Seconds of the processor that the loop takes for all combinations."""
        feed = self.group.feed
        return processor_seconds(
            lambda: grid_combinations(
                feed.times,
                feed.market,
                self.columns,
                self.column_places,
                self.given,
                self.group.starts,
                0,
                self.count,
                self.sums,
            )
        )

    def metrics(self) -> dict[str, Any]:
        """The sums that are metrics; the loop leaves out what is made from them."""
        sums = self.sums
        found = {name: sums[name] for name in ("trades", "gross", "fees", "slippage", "funding", "net")}
        found |= {"final_equity": sums["equity"], "winning_trades": sums["wins"]}
        return found | {"max_drawdown": sums["drawdown"] * 100.0}


INPUTS = {
    "average_cross": ("cross", ("regime_value", "fast_value", "slow_value", *["regime_value"] * 3)),
    "boltrend": (
        "trend",
        ("regime_value", "bands_upper", "bands_mid", "bands_lower", "bands_spread", "average_value"),
    ),
}
"""The strategy's node of a pipeline, and the columns in the order in which its loop reads them (six of each)."""


class CloseSweep(LoopSweep):
    """A strategy that enters and leaves at a close."""

    def __init__(self, name: str, folder: Path, *, grids: Sequence[str] = (), options: Sequence[str] = ()) -> None:
        super().__init__(name, folder, grids=grids, options=options)
        node, columns = INPUTS[name]
        self.column_places = self.places(*columns)
        self.written = close_loop(crossing=name == "average_cross")
        self.counts = np.zeros(self.count, COUNTS)
        self.given = np.zeros(self.count, GIVEN)
        given, params = self.given, self.params
        strategy, broker, sized = params[node], params["broker"], params["sized"]
        if np.any(sized["base"] != SizingBase.EQUITY):
            raise DisagreementError("the loop sizes from equity, the pipeline does not")
        given["sides"], given["leverage"], given["stop"] = strategy["sides"], strategy["leverage"], strategy["sl"]
        if "min_bol_spread" in (strategy.dtype.names or ()):
            given["spread"] = strategy["min_bol_spread"]
        given["history"] = params["run"][f"history_{node}"]
        given["risk"] = sized["risk"]
        # The bits of the costs that count as part of the loss at the stop.
        include = sized["include"]
        fees = (include & 1 != 0).astype(float) + (include & 4 != 0)
        given["costs"] = fees * broker["taker_fee"] + (include & 2 != 0) * broker["slippage"]
        given["max_margin_ratio"] = params["guard"]["max_margin_ratio"]
        given["capital"], given["fee"] = broker["initial_capital"], broker["taker_fee"]
        given["slip"], given["multiplier"] = broker["slippage"], broker["high_volatility_multiplier"]
        given["maintenance"], given["least"] = broker["maintenance_margin"], broker["minimum_notional"]

    def loop(self) -> float:
        """Seconds of the processor that the loop takes for all combinations."""
        feed = self.group.feed
        return processor_seconds(
            lambda: self.written(
                feed.times,
                feed.market,
                self.group.series[0][0],
                self.columns,
                self.column_places,
                self.given,
                self.group.starts,
                self.sums,
                self.counts,
            )
        )

    def metrics(self) -> dict[str, Any]:
        """Every metric, from the sums of the loop."""
        found = np.zeros(self.count, METRICS)
        with np.errstate(all="ignore"):
            for number in range(self.count):
                measure(RecordView(self.sums[number]), RecordView(found[number]))
        return {name: found[name] for name in METRICS.names or ()}

    def agree(self) -> int:
        """As of every sweep, and the entries that were refused.

        Raises:
            DisagreementError: They are not the same.
        """
        liquidated = super().agree()
        alive = self.group.outcomes["liquidated"] == 0
        if not np.array_equal(self.group.outcomes["refusals"][alive], self.counts["refusals"][alive]):
            raise DisagreementError(f"the refusals of the kernel and of the loop differ in {self.name}")
        return liquidated
