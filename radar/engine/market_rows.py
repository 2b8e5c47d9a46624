"""Series to rows: the arrays of the market that a kernel reads, for every asset of a plan, without a period.

A back-test reads them all at once (:mod:`radar.engine.feed`); a stream begins with those before its first event.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
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


class LaneColumns:
    """The columns of one lane that are not its base candles, and how they follow from what is known of it.

    A history fills all of its rows in one call and a stream one row a call: the same function, so the same bytes.
    """

    def __init__(self, plan: Plan, asset: str) -> None:
        def places(node: Node) -> list[int]:
            return [plan.column(node.id, name) for name in node.kind.columns]

        self._interval = plan.base.milliseconds
        self._settled: list[int] = []
        self._rates: list[int] = []
        self._interest: list[tuple[int, list[int]]] = []
        self._slower: list[tuple[Timeframe, list[tuple[str, int]]]] = []
        for node in plan.nodes:
            if node.kind.series == "settlement":
                self._settled += places(node)
            elif node.kind.series == "funding":
                self._rates += places(node)
            elif node.kind.series == "open_interest":
                self._interest.append((interest_horizon(node, asset), places(node)))
            elif node.kind.series == "candles" and plan.tick[node.id].root == node.id:
                named = list(zip(node.kind.columns, places(node), strict=True))
                self._slower.append((plan.tick[node.id].clock, named))

    @property
    def slower(self) -> list[Timeframe]:
        """The clocks of the slower candles that are read."""
        return sorted({clock for clock, _ in self._slower})

    @property
    def reach(self) -> int:
        """Milliseconds before a bar opens within which a stamp may still be of use to it."""
        horizons = [2 * horizon for horizon, _ in self._interest]
        return max([columns.STALE_FUNDING, *horizons])

    @property
    def reads_interest(self) -> bool:
        """Whether open interest is read."""
        return bool(self._interest)

    def fill(
        self,
        times: Times,
        funding: tuple[Times, Floats] | None,
        interest: tuple[Times, Floats] | None,
        slower: Mapping[Timeframe, Candles],
        rows: NDArray[np.intp],
        target: Floats,
    ) -> columns.Settlements:
        """Fill ``target[rows]``, a row for each of the base bars that open at ``times``; return what was settled.

        ``funding`` and ``interest`` are stamps and values, None where there is no such series: its columns stay NaN,
        and nothing is settled.
        """
        booked = columns.Settlements(np.zeros(len(times)), 0, 0)
        if funding is not None:
            booked = columns.settlements(times, self._interval, *funding)
            for column in self._rates:
                target[rows, column] = columns.funding_rate(times, *funding)
        for column in self._settled:
            target[rows, column] = booked.rates
        if interest is not None:
            for horizon, places in self._interest:
                found = columns.open_interest(times, *interest, horizon)
                for column, values in zip(places, found, strict=True):
                    target[rows, column] = values
        for clock, named in self._slower:
            self._fill_slower(times, clock, slower[clock], named, rows, target)
        return booked

    def _fill_slower(
        self,
        times: Times,
        clock: Timeframe,
        slow: Candles,
        named: list[tuple[str, int]],
        rows: NDArray[np.intp],
        target: Floats,
    ) -> None:
        """A slower bar stands in the row of the base bar at whose close it closes."""
        if len(slow) == 0:
            return
        opens = times + self._interval - clock.milliseconds
        index = np.searchsorted(slow.time, opens)
        found = (index < len(slow)) & (slow.time[np.minimum(index, len(slow) - 1)] == opens)
        for name, column in named:
            target[rows[found], column] = getattr(slow, name)[index[found]]


def interest_horizon(node: Node, asset: str) -> int:
    """Milliseconds over which a source of open interest tells the change."""
    return int(node.params_for(asset).model_dump()["oi_change_minutes"]) * MINUTE


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
    filled = LaneColumns(plan, asset)
    interest: OpenInterest | None = None
    for node in plan.nodes:
        if node.kind.series == "funding" and funding is None:
            unknown.append(_missing(node, asset, "funding"))
        elif node.kind.series == "open_interest":
            interest = data.open_interest(asset, venue=_venue(candles))
            if interest is None or len(interest) == 0:
                unknown.append(_missing(node, asset, "open interest"))
                interest = None
            else:
                _require_spacing(node, asset, interest)
    return filled.fill(
        candles.time,
        None if funding is None else (funding.time, funding.rate),
        None if interest is None else (interest.time, interest.open_interest),
        {clock: data.candles(asset, clock, venue=_venue(candles)) for clock in filled.slower},
        rows,
        target,
    )


def _require_spacing(node: Node, asset: str, series: OpenInterest) -> None:
    """See that a change over the horizon of ``node`` can be read from readings that lie this far apart."""
    horizon = interest_horizon(node, asset)
    spacing = int(np.median(np.diff(series.time))) if len(series) > 1 else 0
    if horizon < spacing:
        raise DataError(
            f"{node.id}: a change over {horizon // MINUTE} minutes cannot be read from open interest of {asset} that "
            f"is recorded every {spacing // MINUTE} minutes",
            expected=f"oi_change_minutes of at least {spacing // MINUTE}",
            next_step=f"set {node.id}.oi_change_minutes, or import finer open interest",
            code="R5005",
        )


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
