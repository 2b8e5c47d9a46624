"""The rules of the pullback grid from sections 2.3.7 and 8.1, on the formulas of section 1 and no code of Radar."""

from __future__ import annotations

from math import isnan, nan

from tests.acceptance.oracle_strategy import LONG, Grid, Inputs, Position, Values
from tests.nodes import formulas


class GridTrend(Grid):
    """2.3.7: levels at multiples of ATR below a fast average, a trailing stop, and a flip when the averages cross."""

    def __init__(self, given: Inputs, values: Values) -> None:
        super().__init__(given, values)
        fast, slow, strength, width = (values[name] for name in ("ema_fast", "ema_slow", "adx_period", "atr_period"))
        self.history = max(max(slow, 2 * strength + 1, width) + 20, 50)
        close = self.bars.close
        self.fast = formulas.exponential(close, fast, 2.0 / (fast + 1))
        self.slow = formulas.exponential(close, slow, 2.0 / (slow + 1))
        self.adx = formulas.adx(self.bars, strength)["adx"]
        self.width = formulas.atr(self.bars, width)
        self.threshold, self.multiple = values["adx_threshold"], values["trail_mult"]
        self.start, self.step = values["pull_start"], values["pull_step"]

    def levels(self, i: int, position: Position | None) -> list[tuple[int, int, float]]:
        """``EMA_fast - s * a * (start + k * step)`` on the side of the trend, where it is strong enough."""
        fast, slow, width = self.fast[i - 1], self.slow[i - 1], self.width[i - 1]
        side = int(fast > slow) - int(fast < slow)
        if side not in self.sides or not self.adx[i - 1] >= self.threshold or not width > 0.0:
            return []
        prices = [(side, k, float(fast - side * width * (self.start + k * self.step))) for k in range(self.slots)]
        return [level for level in prices if level[2] > 0.0]

    def trail(self, i: int, position: Position) -> float:
        """The best over all bars since the first fill of where W stood less the multiple of the ATR of that bar."""
        side, first = position.side, position.opened
        best, found = position.legs[0].price, nan
        for k in range(first, i):
            if k > first:
                extreme = float(self.bars.high[k] if side == LONG else self.bars.low[k])
                best = max(best, extreme) if side == LONG else min(best, extreme)
            stop = best - side * self.multiple * float(self.width[k])
            if isnan(found) or side * (stop - found) > 0.0:
                found = stop
        return found

    def leave(self, i: int, position: Position) -> str | None:
        """The averages are crossed against the cycle."""
        return "flip" if position.side * (self.fast[i] - self.slow[i]) < 0.0 else None
