"""The rules of the scalp from section 2.1.1, on the formulas of section 1 and no code of Radar."""

from __future__ import annotations

from math import isnan, nan

import numpy as np

from radar.market.reason import Regime
from tests.acceptance.oracle_strategy import LONG, SHORT, Entry, Inputs, Position, Strategy, Values
from tests.nodes import formulas
from tests.nodes.markets import MINUTE, Bars


class VwapRsi(Strategy):
    """2.1.1: oversold below VWAP on high volume, filtered by the 15-minute trend."""

    def __init__(self, given: Inputs, values: Values) -> None:
        super().__init__(given, values)
        bars, size = self.bars, values["vwap_hours"] * 12
        self.history = max(300, size)
        self.rsi = formulas.rsi(bars.close, values["rsi_period"])
        vwap = formulas.vwap(bars, size)
        self.distance = np.where(vwap <= 0.0, 0.0, (bars.close - vwap) / vwap)
        self.volume = formulas.sma(bars.volume, 20)
        self.regime = formulas.regime(bars)
        self.deviation, self.tp = self.fraction("vwap_deviation_entry"), self.fraction("tp_percent")
        self.sl = self.fraction("sl_percent")
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
            for name, column in self.filter.items():
                column[i] = trend[name][count - 1] if count else nan

    def enter(self, i: int, position: Position | None) -> Entry | None:
        """All four conditions; a missing filter passes; long wins."""
        if self.completed[i] < 50:
            return None
        values = self.values
        rsi, distance, average = self.rsi[i], self.distance[i], self.volume[i]
        adx, plus, minus = (self.filter[name][i] for name in ("adx", "plus", "minus"))
        if isnan(rsi) or isnan(distance) or isnan(average) or adx > values["trend_adx_threshold"]:
            return None
        if self.regime[i] not in (Regime.RANGING, Regime.LOW_VOLATILITY):
            return None
        if not (average > 0.0 and self.bars.volume[i] > average * values["volume_spike_multiplier"]):
            return None
        bearish = adx > 20.0 and minus > plus
        bullish = adx > 20.0 and plus > minus
        close = self.bars.close[i]
        long = rsi < values["rsi_long_threshold"] and distance < -self.deviation and not bearish
        short = rsi > values["rsi_short_threshold"] and distance > self.deviation and not bullish
        for side, wanted in ((LONG, long), (SHORT, short)):
            if wanted and side in self.sides:
                return Entry(side, float(close * (1.0 - side * self.sl)), float(close * (1.0 + side * self.tp)))
        return None

    def leave(self, i: int, position: Position) -> str | None:
        """In profit on the fill, and RSI back beyond 50."""
        in_profit = position.side * (self.bars.close[i] - position.average) > 0.0
        return "signal" if in_profit and position.side * (self.rsi[i] - 50.0) > 0.0 else None
