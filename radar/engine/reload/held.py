"""The positions of a strategy at every row of the past, read from the fills of its account.

A strategy that is made anew steps through history with the positions that it really had, so that what it remembers of
them (a best price since the first fill, an entry that it asked for) is what it would remember had it run all along.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from radar.engine.run import Run
from radar.kernel.records import RecordView
from radar.market.intent import INTENT, withdraw
from radar.market.position import POSITION
from radar.plan.chain import Chain
from radar.plan.layout import field_name

__all__ = ["Held"]

_PRICES = ("stop", "trail", "target")


@dataclass
class Held:
    """One strategy's position of one asset, moved through the rows of another timeline.

    ``position`` is as it was when the strategy decided in the row of the last :meth:`reach`.
    """

    fills: np.ndarray
    rows: np.ndarray
    now: np.ndarray
    intent: np.ndarray
    position: np.ndarray = field(default_factory=lambda: np.zeros((), POSITION))
    taken: int = 0
    entered: int = -1

    @classmethod
    def of(cls, run: Run, chain: Chain, lane: int, times: np.ndarray) -> Held:
        """The position of ``chain`` in ``lane`` of ``run``, by the rows of ``times``."""
        name = field_name(chain.strategy)
        state = run.state.lanes[lane]
        fills = run.ledger(chain.executor)[0]
        own = fills[(fills["lane"] == lane) & (fills["strategy"] == chain.number) & (fills["time"] > 0)]
        now = np.array(state[f"{name}_position"], POSITION)
        if now["side"] != 0:
            bought = own[(own["trade"] == now["trade"]) & (own["opens"] == 1)]["quantity"].sum()
            if not np.isclose(bought, now["quantity"], rtol=1e-9):
                # A run that was restored has not all fills at hand: the position is taken as it stands.
                own = own[:0]
        held = cls(own, np.searchsorted(times, own["time"]), now, np.array(state[f"{name}_intent"], INTENT))
        held.position["closed_row"] = -1
        if now["side"] != 0 and not len(own):
            held.rows = np.searchsorted(times, now["entry_time"]).reshape(1)
        return held

    def go_on(self, known: Held) -> None:
        """Stand where ``known`` stands, which knew less of the same position."""
        self.position, self.entered = known.position, known.entered
        self.taken = int(np.searchsorted(self.rows, known.rows[known.taken - 1], "right")) if known.taken else 0

    @property
    def first(self) -> int:
        """The first row in which something happens; beyond every row where nothing does."""
        return int(self.rows[self.taken]) if self.taken < len(self.rows) else 1 << 60

    def reach(self, row: int, present: bool, intent: np.void) -> None:
        """Move to the decision of ``row``; ``present`` where the asset has a bar in it.

        When the position that is open now has been entered, stop, trail and target in ``intent`` become what they are
        now: a strategy that names them only at the entry has no other way to know them.
        """
        while self.taken < len(self.rows) and self._is_due(row):
            before = int(self.position["trade"])
            if len(self.fills):
                fill = self.fills[self.taken]
                self._take(fill)
                if not fill["opens"] and fill["at_close"]:
                    intent["trail"] = np.nan
                elif not fill["opens"]:
                    # What rested was meant for the position that ended, until the strategy decides again.
                    withdraw(RecordView(intent))
            else:
                self.position[...] = self.now
                self.position["bars"] = 0
            if self.position["side"] != 0 and (self.position["trade"] != before or self.entered < 0):
                self.entered = int(self.rows[self.taken])
                if self.is_now:
                    for name in _PRICES:
                        intent[name] = self.intent[name]
            self.taken += 1
        if self.position["side"] == 0:
            self.entered = -1
        elif present and row > self.entered:
            self.position["bars"] += 1

    @property
    def is_now(self) -> bool:
        """Whether the position reached is the one that is open now."""
        return bool(
            self.now["side"] != 0 and self.position["trade"] == self.now["trade"] and self.position["side"] != 0
        )

    def _is_due(self, row: int) -> bool:
        at = int(self.rows[self.taken])
        at_close = bool(self.fills[self.taken]["at_close"]) if len(self.fills) else True
        return at < row or (at == row and not at_close)

    def _take(self, fill: np.void) -> None:
        position = self.position
        if not fill["opens"]:
            position["side"], position["filled"], position["quantity"] = 0, 0, 0.0
            position["closed_row"], position["closed_time"] = self.rows[self.taken], fill["time"]
            return
        if position["side"] == 0:
            for name in ("filled", "levels", "bars"):
                position[name] = 0
            for name in ("quantity", "fill_value", "reference_value"):
                position[name] = 0.0
            position["side"], position["trade"] = fill["side"], fill["trade"]
            position["first_fill"], position["entry_time"] = fill["price"], fill["time"]
        position["filled"] |= 1 << int(fill["level"])
        position["levels"] += 1
        position["quantity"] += fill["quantity"]
        position["fill_value"] += fill["price"] * fill["quantity"]
        position["reference_value"] += fill["reference"] * fill["quantity"]
        position["average"] = position["fill_value"] / position["quantity"]
