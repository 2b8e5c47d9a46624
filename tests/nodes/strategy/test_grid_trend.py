"""The pullback grid, by hand: a market that rises by 1 an hour, one bar that dips, then single bars."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from radar.engine.result import Result
from radar.market.bar import Bar
from radar.market.reason import ExitReason
from radar.spec.diagnostic import SpecError
from tests.acceptance.oracle_strategy import Values
from tests.acceptance.subject import Random, Subject
from tests.engine.memory import candles
from tests.nodes.markets import Bars
from tests.nodes.strategy.grid_trend_oracle import GridTrend
from tests.nodes.strategy.harness import FIRST, HOUR, Row, Step, mirrored, net_of, only, reasons, run


def draw(random: Random, stop: float) -> Values:
    """Parameters of one random case."""
    fast, slow = int(random.integers(5, 11)), int(random.integers(20, 41))
    adx, threshold = int(random.integers(7, 13)), float(random.choice([10.0, 20.0, 30.0]))
    atr, levels = int(random.integers(5, 16)), int(random.integers(1, 7))
    start, step = float(random.choice([0.3, 1.0])), float(random.choice([0.1, 0.5]))
    trail = float(random.choice([0.5, 1.5, 4.0]))
    return {
        "ema_fast": fast,
        "ema_slow": slow,
        "adx_period": adx,
        "adx_threshold": threshold,
        "atr_period": atr,
        "pull_start": start,
        "pull_step": step,
        "num_levels": levels,
        "trail_mult": trail,
        "sl_percent": stop * 100.0,
        "entry_order": "limit" if random.random() < 0.3 else "market_on_touch",
    }


QUICK = {
    "ema_fast": 5,
    "ema_slow": 20,
    "adx_period": 7,
    "adx_threshold": 10.0,
    "atr_period": 7,
    "pull_start": 0.5,
    "pull_step": 0.5,
}
SUBJECT = Subject(
    oracle=GridTrend,
    draw=draw,
    ends=("trailing", "flip"),
    lively={**QUICK, "sl_percent": 6.0},
    mirror={**QUICK, "sl_percent": 99.0},
    far={"sl_percent": 95.0, "leverage": 1.0, "trail_mult": 1000.0},
    seeds=200,
)

TEXT = """radar: 1
pipeline: pullback
assets: [BTC]
clock: 1h
nodes:
  candles: {source: candles}
  fast: {indicator: ema, in: candles.close, period: "${grid.ema_fast}"}
  slow: {indicator: ema, in: candles.close, period: "${grid.ema_slow}"}
  strength: {indicator: adx, in: candles, period: "${grid.adx_period}"}
  width: {indicator: atr, in: candles, period: "${grid.atr_period}"}
  grid:
    strategy: grid_trend
    in: {bar: candles, fast: fast, slow: slow, adx: strength.adx, width: width}
    ema_fast: 5
    ema_slow: 20
    adx_period: 7
    atr_period: 5
    leverage: 5
  sized: {risk: equal_allocation, in: grid, cap_percent: 100}
  guard: {risk: margin_guard, in: sized, max_margin_ratio: 1}
  broker: {executor: account, in: guard, high_volatility_multiplier: 1}
  journal: {sink: journal, in: broker}
"""
LEVEL = 10_000 / 3 * 5
"""Notional of one level: a third of the capital times leverage."""
FILL = 157.0 * 1.0005
"""What the first level costs, slippage included."""


def trade(market_: Bars, **options: Any) -> Result:
    """A back-test of the grid."""
    return run(TEXT, market_, **options)


def market(*rows: Row, warm: int = 60) -> Bars:
    """``warm`` hours that rise by 1 each, to 160, then the given ones.

    On such a rise an EMA of n lies (n - 1) / 2 behind: the fast one at 158, the slow one at 150.5. Every true range is
    1, and so is the ATR; there is no movement down, so ADX is 100. Levels rest at 158 - 1 = 157, 156.5 and 156.
    """
    rise = [(159.0 - k, 160.0 - k, 159.0 - k, 160.0 - k) for k in range(warm)]
    return candles(*reversed(rise), *rows, first=FIRST, interval=HOUR)


DIP: Row = (160.0, 160.2, 156.8, 158.0)
"""Fills level 0 at 157. The fast average stays at 158; true range 3.4, so the ATR is (4 x 1 + 3.4) / 5 = 1.48."""
UP: Row = (158.0, 162.0, 157.5, 161.0)
"""Best price 162; true range 4.5, ATR (4 x 1.48 + 4.5) / 5 = 2.084: the trailing stop is at 162 - 4.168 = 157.832."""


def test_a_pullback_is_bought_and_the_trailing_stop_sells_it() -> None:
    """In at 157; the bar after the best one meets the stop at 157.832."""
    found = only(trade(market(DIP, UP, (161.0, 161.5, 157.0, 158.0))))
    quantity = LEVEL / 157
    assert (found["reason"], found["side"], found["bars"]) == ("trailing", "long", 2)
    assert found["entry_reference"] == pytest.approx(157.0, rel=1e-12)
    assert found["exit_reference"] == pytest.approx(157.832, rel=1e-12)
    assert found["net"] == pytest.approx(net_of(found, [(157.0, quantity)], 157.832, 0.0006, 0.0005), rel=1e-9)


def test_the_trailing_stop_never_moves_away() -> None:
    """The next ATR, (4 x 2.084 + 3.3) / 5 = 2.3272, would put it at 157.3456: it stays at 157.832."""
    found = only(trade(market(DIP, UP, (161.0, 161.5, 158.2, 160.0), (160.0, 160.5, 157.5, 158.0))))
    assert (found["reason"], found["bars"]) == ("trailing", 3)
    assert found["exit_reference"] == pytest.approx(157.832, rel=1e-12)


def test_the_bar_of_the_first_fill_shows_no_best_price() -> None:
    """Its high of 170 may have come before the fill: W is the fill itself, 157.0785.

    True range 13.2, ATR (4 + 13.2) / 5 = 3.44: the stop of the next bar is at 157.0785 - 6.88, not at 170 - 6.88.
    """
    wide: Row = (160.0, 170.0, 156.8, 158.0)
    assert trade(market(wide, (158.0, 159.0, 151.0, 158.0))).trades() == []
    found = only(trade(market(wide, (158.0, 159.0, 150.0, 158.0))))
    assert found["reason"] == "trailing"
    assert found["exit_reference"] == pytest.approx(FILL - 6.88, rel=1e-12)


def test_there_is_no_trailing_stop_in_the_bar_of_the_first_fill() -> None:
    """A fall of 15 % below the average of all three levels ends at the stop, and nothing nearer was there."""
    found = only(trade(market((160.0, 160.2, 120.0, 121.0))))
    amounts = [(price, LEVEL / price) for price in (157.0, 156.5, 156.0)]
    average = sum(price * 1.0005 * amount for price, amount in amounts) / sum(amount for _, amount in amounts)
    assert (found["reason"], found["bars"]) == ("sl", 0)
    assert found["exit_reference"] == pytest.approx(average * 0.85, rel=1e-12)
    assert found["net"] == pytest.approx(net_of(found, amounts, average * 0.85, 0.0006, 0.0005), rel=1e-9)


FALL: tuple[Row, ...] = ((158.0, 158.0, 150.0, 150.0), (150.0, 150.0, 140.0, 140.0), (140.0, 140.5, 139.5, 140.0))
"""Fast after them: (2 x 158 + 150) / 3 = 155.33, 150.22, 146.81. Slow, by 2 / 21 each: 151.10, 150.04, 149.08."""


def test_the_cycle_closes_when_the_averages_cross() -> None:
    """The third close of the fall has the fast average below the slow one; the trailing stop is out of reach."""
    result = trade(market(DIP, *FALL), overrides=["grid.trail_mult=50"])
    found = only(result)
    assert (found["reason"], found["bars"], found["exit_reference"]) == ("flip", 3, 140.0)
    assert [leg["level"] for leg in found["levels"]] == [0, 1, 2]


def test_after_a_flip_the_old_trailing_stop_protects_nothing_else() -> None:
    """The rally into the sells of the new direction opens a short, which the stop of the long would end at once.

    ATR: 1.48, then (4 x 1.48 + 8) / 5 = 2.784, 4.2272, 3.58176. Level 0 is at 146.8 + 3.58; the long's trailing stop,
    20 ATR below its fill, was at 127 and more.
    """
    rally: Row = (140.0, 152.0, 139.5, 140.0)
    result = trade(market(DIP, *FALL, rally), overrides=["grid.trail_mult=20"])
    assert reasons(result) == ["flip"]
    (position,) = result.open_positions
    assert position["side"] == "short"


def test_short_is_the_mirror() -> None:
    """The same market upside down gives the same fills upside down."""
    up = market(DIP, *FALL)
    options = ["grid.trail_mult=50"]
    long, short = only(trade(up, overrides=options)), only(trade(mirrored(up, 320.0), overrides=options))
    assert (short["side"], short["reason"], short["exit_time"]) == ("short", "flip", long["exit_time"])
    assert short["exit_reference"] == 180.0
    references = [320.0 - leg["reference"] for leg in long["levels"]]
    assert [leg["reference"] for leg in short["levels"]] == pytest.approx(references, rel=1e-12)


def test_history_is_fifty_bars_at_least() -> None:
    """The slow average and 20, twice the ADX and 21, the ATR and 20, or 50: the last of them is the first decision."""
    assert trade(market()).run.feed.start == 49
    assert trade(market(), overrides=["grid.ema_slow=35"]).run.feed.start == 54
    assert trade(market(), overrides=["grid.adx_period=16"]).run.feed.start == 52


def test_the_fast_average_must_be_the_faster_one() -> None:
    """Equal periods have no direction, and are refused with the parameter's name."""
    with pytest.raises(SpecError, match="20 is not below ema_slow, which is 20"):
        trade(market(), overrides=["grid.ema_fast=20"])


def bar(close: float = 100.0, high: float | None = None, low: float | None = None) -> Bar:
    """A bar that closes at ``close``."""
    return Bar(0, close, close if high is None else high, close if low is None else low, close, 1.0)


INPUTS = {"bar": bar(), "fast": 100.0, "slow": 95.0, "adx": 25.0, "width": 2.0}


@pytest.mark.parametrize(
    ("changes", "sides", "buys", "sells"),
    [
        ({}, ["long", "short"], [98.0, 97.0, 96.0], []),
        ({"slow": 105.0}, ["long", "short"], [], [102.0, 103.0, 104.0]),
        ({"slow": 100.0}, ["long", "short"], [], []),
        ({"adx": 20.0}, ["long", "short"], [98.0, 97.0, 96.0], []),
        ({"adx": 19.9}, ["long", "short"], [], []),
        ({"adx": np.nan}, ["long", "short"], [], []),
        ({"fast": np.nan}, ["long", "short"], [], []),
        ({"slow": np.nan}, ["long", "short"], [], []),
        ({"width": 0.0}, ["long", "short"], [], []),
        ({}, ["short"], [], []),
        ({"slow": 105.0}, ["long"], [], []),
    ],
)
def test_the_trend_chooses_the_ladder(
    changes: dict[str, float], sides: list[str], buys: list[float], sells: list[float]
) -> None:
    """Its side by the averages, and only where ADX is at least the threshold and everything is known."""
    step = Step("grid_trend", sides=sides)
    step(**{**INPUTS, **changes})
    assert (step.buys(), step.sells()) == (buys, sells)


def test_exits_stay_active_without_strength() -> None:
    """ADX below the threshold: no levels, and the trailing stop and the flip work."""
    step = Step("grid_trend")
    weak = {**INPUTS, "adx": 5.0}
    intent = step(side=1, paid=98.0, filled=1, **weak)
    assert (intent.buy_count, intent.leave, intent.trail) == (0, 0, 98.0 - 4.0)
    intent = step(side=1, paid=98.0, filled=1, age=1, **{**weak, "bar": bar(101.0, high=103.0)})
    assert (intent.leave, intent.trail) == (0, 103.0 - 4.0)
    assert step(side=1, paid=98.0, filled=1, age=2, **{**weak, "slow": 101.0}).leave == ExitReason.FLIP


def test_the_trailing_stop_follows_the_best_price() -> None:
    """Of a short: the lowest low since the bar after the first fill plus two ATR, never higher than before."""
    step = Step("grid_trend")
    down = {**INPUTS, "slow": 105.0}

    def trail(age: int, low: float, width: float) -> float:
        bars = {"bar": bar(100.0, low=low), "width": width}
        return float(step(side=-1, paid=102.0, filled=1, age=age, **{**down, **bars}).trail)

    assert trail(0, 90.0, 2.0) == 106.0
    assert trail(1, 99.0, 2.0) == 103.0
    assert trail(2, 99.5, 3.0) == 103.0, "a wider ATR does not loosen it"
    assert trail(3, 99.5, np.nan) == 103.0, "a missing ATR leaves it"
    assert trail(4, 99.5, 1.0) == 101.0
    assert np.isnan(step(**down).trail), "flat: there is nothing to trail"
    assert trail(0, 90.0, 5.0) == 112.0, "a new cycle starts from its own first fill"


def test_a_missing_atr_at_the_start_means_no_trailing_stop_yet() -> None:
    """It is there from the first ATR on."""
    step = Step("grid_trend")
    assert np.isnan(step(side=1, paid=98.0, filled=1, **{**INPUTS, "width": np.nan}).trail)
    assert step(side=1, paid=98.0, filled=1, age=1, **INPUTS).trail == 96.0


def test_the_flip_arms_the_whole_new_ladder() -> None:
    """With the averages crossed against a cycle of two levels, all three sells rest for the next bar."""
    step = Step("grid_trend")
    intent = step(side=1, paid=98.0, filled=3, **{**INPUTS, "slow": 105.0})
    assert (intent.leave, intent.lowest_sell, step.buys()) == (ExitReason.FLIP, 102.0, [])
    calm = Step("grid_trend")(side=1, paid=98.0, filled=3, **INPUTS)
    assert (calm.leave, calm.highest_buy) == (0, 96.0)


def test_the_judgement_names_what_is_missing() -> None:
    """At 98.5, half an ATR of the one from the fast average to level 0 at 98: the score is 0.75."""
    step = Step("grid_trend")
    inputs = {**INPUTS, "bar": bar(98.5), "adx": 15.0}
    step(**inputs)
    score, found = step.judge(1, **inputs)
    assert score == 0.75
    assert found["trend"] == (100.0, 95.0, True)
    assert found["strength"] == (15.0, 20.0, False)
    assert found["volatility"] == (2.0, 0.0, True)
    assert found["distance"] == (pytest.approx(0.5 / 98.5), 0.0, False)
    score, found = step.judge(-1, **inputs)
    assert (score, found["trend"]) == (0.0, (100.0, 95.0, False))
    assert step.judge(1, held=1, paid=98.0, filled=1, **inputs)[0] == 0.5
