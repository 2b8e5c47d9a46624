"""The Donchian breakout, by hand: bars that reach from 99 to 101 and close at 100, then single bars."""

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
from tests.nodes.strategy.donchian_breakout_oracle import DonchianBreakout
from tests.nodes.strategy.harness import FIRST, HOUR, Row, Step, bars, mirrored, net_of, only, reasons, run


def draw(random: Random, stop: float) -> Values:
    """Parameters of one random case. The stop is measured in ATR, so ``stop`` chooses only between narrow and wide."""
    lookback, period = int(random.integers(2, 25)), int(random.integers(2, 20))
    target, narrow = float(random.choice([0.7, 2.1, 4.3])), stop < 0.03
    return {
        "entry_lookback": lookback,
        "atr_period": period,
        "atr_tp_multiple": target,
        "atr_sl_multiple": float(random.choice([0.3, 0.9] if narrow else [1.7, 6.1])),
    }


SHORT = {"entry_lookback": 5, "atr_period": 5, "atr_tp_multiple": 1.5, "atr_sl_multiple": 1.0}
SUBJECT = Subject(
    oracle=DonchianBreakout,
    draw=draw,
    ends=("tp",),
    lively=SHORT,
    mirror=SHORT,
    far={"atr_sl_multiple": 8.0},
    near={"atr_sl_multiple": 3.0},
)
"""Its stops are built from the close, so slippage does not move them."""

TEXT = """radar: 1
pipeline: breakout
assets: [BTC]
clock: 1h
nodes:
  candles: {source: candles}
  channel: {indicator: donchian, in: candles, period: "${breakout.entry_lookback}"}
  width: {indicator: atr, in: candles, period: "${breakout.atr_period}"}
  breakout:
    strategy: donchian_breakout
    in: {bar: candles, high: channel.high, low: channel.low, width: width}
    entry_lookback: 4
    atr_period: 5
  sized: {risk: risk_sizing, in: breakout, risk_percent: 2}
  guard: {risk: margin_guard, in: sized}
  broker: {executor: account, in: guard, high_volatility_multiplier: 1}
  journal: {sink: journal, in: broker}
"""

CALM: Row = (100.0, 101.0, 99.0, 100.0)
BREAK: Row = (100.0, 102.0, 100.0, 102.0)
"""A range of 2 like every bar before it, so the ATR is 2; the close is above 101."""
STOP, TARGET = 102.0 - 1.5 * 2.0, 102.0 + 3.0 * 2.0


def market(*rows: Row, warm: int = 56) -> Bars:
    """Calm bars, then the given ones."""
    return bars(CALM, warm, *rows)


def trade(bars_: Bars, **options: Any) -> Result:
    """A back-test of the breakout."""
    return run(TEXT, bars_, **options)


def test_enters_at_the_close_of_the_breakout() -> None:
    """A market order at 102, sized to lose 2 % at the stop of 3, costs included."""
    result = trade(market(BREAK, (102.0, 102.5, 101.5, 102.0)))
    (position,) = result.open_positions
    (fill,) = result.fill_rows
    notional = 10_000 * 0.02 / (3.0 / 102.0 + 0.0006 + 0.0005)
    assert (int(fill["time"]), int(fill["at_close"]), int(fill["side"])) == (FIRST + 56 * HOUR, 1, 1)
    assert (fill["reference"], fill["price"]) == (102.0, pytest.approx(102 * 1.0005, rel=1e-15))
    assert fill["quantity"] == pytest.approx(notional / 102, rel=1e-9)
    assert position["stop"] == pytest.approx(STOP, rel=1e-12)


def test_target_is_a_resting_limit() -> None:
    """A touch of the target sells there: maker fee, no slippage."""
    found = only(trade(market(BREAK, (102.0, 108.5, 101.5, 107.0))))
    assert (found["reason"], found["exit_reference"]) == ("tp", pytest.approx(TARGET, rel=1e-12))
    assert found["exit_price"] == pytest.approx(TARGET, rel=1e-12)
    assert found["net"] == pytest.approx(net_of(found, [(102.0, found["quantity"])], TARGET, 0.0002, 0.0), rel=1e-10)


def test_stop_is_a_market_order() -> None:
    """A low at the stop sells there: taker fee and slippage; the loss is the 2 % and the costs of the entry."""
    found = only(trade(market(BREAK, (102.0, 102.5, 98.9, 101.0))))
    assert (found["reason"], found["exit_reference"]) == ("sl", pytest.approx(STOP, rel=1e-12))
    assert found["net"] == pytest.approx(net_of(found, [(102.0, found["quantity"])], STOP, 0.0006, 0.0005), rel=1e-10)
    assert -208 < found["net"] < -200


def test_both_in_one_bar_is_a_stop() -> None:
    """What came first is not known, so it was the worse."""
    assert only(trade(market(BREAK, (102.0, 109.0, 98.0, 105.0))))["reason"] == "sl"


def test_stop_and_target_are_frozen_at_the_entry() -> None:
    """Two wild bars treble the ATR; the stop fills at 99 all the same, and a close back in the channel is no exit."""
    wild: Row = (102.0, 107.5, 99.5, 100.0)
    found = only(trade(market(BREAK, wild, (100.0, 107.5, 99.5, 100.0), (100.0, 100.0, 98.5, 100.0))))
    assert (found["reason"], found["bars"]) == ("sl", 3)
    assert found["exit_reference"] == pytest.approx(99.0, rel=1e-12)
    assert found["target"] == pytest.approx(TARGET, rel=1e-12)


def test_short_is_the_mirror() -> None:
    """Upside down, the same breakout is sold, and bought back at the mirrored target."""
    up = market(BREAK, (102.0, 108.5, 101.5, 107.0))
    long, short = only(trade(up)), only(trade(mirrored(up, 200.0)))
    assert (short["side"], short["reason"]) == ("short", "tp")
    assert short["entry_reference"] == 200.0 - long["entry_reference"]
    assert short["exit_reference"] == pytest.approx(200.0 - TARGET, rel=1e-12)
    assert short["stop"] == pytest.approx(200.0 - STOP, rel=1e-12)
    assert (short["entry_time"], short["exit_time"]) == (long["entry_time"], long["exit_time"])


def test_history_is_fifty_bars() -> None:
    """The close of bar 49 (counted from 0) is the first decision; one bar sooner it is refused and counted."""
    early = trade(market(BREAK, CALM, warm=48))
    assert (len(early.fill_rows), early.run.feed.start) == (0, 49)
    assert int(trade(market(BREAK, CALM, warm=49)).fill_rows["time"][0]) == FIRST + 49 * HOUR


def test_a_long_whose_stop_is_below_zero_is_refused() -> None:
    """102 - 60 x 2 is no stop: the entry is refused, and counted as one without a usable stop."""
    result = trade(market(BREAK, CALM), overrides=["breakout.atr_sl_multiple=60"])
    assert len(result.fill_rows) == 0
    assert {(one["cause"], one["count"]) for one in result.refusals} == {("invalid_stop", 1)}


def test_no_new_position_in_the_bar_of_an_exit() -> None:
    """A bar that stops the long out and closes below the channel is refused as the same bar."""
    result = trade(market(BREAK, (102.0, 102.0, 90.0, 90.0), CALM))
    assert reasons(result) == ["sl"]
    assert {(one["cause"], one["count"]) for one in result.refusals} == {("same_bar", 1)}


def bar(close: float) -> Bar:
    """A bar that closes at ``close``."""
    return Bar(0, close, close, close, close, 1.0)


CHANNEL = {"high": 102.0, "low": 99.0, "width": 2.0}


@pytest.mark.parametrize(
    ("close", "changes", "side"),
    [
        (102.01, {}, 1),
        (102.0, {}, 0),
        (99.0, {}, 0),
        (98.99, {}, -1),
        (102.01, {"width": 0.0}, 0),
        (102.01, {"width": np.nan}, 0),
        (98.99, {"width": 0.0}, 0),
        (102.01, {"high": np.nan}, 0),
        (98.99, {"low": np.nan}, 0),
        (98.99, {"high": np.nan}, -1),
        (np.nan, {}, 0),
    ],
)
def test_entry_rules_one_by_one(close: float, changes: dict[str, float], side: int) -> None:
    """Strictly beyond the channel, with an ATR above zero; what is missing is no breakout."""
    assert Step("donchian_breakout")(bar=bar(close), **{**CHANNEL, **changes}).enter == side


def test_sides_are_those_that_are_allowed() -> None:
    """A side that is not listed is never entered."""
    assert Step("donchian_breakout", sides=["short"])(bar=bar(103.0), **CHANNEL).enter == 0
    assert Step("donchian_breakout", sides=["long"])(bar=bar(98.0), **CHANNEL).enter == 0


@pytest.mark.parametrize(("close", "stop", "target"), [(103.0, 98.0, 111.0), (98.0, 103.0, 90.0)])
def test_stop_and_target_of_the_intent(close: float, stop: float, target: float) -> None:
    """2.5 and 4 times an ATR of 2 from the close, and no trailing stop."""
    intent = Step("donchian_breakout", atr_sl_multiple=2.5, atr_tp_multiple=4.0)(bar=bar(close), **CHANNEL)
    assert (intent.stop, intent.target) == (stop, target)
    assert np.isnan(intent.trail)


@pytest.mark.parametrize("side", [1, -1])
def test_a_position_is_neither_left_nor_entered_again(side: int) -> None:
    """Whatever the close says; and stop and target stay what the entry said."""
    step = Step("donchian_breakout")
    step(bar=bar(103.0), **CHANNEL)
    step.intent.enter = 0
    for close in (98.0, 100.0, 103.0):
        intent = step(side=side, paid=103.0, bar=bar(close), high=102.0, low=99.0, width=50.0)
        assert (intent.enter, intent.leave, intent.stop, intent.target) == (0, 0, 100.0, 109.0)


@pytest.mark.parametrize(
    ("side", "close", "score"),
    [
        # The channel is 3 wide. On the edge 0.5; 0.3 beyond it x = 5 x 0.3 / 3 = 0.5; 0.6 beyond it x = 1, the most.
        (1, 102.0, 0.5),
        (1, 102.3, 0.75),
        (1, 102.6, 1.0),
        (1, 110.0, 1.0),
        (-1, 98.7, 0.75),
        # 0.3 inside x = -0.5; from 0.48 inside on it is held at 0.1.
        (1, 101.7, 0.25),
        (1, 101.5, 0.1),
        (1, 99.0, 0.1),
        (-1, 99.3, 0.25),
    ],
)
def test_the_score_grows_with_the_distance_beyond_the_channel(side: int, close: float, score: float) -> None:
    """0.5 + 0.5 x, held between 0.1 and 1."""
    step = Step("donchian_breakout")
    step(bar=bar(close), **CHANNEL)
    found, told = step.judge(side, bar=bar(close), **CHANNEL)
    assert found == pytest.approx(score, rel=1e-9)
    edge = 102.0 if side > 0 else 99.0
    assert told == {"breakout": (close, edge, score > 0.5), "volatility": (2.0, 0.0, True)}


def test_a_score_without_inputs() -> None:
    """Not known while channel or ATR are not; a channel without width counts as one half beyond it."""
    step = Step("donchian_breakout")
    assert isnan(step.judge(1, bar=bar(103.0), **{**CHANNEL, "high": np.nan})[0])
    score, told = step.judge(1, bar=bar(103.0), **{**CHANNEL, "width": np.nan})
    assert isnan(score)
    assert not told["volatility"][2]
    assert step.judge(1, bar=bar(103.0), **{**CHANNEL, "width": 0.0})[1]["volatility"] == (0.0, 0.0, False)
    assert step.judge(1, bar=bar(103.0), high=102.0, low=102.0, width=1.0)[0] == 0.75
