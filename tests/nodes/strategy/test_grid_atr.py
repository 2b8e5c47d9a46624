"""The ATR grid, by hand: a market that stands at 100 with an ATR of 2, then single bars."""

from __future__ import annotations

import numpy as np
import pytest

from radar.engine.result import Result
from radar.market.bar import Bar
from tests.acceptance.oracle_strategy import Values
from tests.acceptance.subject import Random, Subject
from tests.nodes.markets import Bars
from tests.nodes.strategy.grid_atr_oracle import GridAtr
from tests.nodes.strategy.harness import FIRST, HOUR, Row, Step, bars, mirrored, net_of, only, reasons, run


def draw(random: Random, stop: float) -> Values:
    """Parameters of one random case."""
    ma, atr, levels = int(random.integers(2, 31)), int(random.integers(2, 21)), int(random.integers(1, 7))
    start, step = float(random.choice([0.3, 1.0, 2.0])), float(random.choice([0.1, 0.5, 1.0]))
    words = ["market_on_touch", "limit"]
    entry, target = words[random.random() < 0.3], words[random.random() < 0.3]
    return {
        "ma_period": ma,
        "atr_period": atr,
        "atr_multiplier_start": start,
        "atr_multiplier_step": step,
        "num_levels": levels,
        "sl_percent": stop * 100.0,
        "entry_order": entry,
        "target_order": target,
    }


NARROW = {"atr_multiplier_start": 1.0, "atr_multiplier_step": 0.5}
SUBJECT = Subject(
    oracle=GridAtr,
    draw=draw,
    ends=("tp",),
    lively={**NARROW, "sl_percent": 6.0, "sides": ["long", "short"]},
    mirror={**NARROW, "sl_percent": 99.0},
    far={"sl_percent": 95.0, "leverage": 1.0},
    sample={"atr_multiplier_start": 1, "sl_percent": 6},
    quirks={
        "sides": ["long", "short"],
        "atr_multiplier_start": 0.5,
        "atr_multiplier_step": 0.5,
        "num_levels": 4,
        "sl_percent": 8.0,
    },
    seeds=250,
)

CALM: Row = (100.0, 101.0, 99.0, 100.0)
"""Mean 100, true range 2: with the multipliers 2 and 1 the levels rest at 96, 94 and 92 (104, 106, 108)."""

TEXT = """radar: 1
pipeline: grid
assets: [BTC]
clock: 1h
nodes:
  candles: {source: candles}
  mean: {indicator: sma, in: candles.close, period: "${grid.ma_period}"}
  width: {indicator: atr, in: candles, period: "${grid.atr_period}"}
  grid:
    strategy: grid_atr
    in: {bar: candles, mean: mean, width: width}
    ma_period: 2
    atr_period: 2
    sl_percent: 10
    leverage: 5
    sides: SIDES
  sized: {risk: equal_allocation, in: grid, cap_percent: 100}
  guard: {risk: margin_guard, in: sized, max_margin_ratio: 1}
  broker: {executor: account, in: guard, high_volatility_multiplier: 1}
  journal: {sink: journal, in: broker}
"""
LEVEL = 10_000 / 3 * 5
"""Notional of one level: a third of the capital times leverage."""


def trade(market: Bars, sides: str = "[long]", **options: object) -> Result:
    """A back-test of the grid."""
    return run(TEXT.replace("SIDES", sides), market, **options)


def market(*rows: Row, warm: int = 55) -> Bars:
    """The calm market and what comes after it."""
    return bars(CALM, warm, *rows)


DIP: Row = (100.0, 101.0, 95.5, 97.0)
"""Fills level 0 at 96. Then the mean is 98.5 and the ATR (2 + 5.5) / 2 = 3.75."""


def test_entry_at_the_level_and_exit_at_the_mean_before() -> None:
    """Level 0 fills at 96; the next bar reaches the mean of the bar before, 98.5, and closes there as a target."""
    result = trade(market(DIP, (97.0, 99.0, 96.8, 98.0)))
    found = only(result)
    quantity = LEVEL / 96
    assert (found["reason"], found["side"], found["bars"]) == ("tp", "long", 1)
    assert (found["entry_reference"], found["exit_reference"]) == (96.0, 98.5)
    assert found["average_entry"] == pytest.approx(96 * 1.0005, rel=1e-15)
    assert found["quantity"] == pytest.approx(quantity, rel=1e-12)
    assert found["exit_price"] == pytest.approx(98.5 * 0.9995, rel=1e-15)
    assert found["net"] == pytest.approx(net_of(found, [(96.0, quantity)], 98.5, 0.0006, 0.0005), rel=1e-12)
    assert result.equity[-1] == pytest.approx(10_000 + found["net"], rel=1e-14)


def test_the_target_never_works_in_the_bar_of_the_first_fill() -> None:
    """A bar that falls to the level and rises through the mean leaves the cycle open (spec 3.1 step 5)."""
    result = trade(market((100.0, 103.0, 95.0, 102.0)))
    assert result.trades() == []
    assert [one["side"] for one in result.open_positions] == ["long"]


def test_levels_are_those_of_the_bar_before() -> None:
    """The bar that makes the ATR wide still meets the levels that rested at its open, all three of them."""
    result = trade(market((100.0, 101.0, 91.9, 93.0), (93.0, 93.5, 92.5, 93.0)))
    fills = result.fill_rows
    assert fills["reference"].tolist() == [96.0, 94.0, 92.0]
    assert fills["level"].tolist() == [0, 1, 2]
    assert fills["quantity"] == pytest.approx([LEVEL / 96, LEVEL / 94, LEVEL / 92], rel=1e-12)


def test_stop_below_the_average_of_what_was_filled() -> None:
    """All levels fill on the way down; the stop is 10 % below the average fill and closes in the same bar."""
    found = only(trade(market((100.0, 101.0, 80.0, 81.0))))
    amounts = [(price, LEVEL / price) for price in (96.0, 94.0, 92.0)]
    average = sum(price * 1.0005 * amount for price, amount in amounts) / sum(amount for _, amount in amounts)
    assert (found["reason"], found["bars"]) == ("sl", 0)
    assert found["average_entry"] == pytest.approx(average, rel=1e-12)
    assert found["exit_reference"] == pytest.approx(average * 0.9, rel=1e-12)
    assert found["net"] == pytest.approx(net_of(found, amounts, average * 0.9, 0.0006, 0.0005), rel=1e-12)


def test_a_gap_through_the_stop_fills_at_the_open() -> None:
    """The next bar opens below the stop: out at the open, and no further level is filled on the way."""
    found = only(trade(market(DIP, (80.0, 82.0, 79.0, 81.0))))
    assert (found["reason"], found["exit_reference"], len(found["levels"])) == ("sl", 80.0, 1)


def test_a_filled_level_is_not_filled_again_in_its_cycle() -> None:
    """Another dip to the first level adds nothing; the next level needs its own price."""
    result = trade(market(DIP, (97.0, 97.5, 95.0, 97.0), (96.5, 96.9, 95.2, 96.0)))
    assert result.fill_rows["level"].tolist() == [0]


def test_the_next_cycle_starts_after_the_bar_of_the_exit() -> None:
    """After a target the ladder rests again; a bar that holds the exit starts no new cycle (spec 3.1 step 7)."""
    calm = [CALM] * 4
    result = trade(market(DIP, (97.0, 99.0, 70.0, 98.0), *calm))
    assert reasons(result) == ["sl"]
    result = trade(market(DIP, (97.0, 99.0, 96.8, 98.0), *calm, (100.0, 101.0, 90.0, 95.0)))
    assert reasons(result)[:1] == ["tp"]
    assert len(result.fill_rows[result.fill_rows["opens"] == 1]) > 1


def test_the_target_is_unconditional() -> None:
    """Where the mean has fallen below the average entry, its touch closes the cycle at a loss, reason tp."""
    drift = [(97.0, 97.2, 93.5, 93.6), (93.6, 93.8, 93.4, 93.6), (93.6, 93.8, 93.4, 93.6)]
    found = only(trade(market(DIP, *drift)))
    assert found["reason"] == "tp"
    assert found["gross"] < 0


def test_short_is_the_mirror() -> None:
    """The same market upside down, with the short side allowed, gives the same fills upside down."""
    dip = market(DIP, (97.0, 99.0, 96.8, 98.0))
    long, short = only(trade(dip)), only(trade(mirrored(dip, 200.0), "[short]"))
    assert (short["side"], short["reason"]) == ("short", "tp")
    assert short["entry_reference"] == pytest.approx(200.0 - long["entry_reference"], rel=1e-14)
    assert short["exit_reference"] == pytest.approx(200.0 - long["exit_reference"], rel=1e-14)
    assert short["quantity"] == pytest.approx(LEVEL / 104, rel=1e-12)
    assert short["net"] == pytest.approx(net_of(short, [(104.0, LEVEL / 104)], 101.5, 0.0006, 0.0005), rel=1e-12)


def test_the_first_side_locks_the_other_out() -> None:
    """Of two ladders the one nearer to the open fills; the other is not live until the cycle is over."""
    found = trade(market((101.0, 104.5, 91.0, 100.0)), "[long, short]").fill_rows
    assert set(found["side"][found["opens"] == 1].tolist()) == {-1}
    found = trade(market((99.0, 108.5, 95.5, 100.0)), "[long, short]").fill_rows
    assert set(found["side"][found["opens"] == 1].tolist()) == {1}
    found = trade(market((100.0, 104.5, 95.5, 100.0)), "[long, short]").fill_rows
    assert set(found["side"][found["opens"] == 1].tolist()) == {1}, "a tie goes to the long side"


def test_history_is_fifty_bars_at_least() -> None:
    """The 50th bar ends the warm-up: a dip in bar 49 is refused and counted, the same dip one bar later fills."""
    early = trade(market((100.0, 101.0, 95.5, 97.0), CALM, CALM, warm=49))
    assert early.trades() == []
    assert [(one["cause"], one["count"]) for one in early.refusals] == [("warm_up", 1)]
    assert early.run.feed.start == 49
    late = trade(market(DIP, CALM, warm=50))
    assert int(late.fill_rows["time"][0]) == FIRST + 50 * HOUR


def test_orders_may_be_limits() -> None:
    """With limit orders both legs pay the maker fee and no slippage."""
    limits = ["grid.entry_order=limit", "grid.target_order=limit"]
    found = only(trade(market(DIP, (97.0, 99.0, 96.8, 98.0)), overrides=limits))
    quantity = LEVEL / 96
    assert found["slippage"] == 0.0
    assert found["average_entry"] == pytest.approx(96.0, rel=1e-15)
    assert found["fees"] == pytest.approx(0.0002 * quantity * (96 + 98.5), rel=1e-12)


def bar(close: float = 100.0) -> Bar:
    """A bar of no interest."""
    return Bar(0, close, close, close, close, 1.0)


def test_the_ladder_by_its_formula() -> None:
    """Level k of a side rests at mean - side * width * (start + k * step)."""
    step = Step("grid_atr", sides=["long", "short"], atr_multiplier_start=1.5, atr_multiplier_step=0.5, num_levels=4)
    intent = step(bar=bar(), mean=50.0, width=2.0)
    assert step.buys() == [47.0, 46.0, 45.0, 44.0]
    assert step.sells() == [53.0, 54.0, 55.0, 56.0]
    assert (intent.highest_buy, intent.lowest_sell, intent.target) == (47.0, 53.0, 50.0)


def test_in_a_cycle_only_its_own_side_rests() -> None:
    """A long cycle with level 0 filled: the buys from level 1 on count, no sell does."""
    step = Step("grid_atr", sides=["long", "short"])
    intent = step(side=1, paid=96.0, filled=1, bar=bar(), mean=100.0, width=2.0)
    assert (intent.highest_buy, intent.sell_count, intent.lowest_sell) == (94.0, 0, np.inf)


@pytest.mark.parametrize(("mean", "width"), [(100.0, 0.0), (100.0, np.nan), (np.nan, 2.0), (np.nan, np.nan)])
def test_without_a_mean_or_a_width_nothing_rests(mean: float, width: float) -> None:
    """An ATR of zero makes no grid; what is unknown makes none either; the target follows the mean alone."""
    step = Step("grid_atr", sides=["long", "short"])
    intent = step(bar=bar(), mean=mean, width=width)
    assert (intent.buy_count, intent.sell_count) == (0, 0)
    assert (intent.highest_buy, intent.lowest_sell) == (-np.inf, np.inf)
    np.testing.assert_equal(intent.target, mean)


def test_a_level_at_or_below_zero_rests_nowhere() -> None:
    """A wide market has fewer levels, never a level without a price."""
    step = Step("grid_atr", num_levels=3)
    intent = step(bar=bar(), mean=5.0, width=2.0)
    assert step.buys() == [1.0, -1.0, -3.0]
    assert intent.highest_buy == 1.0
    filled = step(side=1, paid=1.0, filled=1, bar=bar(), mean=5.0, width=2.0)
    assert filled.highest_buy == -np.inf
