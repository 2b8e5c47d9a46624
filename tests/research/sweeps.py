"""Sweeps that several tests look at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from radar.market.timeframe import Timeframe
from radar.store import Candles, Funding, OpenInterest, SeriesKey, Store

ROOT = Path(__file__).resolve().parents[2]
PIPELINES = ROOT / "pipelines"
GRID = PIPELINES / "grid_atr.yaml"
SAMPLE = ROOT / "tests" / "data" / "sample"
QUIRKS = ROOT / "tests" / "data" / "quirks"
SHORT: dict[str, Any] = {"data": SAMPLE, "assets": ["BTC"], "start": "2025-02-01", "end": "2025-03-01"}
"""One asset, one month."""


@dataclass(frozen=True)
class WithInterest:
    """The bundled sample, and a drawn series of open interest, of which the sample has none."""

    store: Store

    def candles(
        self,
        asset: str,
        timeframe: Timeframe | str,
        *,
        venue: str | None = None,
        start: int | None = None,
        end: int | None = None,
    ) -> Candles:
        """Those of the sample."""
        return self.store.candles(asset, timeframe, venue=venue, start=start, end=end)

    def funding(
        self, asset: str, *, venue: str | None = None, start: int | None = None, end: int | None = None
    ) -> Funding | None:
        """That of the sample."""
        return self.store.funding(asset, venue=venue, start=start, end=end)

    def open_interest(
        self,
        asset: str,
        timeframe: Timeframe | str | None = None,
        *,
        venue: str | None = None,
        start: int | None = None,
        end: int | None = None,
    ) -> OpenInterest:
        """A walk that jumps now and then, every five minutes of the candles: the same for every call."""
        time = self.store.candles(asset, "5m", start=start, end=end).time
        random = np.random.default_rng(7)
        steps = random.normal(0.0, 0.002, len(time)) + random.choice(
            [0.0, 0.08, -0.08], len(time), p=[0.98, 0.01, 0.01]
        )
        key = SeriesKey("open_interest", "drawn", "perp", asset, Timeframe.parse("5m"))
        return OpenInterest(key, time, 1e6 * np.exp(np.cumsum(steps)), np.full(len(time), np.nan))
