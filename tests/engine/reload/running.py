"""Runs that are reloaded: pipelines, markets cut from the bundled sample, and all that a run has, as bytes."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from radar.engine.feed import Feed, load_feed
from radar.engine.reload.carry import carry
from radar.engine.run import Run
from radar.kernel.build import Kernel, build
from radar.plan.plan import Plan, make_plan
from tests.conformance.cases import ledger
from tests.engine.memory import Memory
from tests.nodes.markets import stored
from tests.spec.frame import NODES, frame, loaded

ASSETS = ("BTC", "ETH", "XRP")
FIRST, LAST = 2_000, 2_260
"""Hours of the sample that most tests run on."""


@cache
def market(first: int = FIRST, last: int = LAST) -> Memory:
    """Hours of the bundled sample, with its funding."""
    bars = {(asset, "1h"): stored("sample", f"binance/perp/{asset}/1h")[first:last] for asset in ASSETS}
    return Memory(bars)


def planned(text: str | Path, **options: object) -> Plan:
    """The plan of a pipeline that has passed every check."""
    return make_plan(loaded(text, **options).require())  # type: ignore[arg-type]


_KERNELS: dict[str, Kernel] = {}


def kernel_of(plan: Plan) -> Kernel:
    """The interpreted kernel of a plan."""
    if plan.digest not in _KERNELS:
        _KERNELS[plan.digest] = build(plan, "interpreted")
    return _KERNELS[plan.digest]


def feed_of(plan: Plan, data: Memory | None = None) -> Feed:
    """The market of a plan."""
    return load_feed(plan, data or market())


def begun(plan: Plan, row: int, data: Memory | None = None, *, trace: bool = False) -> Run:
    """A run of a plan up to a row."""
    run = Run.begin(plan, kernel_of(plan), feed_of(plan, data), trace=trace)
    run.advance(row)
    return run


def carried(run: Run, plan: Plan, data: Memory | None = None) -> Run:
    """The run of another plan in its place."""
    return carry(run, plan, kernel_of(plan), feed_of(plan, data))


def everything(run: Run) -> dict[str, bytes]:
    """All that a run has written, as bytes, its parameters too."""
    return {**ledger(run), "params": run.state.params.tobytes(), "row": str(run.row).encode()}


LIVELY = NODES["grid"].replace("leverage: 3", "leverage: 3, atr_multiplier_start: 0.8, atr_multiplier_step: 0.4")
"""A grid that opens and closes many cycles within the hours of :func:`market`."""


def lively(**changes: str | None) -> Plan:
    """The frame with the lively grid, changed."""
    return planned(frame(**{"grid": LIVELY, **changes}))


TWO = {
    "grid": None,
    "low": LIVELY.replace("{strategy: grid_atr", "{strategy: grid_atr, num_levels: 2"),
    "high": LIVELY.replace("atr_multiplier_start: 0.8", "atr_multiplier_start: 1.4, sides: [long, short]"),
    "mean": "{indicator: sma, in: candles.close, period: 14}",
    "width": "{indicator: atr, in: candles, period: 14}",
    "sized": "{risk: equal_allocation, in: low}",
    "high_sized": "{risk: equal_allocation, in: high}",
    "high_margin": "{risk: margin_guard, in: high_sized}",
    "high_guard": "{risk: kill_switch, in: high_margin, max_daily_loss_percent: 1}",
    "desk": "{executor: account, in: {in: high_guard, regime: regime}, initial_capital: 5000}",
    "journal": "{sink: journal, in: [broker, desk, guard.refused]}",
}
"""Changes to the frame that make two accounts of it, each with a grid of its own on both assets."""


def two_accounts(**changes: str | None) -> Plan:
    """Two accounts on one feed, changed."""
    return planned(frame(**{**TWO, **changes}))
