"""A small made-up market of everything that a stream tells, and a plan that reads all of it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from radar.engine.backtest import Prepared, prepare
from tests.engine.memory import Memory, Stamps
from tests.nodes.markets import HOUR, START, Bars, together, walk

CONFIG = Path(__file__).resolve().parents[3] / "config"
ASSETS = ("BTC", "ETH", "SOL")
HISTORY = 40
"""Bars before the stream."""
ROWS = 50
"""Bars of the stream."""
FIRST = START + HISTORY * HOUR

TEXT = """
radar: 1
pipeline: everything
assets: [BTC, ETH, SOL]
clock: 1h
nodes:
  candles: {source: candles}
  four: {source: candles, timeframe: 4h}
  paid: {source: funding}
  interest: {source: open_interest, oi_change_minutes: 120}
  calm: {indicator: sma, in: four.close, period: 2}
  rate: {indicator: sma, in: paid, period: 2}
  grown: {indicator: sma, in: interest.change, period: 2}
  mean: {indicator: sma, in: candles.close, period: "${grid.ma_period}"}
  width: {indicator: atr, in: candles, period: "${grid.atr_period}"}
  grid: {strategy: grid_atr, in: {bar: candles, mean: mean, width: width}, ma_period: 5, atr_period: 5,
         atr_multiplier_start: 0.5, atr_multiplier_step: 0.5, num_levels: 2}
  sized: {risk: equal_allocation, in: grid}
  guard: {risk: margin_guard, in: sized}
  broker: {executor: account, in: guard, intrabar: lower_tf}
"""


@cache
def everything() -> Prepared:
    """A plan with two clocks, finer bars, funding that is booked and read, and open interest."""
    return prepare(TEXT, config=CONFIG, used=["calm", "rate", "grown"])


def market(seed: int) -> Memory:
    """Three walks in quarters of hours with their hours and four-hour bars, settlements and readings."""
    bars: dict[tuple[str, str], Bars] = {}
    rates: dict[str, Stamps] = {}
    interest: dict[str, Stamps] = {}
    draw = np.random.default_rng(seed)
    for lane, asset in enumerate(ASSETS):
        fine = walk(seed + lane, 4 * (HISTORY + ROWS), interval=HOUR // 4)
        bars[asset, "15m"] = fine
        bars[asset, "1h"] = together(fine, 4, HOUR)
        bars[asset, "4h"] = together(fine, 16, 4 * HOUR)
        settled = START + np.arange(0, HISTORY + ROWS, 2 + lane) * HOUR
        rates[asset] = (settled, draw.normal(0, 1e-4, len(settled)))
        read = START + np.arange(0, 60 * (HISTORY + ROWS), 30) * 60_000
        interest[asset] = (read, 1e6 * np.exp(draw.normal(0, 0.01, len(read)).cumsum()))
    return Memory(bars, rates, interest)
