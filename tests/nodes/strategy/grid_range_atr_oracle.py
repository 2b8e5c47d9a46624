"""The rules of one slot of the range grid from section 2.3.4, on the formulas of section 1 and no code of Radar."""

from __future__ import annotations

from math import isnan, nan

from tests.acceptance.oracle_strategy import LONG, SHORT, Grid, Inputs, Position, Values
from tests.nodes import formulas


class RangeSlot(Grid):
    """2.3.4: one level ``k + 1`` steps of ATR from a mean; leaves at that mean or at the one it was filled with."""

    def __init__(self, given: Inputs, values: Values) -> None:
        super().__init__(given, values)
        ma_period, atr_period = values["ma_period"], values["atr_period"]
        self.history = max(max(ma_period, atr_period) + 20, 50)
        self.slots = values["num_levels"] * len(self.sides)
        self.side = LONG if values["side"] == "long" else SHORT
        self.used = values["slot"] < values["num_levels"] and self.side in self.sides
        self.mean = formulas.sma(self.bars.close, ma_period)
        self.width = formulas.atr(self.bars, atr_period) * values["atr_spacing_mult"]
        self.steps = values["slot"] + 1
        self.fixed = values["tp_mode"] == "fixed_center"
        self.centre = nan

    def levels(self, i: int, position: Position | None) -> list[tuple[int, int, float]]:
        """``M - s * (k + 1) * w``, a positive price, while the slot is in use."""
        mean, width = float(self.mean[i - 1]), float(self.width[i - 1])
        price = mean - self.side * self.steps * width
        if not self.used or isnan(mean) or not width > 0.0 or price <= 0.0:
            return []
        return [(self.side, 0, price)]

    def opened(self, i: int, position: Position) -> None:
        """Remember the mean that the slot was filled with."""
        self.centre = float(self.mean[i - 1])

    def target(self, i: int, position: Position) -> float:
        """That mean, or the one of the bar before."""
        return self.centre if self.fixed else float(self.mean[i - 1])
