"""Run a shipped pipeline on candles in memory, and what a test reads of the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from radar.engine.backtest import Prepared, prepare, summarise
from radar.engine.end import close_open_positions, open_positions
from radar.engine.feed import Feed, load_feed
from radar.engine.result import Result
from radar.engine.run import Run
from radar.errors import DataError
from radar.kernel.build import Mode, build
from radar.market.timeframe import Timeframe
from radar.plan.trace import trace_columns
from radar.spec.config import Config
from radar.store import Candles, Funding, OpenInterest
from radar.store.layout import SeriesKey
from radar.store.series import make_series
from tests.nodes.markets import Bars

ROOT = Path(__file__).resolve().parents[2]
PIPELINES = ROOT / "pipelines"


@dataclass
class Market:
    """Data in memory: ``bars[asset, timeframe]``; ``rates[asset]`` and ``interest[asset]`` as {instant: value}."""

    bars: Mapping[tuple[str, str], Bars]
    rates: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    interest: Mapping[str, Mapping[int, float]] = field(default_factory=dict)

    def candles(
        self,
        asset: str,
        timeframe: Timeframe | str,
        *,
        venue: str | None = None,
        start: int | None = None,
        end: int | None = None,
    ) -> Candles:
        """The bars of ``asset`` in ``start <= time < end``."""
        bars = self.bars.get((asset, str(timeframe)))
        if bars is None:
            raise DataError(f"no {timeframe} candles of {asset}")
        keep = np.ones(len(bars), dtype=bool)
        if start is not None:
            keep &= bars.time >= start
        if end is not None:
            keep &= bars.time < end
        key = SeriesKey("candles", "synthetic", "perp", asset, Timeframe.parse(str(timeframe)))
        part = bars[np.flatnonzero(keep)]
        return Candles(key, part.time, part.open, part.high, part.low, part.close, part.volume)

    def funding(
        self, asset: str, *, venue: str | None = None, start: int | None = None, end: int | None = None
    ) -> Funding | None:
        """Funding of ``asset``, None without."""
        rates = self.rates.get(asset)
        if rates is None:
            return None
        times = np.array(sorted(rates), dtype=np.int64)
        key = SeriesKey("funding", "synthetic", "perp", asset)
        return Funding(key, times, np.array([rates[int(t)] for t in times]))

    def open_interest(
        self,
        asset: str,
        timeframe: Timeframe | str | None = None,
        *,
        venue: str | None = None,
        start: int | None = None,
        end: int | None = None,
    ) -> OpenInterest | None:
        """Open interest of ``asset``, None without."""
        values = self.interest.get(asset)
        if values is None:
            return None
        times = np.array(sorted(values), dtype=np.int64)
        key = SeriesKey("open_interest", "synthetic", "perp", asset, Timeframe.parse("5m"))
        columns = {"open_interest": np.array([values[int(t)] for t in times])}
        series = make_series(key, {"time": times, "open_interest_value": np.full(len(times), np.nan), **columns})
        assert isinstance(series, OpenInterest)
        return series


@cache
def shipped_config() -> Config:
    """The configuration folder of the repository, read once."""
    return Config.load(ROOT / "config")


def config_with(*assets: str) -> Config:
    """The shipped configuration with more assets."""
    texts = dict(shipped_config().texts())
    name = next(key for key in texts if key.endswith("assets.yaml"))
    more = "".join(f"  {asset}: {{tick: 0.0001, lot: 1, minimum_notional: 5}}\n" for asset in assets)
    texts[name] = texts[name].replace("\nassets:\n", f"\nassets:\n{more}", 1)
    return Config.from_texts(texts)


def prepared(
    pipeline: str,
    *,
    overrides: Mapping[str, Any] | None = None,
    assets: Sequence[str] | None = None,
    start: int | None = None,
    config: Config | None = None,
) -> Prepared:
    """A shipped pipeline (its name) or a text, checked and planned, with ``{"node.param": value}`` set."""
    source = pipeline if "\n" in pipeline else str(PIPELINES / f"{pipeline}.yaml")
    options = [f"{name}={written(value)}" for name, value in (overrides or {}).items()]
    return prepare(source, config=config or shipped_config(), overrides=options, assets=assets, start=start)


def written(value: Any) -> str:
    """A value as it is written behind ``--set``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(str(one) for one in value) + "]"
    return repr(value) if isinstance(value, float) else str(value)


def started(ready: Prepared, market: Any, *, mode: Mode = "compiled", trace: bool = False) -> Run:
    """A run that has seen no row yet."""
    feed = load_feed(ready.plan, market, start=ready.request.start)
    return Run.begin(ready.plan, build(ready.plan, mode), feed, trace=trace)


def begun(ready: Prepared, feed: Feed, *, mode: Mode = "compiled", trace: bool = False) -> Run:
    """A run over a feed that is there already."""
    return Run.begin(ready.plan, build(ready.plan, mode), feed, trace=trace)


def finished(ready: Prepared, market: Any, *, mode: Mode = "compiled", trace: bool = False) -> Run:
    """A run that has seen every row; positions that an account closes at the end are closed."""
    run = started(ready, market, mode=mode, trace=trace)
    run.finish()
    close_open_positions(run)
    return run


def result_of(ready: Prepared, run: Run) -> Result:
    """The result of a run that went through :func:`finished`."""
    return summarise(run, ready, run.kernel.digest, open_positions(run))


def trades_of(run: Run) -> np.ndarray:
    """Closed trades of the first account."""
    return run.trades[: int(_account(run)["trade_count"])]


def fills_of(run: Run) -> np.ndarray:
    """Fills of the first account."""
    return run.fills[: int(_account(run)["fill_count"])]


def equity_of(run: Run) -> np.ndarray:
    """Equity of the tradable rows that were processed."""
    return run.equity[run.feed.start : run.row]


def times_of(run: Run) -> np.ndarray:
    """Bar opens of :func:`equity_of`."""
    return run.feed.times[run.feed.start : run.row]


def traced(run: Run, name: str) -> np.ndarray:
    """A traced column as [row, lane] of the rows that were processed."""
    names = [column.name for column in trace_columns(run.plan)]
    return run.trace[: run.row, :, names.index(name)]


def _account(run: Run) -> np.void:
    return run.account(run.plan.executors[0].id)
