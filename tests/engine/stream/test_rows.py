"""Whatever a feed does, the rows of a stream are those that a back-test makes of what it was told."""

from __future__ import annotations

import asyncio

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from radar.engine.feed import Feed, load_feed
from radar.engine.market_rows import read_candles, read_rows
from radar.engine.source import Until
from radar.engine.stream.deliveries import NO_FAULTS, Faults
from radar.engine.stream.event import Event
from radar.engine.stream.gather import Close, Gather, Verdict
from radar.engine.stream.growing import GrowingFeed
from radar.engine.stream.recorded import Recorded, history_series
from radar.engine.stream.replay import Replay
from radar.engine.stream.source import Wanted, wanted_by
from tests.engine.memory import Memory
from tests.engine.stream.markets import ASSETS, FIRST, ROWS, everything, market
from tests.nodes.markets import HOUR

PLAN = everything().plan
PROBABILITY = st.sampled_from([0.0, 0.05, 0.3])
FAULTS = st.builds(
    Faults, st.integers(0, 2**32), gaps=PROBABILITY, late=PROBABILITY, duplicates=PROBABILITY, outages=PROBABILITY
)


class Told:
    """What a run was told, and the rows that it made of it at each close."""

    def __init__(self, data: Memory) -> None:
        self.known = Until(data, FIRST)
        self.wanted: Wanted = wanted_by(PLAN, self.known)
        self.history = history_series(self.wanted, self.known)
        self.gather = Gather(self.wanted, FIRST)
        self.growing = GrowingFeed(PLAN, self.wanted)
        interest = {lane: self.history["open_interest", asset, 0] for lane, asset in enumerate(ASSETS)}
        rows = read_rows(PLAN, self.known, read_candles(PLAN, self.known))
        self.growing.warm(rows, {lane: (one.time, one.open_interest) for lane, one in interest.items()})
        self.taken: list[tuple[Event, int]] = []
        self.fine: list[tuple[np.ndarray, np.ndarray]] = []

    def tell(self, event: Event) -> Verdict:
        """Take one event in."""
        judged = self.gather.judge(event)
        self.gather.apply(judged)
        if judged.effective is not None:
            self.taken.append((event, judged.effective))
            self.growing.take(event, judged.effective)
        return judged.verdict

    def decide(self, now: int, *, flush: bool = False) -> None:
        """Make the rows that are due."""
        while (close := self.gather.next(now, flush=flush)) is not None:
            self.append(close)

    def append(self, close: Close) -> None:
        """Make one row."""
        self.growing.append(close)
        feed = self.growing.feed
        self.fine.append((feed.fine_times, feed.fine_market))

    def batch(self) -> Feed:
        """The rows that a back-test makes of what counted."""
        recorded = Recorded(ASSETS, self.history, self.taken)
        return load_feed(PLAN, recorded, start=FIRST, end=self.gather.decided)

    def require_same(self) -> None:
        """Every number of every row is that of the back-test, and the finer bars of each row are there."""
        batch, feed = self.batch(), self.growing.feed
        assert feed.times.tobytes() == batch.times.tobytes()
        assert feed.start == batch.start
        assert feed.market.tobytes() == batch.market.tobytes()
        assert feed.fine_interval == batch.fine_interval == HOUR // 4
        # Finer bars of an hour without a row are told, and nobody asks for them.
        opened = batch.fine_times - batch.fine_times % HOUR
        streamed = (opened >= FIRST) & np.isin(opened, batch.times)
        assert np.concatenate([times for times, _ in self.fine]).tobytes() == batch.fine_times[streamed].tobytes()
        assert np.concatenate([bars for _, bars in self.fine]).tobytes() == batch.fine_market[streamed].tobytes()


async def play(told: Told, data: Memory, faults: Faults = NO_FAULTS) -> list[Event]:
    """Tell everything that a replay delivers."""
    replay, events = Replay(data, faults=faults), []
    await replay.subscribe(told.wanted, FIRST, None)
    while not replay.ended:
        event = await replay.receive(told.gather.deadline)
        if event is not None:
            events.append(event)
            told.tell(event)
        told.decide(replay.now())
    told.decide(replay.now(), flush=True)
    return events


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32), faults=FAULTS)
def test_rows_of_any_feed(seed: int, faults: Faults) -> None:
    """Gaps, late bars and stamps, duplicates, outages: the same bytes as in one batch."""
    data = market(seed % 7)
    told = Told(data)
    asyncio.run(play(told, data, faults))
    if told.growing.rows > len(told.known.candles("BTC", "1h")):
        told.require_same()


@settings(max_examples=10)
@given(data=st.data())
def test_the_order_of_arrival_does_not_matter(data: st.DataObject) -> None:
    """Lanes and series that tell in any order, within the patience of a close, make the rows of the store itself."""
    source = market(1)
    ordered = asyncio.run(play(Told(source), source))
    told = Told(source)
    closes: dict[int, list[Event]] = {}
    for event in ordered:
        closes.setdefault(-(-event.time // HOUR), []).append(event)
    for _, group in sorted(closes.items()):
        for event in data.draw(st.permutations(group)):
            assert told.tell(event) is Verdict.ACCEPTED
            told.decide(event.received)
    told.decide(ordered[-1].received, flush=True)
    told.require_same()
    stored = load_feed(PLAN, source, start=FIRST)
    assert told.growing.rows == stored.rows
    assert told.growing.feed.market.tobytes() == stored.market.tobytes()


@settings(max_examples=15)
@given(cut=st.integers(1, ROWS - 1), faults=FAULTS)
def test_rows_go_on_after_a_cut(cut: int, faults: Faults) -> None:
    """What is saved between two rows is all that the later ones need."""
    data = market(2)
    whole = Told(data)
    events = asyncio.run(play(whole, data, faults))
    told, again = Told(data), Told(data)
    for number, event in enumerate(events):
        if number == len(events) * cut // ROWS:
            again.growing.restore(told.growing.save())
            again.gather.restore(told.gather.save(), told.gather.waiting())
            again.taken = list(told.taken)
            told = again
        while (deadline := told.gather.deadline) is not None and deadline < event.received:
            told.decide(deadline)
        told.tell(event)
        told.decide(event.received)
    told.decide(events[-1].received if events else FIRST, flush=True)
    assert told.taken == whole.taken
    assert told.gather.counts == whole.gather.counts
    made, expected = told.growing.feed, whole.growing.feed
    assert made.rows == expected.rows
    assert made.start == expected.start
    after = made.times > 0
    assert made.times[after].tobytes() == expected.times[after].tobytes()
    assert made.market[after].tobytes() == expected.market[after].tobytes()
