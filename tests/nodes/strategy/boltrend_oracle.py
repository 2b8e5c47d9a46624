"""The rules of the Bollinger breakout from section 2.2.4, on the formulas of section 1 and no code of Radar."""

from __future__ import annotations

from math import nan

from tests.acceptance.oracle_strategy import LONG, SHORT, Entry, Inputs, Position, Strategy, Values
from tests.nodes import formulas


class BolTrend(Strategy):
    """2.2.4: a close that leaves the band in the direction of the long average."""

    def __init__(self, given: Inputs, values: Values) -> None:
        super().__init__(given, values)
        window, long_window = values["bol_window"], values["long_ma_window"]
        self.history = max(window, long_window) + 20
        close = self.bars.close
        self.mid = formulas.sma(close, window)
        width = values["bol_std"] * formulas.deviation(close, window)
        self.upper, self.lower = self.mid + width, self.mid - width
        self.average = formulas.sma(close, long_window)
        self.spread, self.sl = values["min_bol_spread"], self.fraction("sl_percent")

    def enter(self, i: int, position: Position | None) -> Entry | None:
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
