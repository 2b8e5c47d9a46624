"""The rules of the cross of two averages, on the formulas of section 1 and no code of Radar."""

from __future__ import annotations

import numpy as np

from tests.acceptance.oracle_strategy import Entry, Inputs, Position, Strategy, Values
from tests.nodes import formulas


class AverageCross(Strategy):
    """Every cross as a bar number, found in the whole series at once; then who has answered which."""

    def __init__(self, given: Inputs, values: Values) -> None:
        super().__init__(given, values)
        fast, slow = values["fast_period"], values["slow_period"]
        self.history = slow + 1
        close = self.bars.close
        self.apart = np.nan_to_num(np.sign(formulas.sma(close, fast) - formulas.sma(close, slow)))
        known = np.flatnonzero(self.apart)
        crossed = known[1:][self.apart[known[1:]] != self.apart[known[:-1]]]
        # The last cross at or before each bar, -1 before the first one.
        self.cross = np.full(len(close), -1)
        self.cross[crossed] = crossed
        self.cross = np.maximum.accumulate(self.cross)
        self.answered, self.wanted = -1, 0
        self.sl = self.fraction("sl_percent")

    def observe(self, i: int, position: Position | None) -> None:
        """A cross is answered by the first close at which the averages are apart and nothing is open before it."""
        cross, side = int(self.cross[i]), int(self.apart[i])
        self.wanted = 0
        if side != 0 and position is None and cross > self.answered:
            self.answered = cross
            self.wanted = side if side in self.sides else 0

    def enter(self, i: int, position: Position | None) -> Entry | None:
        """What the close has asked for."""
        if self.wanted == 0:
            return None
        return Entry(self.wanted, float(self.bars.close[i] * (1.0 - self.wanted * self.sl)))

    def leave(self, i: int, position: Position) -> str | None:
        """The averages are apart the other way."""
        return "signal" if self.apart[i] == -position.side else None
