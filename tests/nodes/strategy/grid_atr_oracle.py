"""The rules of the ATR grid from section 2.3.3, on the formulas of section 1 and no code of Radar."""

from __future__ import annotations

from math import isnan

from tests.acceptance.oracle_strategy import Grid, Inputs, Position, Values
from tests.nodes import formulas


class GridAtr(Grid):
    """2.3.3: levels at multiples of ATR from a mean, the mean of the bar before as target."""

    def __init__(self, given: Inputs, values: Values) -> None:
        super().__init__(given, values)
        ma_period, atr_period = values["ma_period"], values["atr_period"]
        self.history = max(max(ma_period, atr_period) + 20, 50)
        self.mean = formulas.sma(self.bars.close, ma_period)
        self.width = formulas.atr(self.bars, atr_period)
        self.start, self.step = values["atr_multiplier_start"], values["atr_multiplier_step"]

    def levels(self, i: int, position: Position | None) -> list[tuple[int, int, float]]:
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
