"""Kill switches: each against its wording over whole lists, and in a run, where they stop entries and nothing else."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from radar.engine.result import Result
from radar.market.reason import Refusal
from radar.market.timeframe import DAY, HOUR
from tests.nodes.markets import START
from tests.nodes.risk.harness import Risk, cleared
from tests.nodes.risk.switches import Limits, Mark, Switches, switches
from tests.nodes.strategy.harness import Row, bars, run
from tests.nodes.strategy.test_grid_atr import CALM, TEXT

LIMITS = Limits(session=0.25, daily=0.1, drawdown=0.2, window=24, freeze=12)


def node(limits: Limits, interval: int = HOUR) -> Risk:
    """A kill switch with these limits."""
    return Risk(
        "kill_switch",
        interval=interval,
        max_session_loss_percent=limits.session * 100,
        max_daily_loss_percent=limits.daily * 100,
        global_max_loss_percent=limits.drawdown * 100,
        global_window_hours=limits.window,
        freeze_hours=limits.freeze,
    )


def observed(marks: list[Mark], limits: Limits, interval: int = HOUR) -> list[Switches]:
    """The node's switches after every mark, each of which decides what it says about a new position."""
    risk = node(limits, interval)
    found = []
    for time, equity in marks:
        risk.observe(time, equity)
        now = Switches(bool(risk.s.session), bool(risk.s.daily), bool(risk.s.frozen))
        approval = risk.approve(approval=cleared())
        expected = Refusal.KILL_SWITCH if now.any else 0
        assert (approval.long_refusal, approval.short_refusal) == (expected, expected)
        assert approval.entry_refusal == 0, "a running cycle may go on filling"
        found.append(now)
    return found


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Mark], Limits, int]:
    """Marks on some clock, with gaps, that wander between ruin and riches; and limits to hold them against."""
    interval = draw(st.sampled_from([HOUR // 12, HOUR, 4 * HOUR, 24 * HOUR]))
    steps = draw(st.lists(st.sampled_from([1, 1, 1, 1, 2, 7, 30]), min_size=1, max_size=120))
    moves = draw(st.lists(st.sampled_from([-0.2, -0.06, -0.01, 0.0, 0.01, 0.05, 0.3]), min_size=len(steps)))
    marks, time, equity = [], START + interval * draw(st.integers(0, 30)), 10_000.0
    for step, move in zip(steps, moves, strict=False):
        time += step * interval
        equity = round(equity * (1 + move), 6)
        marks.append((time, equity))
    limits = Limits(
        session=draw(st.sampled_from([0.05, 0.25, 0.8])),
        daily=draw(st.sampled_from([0.05, 0.25])),
        drawdown=draw(st.sampled_from([0.1, 0.45])),
        window=draw(st.sampled_from([1, 5, 24, 100])),
        freeze=draw(st.sampled_from([1, 24, 50])),
    )
    return marks, limits, interval


@given(histories())
def test_switches_are_those_of_the_specification(history: tuple[list[Mark], Limits, int]) -> None:
    """Whatever the account does, on any clock and over gaps: session, daily and global switch after every mark."""
    marks, limits, interval = history
    assert observed(marks, limits, interval) == switches(marks, 10_000.0, limits)


def hourly(*equities: float, start: int = START) -> list[Mark]:
    """Marks one hour apart."""
    return [(start + index * HOUR, equity) for index, equity in enumerate(equities)]


def test_the_session_switch_stays() -> None:
    """A loss of a quarter of the initial capital, to the cent, trips it; a recovery does not reset it."""
    wide = Limits(0.25, 1.0, 1.0, 24, 24)
    found = observed(hourly(7500.01, 7500.0, 12_000.0), wide)
    assert [one.session for one in found] == [False, True, True]


def test_the_daily_switch_is_over_at_midnight_utc() -> None:
    """The loss counts from the last mark of the day before; the bar that opens at 00:00 begins a new day."""
    daily = Limits(1.0, 0.1, 1.0, 24, 24)
    evening = hourly(9000.0, 9000.0, 9100.0, 8190.0, start=START + DAY - 2 * HOUR)
    assert [one.daily for one in observed(evening, daily)] == [True, True, False, False]
    day = hourly(9000.0, 8100.0, 8100.0, start=START + DAY - HOUR)
    assert [one.daily for one in observed(day, daily)] == [True, True, True]


def test_the_first_day_counts_from_the_initial_capital() -> None:
    """Before any mark the account held what it started with."""
    daily = Limits(1.0, 0.1, 1.0, 24, 24)
    assert [one.daily for one in observed(hourly(9000.01, 9000.0), daily)] == [False, True]


def test_the_global_switch_forgets_a_peak_outside_its_window() -> None:
    """A fall from a peak exactly 24 hours ago counts, from one 25 hours ago it does not."""
    limits = Limits(1.0, 1.0, 0.2, 24, 1)
    slope = [10_000.0, *[8500.0] * 23]
    assert observed(hourly(*slope, 8000.0), limits)[-1].frozen
    assert not observed(hourly(*slope, 8500.0, 8000.0), limits)[-1].frozen


def test_the_freeze_lasts_its_hours_and_as_long_as_the_drawdown_stands() -> None:
    """Frozen for 3 hours after a fall that is over at once; longer where the fall stands."""
    limits = Limits(1.0, 1.0, 0.2, 6, 3)
    over = observed(hourly(10_000.0, 8000.0, 9900.0, 9900.0, 9900.0, 9900.0), limits)
    assert [one.frozen for one in over] == [False, True, True, True, False, False]
    stands = observed(hourly(10_000.0, *[8000.0] * 9), limits)
    assert [one.frozen for one in stands] == [False, *[True] * 6, False, False, False]


def test_trips_are_counted_once_each() -> None:
    """A switch that stays tripped is one event."""
    risk = node(LIMITS)
    for time, equity in hourly(10_000.0, 7000.0, 6900.0, 6800.0):
        risk.observe(time, equity)
    assert risk.s.trips == 3


GATED = TEXT.replace("SIDES", "[long]").replace(
    "guard: {risk: margin_guard, in: sized, max_margin_ratio: 1}",
    "guard: {risk: kill_switch, in: sized, max_session_loss_percent: 5, max_daily_loss_percent: 100,"
    " global_max_loss_percent: 100}",
)
FALL: Row = (100.0, 101.0, 80.0, 81.0)
"""All three levels and the stop, 10 % below their average: about half of the margin of a position of 5 x is lost."""


def trade(*rows: Row, **options: Any) -> Result:
    """A grid behind a session switch of 5 %."""
    return run(GATED, bars(CALM, 55, *rows), **options)


def test_no_cycle_starts_behind_a_tripped_switch() -> None:
    """The second dip, long after the loss, is refused and counted under kill_switch."""
    calm = [CALM] * 6
    result = trade(FALL, *calm, (100.0, 101.0, 95.0, 97.0), CALM)
    assert [one["reason"] for one in result.trades()] == ["sl"]
    assert [(one["cause"], one["count"]) for one in result.refusals] == [("kill_switch", 1)]
    assert result.metrics["final_equity"] is not None
    assert float(result.metrics["final_equity"]) < 9500
    free = trade(FALL, *calm, (100.0, 101.0, 95.0, 97.0), CALM, overrides=["guard.max_session_loss_percent=99"])
    assert len(free.fill_rows) > len(result.fill_rows)


def test_a_running_cycle_keeps_its_levels_stop_and_target() -> None:
    """Tripped by the open loss of a cycle, the switch lets its next level fill and its exit happen (spec T9)."""
    rows: list[Row] = [(100.0, 101.0, 95.1, 95.2), (95.2, 95.3, 85.0, 85.1), (85.1, 85.2, 70.0, 70.1), CALM]
    slow = ["grid.sl_percent=15", "guard.max_session_loss_percent=1"]
    gated = trade(*rows, overrides=slow)
    free = trade(*rows, overrides=["grid.sl_percent=15", "guard.max_session_loss_percent=99"])
    state = gated.run.state.shared[0]["guard"]
    assert state["session"] == 1
    assert gated.fill_rows.tobytes() == free.fill_rows.tobytes()
    assert [one["reason"] for one in gated.trades()] == ["sl"]
    assert max(int(fill["level"]) for fill in gated.fill_rows) > 0
