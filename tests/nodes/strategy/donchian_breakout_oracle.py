"""The rules of the Donchian breakout from section 2.2.2, on the formulas of section 1 and no code of Radar."""

from __future__ import annotations

import numpy as np

from tests.acceptance.oracle_strategy import LONG, SHORT, Entry, Inputs, Position, Strategy, Values
from tests.nodes import formulas


class DonchianBreakout(Strategy):
    """2.2.2: a close outside the channel of the bars before, with a target and a stop in ATR."""

    def __init__(self, given: Inputs, values: Values) -> None:
        super().__init__(given, values)
        size = values["entry_lookback"]
        self.history = max(size + 20, 50, values["atr_period"] + 1)
        self.high = formulas.before(formulas.windows(self.bars.high, size).max(axis=1))
        self.low = formulas.before(formulas.windows(self.bars.low, size).min(axis=1))
        self.width = formulas.atr(self.bars, values["atr_period"])

    def enter(self, i: int, position: Position | None) -> Entry | None:
        """Outside the channel, strictly, with an ATR above zero; long wins."""
        close, width = float(self.bars.close[i]), float(self.width[i])
        if np.isnan(width) or width <= 0.0:
            return None
        stop, target = width * self.values["atr_sl_multiple"], width * self.values["atr_tp_multiple"]
        for side, wanted in ((LONG, close > self.high[i]), (SHORT, close < self.low[i])):
            if wanted and side in self.sides:
                return Entry(side, close - side * stop, close + side * target)
        return None
