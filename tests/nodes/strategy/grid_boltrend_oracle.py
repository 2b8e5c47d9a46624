"""The rules of the grid behind a breakout from sections 2.3.8 and 2.2.4, on the formulas of section 1 alone."""

from __future__ import annotations

from math import nan

from tests.acceptance.oracle_strategy import LONG, SHORT, Entry, Grid, Inputs, Position, Values
from tests.nodes import formulas


class GridBolTrend(Grid):
    """2.3.8: level 0 at the close of a breakout, the others behind it in steps of that bar's ATR, frozen."""

    def __init__(self, given: Inputs, values: Values) -> None:
        super().__init__(given, values)
        window, long_window = values["bol_window"], values["long_ma_window"]
        self.history = max(max(window, long_window) + 20, 50)
        close = self.bars.close
        self.mid = formulas.sma(close, window)
        half = values["bol_std"] * formulas.deviation(close, window)
        self.upper, self.lower = self.mid + half, self.mid - half
        self.average = formulas.sma(close, long_window)
        self.width = formulas.atr(self.bars, values["atr_period"])
        self.spread, self.multiple = values["min_bol_spread"], values["atr_spacing_mult"]

    def levels(self, i: int, position: Position | None) -> list[tuple[int, int, float]]:
        """``P0 - s * k * w`` for k >= 1, of the bar in which the cycle began; none without a cycle."""
        if position is None:
            return []
        start, side = position.opened, position.side
        anchor, step = float(self.bars.close[start]), float(self.width[start]) * self.multiple
        prices = [(side, k, anchor - side * k * step) for k in range(1, self.slots)]
        return [level for level in prices if level[2] > 0.0]

    def leave(self, i: int, position: Position) -> str | None:
        """The close is back beyond the middle."""
        return "inverse" if position.side * (self.bars.close[i] - self.mid[i]) < 0.0 else None

    def enter(self, i: int, position: Position | None) -> Entry | None:
        """Level 0 at the close of a breakout while flat; strict inequalities; long wins."""
        if position is not None or not self.width[i] > 0.0:
            return None
        close, before, lower = self.bars.close[i], self.bars.close[i - 1], self.lower[i - 1]
        spread = (self.upper[i - 1] - lower) / lower if lower > 0.0 else nan
        if not spread > self.spread:
            return None
        long = before < self.upper[i - 1] and close > self.upper[i] and close > self.average[i]
        short = before > lower and close < self.lower[i] and close < self.average[i]
        for side, wanted in ((LONG, long), (SHORT, short)):
            if wanted and side in self.sides:
                return Entry(side, levels=(0,))
        return None
