"""Series to rows: the arrays of the market that a kernel reads, for every asset of a plan, without a period.

A back-test reads them all at once (:mod:`radar.engine.feed`); a stream begins with those before its first event.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radar.engine import columns
from radar.engine.source import MarketData
from radar.errors import DataError
from radar.market.timeframe import MINUTE, Timeframe
from radar.plan.plan import CANDLE_COLUMNS, Plan
from radar.spec.model import Node
from radar.store import Candles, Funding, OpenInterest

Times = NDArray[np.int64]
Floats = NDArray[np.float64]

FINER_CLOCKS = ("1m", "5m", "15m", "1h")
"""Clocks of the bars that may resolve a bar, the finest first."""


@dataclass(frozen=True)
class MarketRows:
    """The market of a plan by row.

    ``times[row]`` bar opens of the union of all assets; ``market[row, lane, column]``; of each lane its ``candles``,
    the row of each of them (``places``), its funding with what of it is ``booked``, and what is ``unknown`` of it.
    """

    times: Times
    market: Floats
    candles: tuple[Candles, ...]
    places: tuple[NDArray[np.intp], ...]
    funding: tuple[Funding | None, ...]
    booked: tuple[columns.Settlements, ...]
    unknown: tuple[tuple[str, ...], ...]


def read_candles(plan: Plan, data: MarketData, *, end: int | None = None) -> list[Candles]:
    """The base candles of every lane that open before ``end`` and have a close."""
    return [_whole(data.candles(asset, plan.base, end=end)) for asset in plan.assets]


def read_rows(plan: Plan, data: MarketData, lanes: list[Candles], *, end: int | None = None) -> MarketRows:
    """The rows of ``lanes`` (see :func:`read_candles`) with every other series that ``plan`` reads.

    Raises:
        DataError: A series is missing, or too coarse for what it is used for.
    """
    times = _union([candles.time for candles in lanes])
    market = np.full((len(times), len(lanes), len(plan.columns)), np.nan)
    places, series, settled, unknown = [], [], [], []
    for lane, (asset, candles) in enumerate(zip(plan.assets, lanes, strict=True)):
        rows = np.searchsorted(times, candles.time)
        for column, name in enumerate(CANDLE_COLUMNS):
            market[rows, lane, column] = getattr(candles, name)
        funding = data.funding(asset, venue=_venue(candles), end=end)
        notes: list[str] = []
        booked = _external(plan, data, candles, funding, rows, market[:, lane, :], asset, notes)
        places.append(rows)
        series.append(funding)
        settled.append(booked)
        unknown.append(tuple(notes))
    return MarketRows(times, market, tuple(lanes), tuple(places), tuple(series), tuple(settled), tuple(unknown))


def _whole(candles: Candles) -> Candles:
    """Candles that have a close: one without is no bar, as a gap is none."""
    present = ~np.isnan(candles.close)
    if present.all():
        return candles
    names = ("time", *CANDLE_COLUMNS)
    return dataclasses.replace(candles, **{name: getattr(candles, name)[present] for name in names})


def _union(series: list[Times]) -> Times:
    """The instants of all series, sorted, each once. Series are sorted, so a sort that finds runs is fast."""
    if len(series) == 1:
        # A copy: what was read from a file may not be written to, and a kernel is compiled for arrays that may.
        return series[0].copy()
    merged = np.sort(np.concatenate(series), kind="stable")
    new = np.ones(len(merged), np.bool_)
    new[1:] = merged[1:] != merged[:-1]
    union: Times = merged[new]
    return union


def _venue(candles: Candles) -> str | None:
    return None if candles.key.venue == "table" else candles.key.venue


def _external(
    plan: Plan,
    data: MarketData,
    candles: Candles,
    funding: Funding | None,
    rows: NDArray[np.intp],
    target: Floats,
    asset: str,
    unknown: list[str],
) -> columns.Settlements:
    """Fill the columns of an asset that are not candles; return its settlements. What stays unknown is noted."""
    base = plan.base.milliseconds
    times = candles.time
    if funding is None:
        booked = columns.Settlements(np.zeros(len(times)), 0, 0)
    else:
        booked = columns.settlements(times, base, funding.time, funding.rate)
    for node in plan.nodes:
        if node.kind.series == "settlement":
            target[rows, plan.column(node.id, node.kind.columns[0])] = booked.rates
        elif node.kind.series == "funding":
            if funding is None:
                unknown.append(_missing(node, asset, "funding"))
                continue
            rate = columns.funding_rate(times, funding.time, funding.rate)
            target[rows, plan.column(node.id, node.kind.columns[0])] = rate
        elif node.kind.series == "open_interest":
            series = data.open_interest(asset, venue=_venue(candles))
            if series is None or len(series) == 0:
                unknown.append(_missing(node, asset, "open interest"))
                continue
            _fill_open_interest(plan, node, series, candles, rows, target, asset)
        elif node.kind.series == "candles" and plan.tick[node.id].root == node.id:
            _fill_slow_candles(plan, data, node, candles, rows, target, asset)
    return booked


def _fill_open_interest(
    plan: Plan,
    node: Node,
    series: OpenInterest,
    candles: Candles,
    rows: NDArray[np.intp],
    target: Floats,
    asset: str,
) -> None:
    horizon = int(node.params_for(asset).model_dump()["oi_change_minutes"]) * MINUTE
    spacing = int(np.median(np.diff(series.time))) if len(series) > 1 else 0
    if horizon < spacing:
        raise DataError(
            f"{node.id}: a change over {horizon // MINUTE} minutes cannot be read from open interest of {asset} that "
            f"is recorded every {spacing // MINUTE} minutes",
            expected=f"oi_change_minutes of at least {spacing // MINUTE}",
            next_step=f"set {node.id}.oi_change_minutes, or import finer open interest",
            code="R5005",
        )
    found = columns.open_interest(candles.time, series.time, series.open_interest, horizon)
    for name, values in zip(node.kind.columns, found, strict=True):
        target[rows, plan.column(node.id, name)] = values


def _fill_slow_candles(
    plan: Plan,
    data: MarketData,
    node: Node,
    candles: Candles,
    rows: NDArray[np.intp],
    target: Floats,
    asset: str,
) -> None:
    """A slower bar stands in the row of the base bar at whose close it closes."""
    clock = plan.tick[node.id].clock
    slow = data.candles(asset, clock, venue=_venue(candles))
    opens = candles.time + plan.base.milliseconds - clock.milliseconds
    index = np.searchsorted(slow.time, opens)
    found = (index < len(slow)) & (slow.time[np.minimum(index, len(slow) - 1)] == opens)
    for name in node.kind.columns:
        target[rows[found], plan.column(node.id, name)] = getattr(slow, name)[index[found]]


def _missing(node: Node, asset: str, what: str) -> str:
    """A note that a series is unknown, where the node may do without it."""
    if node.params_for(asset).model_dump()["missing"] == "unknown":
        return f"no {what} series: {node.id} is unknown throughout"
    raise DataError(
        f"{node.id} needs {what} of {asset}, and there is none",
        expected=f"{'an' if what[0] in 'aeiou' else 'a'} {what} series of every asset of the pipeline",
        next_step=f"import it: radarctl data import FILE; run with --asset and leave {asset} out; or write "
        f"missing: unknown in the node, if it may be unknown",
        code="R5004",
    )


def reads_finer_bars(nodes: Iterable[Node]) -> bool:
    """Whether an account among ``nodes`` asks for bars of a finer clock to resolve a bar."""
    return any(node.params.model_dump().get("intrabar") == "lower_tf" for node in nodes if node.kind.role == "executor")


def read_finer_rows(plan: Plan, data: MarketData, times: Times) -> tuple[Times, Floats, int]:
    """The finest stored bars that all assets have, where an account asks for them to resolve a bar."""
    nothing = (np.zeros(0, np.int64), np.zeros((0, len(plan.assets), 5)), 0)
    if not reads_finer_bars(plan.executors):
        return nothing
    end = int(times[-1]) + plan.base.milliseconds
    for finer in FINER_CLOCKS:
        length = Timeframe.parse(finer)
        if length.milliseconds >= plan.base.milliseconds or plan.base.milliseconds % length.milliseconds:
            continue
        try:
            found = [data.candles(asset, length, start=int(times[0]), end=end) for asset in plan.assets]
        except DataError:
            continue
        union = _union([candles.time for candles in found])
        market = np.full((len(union), len(found), 5), np.nan)
        for lane, candles in enumerate(found):
            rows = np.searchsorted(union, candles.time)
            for column, name in enumerate(CANDLE_COLUMNS):
                market[rows, lane, column] = getattr(candles, name)
        return union, market, length.milliseconds
    return nothing
