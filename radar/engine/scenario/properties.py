"""What every pipeline promises, held against every case without a word in its test file."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from radar.engine.feed import Feed, load_feed
from radar.engine.run import Run
from radar.engine.scenario.compare import difference
from radar.engine.scenario.play import begin, play, restore, save
from radar.engine.source import MarketData, Until
from radar.kernel.build import Kernel
from radar.market.instant import format_instant
from radar.plan.plan import Plan

__all__ = ["PROPERTIES", "Subject"]

SAMPLED = 3
"""Bars of a case at which a property that speaks of every bar is tried."""


@dataclass(frozen=True)
class Subject:
    """A case that ran: what it ran on, and the uncut run over all of it at once."""

    name: str
    plan: Plan
    kernel: Kernel
    feed: Feed
    market: MarketData
    start: int | None
    end: int | None
    uncut: Run

    def sample(self, least: int) -> list[int]:
        """A few rows between ``least`` and the last one: the same ones at every run of the same case."""
        last = self.uncut.row - 1
        if last < least:
            return []
        source = random.Random(self.name)
        return sorted({source.randint(least, last) for _ in range(SAMPLED)})

    def instant(self, row: int) -> str:
        """When a row's bar opens."""
        return format_instant(int(self.feed.times[row]))


def repeats(subject: Subject) -> str:
    """Two runs over the same data end in the same bytes."""
    return difference(subject.uncut, play(subject.plan, subject.kernel, subject.feed))


def streams(subject: Subject) -> str:
    """A stream of one bar a call gives what one call over all bars gives."""
    run = begin(subject.plan, subject.kernel, subject.feed)
    while run.row < subject.feed.rows and not run.ended:
        run.advance(run.row + 1)
    return difference(subject.uncut, run)


def ignores_the_future(subject: Subject) -> str:
    """Cutting the data at a bar changes nothing before it."""
    feed, plan = subject.feed, subject.plan
    # Cut where every asset has begun and a bar is left to trade: a shorter history is refused, and rightly so.
    begun = max(int((feed.market[:, lane, 3] == feed.market[:, lane, 3]).argmax()) for lane in range(len(plan.assets)))
    for row in subject.sample(max(feed.start, begun) + 1):
        now = int(feed.times[row - 1]) + plan.base.milliseconds
        short = load_feed(plan, Until(subject.market, now), start=subject.start, end=subject.end)
        shown = f"cut at {subject.instant(row)}: "
        if short.rows != row or short.start != feed.start:
            return f"{shown}the data begin or end elsewhere ({short.rows} rows, {short.start} for warming up)"
        run = begin(plan, subject.kernel, feed)
        run.advance(row)
        found = difference(run, play(plan, subject.kernel, short))
        if found:
            return shown + found
    return ""


def resumes(subject: Subject) -> str:
    """A run that is saved at a bar and restored in a fresh process ends as the uncut one."""
    for row in subject.sample(1):
        run = begin(subject.plan, subject.kernel, subject.feed)
        run.advance(row)
        run = restore(subject.plan, subject.kernel, subject.feed, save(run))
        run.finish()
        found = difference(subject.uncut, run)
        if found:
            return f"restored at {subject.instant(row)}: {found}"
    return ""


PROPERTIES: Mapping[str, Callable[[Subject], str]] = {
    "property: the same data give the same bytes": repeats,
    "property: one bar a call is all bars at once": streams,
    "property: the future changes nothing before it": ignores_the_future,
    "property: a restored run is the uncut run": resumes,
}
"""Each property by the name that its result carries: empty, or the first thing that is wrong."""
