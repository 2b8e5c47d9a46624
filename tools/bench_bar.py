"""One bar of the ATR grid: the kernel, the loop written by hand, and a plain copy of the same data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radar.engine.load import load
from radar.engine.state import State, fresh_state
from radar.kernel.build import build
from radar.market.ledger import FILL, TRADE
from radar.market.statistics import STATISTICS
from radar.plan.plan import make_plan
from radar.store import Store
from tools.bench_loops import Grid, grid_loop
from tools.bench_measure import Entry, Figure, in_turns, seconds

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "tests" / "data" / "sample"
ASSET = "BTC"
HOUR = 3_600_000
BARS = 50_000
REPEATS = 60
CALLS = 20_000

GRID = """
radar: 1
pipeline: bench
assets: [BTC]
clock: 1h
nodes:
  candles: {source: candles}
  mean: {indicator: sma, in: candles.close, period: 14}
  width: {indicator: atr, in: candles, period: 14}
  grid: {strategy: grid_atr, in: {bar: candles, mean: mean, width: width}, with: strategies.grid_atr}
  sized: {risk: equal_allocation, in: grid, with: risk.sizing}
  guard: {risk: margin_guard, in: sized, with: risk.margin_guard}
  broker: {executor: account, in: guard, with: [risk.account, exchanges.bitget]}
"""

WITH_REGIME = GRID.replace(
    "  broker: {executor: account, in: guard,",
    "  regime: {indicator: regime, in: candles}\n  broker: {executor: account, in: {in: guard, regime: regime},",
)

EXACT = (
    "lane",
    "strategy",
    "side",
    "entry_time",
    "exit_time",
    "bars",
    "levels",
    "reason",
    "entry_regime",
    "exit_regime",
)
"""Fields of a trade in which the loop agrees with the kernel to the bit; in the prices and amounts it does to 1e-7."""


class DisagreementError(Exception):
    """The loop and the kernel do not do the same, so their times must not be compared."""


class Bench:
    """A kernel and a loop over the same candles, with the same parameters."""

    def __init__(self, text: str, folder: Path) -> None:
        self.plan = make_plan(load(text, config=ROOT / "config", file_name="bench.yaml").require())
        self.kernel = build(self.plan)
        self.times, self.market, self.origin = market(folder)
        rows = len(self.times)
        self.start = self.plan.warm_up - 1
        self.fills, self.trades, self.equity = np.zeros(4 * rows, FILL), np.zeros(rows, TRADE), np.zeros(rows)
        self.grid = self._grid(fresh_state(self.plan))
        self.loop_fills, self.loop_trades = np.zeros(4 * rows, FILL), np.zeros(rows, TRADE)
        self.loop_equity, self.loop_sums = np.zeros(rows), np.zeros(1, STATISTICS)
        self.no_times, self.no_bars, self.no_trace = np.zeros(0, np.int64), np.zeros((0, 1, 5)), np.zeros((0, 0, 0))
        self.written = grid_loop(with_regime="regime:" in text)
        self.trade_count = 0

    def _grid(self, state: State) -> Grid:
        p = state.params[0]
        grid, broker, sized = p["grid"], p["broker"], p["sized"]
        return Grid(
            ma_period=int(p["mean"]["period"]),
            atr_period=int(p["width"]["period"]),
            levels=int(grid["num_levels"]),
            first=float(grid["atr_multiplier_start"]),
            step=float(grid["atr_multiplier_step"]),
            stop=float(grid["sl"]),
            leverage=float(grid["leverage"]),
            margin_fraction=float(min(1.0, sized["cap"]) / grid["num_levels"]),
            max_margin_ratio=float(p["guard"]["max_margin_ratio"]),
            capital=float(broker["initial_capital"]),
            fee=float(broker["taker_fee"]),
            slip=float(broker["slippage"]),
            multiplier=float(broker["high_volatility_multiplier"]),
            maintenance=float(broker["maintenance_margin"]),
            least=float(broker["minimum_notional"]),
            history=int(p["run"]["history_grid"]),
            interval=HOUR,
        )

    def advance(self, state: State, first: int, last: int) -> None:
        """Rows ``first`` to ``last`` through the kernel."""
        self.kernel.advance(
            first,
            last,
            self.start,
            self.times,
            self.market,
            self.no_times,
            self.no_bars,
            0,
            state.lanes,
            state.params,
            state.windows,
            state.shared,
            state.shared_windows,
            self.fills[None],
            self.trades[None],
            self.equity[None],
            self.no_trace,
        )

    def whole(self) -> float:
        """Seconds of the kernel for all rows in one call."""
        state = fresh_state(self.plan)
        taken = seconds(lambda: self.advance(state, 0, len(self.times)))
        self.account = state.shared[0]["broker"]
        return taken

    def calls(self) -> float:
        """Seconds of the kernel for some rows, one a call."""
        state = fresh_state(self.plan)

        def run() -> None:
            for row in range(CALLS):
                self.advance(state, row, row + 1)

        return seconds(run)

    def loop(self) -> float:
        """Seconds of the loop for all rows."""

        def run() -> None:
            self.trade_count = self.written(
                self.times,
                self.market,
                self.grid,
                self.start,
                self.loop_fills,
                self.loop_trades,
                self.loop_equity,
                self.loop_sums,
            )

        return seconds(run)

    def copy(self) -> float:
        """Seconds for a copy of the candles."""
        return seconds(self.market.copy)

    def agree(self) -> None:
        """Hold the loop's trades, fills, equity and every running sum against the kernel's.

        Raises:
            DisagreementError: They are not the same.
        """
        self.whole()
        self.loop()
        count = int(self.account["trade_count"])
        if self.trade_count != count:
            raise DisagreementError(f"{count} trades in the kernel, {self.trade_count} in the loop")
        pairs: list[tuple[str, Any, Any]] = [
            (f"trade.{name}", self.trades[name][:count], self.loop_trades[name][:count]) for name in TRADE.names or ()
        ]
        fills = int(self.account["fill_count"])
        pairs += [
            (f"fill.{name}", self.fills[name][:fills], self.loop_fills[name][:fills]) for name in FILL.names or ()
        ]
        sums = self.account["statistics"]
        pairs += [(f"sum.{name}", sums[name], self.loop_sums[0][name]) for name in STATISTICS.names or ()]
        pairs.append(("equity", self.equity, self.loop_equity))
        for name, kernel, loop in pairs:
            exact = name.split(".")[-1] in EXACT
            scale = max(float(np.max(np.abs(kernel), initial=0.0)), 1.0)
            if not (np.array_equal(kernel, loop) if exact else np.allclose(kernel, loop, rtol=1e-7, atol=1e-9 * scale)):
                raise DisagreementError(f"{name} of the kernel and of the loop differ")


def market(folder: Path) -> tuple[NDArray[np.int64], NDArray[np.float64], str]:
    """Hourly candles and settlements of BTC, ``[row, lane, column]``: what is stored, repeated to enough bars."""
    store = Store(folder)
    real = store.candles(ASSET, "1h")
    rows = max(BARS, len(real))
    index, round_ = np.arange(rows) % len(real), np.arange(rows) // len(real)
    times = real.time if rows == len(real) else int(real.time[0]) + HOUR * np.arange(rows, dtype=np.int64)
    columns = np.zeros((rows, 1, 6))
    # Each repetition goes on at the price where the one before ended.
    ratio = (real.close[-1] / real.open[0]) ** round_
    for place, name in enumerate(("open", "high", "low", "close")):
        columns[:, 0, place] = getattr(real, name)[index] * ratio
    columns[:, 0, 4] = real.volume[index]
    funding = store.funding(ASSET)
    if funding is not None:
        known = np.isin(real.time, funding.time)
        rates = np.zeros(len(real))
        rates[known] = funding.rate[np.searchsorted(funding.time, real.time[known])]
        columns[:, 0, 5] = rates[index]
    repeated = f", repeated to {rows:,}" if rows > len(real) else ""
    return times, columns, f"{len(real):,} real hours of {ASSET} from {folder.name}{repeated}"


def measure(folder: Path) -> list[Entry]:
    """The entries: a bar without and with the regime, and a call that advances one bar."""
    entries = []
    for text, title in ((GRID, "one bar of grid_atr"), (WITH_REGIME, "one bar of grid_atr with the regime indicator")):
        bench = Bench(text, folder)
        bench.agree()
        found = in_turns({"copy": bench.copy, "loop": bench.loop, "kernel": bench.whole}, REPEATS)
        rows = len(bench.times)
        figures = [
            Figure(
                label,
                found[name].least / rows * 1e9,
                "ns",
                found[name].median / rows * 1e9,
                found[name].least / found["loop"].least,
                limit,
            )
            for name, label, limit in (
                ("copy", "numpy copy of the data", ""),
                ("loop", "loop written by hand, same rules", ""),
                ("kernel", "kernel", "x 2.5"),
            )
        ]
        notes = [
            f"{rows:,} bars, {bench.trade_count:,} trades, the same in both: {bench.origin}",
            f"noise of this machine, by the loop: {found['loop'].noise}",
        ]
        if text == GRID:
            calls = in_turns({"calls": bench.calls}, 7)["calls"]
            figures.append(
                Figure(
                    "a Python call that advances one bar",
                    calls.least / CALLS * 1e6,
                    "us",
                    calls.median / CALLS * 1e6,
                    limit="10 us",
                )
            )
        entries.append(Entry(title, figures, notes))
    return entries
