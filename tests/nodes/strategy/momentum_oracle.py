"""The rules of the volume breakout from section 2.1.2, on the formulas of section 1 and no code of Radar."""

from __future__ import annotations

from math import isnan, nan

import numpy as np

from tests.acceptance.oracle_strategy import LONG, SHORT, Entry, Inputs, Position, Strategy, Values
from tests.nodes import formulas
from tests.nodes.markets import MINUTE, Bars


class Momentum(Strategy):
    """2.1.2: a close beyond the channel on high volume, in the direction of the 15-minute trend."""

    def __init__(self, given: Inputs, values: Values) -> None:
        super().__init__(given, values)
        bars, lookback = self.bars, values["breakout_lookback"]
        self.history = max(lookback + 50, 100, 150)
        count = len(bars)
        self.high, self.low = np.full(count, nan), np.full(count, nan)
        for i in range(lookback, count):
            self.high[i], self.low[i] = bars.high[i - lookback : i].max(), bars.low[i - lookback : i].min()
        self.atr = formulas.atr(bars, 14)
        self.adx = formulas.adx(bars, 14)["adx"]
        self.volume = formulas.sma(bars.volume, 20)
        self.tp, self.sl = self.fraction("tp_percent"), self.fraction("sl_percent")
        slow = formulas.resample(bars, 5 * MINUTE, 15 * MINUTE)
        rows = [slow[k] for k in sorted(slow)]
        if rows:
            trend = formulas.adx(Bars(*(np.array(column) for column in zip(*rows, strict=True))), 14)
        # At the close of bar i: the number of completed slow bars, and the values of the last of them.
        self.completed = np.zeros(count, dtype=int)
        self.filter = {name: np.full(count, nan) for name in ("adx", "plus", "minus")}
        done = 0
        for i in range(count):
            done += i in slow
            self.completed[i] = done
            for name, column in self.filter.items():
                column[i] = trend[name][done - 1] if done else nan

    def enter(self, i: int, position: Position | None) -> Entry | None:
        """Trend, volume, break; the percentages cap the distances."""
        values, close, width = self.values, self.bars.close[i], self.atr[i]
        adx, plus, minus = (self.filter[name][i] for name in ("adx", "plus", "minus"))
        if self.completed[i] < 50 or isnan(width) or not adx >= 25.0:
            return None
        if not self.bars.volume[i] > self.volume[i] * values["volume_confirmation_multiplier"]:
            return None
        target, stop = (
            min(width * values[multiplier], close * cap) if width > 0.0 else close * cap
            for multiplier, cap in (("atr_multiplier_tp", self.tp), ("atr_multiplier_sl", self.sl))
        )
        long = close > self.high[i] and plus > minus
        short = close < self.low[i] and minus > plus
        for side, wanted in ((LONG, long), (SHORT, short)):
            if wanted and side in self.sides:
                return Entry(side, float(close - side * stop), float(close + side * target))
        return None

    def leave(self, i: int, position: Position) -> str | None:
        """The trend of the main timeframe has faded, in profit or not."""
        return "signal" if self.adx[i] < 20.0 else None
