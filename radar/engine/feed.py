"""The arrays that a kernel reads, for a plan and a period."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from radar.engine import columns
from radar.engine.market_rows import read_candles, read_finer_rows, read_rows
from radar.engine.source import MarketData
from radar.errors import DataError
from radar.market.instant import format_instant
from radar.market.timeframe import Timeframe
from radar.plan.plan import Plan
from radar.store import Candles, Funding

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
    lanes = read_candles(plan, data, end=end)
    for asset, candles in zip(plan.assets, lanes, strict=True):
        _require_bars(asset, candles, plan.base, start, end)
    rows = read_rows(plan, data, lanes, end=end)
    times, market = rows.times, rows.market
    first = 0 if start is None else int(np.searchsorted(times, start))
    ready = []
    for asset, places in zip(plan.assets, rows.places, strict=True):
        need = bars_needed(plan, asset)
        if len(places) >= need:
            ready.append(int(places[need - 1]))
    tradable = max(first, min(ready)) if ready else len(times)
    if tradable >= len(times):
        raise DataError(
            f"no bar of {plan.pipeline.name} can be traded: it needs {plan.warm_up} bars of {plan.base} before the "
            f"first decision, and the data have {len(times)}",
            expected=f"at least {plan.warm_up + 1} bars",
            next_step="choose a longer period, or import more history (radarctl data list shows what there is)",
            code="R5003",
        )
    interval, begin = plan.base.milliseconds, int(times[tradable])
    quality = {
        asset: _quality(rows.candles[lane], rows.funding[lane], rows.booked[lane], interval, begin, rows.unknown[lane])
        for lane, asset in enumerate(plan.assets)
    }
    fine_times, fine_market, fine_interval = read_finer_rows(plan, data, times)
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


def bars_needed(plan: Plan, asset: str) -> int:
    """Bars that an asset must have before the first of its strategies may decide, that bar included."""
    return max((plan.history[chain.strategy, asset] for chain in plan.chains), default=1)


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
