"""The cross of two averages, by hand: bars that close at 100, then single bars under averages of 2 and 4 closes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from radar.engine.result import Result
from radar.market.bar import Bar
from radar.market.reason import ExitReason
from radar.nodes.registry import find
from tests.acceptance.oracle_strategy import Values
from tests.acceptance.subject import Random, Subject
from tests.nodes.markets import Bars
from tests.nodes.strategy.average_cross_oracle import AverageCross
from tests.nodes.strategy.harness import FIRST, HOUR, Row, Step, bars, mirrored, net_of, only, reasons, run


def draw(random: Random, stop: float) -> Values:
    """Parameters of one random case.

    Periods are powers of two: on prices of the grid of 1/64 such averages are exact, so no rounding decides a tie.
    """
    fast = int(random.integers(0, 4))
    slow = int(random.integers(fast + 1, 6))
    return {"fast_period": 2**fast, "slow_period": 2**slow, "sl_percent": stop * 100.0}


LIVELY = {"fast_period": 4, "slow_period": 16}
SUBJECT = Subject(
    oracle=AverageCross,
    draw=draw,
    ends=("signal",),
    lively={**LIVELY, "sl_percent": 2.0},
    mirror={**LIVELY, "sl_percent": 99.0, "leverage": 1.0},
    far={"sl_percent": 95.0, "leverage": 1.0},
    sample={"fast_period": 8, "slow_period": 32, "sl_percent": 2.0},
)

TEXT = """radar: 1
pipeline: cross
assets: [BTC]
clock: 1h
nodes:
  candles: {source: candles}
  fast: {indicator: sma, in: candles.close, period: "${cross.fast_period}"}
  slow: {indicator: sma, in: candles.close, period: "${cross.slow_period}"}
  cross:
    strategy: average_cross
    in: {bar: candles, fast: fast, slow: slow}
    leverage: 2
    fast_period: 2
    slow_period: 4
    sl_percent: 20
  sized: {risk: risk_sizing, in: cross, risk_percent: 2}
  guard: {risk: margin_guard, in: sized}
  broker: {executor: account, in: guard, high_volatility_multiplier: 1}
  journal: {sink: journal, in: broker}
"""
"""History: the slow period and one bar, 5."""


def row(close: float, low: float | None = None, high: float | None = None) -> Row:
    """A bar that opens and closes at ``close``."""
    return (close, close if high is None else high, close if low is None else low, close)


CALM = row(100.0)
BELOW = row(98.0)
"""Averages of 99 and 99.5: the first side, which is no cross."""
UP = row(106.0)
"""Averages of 102 and 101: a cross upwards."""
ON = row(104.0)
"""Averages of 105 and 102."""
DOWN = row(96.0)
"""Averages of 100 and (98 + 106 + 104 + 96) / 4 = 101: a cross downwards."""
LOWER = row(95.0)
"""Averages of 95.5 and 100.25."""


def market(*rows: Row, warm: int = 10) -> Bars:
    """Calm bars, then the given ones."""
    return bars(CALM, warm, *rows)


def trade(bars_: Bars, **options: Any) -> Result:
    """A back-test of the cross."""
    return run(TEXT, bars_, **options)


def test_enters_at_the_close_of_the_cross() -> None:
    """A market order at 106, sized to lose 2 % at the stop of 20 %, costs included."""
    result = trade(market(BELOW, UP, ON))
    (position,) = result.open_positions
    (fill,) = result.fill_rows
    assert (int(fill["time"]), int(fill["at_close"]), int(fill["side"])) == (FIRST + 11 * HOUR, 1, 1)
    assert (fill["reference"], fill["price"]) == (106.0, pytest.approx(106 * 1.0005, rel=1e-15))
    assert fill["quantity"] == pytest.approx(10_000 * 0.02 / (0.2 + 0.0006 + 0.0005) / 106, rel=1e-12)
    assert position["stop"] == pytest.approx(84.8, rel=1e-15)


def test_the_cross_back_closes_and_the_next_close_turns_round() -> None:
    """Sold at 96 for the reason signal; one bar later, at 95, sold short."""
    result = trade(market(BELOW, UP, ON, DOWN, LOWER))
    found = only(result)
    assert (found["side"], found["reason"], found["bars"], found["exit_reference"]) == ("long", "signal", 2, 96.0)
    assert found["net"] == pytest.approx(net_of(found, [(106.0, found["quantity"])], 96.0, 0.0006, 0.0005), rel=1e-12)
    assert [int(fill["time"] - FIRST) // HOUR for fill in result.fill_rows] == [11, 13, 14]
    (position,) = result.open_positions
    assert (position["side"], position["stop"]) == ("short", pytest.approx(95 * 1.2, rel=1e-15))
    assert result.refusals == []


def test_the_turn_waits_for_averages_that_are_apart() -> None:
    """After the exit a close of 114 makes both averages 105: nothing. 112 makes them 113 and 106.5, so it is bought."""
    result = trade(market(BELOW, UP, ON, DOWN, row(114.0), row(112.0)))
    assert reasons(result) == ["signal"]
    last = result.fill_rows[-1]
    assert (len(result.fill_rows), int(last["side"]), last["reference"]) == (3, 1, 112.0)


def test_short_is_the_mirror() -> None:
    """Upside down, the same cross is sold and bought back at the mirrored prices."""
    up = market(BELOW, UP, ON, DOWN)
    long, short = only(trade(up)), only(trade(mirrored(up, 200.0)))
    assert (short["side"], short["reason"]) == ("short", "signal")
    assert short["entry_reference"] == 200.0 - long["entry_reference"]
    assert short["exit_reference"] == 200.0 - long["exit_reference"]
    assert short["stop"] == pytest.approx(94.0 * 1.2, rel=1e-15)


def test_stops_out_inside_a_bar_and_stays_out() -> None:
    """A low at the stop is enough; the trend goes on, and is not bought again."""
    result = trade(market(BELOW, UP, row(104.0, low=84.0), row(105.0), row(107.0)))
    found = only(result)
    assert (found["reason"], found["exit_reference"]) == ("sl", pytest.approx(84.8, rel=1e-15))
    assert -206 < found["net"] < -200
    assert (len(result.fill_rows), result.refusals) == (2, [])


def test_no_new_position_in_the_bar_of_a_stop() -> None:
    """A bar that stops the long out and crosses downwards is refused as the same bar, and that cross is answered."""
    result = trade(market(BELOW, UP, ON, row(84.0), row(83.0)))
    assert reasons(result) == ["sl"]
    assert {(one["cause"], one["count"]) for one in result.refusals} == {("same_bar", 1)}
    assert result.open_positions == []


def test_history_is_the_slow_average_and_the_close_before() -> None:
    """The close of bar 4 is the first that may be entered at: bars 0 to 3 make the first side."""
    early = trade(market(BELOW, UP, ON, warm=2))
    assert (len(early.fill_rows), early.run.feed.start) == (0, 4)
    assert int(trade(market(BELOW, UP, ON, warm=3)).fill_rows["time"][0]) == FIRST + 4 * HOUR


def test_the_fast_average_must_be_the_faster_one() -> None:
    """Equal periods never cross, and the other way round every order would be its opposite."""
    kind = find("strategy", "average_cross")
    assert kind is not None
    assert kind.check(kind.params(fast_period=20, slow_period=21)) == []
    for fast in (20, 30):
        ((name, message),) = kind.check(kind.params(fast_period=fast, slow_period=20))
        assert (name, message) == ("fast_period", f"{fast} is not below slow_period, which is 20")


def bar(close: float) -> Bar:
    """A bar that closes at ``close``."""
    return Bar(0, close, close, close, close, 1.0)


def closes(step: Step, *fast: float, side: int = 0) -> Any:
    """The intent at the last of these closes of 102 over a slow average of 100; flat but for ``side`` at the last."""
    for value in fast[:-1]:
        step(bar=bar(102.0), fast=value, slow=100.0)
        step.intent.enter = 0
    return step(side=side, paid=100.0, bar=bar(102.0), fast=fast[-1], slow=100.0)


@pytest.mark.parametrize(
    ("fast", "side"),
    [
        ((99.0, 101.0), 1),
        ((101.0, 99.0), -1),
        ((101.0,), 0),
        ((101.0, 102.0), 0),
        ((100.0, 101.0), 0),
        ((99.0, 100.0), 0),
        ((99.0, 100.0, 101.0), 1),
        ((101.0, 100.0, 101.0), 0),
        ((99.0, np.nan, 101.0), 1),
        ((np.nan, 101.0), 0),
        ((99.0, np.nan), 0),
        ((99.0, 101.0, 102.0), 0),
        ((99.0, 101.0, 99.0), -1),
    ],
)
def test_only_a_cross_is_an_entry(fast: tuple[float, ...], side: int) -> None:
    """The first side is none, equal and missing averages are passed over, and a cross calls for one entry."""
    assert closes(Step("average_cross"), *fast).enter == side


def test_sides_are_those_that_are_allowed() -> None:
    """A side that is not listed is never entered, but a position is left all the same."""
    assert closes(Step("average_cross", sides=["short"]), 99.0, 101.0).enter == 0
    assert closes(Step("average_cross", sides=["long"]), 101.0, 99.0).enter == 0
    assert closes(Step("average_cross", sides=["long"]), 101.0, 99.0, side=1).leave == ExitReason.SIGNAL


def test_stop_of_the_intent() -> None:
    """A percentage of the close, on the far side; no target, no trailing stop."""
    long = closes(Step("average_cross", sl_percent=10.0), 99.0, 101.0)
    assert long.stop == 102.0 * 0.9
    assert np.isnan(long.target)
    assert np.isnan(long.trail)
    assert closes(Step("average_cross", sl_percent=10.0), 101.0, 99.0).stop == 102.0 * 1.1


@pytest.mark.parametrize(("fast", "side", "leaves"), [(99.0, 1, True), (100.0, 1, False), (101.0, 1, False)])
def test_a_position_is_left_at_a_cross_against_it(fast: float, side: int, leaves: bool) -> None:
    """Strictly on the other side; nothing is entered at that close."""
    intent = closes(Step("average_cross"), 101.0, fast, side=side)
    assert intent.leave == (ExitReason.SIGNAL if leaves else 0)
    assert intent.enter == 0


def test_the_close_after_the_exit_enters_once() -> None:
    """At the cross it leaves, at the next close it enters, and then no more."""
    step = Step("average_cross")
    assert closes(step, 101.0, 99.0, side=1).enter == 0
    assert step(bar=bar(102.0), fast=98.0, slow=100.0).enter == -1
    step.intent.enter = 0
    assert step(bar=bar(102.0), fast=97.0, slow=100.0).enter == 0


@pytest.mark.parametrize(
    ("fast", "side", "score", "met"),
    [
        # Before a cross: 2 % apart and more 0, 1 % apart 0.5, equal 1.
        ((97.0, 97.0), 1, 0.0, (False, False)),
        ((97.0, 99.0), 1, 0.5, (False, False)),
        ((97.0, 100.0), 1, 1.0, (False, False)),
        ((103.0, 101.0), -1, 0.5, (False, False)),
        # At the cross, and behind it.
        ((99.0, 101.0), 1, 1.0, (True, True)),
        ((101.0, 99.0), -1, 1.0, (True, True)),
        ((101.0, 101.0), 1, 0.0, (True, False)),
        ((99.0, 101.0), -1, 0.5, (False, False)),
    ],
)
def test_the_score_rises_to_the_cross(fast: tuple[float, ...], side: int, score: float, met: tuple[bool, bool]) -> None:
    """1 - distance / 2 % before it, 1 at it, 0 behind it; both conditions are met exactly where it enters."""
    step = Step("average_cross")
    entered = closes(step, *fast).enter
    found, told = step.judge(side, bar=bar(102.0), fast=fast[-1], slow=100.0)
    assert found == pytest.approx(score, abs=1e-12)
    assert list(told.values()) == [(fast[-1], 100.0, met[0]), (entered, side, met[1])]
    assert (entered == side) == all(met)


def test_a_score_needs_both_averages() -> None:
    """Not known while one of them is not."""
    step = Step("average_cross")
    closes(step, 99.0, np.nan)
    assert np.isnan(step.judge(1, bar=bar(102.0), fast=np.nan, slow=100.0)[0])
