"""Combinations through the kernel, in blocks and threads, to an Arrow table."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from radar.engine.backtest import Instant, instant, market_data
from radar.engine.feed import Feed, load_feed
from radar.engine.load import find_config
from radar.engine.source import MarketData
from radar.engine.state import fresh_state
from radar.kernel.sweep import OUTCOME, SweepKernel, build_sweep
from radar.market.ledger import FILL, TRADE
from radar.market.metrics import METRICS
from radar.plan.layout import field_name
from radar.plan.plan import Plan, make_plan
from radar.research.sweep.columns import Columns, compute_columns
from radar.research.sweep.effects import Space, explore
from radar.research.sweep.grid import make_grid
from radar.research.sweep.table import parameter_table
from radar.spec.config import Config

if TYPE_CHECKING:
    import pyarrow as pa

BLOCK = 64
"""Combinations that one call of the kernel runs: some milliseconds, so that progress and Ctrl-C are prompt."""

Report = Callable[[str], None]


@dataclass
class Sweep:
    """A sweep laid out: everything that its combinations share, and the results so far.

    ``params[combination, lane]``, ``starts[combination]`` first tradable rows, ``metrics`` and ``outcomes`` by
    combination, ``done`` which of them are run.
    """

    space: Space
    plan: Plan
    feed: Feed
    columns: Columns
    kernel: SweepKernel
    params: np.ndarray
    starts: np.ndarray
    metrics: np.ndarray
    outcomes: np.ndarray
    done: np.ndarray

    def run(self, threads: int = 1, executor: Executor | None = None, progress: Report | None = None) -> bool:
        """Run what is not done yet; return whether all of it was (False after Ctrl-C).

        The results do not depend on the number of threads: a combination touches nothing of another.
        """
        blocks = list(_blocks(self.done))
        started, total, finished = time.monotonic(), int((~self.done).sum()), 0
        stop = threading.Event()
        pool = executor or ThreadPoolExecutor(max_workers=max(threads, 1))
        scratch = threading.local()
        futures = [pool.submit(self._block, first, last, scratch, stop) for first, last in blocks]
        try:
            for future in as_completed(futures):
                finished += future.result()
                if progress is not None and finished:
                    passed = time.monotonic() - started
                    left = passed / finished * (total - finished)
                    progress(
                        f"{finished:,} of {total:,} combinations, {finished / passed:,.0f} a second, {left:.0f} s left"
                    )
        except KeyboardInterrupt:
            stop.set()
            for future in futures:
                future.cancel()
            return False
        finally:
            if executor is None:
                pool.shutdown(wait=True, cancel_futures=True)
        return True

    def _block(self, first: int, last: int, scratch: threading.local, stop: threading.Event) -> int:
        if stop.is_set():
            return 0
        if not hasattr(scratch, "arrays"):
            scratch.arrays = _Scratch(self.plan)
        arrays: _Scratch = scratch.arrays
        feed, state, fresh = self.feed, arrays.state, arrays.fresh
        self.kernel.sweep(
            first,
            last,
            self.starts,
            feed.times,
            feed.market,
            feed.fine_times,
            feed.fine_market,
            feed.fine_interval,
            self.columns.values,
            self.columns.bars,
            self.columns.gaps,
            state.lanes,
            self.params,
            state.windows,
            state.shared,
            state.shared_windows,
            fresh.lanes,
            fresh.shared,
            arrays.fills,
            arrays.trades,
            arrays.equity,
            arrays.trace,
            self.metrics,
            self.outcomes,
        )
        self.done[first:last] = True
        return last - first

    def table(self) -> pa.Table:
        """One row a combination that was run: its parameters, all metrics, first tradable bar, outcome."""
        import pyarrow as pa

        rows = np.flatnonzero(self.done)
        columns: dict[str, Any] = {"combination": pa.array(rows, pa.int64())}
        for number, axis in enumerate(self.space.grid.axes):
            values = self.space.values(number)
            columns[axis.name] = pa.array([values[value] for value in self.space.index[rows, number]])
        for name in METRICS.names or ():
            column = self.metrics[name][rows]
            columns[name] = pa.array(np.where(np.isnan(column), 0.0, column), mask=np.isnan(column))
        start = pa.array(self.feed.times[self.starts[rows]], pa.int64())
        columns["start"] = start.cast(pa.timestamp("ms", tz="UTC"))
        for name in ("rows", "open_positions", "refusals"):
            columns[name] = pa.array(self.outcomes[name][rows])
        columns["liquidated"] = pa.array(self.outcomes["liquidated"][rows].astype(bool))
        return pa.table(columns)


class _Scratch:
    """What one thread writes while it runs combinations."""

    def __init__(self, plan: Plan) -> None:
        self.state = fresh_state(plan, recording=False)
        self.fresh = fresh_state(plan, recording=False)
        self.fills = np.zeros(1, FILL)
        self.trades = np.zeros(1, TRADE)
        self.equity = np.zeros(1)
        self.trace = np.zeros((0, 0, 0))
        for node in plan.executors:
            # An account of zeros: the kernel puts each combination's own capital into it.
            accounts = self.fresh.shared[field_name(node.id)]
            empty = np.zeros(1, accounts.dtype)
            for name in ("assets", "interval"):
                empty[name] = accounts[name]
            accounts[:] = empty


def _blocks(done: np.ndarray) -> Iterator[tuple[int, int]]:
    """Runs of combinations that are not done, cut into blocks."""
    first = 0
    while first < len(done):
        if done[first]:
            first += 1
            continue
        last = first
        while last < len(done) and last - first < BLOCK and not done[last]:
            last += 1
        yield first, last
        first = last


def lay_out_sweep(
    pipeline: Path | str,
    *,
    grids: Sequence[str] = (),
    options: Sequence[str] = (),
    data: Path | str | MarketData | None = None,
    candles: Mapping[str, Any] | None = None,
    config: Path | str | Config | None = None,
    start: Instant = None,
    end: Instant = None,
    assets: Sequence[str] | None = None,
    sample: int | None = None,
    seed: int = 0,
    common_start: bool = False,
    progress: Report | None = None,
) -> Sweep:
    """Everything of a sweep but the run: grid, checks, data, columns, kernel."""
    if not isinstance(config, Config):
        config = find_config(pipeline, config)
    grid, fixed = make_grid(config, grids, options)
    space = explore(pipeline, grid, config=config, fixed=fixed, assets=assets, sample=sample, seed=seed)
    plan = make_plan(space.base)
    feed = load_feed(plan, market_data(plan, data, candles), start=instant(start), end=instant(end))
    shared = parameter_table(space, plan)
    columns = compute_columns(space, plan, feed, shared)
    kernel = build_sweep(plan, progress)
    params = np.zeros(shared.shape, kernel.params)
    for name in plan.layout.params.names or ():
        params[name] = shared[name]
    for place, name in enumerate(kernel.params["hoist"].names or ()):
        params["hoist"][name] = columns.index[:, place, None]
    return Sweep(
        space=space,
        plan=plan,
        feed=feed,
        columns=columns,
        kernel=kernel,
        params=params,
        starts=_starts(plan, feed, params, instant(start), common_start),
        metrics=np.zeros(space.count, METRICS),
        outcomes=np.zeros(space.count, OUTCOME),
        done=np.zeros(space.count, dtype=bool),
    )


def _starts(plan: Plan, feed: Feed, params: np.ndarray, start: int | None, common: bool) -> np.ndarray:
    """The first tradable row of every combination: that of its own back-test, or of the last one to be ready."""
    first = 0 if start is None else int(np.searchsorted(feed.times, start))
    ready = np.full(len(params), feed.rows, np.int64)
    for lane in range(len(plan.assets)):
        rows = np.flatnonzero(~np.isnan(feed.market[:, lane, 3]))
        need = np.ones(len(params), np.int64)
        for chain in plan.chains:
            need = np.maximum(need, params["run"][f"history_{field_name(chain.strategy)}"][:, lane])
        reached = np.where(need <= len(rows), rows[np.minimum(need, len(rows)) - 1], feed.rows)
        ready = np.minimum(ready, reached)
    starts = np.maximum(first, ready)
    return np.full_like(starts, starts.max()) if common else starts


def sweep(
    pipeline: Path | str,
    *,
    threads: int = 1,
    executor: Executor | None = None,
    progress: Report | None = None,
    **choices: Any,
) -> pa.Table:
    """Run every combination of a grid through the kernel; one row a combination.

    Args:
        pipeline: A pipeline file, or its text.
        threads: Threads that run blocks of combinations; the compiler's lock is released, results do not change.
        executor: A ``concurrent.futures`` executor of threads to use instead.
        progress: Told in words what is going on.
        choices: As in :func:`lay_out_sweep`: grids, options, data, candles, config, start, end, assets, sample, seed.
    """
    laid_out = lay_out_sweep(pipeline, progress=progress, **choices)
    laid_out.run(threads, executor, progress)
    return laid_out.table()
