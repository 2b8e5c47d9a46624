"""The grid of two timeframes, by hand: a market that rose to 100 and stands there (ATR 2), then single bars."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from radar.engine.result import Result
from radar.market.bar import Bar
from radar.market.reason import ExitReason
from tests.acceptance.oracle_strategy import Values
from tests.acceptance.subject import Random, Subject
from tests.engine.memory import candles
from tests.nodes.markets import Bars
from tests.nodes.strategy.grid_multi_tf_oracle import GridMultiTf
from tests.nodes.strategy.harness import FIRST, HOUR, Row, Step, mirrored, net_of, only, reasons, run


def draw(random: Random, stop: float) -> Values:
    """Parameters of one random case."""
    ma, atr, levels = int(random.integers(2, 31)), int(random.integers(2, 21)), int(random.integers(1, 7))
    start, step = float(random.choice([0.3, 1.0, 2.0])), float(random.choice([0.1, 0.5, 1.0]))
    period, multiplier = int(random.integers(2, 4)), float(random.choice([0.53, 1.1, 2.03]))
    words = ["market_on_touch", "limit"]
    entry, target = words[random.random() < 0.3], words[random.random() < 0.3]
    return {
        "st_atr_period": period,
        "st_atr_multiplier": multiplier,
        "ma_period": ma,
        "atr_period": atr,
        "atr_multiplier_start": start,
        "atr_multiplier_step": step,
        "num_levels": levels,
        "sl_percent": stop * 100.0,
        "entry_order": entry,
        "target_order": target,
    }


NARROW = {"st_atr_period": 3, "st_atr_multiplier": 1.0, "atr_multiplier_start": 1.0, "atr_multiplier_step": 0.5}
SUBJECT = Subject(
    oracle=GridMultiTf,
    draw=draw,
    ends=("tp", "flip"),
    lively={**NARROW, "sl_percent": 6.0},
    mirror={**NARROW, "sl_percent": 99.0},
    far={"sl_percent": 95.0, "leverage": 1.0},
    bars=340,
    seeds=250,
)

CALM: Row = (100.0, 101.0, 99.0, 100.0)
"""Mean 100, true range 2: with the multipliers 2 and 1 the levels rest at 96, 94 and 92 (104, 106, 108)."""
LOW: Row = (90.0, 91.0, 89.0, 90.0)

TEXT = """radar: 1
pipeline: grid
assets: [BTC]
clock: 1h
nodes:
  candles: {source: candles}
  four: {indicator: resample, in: candles, to: 4h}
  trend: {indicator: supertrend, in: four, period: "${grid.st_atr_period}", multiplier: "${grid.st_atr_multiplier}"}
  mean: {indicator: sma, in: candles.close, period: "${grid.ma_period}"}
  width: {indicator: atr, in: candles, period: "${grid.atr_period}"}
  grid:
    strategy: grid_multi_tf
    in: {bar: candles, mean: mean, width: width, direction: trend.direction}
    st_atr_period: 2
    st_atr_multiplier: 1
    ma_period: 20
    atr_period: 2
    sl_percent: 10
    leverage: 5
  sized: {risk: equal_allocation, in: grid, cap_percent: 100}
  guard: {risk: margin_guard, in: sized, max_margin_ratio: 1}
  broker: {executor: account, in: guard, high_volatility_multiplier: 1}
  journal: {sink: journal, in: broker}
"""
LEVEL = 10_000 / 3 * 5
"""Notional of one level: a third of the capital times leverage."""


def trade(market_: Bars, **options: Any) -> Result:
    """A back-test of the grid."""
    return run(TEXT, market_, **options)


def market(*rows: Row, low: int = 40) -> Bars:
    """``low`` hours at 90, 60 at 100, then the given ones.

    At 90 the upper band of a SuperTrend of one ATR stands at 90 + 2, so the rise turns the direction up. At 100 its
    lower band is 100 - 2 = 98. Hour 100, the first of ``rows``, opens a four-hour bucket.
    """
    return candles(*[LOW] * low, *[CALM] * 60, *rows, first=FIRST, interval=HOUR)


DIP: Row = (100.0, 101.0, 95.5, 97.0)
"""Fills level 0 at 96. The mean is (19 x 100 + 97) / 20 = 99.85 then."""
BELOW: Row = (97.0, 97.4, 96.2, 97.0)
"""Goes nowhere: true range 1.2."""


def test_dips_are_bought_while_the_trend_is_up_and_sold_at_the_mean() -> None:
    """Level 0 fills at 96; the next bar reaches the mean of the bar before, 99.85."""
    result = trade(market(DIP, (97.0, 100.0, 96.8, 99.9)))
    found = only(result)
    quantity = LEVEL / 96
    assert (found["reason"], found["side"], found["bars"]) == ("tp", "long", 1)
    assert (found["entry_reference"], found["exit_reference"]) == (96.0, pytest.approx(99.85, rel=1e-14))
    assert found["net"] == pytest.approx(net_of(found, [(96.0, quantity)], 99.85, 0.0006, 0.0005), rel=1e-12)


def test_the_other_side_rests_nowhere() -> None:
    """A rise through 104 and 106 sells nothing while the trend is up, and neither does a fall buy while it is down."""
    rise: Row = (100.0, 107.0, 99.5, 100.0)
    assert len(trade(market(rise)).fill_rows) == 0
    assert len(trade(mirrored(market(rise), 200.0)).fill_rows) == 0


def test_the_cycle_closes_at_the_close_of_the_bucket_that_turns_the_trend() -> None:
    """The closes of 97 are below the band of 98 from hour 100 on; only the close of hour 103 ends a bucket there."""
    result = trade(market(DIP, BELOW, BELOW, BELOW, BELOW))
    found = only(result)
    quantity = LEVEL / 96
    assert (found["reason"], found["bars"], found["exit_reference"]) == ("flip", 3, 97.0)
    assert found["exit_time"] == "2024-01-05T07:00:00Z"
    assert found["net"] == pytest.approx(net_of(found, [(96.0, quantity)], 97.0, 0.0006, 0.0005), rel=1e-12)


def test_the_new_direction_rests_from_the_bar_after_the_flip() -> None:
    """At the close of hour 103 mean and ATR are 99.4 and 1.51875, so the next bar meets a sell at 102.4375.

    ATR: (2 + 5.5) / 2 = 3.75, then half way to 1.2 three times: 2.475, 1.8375, 1.51875. Mean: (16 x 100 + 4 x 97) / 20.
    """
    result = trade(market(DIP, BELOW, BELOW, BELOW, (97.0, 103.0, 96.9, 100.0)))
    assert reasons(result) == ["flip"]
    (position,) = result.open_positions
    assert position["side"] == "short"
    assert result.fill_rows["reference"][-1] == pytest.approx(102.4375, rel=1e-12)
    only_long = trade(market(DIP, BELOW, BELOW, BELOW, (97.0, 103.0, 96.9, 100.0)), overrides=["grid.sides=[long]"])
    assert reasons(only_long) == ["flip"], "a direction that may not be traded closes the cycle all the same"
    assert only_long.open_positions == []


def test_a_bucket_with_a_missing_hour_turns_nothing() -> None:
    """Without hour 102 the bucket is dropped: the cycle stays, and the next whole bucket turns the direction."""
    rows = market(DIP, *[BELOW] * 7)
    assert only(trade(rows))["exit_time"] == "2024-01-05T07:00:00Z"
    assert only(trade(rows.without(102)))["exit_time"] == "2024-01-05T11:00:00Z"


def test_the_stop_comes_before_the_flip() -> None:
    """All levels fill on the way down, the stop 10 % below their average is hit in the bar that also ends a bucket."""
    crash: Row = (97.0, 97.0, 70.0, 71.0)
    found = only(trade(market(CALM, CALM, DIP, crash)))
    amounts = [(96.0, LEVEL / 96)]
    assert found["reason"] == "sl"
    assert found["levels"][0]["reference"] == amounts[0][0]
    average = sum(leg["price"] * leg["quantity"] for leg in found["levels"]) / found["quantity"]
    assert found["exit_reference"] == pytest.approx(average * 0.9, rel=1e-12)


def test_short_is_the_mirror() -> None:
    """The same market upside down gives the same fills upside down, flip and all."""
    up = market(DIP, BELOW, BELOW, BELOW, BELOW)
    long, short = only(trade(up)), only(trade(mirrored(up, 200.0)))
    assert (short["side"], short["reason"], short["exit_time"]) == ("short", "flip", long["exit_time"])
    assert short["entry_reference"] == pytest.approx(104.0, rel=1e-14)
    assert short["exit_reference"] == 103.0


def test_history_is_ten_periods_of_the_slow_atr() -> None:
    """Forty hours a period, 80 for a period of 2 and 120 for one of 3: the first decision is at the last of them."""
    assert trade(market()).run.feed.start == 79
    assert trade(market(low=80), overrides=["grid.st_atr_period=3"]).run.feed.start == 119


def bar(close: float = 100.0) -> Bar:
    """A bar of no interest."""
    return Bar(0, close, close, close, close, 1.0)


INPUTS = {"bar": bar(), "mean": 100.0, "width": 2.0}


@pytest.mark.parametrize(
    ("direction", "sides", "buys", "sells"),
    [
        (1.0, ["long", "short"], [96.0, 94.0, 92.0], []),
        (-1.0, ["long", "short"], [], [104.0, 106.0, 108.0]),
        (0.0, ["long", "short"], [], []),
        (np.nan, ["long", "short"], [], []),
        (1.0, ["short"], [], []),
        (-1.0, ["long"], [], []),
    ],
)
def test_the_direction_chooses_the_ladder(
    direction: float, sides: list[str], buys: list[float], sells: list[float]
) -> None:
    """Up: buys; down: sells; not known or not allowed: nothing."""
    step = Step("grid_multi_tf", sides=sides)
    assert step(direction=direction, **INPUTS).leave == 0
    assert (step.buys(), step.sells()) == (buys, sells)


def test_the_flip_is_tested_on_the_state() -> None:
    """Whatever it was before: a direction against the cycle ends it, and the whole new ladder rests at once."""
    step = Step("grid_multi_tf")
    intent = step(side=1, paid=96.0, filled=3, direction=-1.0, **INPUTS)
    assert intent.leave == ExitReason.FLIP
    assert (step.buys(), intent.lowest_sell) == ([], 104.0)
    calm = Step("grid_multi_tf")(side=1, paid=96.0, filled=3, direction=1.0, **INPUTS)
    assert (calm.leave, calm.highest_buy) == (0, 92.0)
    unknown = Step("grid_multi_tf")(side=-1, paid=104.0, filled=1, direction=np.nan, **INPUTS)
    assert (unknown.leave, unknown.sell_count) == (0, 0)


@pytest.mark.parametrize(("mean", "width"), [(100.0, 0.0), (100.0, np.nan), (np.nan, 2.0)])
def test_without_a_mean_or_a_width_nothing_rests_and_the_flip_works(mean: float, width: float) -> None:
    """The flip asks for the direction alone."""
    step = Step("grid_multi_tf")
    intent = step(side=1, paid=96.0, filled=1, bar=bar(), mean=mean, width=width, direction=-1.0)
    assert (intent.leave, intent.buy_count, intent.sell_count) == (ExitReason.FLIP, 0, 0)


def test_a_full_ladder_rests_nothing() -> None:
    """All three levels are filled."""
    step = Step("grid_multi_tf")
    assert step(side=1, paid=94.0, filled=7, direction=1.0, **INPUTS).buy_count == 0


def test_the_judgement_names_what_is_missing() -> None:
    """At 97, a quarter short of level 0 at 96: the score is 0.75; the short side has its direction against it."""
    step = Step("grid_multi_tf")
    inputs = {**INPUTS, "bar": bar(97.0), "direction": 1.0}
    step(**inputs)
    score, found = step.judge(1, **inputs)
    assert score == 0.75
    assert found["direction"] == (1.0, 0.0, True)
    assert found["volatility"] == (2.0, 0.0, True)
    assert found["distance"] == (pytest.approx(1 / 97), 0.0, False)
    score, found = step.judge(-1, **inputs)
    assert (score, found["direction"]) == (0.0, (-1.0, 0.0, False))
    # With level 0 filled the next one is at 94: half of the way from the mean at 97.
    assert step.judge(1, held=1, paid=96.0, filled=1, **inputs)[0] == 0.5
    assert np.isnan(step.judge(1, **{**inputs, "mean": np.nan})[0])
