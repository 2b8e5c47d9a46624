"""The rules of the hunt for liquidation zones from sections 2.1.4, 1.5 and 8.2, and no code of Radar."""

from __future__ import annotations

from bisect import bisect_right

from tests.acceptance.oracle_strategy import LONG, SHORT, Entry, Inputs, Position, Strategy, Values
from tests.nodes.markets import MINUTE


class LiquidationZones(Strategy):
    """2.1.4: zones around the close at which open interest jumped."""

    history = 50

    def __init__(self, given: Inputs, values: Values) -> None:
        super().__init__(given, values)
        self.stamps = sorted(given.interest)
        self.horizon = int(values["oi_change_minutes"]) * MINUTE
        self.threshold, self.buffer = self.fraction("oi_change_threshold"), self.fraction("zone_buffer_percent")
        self.tp, self.sl = self.fraction("tp_percent"), self.fraction("sl_percent")
        self.anchored: tuple[int, float] | None = None

    def reading(self, instant: int) -> float | None:
        """The last record at or before an instant, if it is not older than the horizon."""
        known = bisect_right(self.stamps, instant)
        if known == 0 or instant - self.stamps[known - 1] > self.horizon:
            return None
        return self.given.interest[self.stamps[known - 1]]

    def change(self, i: int) -> float | None:
        """Relative change of open interest up to the open of bar i."""
        time = int(self.bars.time[i])
        now, before = self.reading(time), self.reading(time - self.horizon)
        return None if now is None or before is None else now / before - 1.0

    def observe(self, i: int, position: Position | None) -> None:
        """A jump anchors the zones at this close."""
        change = self.change(i)
        if change is not None and change >= self.threshold:
            self.anchored = i, float(self.bars.close[i])

    def enter(self, i: int, position: Position | None) -> Entry | None:
        """Near a zone of an anchor set 1 to ``anchor_bars`` bars ago; long wins. No order on a missing input (0.5)."""
        if self.change(i) is None:
            return None
        if self.anchored is None or not 1 <= i - self.anchored[0] <= self.values["anchor_bars"]:
            return None
        close, reference = float(self.bars.close[i]), self.anchored[1]
        width = 1.0 / self.values["leverage_estimate"]
        to_short = (reference * (1.0 + width) - close) / close
        to_long = (close - reference * (1.0 - width)) / close
        for side, away in ((LONG, to_short), (SHORT, to_long)):
            if 0.0 <= away < self.buffer and side in self.sides:
                return Entry(side, close * (1.0 - side * self.sl), close * (1.0 + side * self.tp))
        return None

    def opened(self, i: int, position: Position) -> None:
        """The anchor is used up."""
        self.anchored = None

    def leave(self, i: int, position: Position) -> str | None:
        """Open interest falls."""
        change = self.change(i)
        return "signal" if change is not None and change < -0.03 else None
