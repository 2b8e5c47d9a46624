"""Closes are decided once, in order, and what comes after changes nothing of them."""

from __future__ import annotations

import pytest

from radar.engine.stream.event import (
    EVERY_LANE,
    CandleClosed,
    ConnectionLost,
    Event,
    FundingSettled,
    OpenInterestRead,
    read_event,
)
from radar.engine.stream.gather import PATIENCE, Gather, Judged, Verdict
from radar.engine.stream.source import Wanted
from radar.market.timeframe import Timeframe
from tests.nodes.markets import HOUR, MINUTE, START

WANTED = Wanted(("BTC", "ETH"), Timeframe.parse("1h"), slower=(Timeframe.parse("4h"),), interest=True)


def bar(hour: int, lane: int, *, received: int | None = None, length: int = HOUR, close: float = 10.0) -> CandleClosed:
    """A bar that closes ``hour`` hours after the start, told at its close unless said otherwise."""
    time = START + hour * HOUR
    return CandleClosed(time, lane, 1, time if received is None else received, length, 10.0, 12.0, 8.0, close, 5.0)


def settled(hour: int, received: int, rate: float = 1e-4) -> FundingSettled:
    """A settlement of the first lane."""
    return FundingSettled(START + hour * HOUR, 0, 1, received, rate)


def tell(gather: Gather, event: Event) -> Judged:
    """Judge and apply."""
    judged = gather.judge(event)
    gather.apply(judged)
    return judged


def test_a_close_is_decided_when_all_lanes_have_told_it() -> None:
    """Not before, and then at once."""
    gather = Gather(WANTED, START)
    tell(gather, bar(1, 0))
    assert gather.next(START + HOUR) is None
    tell(gather, bar(1, 1))
    close = gather.next(START + HOUR)
    assert close is not None
    assert (close.time, len(close.bars)) == (START + HOUR, 2)
    assert gather.next(START + 9 * HOUR) is None


def test_a_close_of_a_slower_bar_waits_for_it() -> None:
    """The fourth hour is whole with four bars: two of an hour, two of four."""
    gather = Gather(WANTED, START)
    for lane in (0, 1):
        tell(gather, bar(4, lane))
    assert gather.next(START + 4 * HOUR) is None
    for lane in (0, 1):
        tell(gather, bar(4, lane, length=4 * HOUR))
    assert gather.next(START + 4 * HOUR) is not None


def test_patience_ends() -> None:
    """A missing lane is waited for from the first bar of the close on, however late that one came, and then it is a
    gap: its bar is late, is counted, and makes no row."""
    gather = Gather(WANTED, START)
    came = START + HOUR + 7 * MINUTE
    tell(gather, bar(1, 0, received=came))
    assert gather.deadline == came + PATIENCE
    assert gather.next(came + PATIENCE - 1) is None
    close = gather.next(came + PATIENCE)
    assert close is not None
    assert len(close.bars) == 1
    late = tell(gather, bar(1, 1, received=came + PATIENCE + 1))
    assert (late.verdict, late.effective) == (Verdict.LATE, None)
    assert gather.counts == {"accepted": 1, "late": 1}
    assert gather.next(came + HOUR, flush=True) is None


def test_closes_are_decided_in_their_order() -> None:
    """A later close that is whole waits for an earlier one that is not."""
    gather = Gather(WANTED, START)
    tell(gather, bar(1, 0))
    for lane in (0, 1):
        tell(gather, bar(2, lane, received=START + HOUR))
    assert gather.next(START + HOUR) is None
    tell(gather, bar(1, 1))
    assert [gather.next(START + HOUR).time for _ in range(2)] == [START + HOUR, START + 2 * HOUR]  # type: ignore[union-attr]


def test_a_duplicate_is_dropped_and_counted() -> None:
    """Before its close is decided and after; the first numbers were final."""
    gather = Gather(WANTED, START)
    tell(gather, bar(1, 0))
    assert tell(gather, bar(1, 0, close=11.0)).verdict is Verdict.DUPLICATE
    tell(gather, bar(1, 1))
    close = gather.next(START + HOUR)
    assert close is not None
    assert close.bars[0, HOUR, START].close == 10.0
    assert tell(gather, bar(1, 0)).verdict is Verdict.DUPLICATE
    assert gather.counts["duplicate"] == 2


@pytest.mark.parametrize("jump", [-HOUR, HOUR, -1000 * HOUR])
def test_a_clock_that_jumps(jump: int) -> None:
    """While all lanes tell their bars, rows do not depend on what the clock says; time never goes back."""
    gather = Gather(WANTED, START)
    closes = []
    for hour in (1, 2, 3):
        for lane in (0, 1):
            moved = START + hour * HOUR + (jump if hour == 2 else 0)
            tell(gather, bar(hour, lane, received=moved))
            clock = gather.clock
            close = gather.next(moved)
            assert gather.clock >= clock
            closes += [] if close is None else [(close.time, len(close.bars))]
    assert sorted(closes) == [(START + hour * HOUR, 2) for hour in (1, 2, 3)]


def test_what_cannot_be_true_is_dropped() -> None:
    """A bar that contradicts itself, one of another clock, one of the future, a rate that is none."""
    gather = Gather(WANTED, START)
    wrong = [
        CandleClosed(START + HOUR, 0, 1, START + HOUR, HOUR, 10.0, 9.0, 8.0, 10.0, 5.0),
        CandleClosed(START + HOUR, 0, 1, START + HOUR, HOUR, float("nan"), 12.0, 8.0, 10.0, 5.0),
        CandleClosed(START + HOUR, 0, 1, START + HOUR, HOUR, 10.0, 12.0, 8.0, 10.0, -1.0),
        CandleClosed(START + HOUR + 1, 0, 1, START + HOUR, HOUR, 10.0, 12.0, 8.0, 10.0, 1.0),
        CandleClosed(START + HOUR, 0, 1, START + HOUR, MINUTE, 10.0, 12.0, 8.0, 10.0, 1.0),
        CandleClosed(START + HOUR, 7, 1, START + HOUR, HOUR, 10.0, 12.0, 8.0, 10.0, 1.0),
        bar(3, 0, received=START + HOUR),
        settled(1, START + HOUR, rate=float("nan")),
        OpenInterestRead(START + 1, 0, 1, START + 1, 5.0, 5.0),
    ]
    for event in wrong:
        assert tell(gather, event).verdict is Verdict.INVALID, event
    assert gather.deadline is None
    assert gather.silence() == [None, None]


def test_a_late_settlement_counts_from_the_next_bar_on() -> None:
    """Money moves: it is booked in the first bar that is not decided; one behind a newer one is only recorded."""
    gather = Gather(WANTED, START)
    gather.remember(0, FundingSettled.kind, [START - 8 * HOUR])
    for hour in (1, 2):
        for lane in (0, 1):
            tell(gather, bar(hour, lane))
        assert gather.next(START + hour * HOUR) is not None
    now = START + 2 * HOUR
    found = tell(gather, settled(1, now))
    assert (found.verdict, found.effective) == (Verdict.LATE, now)
    assert tell(gather, settled(1, now)).verdict is Verdict.DUPLICATE
    found = tell(gather, settled(0, now))
    assert (found.verdict, found.effective) == (Verdict.LATE, None)
    found = tell(gather, settled(2, now))
    assert (found.verdict, found.effective) == (Verdict.ACCEPTED, now)


def test_open_interest_is_late_only_for_bars_that_saw_it() -> None:
    """A bar sees the reading at its open: one inside the last decided bar is in time for the next."""
    gather = Gather(WANTED, START)
    for lane in (0, 1):
        tell(gather, bar(1, lane))
    gather.next(START + HOUR)
    inside = OpenInterestRead(START + HOUR // 2, 0, 1, START + HOUR, 5.0, 5.0)
    assert tell(gather, inside).verdict is Verdict.ACCEPTED
    before = OpenInterestRead(START, 0, 1, START + HOUR, 5.0, 5.0)
    assert tell(gather, before).verdict is Verdict.LATE


def test_each_lane_has_its_own_silence() -> None:
    """One asset that tells does not hide another that is silent, and a duplicate is a sign of life."""
    gather = Gather(WANTED, START)
    tell(gather, bar(1, 0))
    tell(gather, bar(1, 1))
    tell(gather, bar(2, 0))
    tell(gather, bar(1, 1, received=START + 3 * HOUR))
    tell(gather, bar(2, 0, received=START + 5 * HOUR))
    assert gather.silence() == [0, 2 * HOUR]


def test_events_in_bytes() -> None:
    """Every kind comes back from its bytes as it was, to the last bit; other bytes are refused."""
    events = [bar(1, 0), settled(1, START, -0.0), OpenInterestRead(START + HOUR, 0, 3, START, 5.0, 0.1)]
    events += [ConnectionLost(START + HOUR, EVERY_LANE, 1, START)]
    for event in events:
        fields = event.kind, event.time, event.lane, event.sequence, event.received, event.clock
        assert read_event(*fields, event.payload) == event
        with pytest.raises(ValueError, match="no event"):
            read_event(*fields, event.payload + b"!")
    kinds = [type(event) for event in sorted(events, key=lambda event: event.order)]
    assert kinds == [ConnectionLost, CandleClosed, FundingSettled, OpenInterestRead]
