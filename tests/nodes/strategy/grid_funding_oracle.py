"""The rules of the funding grid from sections 2.3.6, 1.5 and 8.1, and no code of Radar."""

from __future__ import annotations

from math import nan

import numpy as np

from tests.acceptance.oracle_strategy import LONG, Entry, Grid, Inputs, Position, Values
from tests.nodes import formulas
from tests.nodes.markets import HOUR, MINUTE


class GridFunding(Grid):
    """2.3.6: levels bought at closes while the last settled rate is negative enough."""

    def __init__(self, given: Inputs, values: Values) -> None:
        super().__init__(given, values)
        self.history = max(values["ma_period"] + 10, 50)
        self.mean = formulas.sma(self.bars.close, values["ma_period"])
        # Stamps count by their minute. A bar sees the last one at or before its open, if it is not older than a day.
        rates = {stamp - stamp % MINUTE: rate for stamp, rate in given.rates.items()}
        stamps = sorted(rates)
        self.rate = np.full(len(self.bars), nan)
        for i, time in enumerate(self.bars.time.tolist()):
            known = [stamp for stamp in stamps if stamp <= time]
            if known and time - known[-1] <= 24 * HOUR:
                self.rate[i] = rates[known[-1]]
        self.start, self.step = values["funding_threshold_start"], values["funding_threshold_step"]
        self.mode, self.hold = values["tp_mode"], values["min_hold_candles"]

    def leave(self, i: int, position: Position) -> str | None:
        """After the least holding time from the first fill: a positive rate, a close at the mean, or either."""
        if i - position.opened < self.hold:
            return None
        positive = self.mode in ("funding_positive", "funding_or_sma") and self.rate[i] > 0.0
        crossed = self.mode in ("sma_cross", "funding_or_sma") and self.bars.close[i] >= self.mean[i]
        return "funding_tp" if positive or crossed else None

    def enter(self, i: int, position: Position | None) -> Entry | None:
        """Every level whose rate is reached and that is not filled."""
        filled = position.filled if position is not None else set()
        reached = (k for k in range(self.slots) if self.rate[i] <= -(self.start + k * self.step))
        wanted = tuple(k for k in reached if k not in filled)
        return Entry(LONG, levels=wanted) if wanted else None
