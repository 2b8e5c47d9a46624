"""Combinations that share a plan, laid out for one kernel over one feed."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from radar.engine.backtest import Report
from radar.engine.feed import Feed, load_feed
from radar.engine.source import MarketData
from radar.engine.state import fresh_state
from radar.errors import DataError
from radar.kernel.generation.combinations import SWEEP_ARGUMENTS
from radar.kernel.sweep import OUTCOME, SweepKernel, build_sweep, sweep_params
from radar.market.ledger import FILL, TRADE
from radar.market.metrics import METRICS
from radar.plan.layout import field_name
from radar.plan.plan import Plan, make_plan
from radar.research.sweep.columns import Computations, computations, compute_columns, count_bars
from radar.research.sweep.parameters import parameter_table
from radar.research.sweep.space import Space

BLOCK = 64
"""Combinations that one call of the kernel runs at most."""

WORK = 4_000_000
"""Bars of all lanes and combinations that one call runs at most (some tens of milliseconds), so that progress and
Ctrl-C are prompt whatever the length of the history."""

NO_BAR = "R5003"
LATE = "no bar can be traded: the history that it needs before its first decision is longer than the data"


@dataclass
class Group:
    """Combinations of one plan: everything that they share, and the results so far.

    ``asset`` is the one that a sweep of every asset by itself runs here, else empty. ``params[combination, lane]``,
    ``starts[combination]`` first tradable rows, ``metrics`` and ``outcomes`` by combination, ``done`` which of them are
    run. ``portions`` are ranges of combinations whose columns fit into memory together; ``columns`` those of the
    portion that is being run, ``held``. ``series`` are the two counts of :func:`count_bars`.
    """

    asset: str
    space: Space
    plan: Plan
    feed: Feed
    needed: Computations
    params: np.ndarray
    starts: np.ndarray
    metrics: np.ndarray
    outcomes: np.ndarray
    done: np.ndarray
    portions: tuple[tuple[int, int], ...]
    series: tuple[np.ndarray, np.ndarray]
    kernel: SweepKernel | None = None
    columns: np.ndarray = field(default_factory=lambda: np.zeros((1, 1, 0)))
    held: tuple[int, int] = (0, 0)

    @property
    def block(self) -> int:
        """Combinations that one call of the kernel runs."""
        return int(np.clip(WORK // max(self.feed.rows * len(self.plan.assets), 1), 1, BLOCK))

    def build(self, progress: Report | None = None) -> None:
        """Load the kernel, which is compiled unless the disk cache has it."""
        if self.kernel is None:
            self.kernel = build_sweep(self.plan, progress)

    def compute(self, first: int, last: int) -> None:
        """Compute the columns of a portion, in the place of those of another one."""
        if self.held == (first, last):
            return
        self.release()
        rows = np.arange(first, last)
        self.columns = compute_columns(
            self.needed.take(rows),
            self.space.take(rows),
            self.feed,
            self.params[first:last],
            self.params["hoist"][first:last],
        )
        self.held = (first, last)

    def release(self) -> None:
        """Forget the columns."""
        self.columns, self.held = np.zeros((1, 1, 0)), (0, 0)

    def blocks(self, first: int, last: int, size: int) -> Iterator[tuple[int, int]]:
        """Runs of combinations of a portion that are not done, cut into blocks."""
        while first < last:
            if self.done[first]:
                first += 1
                continue
            end = first
            while end < last and end - first < size and not self.done[end]:
                end += 1
            yield first, end
            first = end

    def _block(self, first: int, last: int, scratch: threading.local, stop: threading.Event) -> int:
        if stop.is_set():
            return 0
        if not hasattr(scratch, "arrays"):
            scratch.arrays = _Scratch(self.plan)
        arrays: _Scratch = scratch.arrays
        feed, state, fresh = self.feed, arrays.state, arrays.fresh
        values = {
            "first": first,
            "last": last,
            "starts": self.starts,
            "times": feed.times,
            "market": feed.market,
            "fine_times": feed.fine_times,
            "fine_market": feed.fine_market,
            "fine_interval": feed.fine_interval,
            "columns": self.columns,
            "series_bars": self.series[0],
            "series_gaps": self.series[1],
            "lanes": state.lanes,
            "params": self.params,
            "windows": state.windows,
            "shared": state.shared,
            "shared_windows": state.shared_windows,
            "fresh_lanes": fresh.lanes,
            "fresh_shared": fresh.shared,
            "fills": arrays.fills,
            "trades": arrays.trades,
            "equity": arrays.equity,
            "trace": arrays.trace,
            "metrics": self.metrics,
            "outcomes": self.outcomes,
        }
        assert self.kernel is not None
        self.kernel.sweep(*(values[name] for name in SWEEP_ARGUMENTS.split(", ")))
        self.done[first:last] = True
        return last - first


class _Scratch:
    """What one thread writes while it runs combinations."""

    def __init__(self, plan: Plan) -> None:
        self.state = fresh_state(plan, recording=False)
        self.fresh = fresh_state(plan, recording=False)
        count = max(len(plan.executors), 1)
        self.fills = np.zeros((count, 1), FILL)
        self.trades = np.zeros((count, 1), TRADE)
        self.equity = np.zeros((count, 1))
        self.trace = np.zeros((0, 0, 0))
        for node in plan.executors:
            # An account of zeros: the kernel puts each combination's own capital into it.
            accounts = self.fresh.shared[field_name(node.id)]
            empty = np.zeros(1, accounts.dtype)
            for name in ("assets", "interval"):
                empty[name] = accounts[name]
            accounts[:] = empty


def lay_out_group(
    space: Space,
    asset: str,
    *,
    data: MarketData,
    start: int | None,
    end: int | None,
    memory: int,
) -> tuple[Group | None, dict[str, int]]:
    """The combinations of ``space`` over ``data``; and how many cannot be traded, by reason.

    A combination whose history is longer than the data is left out, as its back-test would refuse it.

    Raises:
        DataError: A series is missing.
    """
    plan = make_plan(space.base)
    shared = parameter_table(space, plan)
    # Not the history of the first values: any combination that is ready sooner may trade.
    least = {
        (chain.strategy, name): int(shared["run"][f"history_{field_name(chain.strategy)}"][:, lane].min())
        for chain in plan.chains
        for lane, name in enumerate(plan.assets)
    }
    ready = dataclasses.replace(plan, history=least, warm_up=max(least.values(), default=1))
    try:
        feed = load_feed(ready, data, start=start, end=end)
    except DataError as error:
        if error.code != NO_BAR:
            raise
        return None, {f"{error.code} {error.message}": space.count}
    starts = first_rows(plan, feed, shared, start)
    keep = np.flatnonzero(starts < feed.rows)
    late = space.count - len(keep)
    refused = {f"{NO_BAR} {LATE}": late} if late else {}
    needed = computations(space, plan, shared).take(keep)
    order, portions = needed.portions(feed.rows, memory)
    space, shared, starts = space.take(keep[order]), shared[keep[order]], starts[keep[order]]
    params = np.zeros(shared.shape, sweep_params(plan))
    for name in plan.layout.params.names or ():
        params[name] = shared[name]
    group = Group(
        asset=asset,
        space=space,
        plan=plan,
        feed=feed,
        needed=needed.take(order),
        params=params,
        starts=starts,
        metrics=np.zeros(space.count, METRICS),
        outcomes=np.zeros(space.count, OUTCOME),
        done=np.zeros(space.count, dtype=bool),
        portions=portions,
        series=count_bars(feed, plan.base.milliseconds),
    )
    return group, refused


def first_rows(plan: Plan, feed: Feed, params: np.ndarray, start: int | None) -> np.ndarray:
    """The first tradable row of every combination, which is that of its own back-test; ``feed.rows`` for none."""
    first = 0 if start is None else int(np.searchsorted(feed.times, start))
    ready = np.full(len(params), feed.rows, np.int64)
    for lane in range(len(plan.assets)):
        rows = np.flatnonzero(~np.isnan(feed.market[:, lane, 3]))
        need = np.ones(len(params), np.int64)
        for chain in plan.chains:
            need = np.maximum(need, params["run"][f"history_{field_name(chain.strategy)}"][:, lane])
        reached = np.where(need <= len(rows), rows[np.minimum(need, len(rows)) - 1], feed.rows)
        ready = np.minimum(ready, reached)
    return np.maximum(first, ready)
