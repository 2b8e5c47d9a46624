"""Events of kill switches: what a run's own switch did, and the rule of what is one event, against plain loops."""

from __future__ import annotations

from typing import Any

import pytest

from radar.engine.portfolio.switches import replay, switch_events
from radar.engine.result import Result
from radar.plan.layout import field_name
from tests.engine.portfolio.books import CAPITAL, ms, traded

HOUR = 3_600_000
DAY = 24 * HOUR
WINDOW, FREEZE = 12, 6


def global_run(threshold: float = 4.0) -> Result:
    """A switch that trips often."""
    return traded(
        f"guard.global_max_loss_percent={threshold}",
        f"guard.global_window_hours={WINDOW}",
        f"guard.freeze_hours={FREEZE}",
    )


@pytest.mark.parametrize(
    "overrides",
    [
        ("guard.global_max_loss_percent=4", f"guard.global_window_hours={WINDOW}", f"guard.freeze_hours={FREEZE}"),
        ("guard.global_max_loss_percent=2", "guard.global_window_hours=3", "guard.freeze_hours=1"),
        ("guard.max_daily_loss_percent=2",),
        ("guard.max_session_loss_percent=10",),
    ],
)
def test_the_rule_ends_where_the_run_did(overrides: tuple[str, ...]) -> None:
    """Every number that the switch itself remembers at the end of the run is that of the rule run again."""
    result = traded(*overrides)
    run = result.run
    _, state = replay(run, run.plan.node("guard"), "broker")
    kept = run.state.shared[0][field_name("guard")]
    assert kept["trips"] > 0, "no switch tripped: this test would check nothing"
    for name in ("session", "daily", "frozen", "trips", "thaw", "day_end", "day_equity", "last_equity", "peaks"):
        assert getattr(state, name) == kept[name], name


def expected_global(result: Result, threshold: float) -> list[dict[str, Any]]:
    """Events of the sliding window with their freezes, from the equity curve and nothing else."""
    points = list(zip(result.times.tolist(), result.equity.tolist(), strict=True))
    events: list[dict[str, Any]] = []
    armed, thaw, frozen = True, 0, False
    for row, (time, equity) in enumerate(points):
        peak = max(value for at, value in points[: row + 1] if at >= time - WINDOW * HOUR)
        fall = (peak - equity) / peak * 100.0
        opened = False
        if fall >= threshold and armed:
            if frozen:
                events[-1]["frozen"][-1][1] = time
            events.append({"time": time, "drawdown": fall, "equity": equity, "reference": peak, "frozen": []})
            armed, opened = False, True
        if fall >= threshold and not frozen:
            frozen, thaw = True, time + FREEZE * HOUR
            opened = True
        elif fall < threshold and frozen and time >= thaw:
            frozen = False
            events[-1]["frozen"][-1][1] = time
        if opened:
            events[-1]["frozen"].append([time, None])
        if fall < threshold / 2.0:
            armed = True
    return events


@pytest.mark.parametrize("threshold", [2.0, 4.0, 8.0])
def test_events_of_the_sliding_window(threshold: float) -> None:
    """When, how deep, against which peak, and every stretch of frozen entries; several belong to one event."""
    result = global_run(threshold)
    expected = expected_global(result, threshold)
    events = switch_events(result.run)
    assert len(events) == len(expected) > 0
    for event, wanted in zip(events, expected, strict=True):
        assert (event.switch, event.account, event.node) == ("global", "broker", "guard")
        assert (event.time, event.equity, event.reference) == (wanted["time"], wanted["equity"], wanted["reference"])
        assert event.drawdown == pytest.approx(wanted["drawdown"], rel=1e-12)
        assert [list(one) for one in event.frozen] == wanted["frozen"]


def test_no_position_begins_while_frozen() -> None:
    """Between freeze and thaw the ledger holds no first entry; before and behind it does."""
    result = global_run()
    stretches = [one for event in switch_events(result.run) for one in event.frozen]
    begun = [ms(trade["entry_time"]) for trade in result.trades()]
    for begin, end in stretches:
        assert not [time for time in begun if begin < time <= (end or result.times[-1])]
    assert any(time > stretches[0][0] for time in begun)


def test_a_day_that_lost_too_much() -> None:
    """From the mark that saw it to the first mark of the next day, against the equity at the day's start."""
    result = traded("guard.max_daily_loss_percent=2")
    events = switch_events(result.run)
    assert len(events) > 2
    values = dict(zip(result.times.tolist(), result.equity.tolist(), strict=True))
    for event in events:
        start = event.time // DAY * DAY
        assert event.switch == "daily"
        assert event.reference == values.get(start - HOUR, CAPITAL)
        assert event.drawdown == pytest.approx((1.0 - values[event.time] / event.reference) * 100.0)
        assert event.drawdown >= 2.0
        earlier = [value for time, value in values.items() if start <= time < event.time]
        assert all((1.0 - value / event.reference) * 100.0 < 2.0 for value in earlier)
        assert event.frozen in ([(event.time, start + DAY)], [(event.time, None)])


def test_a_run_that_lost_too_much_stays_stopped() -> None:
    """One event, to the end."""
    result = traded("guard.max_session_loss_percent=10")
    (event,) = switch_events(result.run)
    assert (event.switch, event.reference, event.frozen) == ("session", CAPITAL, [(event.time, None)])
    assert event.drawdown >= 10.0
    assert result.portfolio["kill_switches"] == [event.to_json()]


def test_a_switch_that_never_tripped_has_no_event() -> None:
    """The shipped thresholds of the window are far away."""
    assert traded().portfolio["kill_switches"] == []
