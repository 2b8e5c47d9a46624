"""Sweeps that several tests look at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from radar.store import Store
from tests.engine.memory import Memory

ROOT = Path(__file__).resolve().parents[2]
PIPELINES = ROOT / "pipelines"
GRID = PIPELINES / "grid_atr.yaml"
SAMPLE = ROOT / "tests" / "data" / "sample"
QUIRKS = ROOT / "tests" / "data" / "quirks"
SHORT: dict[str, Any] = {"data": SAMPLE, "assets": ["BTC"], "start": "2025-02-01", "end": "2025-03-01"}
"""One asset, one month."""


def beside_candles(asset: str, timeframe: str) -> Memory:
    """The funding of the sample and a drawn open interest, of which the sample has none: at every open of its candles a
    walk that jumps now and then. Candles are passed in by who sweeps."""
    store = Store(SAMPLE)
    time, funding = store.candles(asset, timeframe).time, store.funding(asset)
    random = np.random.default_rng(7)
    steps = random.normal(0.0, 0.002, len(time)) + random.choice([0.0, 0.08, -0.08], len(time), p=[0.98, 0.01, 0.01])
    rates = {} if funding is None else {asset: (np.array(funding.time), np.array(funding.rate))}
    return Memory({}, rates, {asset: (np.array(time), 1e6 * np.exp(np.cumsum(steps)))})
