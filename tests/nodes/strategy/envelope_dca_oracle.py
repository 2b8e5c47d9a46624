"""The rules of the envelopes from sections 2.3.1 and 2.3.2, on the formulas of section 1 and no code of Radar."""

from __future__ import annotations

from math import isnan

from tests.acceptance.oracle_strategy import LONG, Grid, Inputs, Position, Values
from tests.nodes import formulas


class Envelope(Grid):
    """2.3.1: levels at fractions of a mean, the mean of the bar before as target."""

    def __init__(self, given: Inputs, values: Values) -> None:
        super().__init__(given, values)
        self.history = max(values["ma_period"] + 20, 50)
        self.mean = formulas.sma(self.bars.close, values["ma_period"])
        self.start, self.step = values["envelope_start"], values["envelope_step"]

    def levels(self, i: int, position: Position | None) -> list[tuple[int, int, float]]:
        """Buys at ``M * (1 - e)``, sells at ``M * (1 + u)`` with u rounded to three decimals."""
        mean = float(self.mean[i - 1])
        if isnan(mean):
            return []
        found = []
        for k in range(self.slots):
            below = self.start + k * self.step
            above = round(1.0 / (1.0 - below) - 1.0, 3)
            found += [(side, k, mean * (1.0 - below if side == LONG else 1.0 + above)) for side in self.sides]
        return found

    def target(self, i: int, position: Position) -> float:
        """The mean of the bar before."""
        return float(self.mean[i - 1])
