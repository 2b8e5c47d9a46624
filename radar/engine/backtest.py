"""A pipeline over history, to a result."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from radar.engine.end import close_open_positions, open_positions
from radar.engine.environment import environment_overrides
from radar.engine.feed import load_feed
from radar.engine.journal import write_journals
from radar.engine.load import find_config, load
from radar.engine.places import data_folder
from radar.engine.preset import find_preset, last_days, preset_overrides
from radar.engine.result import Request, Result, closed_trades, total_equity
from radar.engine.run import Run
from radar.engine.source import MarketData, Tables
from radar.engine.summary import (
    account_metrics,
    buy_and_hold,
    by_regime,
    initial_capital,
    refusals,
    run_metrics,
    trade_metrics,
)
from radar.errors import RadarError
from radar.kernel.build import Mode, build
from radar.market.instant import parse_instant
from radar.plan.plan import Plan, make_plan
from radar.spec.config import Config
from radar.spec.model import Pipeline
from radar.spec.presets import Preset

Instant = int | str | None
Report = Callable[[str], None]


@dataclass(frozen=True)
class Prepared:
    """A pipeline that passed every check, and what was asked of it.

    ``days`` is the length of a period that ends with the data; the data say where it begins.
    """

    pipeline: Pipeline
    plan: Plan
    request: Request
    warnings: tuple[str, ...]
    days: int | None = None


def instant(value: Instant) -> int | None:
    """Milliseconds UTC of an instant given as milliseconds or as text."""
    return parse_instant(value) if isinstance(value, str) else value


def prepare(
    pipeline: Path | str,
    *,
    config: Path | str | Config | None = None,
    overrides: Sequence[str] = (),
    assets: Sequence[str] | None = None,
    start: Instant = None,
    end: Instant = None,
    capital: float | None = None,
    fill_model: str | None = None,
    preset: str | None = None,
    used: Sequence[str] = (),
    file_name: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> Prepared:
    """Check and plan a pipeline. ``capital`` and ``fill_model`` set those parameters of every account.

    What is asked for besides wins over the ``preset``. ``file_name`` names a pipeline that is given as text.
    ``environment`` says of strategies what :mod:`radar.engine.environment` tells; the process's own when None.

    Raises:
        SpecError: With every diagnostic of the files.
        RadarError: The pipeline has no account to trade on.
    """
    if not isinstance(config, Config):
        config = find_config(pipeline, config)
    environment = os.environ if environment is None else environment
    chosen = find_preset(config, preset) if preset is not None else Preset("")
    assets = chosen.assets if assets is None else assets
    capital = chosen.capital if capital is None else capital
    loaded = load(pipeline, config=config, overrides=overrides, assets=assets, used=used, file_name=file_name)
    said = environment_overrides(loaded.draft, config, environment) if loaded.draft is not None else []
    all_overrides = [*said, *overrides]
    # A draft is enough: what is wrong with these two values is to be said together with all else.
    if loaded.draft is not None and (said or capital is not None or fill_model is not None or chosen.strategies):
        all_overrides = [*preset_overrides(chosen, loaded.draft), *all_overrides]
        for node in loaded.draft.nodes:
            if node.kind.role == "executor":
                if capital is not None:
                    all_overrides.append(f"{node.id}.initial_capital={capital!r}")
                if fill_model is not None:
                    all_overrides.append(f"{node.id}.fill_model={fill_model}")
        loaded = load(pipeline, config=config, overrides=all_overrides, assets=assets, used=used, file_name=file_name)
    checked = loaded.require()
    request = Request(
        pipeline_file=Path(checked.path).name,
        pipeline=checked.text,
        config=config.texts(),
        overrides=tuple(all_overrides),
        assets=tuple(assets) if assets is not None else None,
        start=instant(start),
        end=instant(end),
    )
    # By the names of the files alone: a result that is made again has its files in no folder.
    found = sorted(loaded.diagnostics, key=lambda one: (Path(one.file).name, one.sort_key))
    warnings = tuple(f"{one.code} {one.message}" for one in found if one.severity == "warning")
    days = chosen.days if start is None else None
    return Prepared(checked, make_plan(checked), request, warnings, days)


def backtest(
    pipeline: Path | str,
    *,
    data: Path | str | MarketData | None = None,
    candles: Mapping[str, Any] | None = None,
    config: Path | str | Config | None = None,
    start: Instant = None,
    end: Instant = None,
    assets: Sequence[str] | None = None,
    overrides: Sequence[str] = (),
    capital: float | None = None,
    fill_model: str | None = None,
    preset: str | None = None,
    environment: Mapping[str, str] | None = None,
    mode: Mode = "compiled",
    progress: Report | None = None,
) -> Result:
    """Run a pipeline over history and report what would have happened, net of fees, slippage and funding.

    Args:
        pipeline: A pipeline file, or its text.
        data: A store of market data (folder or object); default ``RADAR_DATA`` or ``data``.
        candles: Tables by asset (Arrow, or what Arrow reads) that take the place of the store's candles.
        config: Folder of configuration values; default ``RADAR_CONFIG`` or the folder ``config`` near the pipeline.
        start: First bar open that may trade: milliseconds UTC or ISO text. All history before it warms the nodes up.
        end: First bar open that is left out.
        assets: Assets or groups in place of those of the file.
        overrides: ``NODE.PARAM=VALUE``, as after ``--set``.
        capital: Initial capital of every account.
        fill_model: ``touch``, ``through`` or ``queue``, for every account.
        preset: Name of a preset of ``portfolios.yaml``: capital, period, assets and strategies that are not given here.
        environment: What says which strategies trade (:mod:`radar.engine.environment`); the process's own when None.
        mode: ``interpreted`` runs the same steps without the compiler: slow, for tests.
        progress: Told in words what is going on.

    Raises:
        SpecError: The pipeline or its configuration has errors; all of them are in it.
        DataError: Market data are missing or do not fit.
    """
    prepared = prepare(
        pipeline,
        config=config,
        overrides=overrides,
        assets=assets,
        start=start,
        end=end,
        capital=capital,
        fill_model=fill_model,
        preset=preset,
        environment=environment,
    )
    result = run_prepared(prepared, market_data(prepared.plan, data, candles), mode=mode, progress=progress)
    write_journals(result)
    return result


def market_data(
    plan: Plan, data: Path | str | MarketData | None, candles: Mapping[str, Any] | None = None
) -> MarketData:
    """The source of market data that the arguments of :func:`backtest` name."""
    from radar.store import Store

    behind: MarketData | None
    if data is None and candles is not None:
        behind = None
    elif data is None or isinstance(data, str | Path):
        behind = Store(data_folder(data))
    else:
        behind = data
    if candles is not None:
        return Tables(candles, plan.base, behind)
    assert behind is not None
    return behind


def run_prepared(
    prepared: Prepared, data: MarketData, *, mode: Mode = "compiled", progress: Report | None = None
) -> Result:
    """Run a prepared pipeline over ``data``."""
    plan = prepared.plan
    require_account(plan)
    if prepared.days is not None:
        start = last_days(plan, data, prepared.days, prepared.request.end)
        prepared = replace(prepared, request=replace(prepared.request, start=start), days=None)
    request = prepared.request
    feed = load_feed(plan, data, start=request.start, end=request.end)
    kernel = build(plan, mode, progress)
    run = Run.begin(plan, kernel, feed)
    run.finish(None if progress is None else lambda done, rows: progress(f"bar {done:,} of {rows:,}"))
    still_open = open_positions(run)
    close_open_positions(run)
    return summarise(run, prepared, kernel.digest, still_open)


def require_account(plan: Plan) -> None:
    """See that a plan has an account whose ledger and equity a back-test reports.

    Raises:
        RadarError: It has none.
    """
    name = plan.pipeline.name
    if not plan.executors:
        raise RadarError(
            f"{name} has no executor, so there is nothing to back-test",
            expected="a node such as `broker: {executor: account, in: guard}`",
            next_step="add one, or look at values with radar.evaluate",
            code="R5007",
        )


def summarise(run: Run, prepared: Prepared, kernel_digest: str, still_open: list[dict[str, Any]]) -> Result:
    """The result of a finished run."""
    plan, feed = run.plan, run.feed
    trades, equity = closed_trades(run), total_equity(run)
    first, last = int(feed.times[feed.start]), int(feed.times[run.row - 1])
    initial = initial_capital(run)
    notes = [f"{asset}: {note}" for asset, quality in feed.quality.items() for note in quality.notes]
    with np.errstate(all="ignore"):
        per_asset = {
            asset: trade_metrics(trades[trades["lane"] == lane], initial, first, last)
            for lane, asset in enumerate(plan.assets)
        }
    return Result(
        run=run,
        request=prepared.request,
        digests={
            "pipeline": prepared.pipeline.digest(),
            "config": prepared.pipeline.config_digest(),
            "data": feed.digest,
            "kernel": kernel_digest,
            "plan": plan.digest,
        },
        parameters=prepared.pipeline.effective(),
        metrics=run_metrics(run, trades, equity),
        accounts=account_metrics(run),
        per_asset=per_asset,
        benchmark=buy_and_hold(run),
        regimes=by_regime(trades),
        refusals=refusals(run),
        open_positions=still_open,
        warnings=(*prepared.warnings, *notes),
    )
