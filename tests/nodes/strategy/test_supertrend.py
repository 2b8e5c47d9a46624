"""The SuperTrend strategy, by hand: bars that reach from 99 to 101 and close at 100, then single bars."""

from __future__ import annotations

from math import isnan
from typing import Any

import numpy as np
import pytest

from radar.engine.result import Result
from radar.market.bar import Bar
from tests.acceptance.oracle_strategy import Values
from tests.acceptance.subject import Random, Subject
from tests.nodes.markets import Bars
from tests.nodes.strategy.harness import FIRST, HOUR, Row, Step, bars, net_of, only, reasons, run
from tests.nodes.strategy.supertrend_oracle import SuperTrend


def draw(random: Random, stop: float) -> Values:
    """Parameters of one random case; multipliers that put no band on a price of the grid of 1/64."""
    period, multiplier = int(random.integers(2, 20)), float(random.choice([0.53, 1.1, 2.03]))
    target = float(random.choice([0.004, 0.02, 0.07]))
    return {
        "atr_period": period,
        "atr_multiplier": multiplier,
        "tp_percent": target * 100.0,
        "sl_percent": stop * 100.0,
    }


SUBJECT = Subject(
    oracle=SuperTrend,
    draw=draw,
    ends=("tp",),
    lively={"atr_period": 5, "atr_multiplier": 1.5, "tp_percent": 2.5, "sl_percent": 2.0},
    mirror="its only exits are percentages of the price",
    far={"sl_percent": 30.0, "leverage": 3.0},
)
"""Its stops are built from the close, so slippage does not move them."""

TEXT = """radar: 1
pipeline: turns
assets: [BTC]
clock: 1h
nodes:
  candles: {source: candles}
  line: {indicator: supertrend, in: candles, period: "${trend.atr_period}", multiplier: "${trend.atr_multiplier}"}
  trend:
    strategy: supertrend
    in: {bar: candles, direction: line.direction, line: line.value}
    atr_period: 5
    atr_multiplier: 2
  sized: {risk: risk_sizing, in: trend, risk_percent: 2}
  guard: {risk: margin_guard, in: sized}
  broker: {executor: account, in: guard, high_volatility_multiplier: 1}
  journal: {sink: journal, in: broker}
"""

CALM: Row = (100.0, 101.0, 99.0, 100.0)
"""Ranges of 2 around 100: the bands are 96 and 104, and the first direction is -1."""
TURN: Row = (100.0, 105.0, 100.0, 105.0)
"""Above the band of 104: the direction turns to +1. Its ATR is (4 x 2 + 5) / 5 = 2.6, the line 102.5 - 5.2 = 97.3."""
STOP, TARGET = 105.0 * 0.98, 105.0 * 1.04
"""102.9 and 109.2."""
ON: Row = (105.0, 110.0, 104.5, 109.0)
"""Reaches the target. ATR (4 x 2.6 + 5.5) / 5 = 3.18, so the line is 107.25 - 6.36 = 100.89."""
FALL: Row = (109.0, 109.0, 100.0, 100.0)
"""Below 100.89: the direction turns to -1."""


def market(*rows: Row, warm: int = 56) -> Bars:
    """Calm bars, then the given ones."""
    return bars(CALM, warm, *rows)


def trade(bars_: Bars, **options: Any) -> Result:
    """A back-test of the turns."""
    return run(TEXT, bars_, **options)


def test_enters_at_the_close_of_the_turn() -> None:
    """A market order at 105, sized to lose 2 % at the stop of 2 %, costs included."""
    result = trade(market(TURN, (105.0, 105.5, 104.0, 105.0)))
    (position,) = result.open_positions
    (fill,) = result.fill_rows
    notional = 10_000 * 0.02 / (0.02 + 0.0006 + 0.0005)
    assert (int(fill["time"]), int(fill["at_close"]), int(fill["side"])) == (FIRST + 56 * HOUR, 1, 1)
    assert (fill["reference"], fill["price"]) == (105.0, pytest.approx(105 * 1.0005, rel=1e-15))
    assert fill["quantity"] == pytest.approx(notional / 105, rel=1e-9)
    assert position["stop"] == pytest.approx(STOP, rel=1e-15)


def test_target_is_a_resting_limit() -> None:
    """A touch of the target sells there: maker fee, no slippage. The trend goes on, and is not bought again."""
    result = trade(market(TURN, ON, (109.0, 109.5, 108.0, 109.0)))
    found = only(result)
    assert (found["reason"], found["exit_reference"]) == ("tp", pytest.approx(TARGET, rel=1e-15))
    assert found["net"] == pytest.approx(net_of(found, [(105.0, found["quantity"])], TARGET, 0.0002, 0.0), rel=1e-10)
    assert len(result.fill_rows) == 2


def test_stop_is_a_market_order() -> None:
    """A low at the stop sells there: taker fee and slippage; the loss is the 2 % and the costs of the entry."""
    found = only(trade(market(TURN, (105.0, 105.5, 102.5, 104.0))))
    assert (found["reason"], found["exit_reference"]) == ("sl", pytest.approx(STOP, rel=1e-15))
    assert found["net"] == pytest.approx(net_of(found, [(105.0, found["quantity"])], STOP, 0.0006, 0.0005), rel=1e-10)
    assert -212 < found["net"] < -200


def test_both_in_one_bar_is_a_stop() -> None:
    """What came first is not known, so it was the worse."""
    assert only(trade(market(TURN, (105.0, 110.0, 102.0, 106.0))))["reason"] == "sl"


def test_a_turn_downwards_is_sold() -> None:
    """Flat again after the target, the next turn is sold at 100, with a stop of 102 and a target of 96."""
    result = trade(market(TURN, ON, FALL, (100.0, 100.5, 95.5, 97.0)))
    _, short = result.trades()
    assert (short["side"], short["reason"], short["entry_reference"]) == ("short", "tp", 100.0)
    assert short["stop"] == pytest.approx(102.0, rel=1e-15)
    assert short["exit_reference"] == pytest.approx(96.0, rel=1e-15)


def test_a_turn_back_closes_nothing() -> None:
    """With the stop out of reach the long stays through the turn down, and the turn up after it adds nothing."""
    result = trade(
        market(TURN, FALL, (100.0, 125.0, 100.0, 125.0)), overrides=["trend.sl_percent=10", "trend.tp_percent=50"]
    )
    assert result.trades() == []
    assert len(result.fill_rows) == 1


def test_no_new_position_in_the_bar_of_an_exit() -> None:
    """A bar that stops the long out and turns the trend is refused as the same bar."""
    result = trade(market(TURN, (105.0, 105.0, 96.0, 96.0)))
    assert reasons(result) == ["sl"]
    assert {(one["cause"], one["count"]) for one in result.refusals} == {("same_bar", 1)}


def test_history_is_fifty_bars_or_four_periods() -> None:
    """The close of bar 49 is the first decision, with a period of 13 that of bar 52 = 4 x 13 (counted from 0)."""
    early = trade(market(TURN, CALM, warm=48))
    assert (len(early.fill_rows), early.run.feed.start) == (0, 49)
    assert int(trade(market(TURN, CALM, warm=49)).fill_rows["time"][0]) == FIRST + 49 * HOUR
    longer = ["trend.atr_period=13"]
    early = trade(market(TURN, CALM, CALM, warm=51), overrides=longer)
    assert (len(early.fill_rows), early.run.feed.start) == (0, 52)
    assert int(trade(market(TURN, CALM, warm=52), overrides=longer).fill_rows["time"][0]) == FIRST + 52 * HOUR


def bar(close: float) -> Bar:
    """A bar that closes at ``close``."""
    return Bar(0, close, close, close, close, 1.0)


def turns(step: Step, *directions: float, close: float = 100.0, line: float = 98.5, side: int = 0) -> Any:
    """The intent at the last of these directions; ``side`` is the position at that close."""
    for direction in directions[:-1]:
        step(bar=bar(close), direction=direction, line=line)
        step.intent.enter = 0
    return step(side=side, paid=close, bar=bar(close), direction=directions[-1], line=line)


@pytest.mark.parametrize(
    ("directions", "side"),
    [
        ((-1.0, 1.0), 1),
        ((1.0, -1.0), -1),
        ((1.0, 1.0), 0),
        ((-1.0, -1.0), 0),
        ((0.0, 1.0), 0),
        ((0.0, -1.0), 0),
        ((1.0,), 0),
        ((-1.0,), 0),
        ((-1.0, 1.0, 1.0), 0),
        ((1.0, -1.0, 1.0), 1),
        ((-1.0, np.nan), 0),
        ((np.nan, 1.0), 0),
    ],
)
def test_only_a_turn_is_an_entry(directions: tuple[float, ...], side: int) -> None:
    """The first direction is no turn, and a trend that goes on is none."""
    assert turns(Step("supertrend"), *directions).enter == side


def test_an_entry_needs_no_line() -> None:
    """The line is read by the score only."""
    assert turns(Step("supertrend"), -1.0, 1.0, line=np.nan).enter == 1


def test_sides_are_those_that_are_allowed() -> None:
    """A side that is not listed is never entered."""
    assert turns(Step("supertrend", sides=["short"]), -1.0, 1.0).enter == 0
    assert turns(Step("supertrend", sides=["long"]), 1.0, -1.0).enter == 0


def test_stop_and_target_of_the_intent() -> None:
    """Percentages of the close on either side of it, and no trailing stop."""
    long = turns(Step("supertrend", sl_percent=3.0, tp_percent=8.0), -1.0, 1.0)
    assert (long.stop, long.target) == (100.0 * 0.97, 100.0 * 1.08)
    assert np.isnan(long.trail)
    short = turns(Step("supertrend", sl_percent=3.0, tp_percent=8.0), 1.0, -1.0)
    assert (short.stop, short.target) == (100.0 * 1.03, 100.0 * 0.92)


def test_a_position_is_neither_left_nor_entered_again() -> None:
    """A turn in a position says nothing, and is forgotten: the close after it is no turn any more."""
    step = Step("supertrend")
    intent = turns(step, 1.0, -1.0, side=1)
    assert (intent.enter, intent.leave) == (0, 0)
    assert step(bar=bar(100.0), direction=-1.0, line=101.0).enter == 0


@pytest.mark.parametrize(
    ("directions", "line", "side", "score", "met"),
    [
        # Before a turn up: 3 % away x = -1, held at 0.1; 1.5 % away x = -0.5; on the line 0.5.
        ((-1.0, -1.0), 103.0, 1, 0.1, (False, True)),
        ((-1.0, -1.0), 101.5, 1, 0.25, (False, True)),
        ((-1.0, -1.0), 100.0, 1, 0.5, (False, True)),
        # At the turn the line is on the other side: 1.5 % x = 0.5, 3 % and more x = 1.
        ((-1.0, 1.0), 98.5, 1, 0.75, (True, True)),
        ((-1.0, 1.0), 97.0, 1, 1.0, (True, True)),
        ((-1.0, 1.0), 90.0, 1, 1.0, (True, True)),
        ((1.0, -1.0), 101.5, -1, 0.75, (True, True)),
        # Behind it that side is far away, and the other is as near as the line.
        ((1.0, 1.0), 98.5, 1, 0.1, (True, False)),
        ((1.0, 1.0), 98.5, -1, 0.25, (False, True)),
        ((-1.0, 1.0), 98.5, -1, 0.25, (False, False)),
        # A line that is not known counts as half the distance.
        ((-1.0, 1.0), np.nan, 1, 0.75, (True, True)),
        ((-1.0, -1.0), np.nan, 1, 0.25, (False, True)),
    ],
)
def test_the_score_rises_to_the_turn(
    directions: tuple[float, ...], line: float, side: int, score: float, met: tuple[bool, bool]
) -> None:
    """0.5 + 0.5 x, held between 0.1 and 1; both conditions are met at a turn only."""
    step = Step("supertrend")
    turns(step, *directions, line=line)
    found, told = step.judge(side, bar=bar(100.0), direction=directions[-1], line=line)
    assert found == pytest.approx(score, rel=1e-12)
    assert (told["direction"][2], told["turn"][2]) == met
    assert told["direction"][0] == 100.0
    assert told["turn"][:2] == (directions[-2], -side)


def test_a_score_without_a_direction() -> None:
    """Not known while the direction is not."""
    for unknown in (0.0, np.nan):
        step = Step("supertrend")
        step(bar=bar(100.0), direction=unknown, line=np.nan)
        score, told = step.judge(1, bar=bar(100.0), direction=unknown, line=np.nan)
        assert isnan(score)
        assert not told["direction"][2]
        assert not told["turn"][2]
