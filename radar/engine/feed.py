"""The arrays that a kernel reads, for a plan and a period."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from radar.engine import columns
from radar.engine.source import MarketData
from radar.errors import DataError
from radar.market.instant import format_instant
from radar.market.timeframe import MINUTE, Timeframe
from radar.plan.plan import CANDLE_COLUMNS, Plan
from radar.spec.model import Node
from radar.store import Candles, Funding, OpenInterest

Times = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Quality:
    """What of an asset's data a reader of a result should know.

    ``bars`` in the tradable window, ``gaps`` and ``missing_bars`` in it, ``settlements`` booked in full and
    ``missing_settlements`` for which no rate was known (counted only where the market's instants are known),
    ``funding_until`` the last known settlement (ISO, empty without a series).
    """

    bars: int
    gaps: int
    missing_bars: int
    settlements: int
    missing_settlements: int
    funding_until: str = ""
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Plain data for a result."""
        return {
            "bars": self.bars,
            "gaps": self.gaps,
            "missing_bars": self.missing_bars,
            "settlements": self.settlements,
            "missing_settlements": self.missing_settlements,
            "funding_until": self.funding_until,
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class Feed:
    """Market data of a run.

    ``times[row]`` bar opens of the union of all assets; ``market[row, lane, column]`` the plan's columns, NaN where an
    asset has no bar; ``start`` the first tradable row; ``fine_*`` bars of a finer clock, empty without; ``digest``
    names the numbers.
    """

    times: Times
    market: Floats
    start: int
    fine_times: Times
    fine_market: Floats
    fine_interval: int
    digest: str
    quality: Mapping[str, Quality] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Rows of the timeline, warm-up included."""
        return len(self.times)


def load_feed(plan: Plan, data: MarketData, *, start: int | None = None, end: int | None = None) -> Feed:
    """Read what ``plan`` needs: the period ``start <= time < end`` (ms UTC, None unbounded) and the history before it.

    Everything stored before the period warms the nodes up, not only the look-back: recursive averages and states that
    depend on their path are then what a run that never stopped would have, and a decision does not depend on where a
    period begins.

    Raises:
        DataError: A series is missing, too coarse for what it is used for, or has no bar in the period.
    """
    base = plan.base.milliseconds
    lanes = [_whole(data.candles(asset, plan.base, end=end)) for asset in plan.assets]
    for asset, candles in zip(plan.assets, lanes, strict=True):
        _require_bars(asset, candles, plan.base, start, end)
    times = _union([candles.time for candles in lanes])
    market = np.full((len(times), len(lanes), len(plan.columns)), np.nan)
    funded: list[tuple[Funding | None, columns.Settlements]] = []
    unknown: dict[str, list[str]] = {asset: [] for asset in plan.assets}
    first = 0 if start is None else int(np.searchsorted(times, start))
    ready = []
    for lane, (asset, candles) in enumerate(zip(plan.assets, lanes, strict=True)):
        rows = np.searchsorted(times, candles.time)
        for column, name in enumerate(CANDLE_COLUMNS):
            market[rows, lane, column] = getattr(candles, name)
        funding = data.funding(asset, venue=_venue(candles), end=end)
        booked = _external(plan, data, candles, funding, rows, market[:, lane, :], asset, unknown[asset])
        funded.append((funding, booked))
        need = max((plan.history[chain.strategy, asset] for chain in plan.chains), default=1)
        if len(rows) >= need:
            ready.append(int(rows[need - 1]))
    tradable = max(first, min(ready)) if ready else len(times)
    if tradable >= len(times):
        raise DataError(
            f"no bar of {plan.pipeline.name} can be traded: it needs {plan.warm_up} bars of {plan.base} before the "
            f"first decision, and the data have {len(times)}",
            expected=f"at least {plan.warm_up + 1} bars",
            next_step="choose a longer period, or import more history (radarctl data list shows what there is)",
            code="R5003",
        )
    quality = {
        asset: _quality(candles, funding, booked, base, int(times[tradable]), unknown[asset])
        for asset, candles, (funding, booked) in zip(plan.assets, lanes, funded, strict=True)
    }
    fine_times, fine_market, fine_interval = _finer(plan, data, times)
    return Feed(
        times=times,
        market=market,
        start=tradable,
        fine_times=fine_times,
        fine_market=fine_market,
        fine_interval=fine_interval,
        digest=_digest(plan, times, market, fine_times, fine_market),
        quality=quality,
    )


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


def _require_bars(asset: str, candles: Candles, base: Timeframe, start: int | None, end: int | None) -> None:
    if len(candles) and (start is None or candles.time[-1] >= start):
        return
    period = f"{format_instant(start) if start is not None else 'the beginning'} to " + (
        format_instant(end) if end is not None else "the end"
    )
    raise DataError(
        f"{asset} has no {base} candle from {period}",
        expected="a period that the store covers for every asset",
        next_step="radarctl data list shows what there is; choose other dates or leave the asset out",
        code="R5003",
    )


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


def _finer(plan: Plan, data: MarketData, times: Times) -> tuple[Times, Floats, int]:
    """The finest stored bars that all assets have, where an account asks for them to resolve a bar."""
    nothing = (np.zeros(0, np.int64), np.zeros((0, len(plan.assets), 5)), 0)
    if not reads_finer_bars(plan.executors):
        return nothing
    end = int(times[-1]) + plan.base.milliseconds
    for finer in ("1m", "5m", "15m", "1h"):
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


def _quality(
    candles: Candles,
    funding: Funding | None,
    booked: columns.Settlements,
    base: int,
    first: int,
    unknown: Sequence[str],
) -> Quality:
    times = candles.time[candles.time >= first]
    steps = np.diff(times)
    missing = int(((steps // base) - 1).sum()) if len(times) > 1 else 0
    notes = list(unknown)
    until = ""
    if funding is None or len(funding) == 0:
        notes.append("no funding series: no funding was booked")
    else:
        until = format_instant(int(funding.time[-1]))
        silence = int(times[-1]) - int(funding.time[-1]) if len(times) else 0
        if silence > columns.STALE_FUNDING:
            notes.append(f"funding is known until {until} only: none was booked after it")
        before = int(funding.time[0]) - int(times[0]) if len(times) else 0
        if before > columns.STALE_FUNDING:
            notes.append(
                f"funding is known from {format_instant(int(funding.time[0]))} only: none was booked before it"
            )
    return Quality(
        bars=len(times),
        gaps=int((steps > base).sum()),
        missing_bars=missing,
        settlements=booked.known,
        missing_settlements=booked.missing,
        funding_until=until,
        notes=tuple(notes),
    )


def _digest(plan: Plan, times: Times, market: Floats, fine_times: Times, fine_market: Floats) -> str:
    digest = hashlib.sha256()
    names = [f"{column.series}.{column.name}" for column in plan.columns]
    digest.update("\0".join((str(plan.base), *plan.assets, *names)).encode("utf-8"))
    for array in (times, market, fine_times, fine_market):
        digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()
