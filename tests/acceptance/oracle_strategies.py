"""The three strategies of the oracle, from sections 2.1.1, 2.2.4 and 2.3.3, on the formulas of section 1.

Each is built once for one asset's candles: the indicators are whole arrays, a resting order at bar i reads index i - 1,
a close decision index i.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, nan

import numpy as np

from radar.market.reason import Regime
from tests.acceptance.oracle import LONG, SHORT, Entry, Position
from tests.nodes import formulas
from tests.nodes.markets import MINUTE, Bars

BOTH = (LONG, SHORT)


@dataclass
class GridAtr:
    """2.3.3: levels at multiples of ATR from a mean, the mean of the bar before as target."""

    bars: Bars
    sides: tuple[int, ...] = (LONG,)
    ma_period: int = 14
    atr_period: int = 14
    start: float = 2.0
    step: float = 1.0
    slots: int = 3
    sl: float = 0.20
    limit_entry: bool = False
    limit_target: bool = False

    def __post_init__(self) -> None:
        self.history = max(max(self.ma_period, self.atr_period) + 20, 50)
        self.mean = formulas.sma(self.bars.close, self.ma_period)
        self.width = formulas.atr(self.bars, self.atr_period)

    def levels(self, i: int) -> list[tuple[int, int, float]]:
        """``M - s * a * (start + k * step)``, positive prices only."""
        mean, width = self.mean[i - 1], self.width[i - 1]
        if isnan(mean) or not width > 0.0:
            return []
        prices = [
            (side, k, float(mean - side * width * (self.start + k * self.step)))
            for side in self.sides
            for k in range(self.slots)
        ]
        return [level for level in prices if level[2] > 0.0]

    def target(self, i: int, position: Position) -> float:
        """The mean of the bar before."""
        return float(self.mean[i - 1])

    def stop(self, position: Position) -> float:
        """A percentage of the average entry."""
        return position.average * (1.0 - position.side * self.sl)

    def enter(self, i: int) -> Entry | None:
        """A grid has resting entries only."""
        return None

    def leave(self, i: int, position: Position) -> str | None:
        """A grid leaves by target and stop only."""
        return None


@dataclass
class BolTrend:
    """2.2.4: a close that leaves the band in the direction of the long average."""

    bars: Bars
    sides: tuple[int, ...] = BOTH
    window: int = 100
    deviations: float = 2.2
    long_window: int = 550
    spread: float = 0.0
    sl: float = 0.15
    slots: int = 1
    limit_entry: bool = False
    limit_target: bool = True

    def __post_init__(self) -> None:
        self.history = max(self.window, self.long_window) + 20
        close = self.bars.close
        self.mid = formulas.sma(close, self.window)
        width = self.deviations * formulas.deviation(close, self.window)
        self.upper, self.lower = self.mid + width, self.mid - width
        self.average = formulas.sma(close, self.long_window)

    def levels(self, i: int) -> list[tuple[int, int, float]]:
        """Nothing rests."""
        return []

    def target(self, i: int, position: Position) -> float:
        """None."""
        return nan

    def stop(self, position: Position) -> float:
        """Fixed at the entry."""
        return position.stop_price

    def enter(self, i: int) -> Entry | None:
        """Strict inequalities; long wins."""
        close, before = self.bars.close[i], self.bars.close[i - 1]
        lower = self.lower[i - 1]
        spread = (self.upper[i - 1] - lower) / lower if lower > 0.0 else nan
        if not spread > self.spread:
            return None
        long = before < self.upper[i - 1] and close > self.upper[i] and close > self.average[i]
        short = before > self.lower[i - 1] and close < self.lower[i] and close < self.average[i]
        for side, wanted in ((LONG, long), (SHORT, short)):
            if wanted and side in self.sides:
                return Entry(side, float(close * (1.0 - side * self.sl)))
        return None

    def leave(self, i: int, position: Position) -> str | None:
        """The close is back beyond the middle."""
        return "inverse" if position.side * (self.bars.close[i] - self.mid[i]) < 0.0 else None


@dataclass
class VwapRsi:
    """2.1.1: oversold below VWAP on high volume, filtered by the 15-minute trend."""

    bars: Bars
    sides: tuple[int, ...] = BOTH
    rsi_period: int = 14
    oversold: float = 30.0
    overbought: float = 70.0
    spike: float = 2.0
    deviation: float = 0.003
    adx_limit: float = 25.0
    tp: float = 0.008
    sl: float = 0.003
    vwap_hours: int = 24
    slots: int = 1
    limit_entry: bool = False
    limit_target: bool = True

    def __post_init__(self) -> None:
        bars = self.bars
        self.history = max(300, self.vwap_hours * 12)
        self.rsi = formulas.rsi(bars.close, self.rsi_period)
        vwap = formulas.vwap(bars, self.vwap_hours * 12)
        self.distance = np.where(vwap <= 0.0, 0.0, (bars.close - vwap) / vwap)
        self.volume = formulas.sma(bars.volume, 20)
        self.regime = formulas.regime(bars)
        slow = formulas.resample(bars, 5 * MINUTE, 15 * MINUTE)
        rows = [slow[k] for k in sorted(slow)]
        if rows:
            trend = formulas.adx(Bars(*(np.array(column) for column in zip(*rows, strict=True))), 14)
        # At the close of bar i: the number of completed slow bars, and the values of the last of them.
        self.completed = np.zeros(len(bars), dtype=int)
        self.filter = {name: np.full(len(bars), nan) for name in ("adx", "plus", "minus")}
        count = 0
        for i in range(len(bars)):
            count += i in slow
            self.completed[i] = count
            for name, values in self.filter.items():
                values[i] = trend[name][count - 1] if count else nan

    def levels(self, i: int) -> list[tuple[int, int, float]]:
        """Nothing rests before the entry."""
        return []

    def target(self, i: int, position: Position) -> float:
        """Fixed at the entry."""
        return position.target_price

    def stop(self, position: Position) -> float:
        """Fixed at the entry."""
        return position.stop_price

    def enter(self, i: int) -> Entry | None:
        """All four conditions; a missing filter passes; long wins."""
        if self.completed[i] < 50:
            return None
        rsi, distance, average = self.rsi[i], self.distance[i], self.volume[i]
        adx, plus, minus = (self.filter[name][i] for name in ("adx", "plus", "minus"))
        if isnan(rsi) or isnan(distance) or isnan(average) or adx > self.adx_limit:
            return None
        if self.regime[i] not in (Regime.RANGING, Regime.LOW_VOLATILITY):
            return None
        if not (average > 0.0 and self.bars.volume[i] > average * self.spike):
            return None
        bearish = adx > 20.0 and minus > plus
        bullish = adx > 20.0 and plus > minus
        close = self.bars.close[i]
        long = rsi < self.oversold and distance < -self.deviation and not bearish
        short = rsi > self.overbought and distance > self.deviation and not bullish
        for side, wanted in ((LONG, long), (SHORT, short)):
            if wanted and side in self.sides:
                return Entry(side, float(close * (1.0 - side * self.sl)), float(close * (1.0 + side * self.tp)))
        return None

    def leave(self, i: int, position: Position) -> str | None:
        """In profit on the fill, and RSI back beyond 50."""
        in_profit = position.side * (self.bars.close[i] - position.average) > 0.0
        return "signal" if in_profit and position.side * (self.rsi[i] - 50.0) > 0.0 else None
