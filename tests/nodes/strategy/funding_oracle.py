"""The rules of the funding scalp from sections 2.1.3, 1.5 and 8.2, and no code of Radar."""

from __future__ import annotations

from bisect import bisect_right

from tests.acceptance.oracle_strategy import LONG, SHORT, Entry, Inputs, Position, Strategy, Values
from tests.nodes.markets import HOUR, MINUTE


class FundingScalp(Strategy):
    """2.1.3: an extreme starts a timer; a later bar enters while it lasts."""

    history = 10

    def __init__(self, given: Inputs, values: Values) -> None:
        super().__init__(given, values)
        self.stamps = sorted(given.rates)
        self.high = self.fraction("extreme_positive_threshold")
        mirrored = values.get("extreme_negative_threshold") is None
        self.low = -self.high if mirrored else self.fraction("extreme_negative_threshold")
        self.delay = values["entry_delay_minutes"] * MINUTE
        self.tp, self.sl = self.fraction("tp_percent"), self.fraction("sl_percent")
        self.timer: tuple[int, int] | None = None

    def rate(self, i: int) -> float | None:
        """The last rate stamped at or before the open of bar i, if it is not older than a day."""
        time = int(self.bars.time[i])
        known = bisect_right(self.stamps, time)
        if known == 0 or time - self.stamps[known - 1] > 24 * HOUR:
            return None
        return self.given.rates[self.stamps[known - 1]]

    def extreme(self, i: int) -> int:
        """The side that an extreme rate speaks for, 0 without one."""
        rate = self.rate(i)
        if rate is None:
            return 0
        return LONG if rate < self.low else SHORT if rate > self.high else 0

    def observe(self, i: int, position: Position | None) -> None:
        """The timer: started by the first bar of an extreme, cleared by any other bar."""
        side = self.extreme(i)
        if side == 0:
            self.timer = None
        elif self.timer is None or self.timer[0] != side:
            self.timer = side, int(self.bars.time[i])

    def enter(self, i: int, position: Position | None) -> Entry | None:
        """A later bar than the timer's, old enough."""
        if self.timer is None or self.timer[0] not in self.sides:
            return None
        side, since = self.timer
        elapsed = int(self.bars.time[i]) - since
        if elapsed == 0 or elapsed < self.delay:
            return None
        close = self.bars.close[i]
        return Entry(side, float(close * (1.0 - side * self.sl)), float(close * (1.0 + side * self.tp)))

    def opened(self, i: int, position: Position) -> None:
        """Entering clears the timer."""
        self.timer = None

    def leave(self, i: int, position: Position) -> str | None:
        """The rate is calm."""
        rate = self.rate(i)
        return "signal" if rate is not None and abs(rate) < 0.0001 else None
