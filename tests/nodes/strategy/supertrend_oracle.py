"""The rules of the SuperTrend strategy from section 2.2.3, on the formulas of section 1 and no code of Radar."""

from __future__ import annotations

from tests.acceptance.oracle_strategy import Entry, Inputs, Position, Strategy, Values
from tests.nodes import formulas


class SuperTrend(Strategy):
    """2.2.3: a turn of the trend, with a target and a stop in percent."""

    def __init__(self, given: Inputs, values: Values) -> None:
        super().__init__(given, values)
        period = values["atr_period"]
        # 8.2: the close of bar 4n is the first decision, which makes 4n + 1 bars.
        self.history = max(period + 20, 50, 4 * period + 1)
        self.direction = formulas.supertrend(self.bars, period, values["atr_multiplier"])["direction"]
        self.tp, self.sl = self.fraction("tp_percent"), self.fraction("sl_percent")

    def enter(self, i: int, position: Position | None) -> Entry | None:
        """On a turn only."""
        before, now = self.direction[i - 1], self.direction[i]
        if i == 0 or before * now != -1.0 or int(now) not in self.sides:
            return None
        side, close = int(now), float(self.bars.close[i])
        return Entry(side, close * (1.0 - side * self.sl), close * (1.0 + side * self.tp))
