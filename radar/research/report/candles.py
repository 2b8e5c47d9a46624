"""The candles of a run, packed for the page; coarser ones when there are too many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radar.engine.result import Result
from radar.market.timeframe import Timeframe
from radar.research.report.packing import Floats, Whole, decimals_of, pack_whole, scaled

CANDLES = 360_000
"""Most candles of all assets together in a report: about three megabytes."""
COARSER = ("5m", "15m", "30m", "1h", "2h", "4h", "12h", "1d")


@dataclass(frozen=True)
class Candles:
    """Candles of one asset: ``time`` of the open (ms UTC) and open, high, low, close in ``prices[:, 0:4]``."""

    time: Whole
    prices: Floats

    def __len__(self) -> int:
        return len(self.time)

    def coarser(self, timeframe: Timeframe) -> Candles:
        """The same market in longer candles, aligned to the UTC clock."""
        bucket = self.time // timeframe.milliseconds * timeframe.milliseconds
        time, first = np.unique(bucket, return_index=True)
        if len(time) == 0:
            return self
        last = np.append(first[1:], len(bucket)) - 1
        prices = np.column_stack(
            [
                self.prices[first, 0],
                np.maximum.reduceat(self.prices[:, 1], first),
                np.minimum.reduceat(self.prices[:, 2], first),
                self.prices[last, 3],
            ]
        )
        return Candles(time, prices)

    def to_json(self, timeframe: Timeframe) -> dict[str, Any]:
        """Stretches without a gap as ``[first open in seconds, count]``, and four packed columns.

        ``close`` steps from close to close; ``open`` from the close before (the first from its own); ``high`` and
        ``low`` outwards from the body.
        """
        decimals = decimals_of(self.prices, 8)
        opened, high, low, close = scaled(self.prices, decimals).T if len(self) else np.zeros((4, 0), np.int64)
        before = np.append(close[:1], close[:-1])
        return {
            "runs": _runs(self.time, timeframe.milliseconds),
            "decimals": decimals,
            "close": pack_whole(np.diff(close, prepend=np.int64(0))),
            "open": pack_whole(opened - before if len(self) else opened),
            "high": pack_whole(high - np.maximum(opened, close)),
            "low": pack_whole(np.minimum(opened, close) - low),
        }


@dataclass(frozen=True)
class Drawn:
    """What the page draws: candles of ``timeframe`` by asset, of ``bars`` bars of ``clock`` in the run."""

    timeframe: Timeframe
    clock: Timeframe
    assets: dict[str, Candles]
    bars: int

    @property
    def is_thinned(self) -> bool:
        """Whether candles are longer than the bars of the run."""
        return self.timeframe != self.clock

    def to_json(self) -> dict[str, Any]:
        """Packed for the page's script."""
        return {
            "interval": self.timeframe.milliseconds,
            "clock": self.clock.milliseconds,
            "bars": self.bars,
            "assets": {asset: candles.to_json(self.timeframe) for asset, candles in self.assets.items()},
        }


def candles_of(result: Result, most: int = CANDLES) -> Drawn:
    """The candles of the tradable window, at the finest timeframe that keeps all assets together under ``most``."""
    plan, feed = result.run.plan, result.run.feed
    assets: dict[str, Candles] = {}
    for lane, asset in enumerate(plan.assets):
        prices = feed.market[feed.start : result.run.row, lane, :4]
        known: NDArray[np.bool_] = ~np.isnan(prices[:, 3])
        assets[asset] = Candles(result.times[known], prices[known])
    bars = sum(len(candles) for candles in assets.values())
    coarser = (Timeframe.parse(name) for name in COARSER)
    longer = [one for one in coarser if one > plan.base and one.is_multiple_of(plan.base)]
    timeframe, drawn = plan.base, assets
    while sum(len(candles) for candles in drawn.values()) > most and longer:
        timeframe = longer.pop(0)
        drawn = {asset: candles.coarser(timeframe) for asset, candles in assets.items()}
    return Drawn(timeframe, plan.base, drawn, bars)


def _runs(time: Whole, interval: int) -> list[list[int]]:
    if len(time) == 0:
        return []
    breaks = np.flatnonzero(np.diff(time) != interval) + 1
    starts = np.concatenate([[0], breaks])
    counts = np.diff(np.append(starts, len(time)))
    return [[int(time[start]) // 1000, int(count)] for start, count in zip(starts, counts, strict=True)]
