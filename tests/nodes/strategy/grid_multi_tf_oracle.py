"""The rules of the grid of two timeframes from sections 2.3.5 and 8.2, on the formulas of section 1 alone."""

from __future__ import annotations

from math import isnan

import numpy as np

from tests.acceptance.oracle_strategy import Grid, Inputs, Position, Values
from tests.nodes import formulas
from tests.nodes.markets import HOUR, Bars


class GridMultiTf(Grid):
    """2.3.5: levels at multiples of ATR from a mean, on the side of the SuperTrend of whole four-hour buckets."""

    def __init__(self, given: Inputs, values: Values) -> None:
        super().__init__(given, values)
        ma_period, atr_period, period = values["ma_period"], values["atr_period"], values["st_atr_period"]
        self.history = max(4 * 10 * period, max(ma_period, atr_period) + 20, 50)
        self.mean = formulas.sma(self.bars.close, ma_period)
        self.width = formulas.atr(self.bars, atr_period)
        self.start, self.step = values["atr_multiplier_start"], values["atr_multiplier_step"]
        slow = formulas.resample(self.bars, given.interval, 4 * HOUR)
        rows = [slow[k] for k in sorted(slow)]
        # The direction as it is known at the close of bar i; 0 until there is one.
        self.direction = np.zeros(len(self.bars))
        if rows:
            four = Bars(*(np.array(column) for column in zip(*rows, strict=True)))
            turns = formulas.supertrend(four, period, values["st_atr_multiplier"])["direction"]
            for row, last in enumerate(sorted(slow)):
                self.direction[last:] = turns[row]

    def levels(self, i: int, position: Position | None) -> list[tuple[int, int, float]]:
        """``M - s * a * (start + k * step)`` on the side of the direction, positive prices only."""
        mean, width, side = self.mean[i - 1], self.width[i - 1], int(self.direction[i - 1])
        if isnan(mean) or not width > 0.0 or side not in self.sides:
            return []
        prices = [(side, k, float(mean - side * width * (self.start + k * self.step))) for k in range(self.slots)]
        return [level for level in prices if level[2] > 0.0]

    def target(self, i: int, position: Position) -> float:
        """The mean of the bar before."""
        return float(self.mean[i - 1])

    def leave(self, i: int, position: Position) -> str | None:
        """The direction opposes the cycle: tested on the state, not on its change."""
        return "flip" if position.side * self.direction[i] < 0.0 else None
