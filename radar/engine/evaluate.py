"""Any node's output over history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from radar.engine.backtest import Instant, Report, market_data, prepare
from radar.engine.feed import load_feed
from radar.engine.run import Run
from radar.engine.source import MarketData
from radar.errors import RadarError
from radar.kernel.build import Mode, build
from radar.plan.plan import Plan
from radar.plan.trace import trace_columns
from radar.spec.config import Config
from radar.spec.suggest import nearest

if TYPE_CHECKING:
    import pyarrow as pa


def evaluate(
    pipeline: Path | str,
    nodes: Sequence[str],
    *,
    data: Path | str | MarketData | None = None,
    candles: Mapping[str, Any] | None = None,
    config: Path | str | Config | None = None,
    start: Instant = None,
    end: Instant = None,
    assets: Sequence[str] | None = None,
    overrides: Sequence[str] = (),
    mode: Mode = "compiled",
    progress: Report | None = None,
) -> pa.Table:
    """The outputs of ``nodes`` bar by bar, as a run sees them.

    Args:
        pipeline: A pipeline file, or its text. It needs no executor.
        nodes: ``mean``, ``bands.upper``, ``grid`` (its intent and position), ``broker`` (equity, locked margin).

    The other arguments are those of :func:`radar.engine.backtest.backtest`.

    Returns:
        An Arrow table with ``time`` (bar open, timestamp ms UTC), ``asset`` and one float column for each output,
        NaN where it is not known; rows by time, then asset, in the period, where the asset has a bar.

    Raises:
        SpecError, DataError: As in a back-test.
        RadarError: A name is none of the pipeline's nodes or outputs.
    """
    prepared = prepare(
        pipeline,
        config=config,
        overrides=overrides,
        assets=assets,
        start=start,
        end=end,
        used=tuple({name.split(".")[0] for name in nodes}),
    )
    plan = prepared.plan
    chosen = _choose(plan, nodes)
    feed = load_feed(plan, market_data(plan, data, candles), start=prepared.request.start, end=prepared.request.end)
    run = Run.begin(plan, build(plan, mode, progress), feed, trace=True)
    run.finish(None if progress is None else lambda done, rows: progress(f"bar {done:,} of {rows:,}"))
    return _table(run, chosen, prepared.request.start)


def _choose(plan: Plan, nodes: Sequence[str]) -> dict[str, int]:
    columns = {column.name: index for index, column in enumerate(trace_columns(plan))}
    chosen: dict[str, int] = {}
    for name in nodes:
        found = {known: index for known, index in columns.items() if known == name or known.startswith(f"{name}.")}
        if not found:
            names = sorted({*columns, *(known.split(".")[0] for known in columns)})
            close = nearest(name, names)
            raise RadarError(
                f"'{name}' is no node or output of {plan.pipeline.name}",
                expected="a node, or node.output",
                next_step=f"did you mean {', '.join(close)}?" if close else f"it has {', '.join(names)}",
                code="R5008",
            )
        chosen.update(found)
    return chosen


def _table(run: Run, chosen: Mapping[str, int], start: int | None) -> pa.Table:
    import pyarrow as pa

    feed, plan = run.feed, run.plan
    first = 0 if start is None else int(np.searchsorted(feed.times, start))
    present = ~np.isnan(feed.market[first : run.row, :, 3])
    rows, lanes = np.nonzero(present)
    times = pa.array(feed.times[first : run.row][rows], pa.int64()).cast(pa.timestamp("ms", tz="UTC"))
    table = {"time": times, "asset": pa.array([plan.assets[lane] for lane in lanes], pa.string())}
    for name, index in chosen.items():
        table[name] = pa.array(np.ascontiguousarray(run.trace[first : run.row, :, index])[rows, lanes])
    return pa.table(table)
