"""The kernel of a sweep: combinations in a loop over the same steps, hoisted nodes read from columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from radar.kernel.build import Progress, compiled, source_digest
from radar.kernel.compile import Argument, advance_arguments
from radar.kernel.expressions import hoist_names
from radar.kernel.generate import generate_sweep
from radar.market.metrics import METRICS
from radar.plan.hoist import hoist
from radar.plan.plan import Plan

OUTCOME = np.dtype(
    [
        ("rows", "i8"),
        ("liquidated", "i8"),
        ("open_positions", "i8"),
        ("refusals", "i8"),
        ("fault", "i8"),
    ],
    align=True,
)
"""Of one combination: tradable rows that were run, whether the account was liquidated, positions open at the end,
entries that were not taken, and the fault of its books (0: none)."""


@dataclass(frozen=True)
class SweepKernel:
    """``sweep`` runs a block of combinations; ``params`` is the layout of their parameter records."""

    sweep: Callable[..., int]
    params: np.dtype
    source: str


def sweep_params(plan: Plan) -> np.dtype:
    """The parameter record of a combination: the plan's, and the numbers of the columns that it reads."""
    layout = plan.layout.params
    fields = [(name, layout.fields[name][0]) for name in layout.names or ()] if layout.fields else []
    columns = [(name, "i8") for name in hoist_names(hoist(plan))] or [("none", "i8")]
    return np.dtype([*fields, ("hoist", np.dtype(columns, align=True))], align=True)


def build_sweep(plan: Plan, progress: Progress | None = None) -> SweepKernel:
    """Build the sweep kernel of ``plan``; compiled in a subprocess unless the disk cache has it."""
    source = generate_sweep(plan)
    params = sweep_params(plan)
    return SweepKernel(compiled(source, "sweep", _arguments(plan, params), progress), params, source.text)


def sweep_digest(plan: Plan) -> str:
    """The digest of the sweep kernel of ``plan``, without building it."""
    return source_digest(generate_sweep(plan))


def _arguments(plan: Plan, params: np.dtype) -> list[Argument]:
    whole, number = np.dtype(np.int64), np.dtype(np.float64)
    layout = plan.layout
    advance = advance_arguments(layout.lane, params, layout.shared)
    times, market, fine_times, fine_market, fine_interval = advance[3:8]
    lanes, _, windows, shared, shared_windows, fills, trades, equity, trace = advance[8:]
    return [
        None,
        None,
        (whole, 1),
        times,
        market,
        fine_times,
        fine_market,
        fine_interval,
        (number, 3),
        (whole, 2),
        (whole, 2),
        lanes,
        (params, 2),
        windows,
        shared,
        shared_windows,
        lanes,
        shared,
        fills,
        trades,
        equity,
        trace,
        (METRICS, 1),
        (OUTCOME, 1),
    ]
