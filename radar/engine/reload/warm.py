"""The new plan's kernel over stored history with effects off: the state of what is made anew."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from radar.engine.feed import Feed
from radar.engine.reload.held import Held
from radar.engine.reload.pairing import Origin, Pairing
from radar.engine.run import Run
from radar.kernel.build import Kernel
from radar.plan.layout import field_name

__all__ = ["Warming"]

NEVER: Final = 1 << 60
"""A first tradable row that never comes: nodes tick, and nothing is entered or booked."""


class Warming:
    """A run of the new plan that only watches, beside the run that it is to take over from.

    It can go on as rows come, so that little is left to do when the plan takes over.
    """

    def __init__(self, pairing: Pairing, kernel: Kernel, feed: Feed) -> None:
        self.pairing = pairing
        self.run = Run.begin(pairing.after, kernel, replace(feed, start=NEVER))
        self._held: dict[tuple[int, str], Held] = {}

    @property
    def row(self) -> int:
        """The next row."""
        return self.run.row

    def reach(self, before: Run, feed: Feed, row: int) -> None:
        """Go on to ``row`` of ``feed``, with the positions that the strategies of ``before`` had."""
        run = self.run
        run.feed = replace(feed, start=NEVER)
        self._look(before, feed)
        while run.row < row:
            self._place(run.row)
            following = [one.first for one in self._held.values()]
            busy = any(one.position["side"] != 0 for one in self._held.values())
            last = run.row + 1 if busy else max(run.row + 1, min([row, *following]))
            run.advance(min(last, row))

    def knows(self, lane: int, strategy: str) -> bool:
        """Whether a strategy has stepped with the position that it has now."""
        held = self._held.get((lane, strategy))
        return held is not None and held.is_now

    def _look(self, before: Run, feed: Feed) -> None:
        """Read the positions of the strategies that are made anew, as far as they are known by now."""
        for chain in self.pairing.after.chains:
            old = self.pairing.chain_before(chain)
            if self.pairing.origin[chain.strategy] is not Origin.MARKET or self.pairing.kept_strategy(chain) is None:
                continue
            assert old is not None
            for lane, there in enumerate(self.pairing.lanes):
                if there >= 0:
                    found = Held.of(before, old, there, feed.times)
                    known = self._held.get((lane, chain.strategy))
                    if known is not None:
                        found.go_on(known)
                    self._held[lane, chain.strategy] = found

    def _place(self, row: int) -> None:
        """Let every strategy hold in ``row`` what it held."""
        lanes = self.run.state.lanes
        for (lane, strategy), held in self._held.items():
            name = field_name(strategy)
            present = not np.isnan(self.run.feed.market[row, lane, 3])
            held.reach(row, present, lanes[lane][f"{name}_intent"])
            lanes[lane][f"{name}_position"] = held.position
