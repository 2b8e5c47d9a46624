"""From what was asked for to a sweep laid out, and the one call that runs it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from radar.engine.backtest import Instant, Report, instant, market_data, require_account
from radar.engine.load import find_config
from radar.engine.source import MarketData
from radar.errors import DataError, RadarError
from radar.plan.plan import Plan, make_plan
from radar.research.sweep.explore import Exploration, explore
from radar.research.sweep.grid import Grid, SweepError, make_grid
from radar.research.sweep.group import LATE, NO_BAR, Group, lay_out_group
from radar.research.sweep.laid_out import Sweep, SweepRequest
from radar.research.sweep.memory import DEFAULT, parse_size
from radar.spec.config import Config
from radar.spec.diagnostic import SpecError
from radar.spec.load import load_pipeline

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Sweep", "explore_assets", "lay_out_sweep", "sweep"]


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
    each_asset: bool = False,
    sample: int | None = None,
    seed: int = 0,
    common_start: bool = False,
    memory: str | int = DEFAULT,
    progress: Report | None = None,
) -> Sweep:
    """Everything of a sweep but the run: grid, checks, data, records. The arguments are those of :func:`sweep`.

    Raises:
        SweepError: The grid cannot be made, or an argument cannot be read.
        SpecError: No combination passes the checks.
        DataError: Market data are missing, or no combination has a bar to trade.
    """
    size = parse_size(memory)
    named = str(config) if isinstance(config, Path | str) else ""
    if not isinstance(config, Config):
        config = find_config(pipeline, config)
    if sample is not None and sample < 1:
        raise SweepError(f"a sample of {sample} is nothing", expected="--sample of at least 1", code="R6001")
    grid, explored = explore_assets(
        pipeline,
        grids,
        options,
        config=config,
        assets=assets,
        each_asset=each_asset,
        sample=sample,
        seed=seed,
        progress=progress,
    )
    request = SweepRequest(
        pipeline=pipeline,
        config=config,
        named_config=named,
        data=data,
        candles=candles,
        fixed=make_grid(config, grids, options)[1],
        assets=tuple(assets) if assets is not None else None,
        start=instant(start),
        end=instant(end),
    )
    refused: Counter[str] = Counter()
    groups: list[Group] = []
    for asset, found in explored:
        refused.update(found.refused)
        for space in found.spaces:
            plan = make_plan(space.base)
            require_account(plan)
            _require_one(plan)
            source = market_data(plan, data, candles)
            group, late = lay_out_group(space, asset, data=source, start=request.start, end=request.end, memory=size)
            refused.update(late)
            if group is not None and group.space.count:
                groups.append(group)
    begin = _common_start(groups, refused) if common_start else None
    groups = [group for group in groups if group.space.count]
    if not groups:
        raise _nothing_to_trade(refused)
    each = tuple(asset for asset, _ in explored if asset)
    return Sweep(request, grid, tuple(found for _, found in explored), tuple(groups), dict(refused), each, begin)


def explore_assets(
    pipeline: Path | str,
    grids: Sequence[str],
    options: Sequence[str],
    *,
    config: Config,
    assets: Sequence[str] | None = None,
    each_asset: bool = False,
    sample: int | None = None,
    seed: int = 0,
    progress: Report | None = None,
) -> tuple[Grid, list[tuple[str, Exploration]]]:
    """The grid, and what comes of it: once, under no name, or for each asset by itself.

    Raises:
        SweepError: The grid cannot be made.
        SpecError: No combination passes the checks.
    """
    grid, fixed = make_grid(config, grids, options)
    each = _each_asset(pipeline, config, assets) if each_asset else ()
    explored = []
    for number, asset in enumerate(each or ("",)):
        if progress is not None and each:
            progress(f"checking the grid for {asset}, {number + 1} of {len(each)}")
        chosen = [asset] if asset else assets
        found = explore(pipeline, grid, config=config, fixed=fixed, assets=chosen, sample=sample, seed=seed)
        explored.append((asset, found))
    return grid, explored


def _each_asset(pipeline: Path | str, config: Config, assets: Sequence[str] | None) -> tuple[str, ...]:
    """The assets of the pipeline, to be swept one by one."""
    loaded = load_pipeline(pipeline, config=config, assets=assets)
    if loaded.draft is None or not loaded.draft.assets:
        raise SpecError(loaded.diagnostics)
    return tuple(asset.name for asset in loaded.draft.assets)


def _common_start(groups: Sequence[Group], refused: Counter[str]) -> int | None:
    """Let every combination begin where the last one is ready; return that bar."""
    begin = max((int(group.feed.times[group.starts.max()]) for group in groups), default=None)
    if begin is None:
        return None
    for group in groups:
        row = int(np.searchsorted(group.feed.times, begin))
        group.starts[:] = row
        if row >= group.feed.rows:
            refused[f"{NO_BAR} {LATE}"] += group.space.count
            group.space = group.space.take(np.zeros(0, np.int64))
    return begin


def _nothing_to_trade(refused: Mapping[str, int]) -> DataError:
    reasons = max(refused, key=lambda one: refused[one]).removeprefix(f"{NO_BAR} ")
    return DataError(
        f"no combination can be run: {reasons}",
        expected="a period with more bars than the look-back of at least one combination",
        next_step="choose a longer period, or import more history (radarctl data list shows what there is)",
        code=NO_BAR,
    )


def sweep(
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
    each_asset: bool = False,
    sample: int | None = None,
    seed: int = 0,
    common_start: bool = False,
    memory: str | int = DEFAULT,
    threads: int | None = None,
    executor: Executor | None = None,
    out: Path | str | None = None,
    resume: bool = False,
    progress: Report | None = None,
) -> pa.Table:
    """Run every combination of a grid through the kernel; one row a combination, which is that of its back-test.

    Args:
        pipeline: A pipeline file, or its text.
        grids: Grids of ``config/param_grids.yaml`` by block, such as ``strategies.NAME`` or ``strategies.NAME:OTHER``.
        options: ``NODE.PARAM=V1,V2,...`` (an axis), or with one value what is the same in every combination.
        data: As for a back-test, as are ``candles``, ``config``, ``start``, ``end`` and ``assets``.
        each_asset: Sweep every asset by itself, with an account of its own; else all of them share one.
        sample: Draw that many combinations without replacement, by ``seed``.
        common_start: Let all combinations begin at the same bar, where the last of them is ready; else each begins
            where its own back-test does.
        memory: What the columns of indicators may take (``512MiB``, 1 GiB by default); more of them are computed in
            portions, with the same results. Market data and results come on top.
        threads: Threads that run blocks of combinations; all processors by default. The results do not change.
        executor: A ``concurrent.futures`` executor of threads to use instead.
        out: A Parquet file for the table, written from time to time while it runs.
        resume: Take over the rows that ``out`` holds already.
        progress: Told in words what is going on.

    Returns:
        An Arrow table, see :func:`radar.research.sweep.rows.table_of`. After Ctrl-C the rows that were finished;
        ``complete`` in the metadata of its schema says which of the two it is.

    Raises:
        SweepError: The grid cannot be made, an argument cannot be read, or ``out`` holds another sweep.
        SpecError: No combination passes the checks.
        DataError: Market data are missing, or no combination has a bar to trade.
    """
    laid_out = lay_out_sweep(
        pipeline,
        grids=grids,
        options=options,
        data=data,
        candles=candles,
        config=config,
        start=start,
        end=end,
        assets=assets,
        each_asset=each_asset,
        sample=sample,
        seed=seed,
        common_start=common_start,
        memory=memory,
        progress=progress,
    )
    path = Path(out) if out is not None else None
    if resume and path is not None:
        laid_out.resume(path)
    laid_out.run(threads, executor, progress, out=path)
    return laid_out.table()


def _require_one(plan: Plan) -> None:
    """See that a plan has one account: a row of a sweep has the metrics of one.

    Raises:
        RadarError: It has several.
    """
    if len(plan.executors) > 1:
        raise RadarError(
            f"{plan.pipeline.name} has {len(plan.executors)} accounts "
            f"({', '.join(node.id for node in plan.executors)}), and a row of a sweep has the metrics of one",
            expected="one executor, which may take the intents of several strategies",
            next_step="wire all gates into one account, or make one pipeline an account",
            code="R5012",
        )
