"""The rules of the Bollinger mean reversion from section 2.2.1, on the formulas of section 1 and no code of Radar."""

from __future__ import annotations

from tests.acceptance.oracle_strategy import LONG, SHORT, Entry, Inputs, Position, Strategy, Values
from tests.nodes import formulas


class BollingerReversion(Strategy):
    """2.2.1: a close outside the band is bet against until it is back at the mean."""

    def __init__(self, given: Inputs, values: Values) -> None:
        super().__init__(given, values)
        window = values["bb_period"]
        self.history = max(window + 20, 50)
        close = self.bars.close
        self.mid = formulas.sma(close, window)
        width = values["bb_std"] * formulas.deviation(close, window)
        self.upper, self.lower = self.mid + width, self.mid - width
        self.sl = self.fraction("sl_percent")

    def enter(self, i: int, position: Position | None) -> Entry | None:
        """Outside the band, strictly; long wins."""
        close = self.bars.close[i]
        for side, wanted in ((LONG, close < self.lower[i]), (SHORT, close > self.upper[i])):
            if wanted and side in self.sides:
                return Entry(side, float(close * (1.0 - side * self.sl)))
        return None

    def leave(self, i: int, position: Position) -> str | None:
        """At the middle or beyond it."""
        return "signal" if position.side * (self.bars.close[i] - self.mid[i]) >= 0.0 else None
