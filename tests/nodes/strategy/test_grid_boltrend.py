"""The grid behind a breakout, by hand: closes that go 100, 102, 100, 102, a breakout to 108, then single bars."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from radar.engine.result import Result
from radar.market.bar import Bar
from radar.market.reason import ExitReason
from tests.acceptance.oracle_strategy import Values
from tests.acceptance.subject import Random, Subject
from tests.nodes.markets import Bars
from tests.nodes.strategy.grid_boltrend_oracle import GridBolTrend
from tests.nodes.strategy.harness import FIRST, HOUR, Row, Step, bars, mirrored, net_of, only, run


def draw(random: Random, stop: float) -> Values:
    """Parameters of one random case.

    A width whose square is j / (window - j) would put the band on the price of a market that stands still but for j
    closes: a tie that rounding decides.
    """
    window, long = int(random.integers(2, 25)), int(random.integers(2, 60))
    deviations, spread = float(random.choice([0.53, 1.1, 2.03])), float(random.choice([0.0, 0.02]))
    atr, spacing = int(random.integers(2, 21)), float(random.choice([0.2, 0.5, 1.0]))
    return {
        "bol_window": window,
        "bol_std": deviations,
        "long_ma_window": long,
        "min_bol_spread": spread,
        "atr_period": atr,
        "atr_spacing_mult": spacing,
        "num_levels": int(random.integers(1, 7)),
        "sl_percent": stop * 100.0,
        "entry_order": "limit" if random.random() < 0.3 else "market_on_touch",
    }


SHORT = {"bol_window": 20, "long_ma_window": 40, "bol_std": 1.5, "atr_period": 7, "atr_spacing_mult": 0.5}
SUBJECT = Subject(
    oracle=GridBolTrend,
    draw=draw,
    ends=("inverse",),
    lively={**SHORT, "sl_percent": 3.0},
    mirror={**SHORT, "sl_percent": 99.0},
    far={"sl_percent": 95.0, "leverage": 1.0},
    sample={**SHORT, "long_ma_window": 50, "sl_percent": 3},
    quirks={**SHORT, "bol_window": 10, "bol_std": 1.0, "long_ma_window": 30, "sl_percent": 5.0},
    seeds=200,
)

TEXT = """radar: 1
pipeline: breakout
assets: [BTC]
clock: 1h
nodes:
  candles: {source: candles}
  bands: {indicator: bollinger, in: candles.close, period: "${grid.bol_window}", deviations: "${grid.bol_std}"}
  average: {indicator: sma, in: candles.close, period: "${grid.long_ma_window}"}
  width: {indicator: atr, in: candles, period: "${grid.atr_period}"}
  grid:
    strategy: grid_boltrend
    in:
      bar: candles
      upper: bands.upper
      mid: bands.mid
      lower: bands.lower
      spread: bands.spread
      average: average
      width: width
    bol_window: 4
    bol_std: 1.5
    long_ma_window: 10
    atr_period: 2
    sl_percent: 10
    leverage: 5
  sized: {risk: equal_allocation, in: grid, cap_percent: 90}
  guard: {risk: margin_guard, in: sized, max_margin_ratio: 1}
  broker: {executor: account, in: guard, high_volatility_multiplier: 1}
  journal: {sink: journal, in: broker}
"""
LEVEL = 9_000 / 3 * 5
"""Notional of one level: a third of 90 % of the capital times leverage; the rest pays the costs of the first ones."""


def row(close: float) -> Row:
    """A bar that opens and closes at ``close``."""
    return (close, close, close, close)


def market(*rows: Row, warm: int = 56) -> Bars:
    """``warm`` bars that swing by one around 101, ending on 102; then the given ones.

    The bands of four such closes are 101 -/+ 1.5, the average of ten is 101, and every true range is 2.
    """
    return bars(row(100.0), 0, *[row(100.0 if index % 2 == 0 else 102.0) for index in range(warm)], *rows)


BREAK: Row = row(108.0)
"""Bands of 102, 100, 102, 108: 103 -/+ 4.5, so 108 is above 107.5; the close before, 102, was below 102.5.

The ATR is (2 + 6) / 2 = 4: behind level 0 at 108 the others rest at 104 and 100."""
BACK: Row = (106.0, 106.0, 103.9, 105.0)
"""Reaches 104 and stays above the middle of 100, 102, 108, 105, which is 103.75."""
OVER: Row = (105.0, 105.0, 99.5, 104.0)
"""Reaches 100 and closes below the middle of 102, 108, 105, 104, which is 104.75."""


def trade(market_: Bars, **options: Any) -> Result:
    """A back-test of the grid."""
    return run(TEXT, market_, **options)


def test_level_0_is_bought_at_the_close_of_the_breakout() -> None:
    """A market order at 108 with the margin of one level; the stop is 10 % below what it cost."""
    result = trade(market(BREAK, row(108.5)))
    (fill,) = result.fill_rows
    assert (int(fill["time"]), int(fill["at_close"]), int(fill["side"])) == (FIRST + 56 * HOUR, 1, 1)
    assert (int(fill["level"]), fill["reference"]) == (0, 108.0)
    assert fill["quantity"] == pytest.approx(LEVEL / 108.0, rel=1e-12)
    assert result.open_positions[0]["stop"] == pytest.approx(108.0 * 1.0005 * 0.9, rel=1e-12)


def test_the_levels_behind_it_are_frozen_and_the_inverse_exit_closes_all() -> None:
    """104 and 100 fill though the ATR has moved on; the close of 104 below the middle sells everything."""
    found = only(trade(market(BREAK, BACK, OVER)))
    fills = [(price, LEVEL / price) for price in (108.0, 104.0, 100.0)]
    assert [(leg["level"], leg["reference"]) for leg in found["levels"]] == [(0, 108.0), (1, 104.0), (2, 100.0)]
    assert (found["reason"], found["bars"], found["exit_reference"]) == ("inverse", 2, 104.0)
    assert found["net"] == pytest.approx(net_of(found, fills, 104.0, 0.0006, 0.0005), rel=1e-9)


def test_the_stop_comes_before_the_close() -> None:
    """The fall fills 104 and 100 and ends 10 % below their average; its close, a breakdown, is refused: same bar."""
    result = trade(market(BREAK, (108.0, 108.0, 60.0, 60.0)))
    found = only(result)
    amounts = [(price, LEVEL / price) for price in (108.0, 104.0, 100.0)]
    average = sum(price * 1.0005 * amount for price, amount in amounts) / sum(amount for _, amount in amounts)
    assert (found["reason"], found["bars"]) == ("sl", 1)
    assert found["exit_reference"] == pytest.approx(average * 0.9, rel=1e-12)
    assert {(one["cause"], one["count"]) for one in result.refusals} == {("same_bar", 1)}


def test_a_level_0_that_is_refused_is_no_activation() -> None:
    """A level needs 30 % of the capital as margin; the guard allows a fifth. Nothing rests behind it."""
    result = trade(market(BREAK, (106.0, 106.0, 99.0, 105.0), BACK), overrides=["guard.max_margin_ratio=0.2"])
    assert len(result.fill_rows) == 0
    assert {(one["cause"], one["count"]) for one in result.refusals} == {("margin_guard", 1)}


def test_a_grid_of_one_level_adds_nothing() -> None:
    """Then it is the plain breakout with the sizing of a grid."""
    found = only(trade(market(BREAK, BACK, OVER), overrides=["grid.num_levels=1"]))
    assert [leg["level"] for leg in found["levels"]] == [0]


def test_only_the_resting_levels_may_be_limits() -> None:
    """Level 0 is a market order in any case: taker with slippage; level 1 is filled at its price as a maker."""
    fills = trade(market(BREAK, BACK), overrides=["grid.entry_order=limit"]).fill_rows
    assert fills["price"].tolist() == [pytest.approx(108.0 * 1.0005, rel=1e-12), 104.0]
    fees = [0.0006 * 108.0 * 1.0005 * LEVEL / 108.0, 0.0002 * LEVEL]
    assert fills["fee"].tolist() == pytest.approx(fees, rel=1e-12)


def test_short_is_the_mirror() -> None:
    """Upside down, the same fills at the mirrored prices."""
    up = market(BREAK, BACK, OVER)
    long, short = only(trade(up)), only(trade(mirrored(up, 202.0)))
    assert (short["side"], short["reason"], short["exit_time"]) == ("short", "inverse", long["exit_time"])
    assert [leg["reference"] for leg in short["levels"]] == [94.0, 98.0, 102.0]
    assert short["exit_reference"] == 98.0


def test_history_is_the_longer_window_and_twenty_bars() -> None:
    """Or fifty: the last of them is the first decision."""
    assert trade(market()).run.feed.start == 49
    assert trade(market(), overrides=["grid.long_ma_window=33"]).run.feed.start == 52
    assert len(trade(market(BREAK, row(109.0), row(109.0), warm=48)).fill_rows) == 0
    assert len(trade(market(BREAK, row(109.0), row(109.0), warm=50)).fill_rows) == 1


def bar(close: float) -> Bar:
    """A bar that closes at ``close``."""
    return Bar(0, close, close, close, close, 1.0)


BANDS = {"upper": 103.0, "mid": 100.0, "lower": 97.0, "spread": 0.05, "average": 99.0, "width": 2.0}


def closes(step: Step, before: float, now: float, **inputs: float) -> Any:
    """The intent at the second of two closes under the same bands, while flat."""
    values = {**BANDS, **inputs}
    step(bar=bar(before), **values)
    return step(bar=bar(now), **values)


def test_a_breakout_enters_level_0_and_prepares_the_others() -> None:
    """From 104 on in steps of one ATR of 2; they may add to the cycle and not begin one."""
    step = Step("grid_boltrend")
    intent = closes(step, 102.0, 104.0)
    assert (intent.enter, intent.enter_levels, intent.extend_only) == (1, 1, 1)
    assert (step.buys(), intent.highest_buy, step.sells()) == ([104.0, 102.0, 100.0], 102.0, [])
    assert np.isnan(intent.target)
    step = Step("grid_boltrend", atr_spacing_mult=0.5)
    intent = closes(step, 98.0, 96.0)
    assert (intent.enter, step.sells(), intent.lowest_sell) == (-1, [96.0, 97.0, 98.0], 97.0)


def test_entry_rules_one_by_one() -> None:
    """Each condition missing alone."""
    assert closes(Step("grid_boltrend"), 103.0, 104.0).enter == 0, "the close before was not below its band"
    assert closes(Step("grid_boltrend"), 102.0, 103.0).enter == 0, "the close is not above the band"
    assert closes(Step("grid_boltrend"), 102.0, 104.0, average=104.0).enter == 0, "not above the long average"
    assert closes(Step("grid_boltrend"), 102.0, 104.0, spread=0.0).enter == 0, "no bandwidth"
    assert closes(Step("grid_boltrend"), 102.0, 104.0, width=0.0).enter == 0, "no width"
    assert closes(Step("grid_boltrend"), 102.0, 104.0, width=np.nan).enter == 0, "no width known"
    assert closes(Step("grid_boltrend", sides=["short"]), 102.0, 104.0).enter == 0
    assert closes(Step("grid_boltrend", sides=["long"]), 98.0, 96.0).enter == 0


def test_a_running_cycle_keeps_its_ladder_and_enters_nothing() -> None:
    """With levels 0 and 1 filled the next is at 100, whatever ATR and bands have become."""
    step = Step("grid_boltrend")
    closes(step, 102.0, 104.0)
    intent = step(side=1, paid=103.0, filled=3, bar=bar(110.0), **{**BANDS, "width": 9.0, "upper": 105.0})
    assert (intent.leave, intent.highest_buy, intent.extend_only) == (0, 100.0, 1)
    assert step.buys() == [104.0, 102.0, 100.0]
    assert step(side=1, paid=102.0, filled=7, bar=bar(104.0), **BANDS).buy_count == 0


@pytest.mark.parametrize(("side", "close", "leaves"), [(1, 99.0, True), (1, 100.0, False), (-1, 101.0, True)])
def test_exit_is_strictly_beyond_the_middle(side: int, close: float, leaves: bool) -> None:
    """A close on the middle band stays; beyond it, it leaves for the reason inverse, and its ladder is withdrawn."""
    step = Step("grid_boltrend")
    intent = step(side=side, paid=100.0, filled=1, bar=bar(close), **BANDS)
    assert intent.leave == (ExitReason.INVERSE if leaves else 0)
    assert (intent.buy_count + intent.sell_count > 0) is not leaves


def test_the_judgement_is_that_of_the_breakout_while_flat_and_of_the_ladder_in_a_cycle() -> None:
    """1.5 beyond bands 6 wide: x = 2 x 1.5 / 6 = 0.5, score 0.75. Then 103 is half way to level 1 at 102."""
    step = Step("grid_boltrend")
    inputs = {**BANDS, "bar": bar(104.5)}
    closes(step, 102.0, 104.5)
    score, found = step.judge(1, **inputs)
    assert score == 0.75
    assert found["inside"] == (102.0, 103.0, True)
    assert found["breakout"] == (104.5, 103.0, True)
    assert found["volatility"] == (2.0, 0.0, True)
    assert np.isnan(step.judge(1, **{**inputs, "width": np.nan})[0])
    half = {**BANDS, "bar": bar(103.5)}
    step(side=1, paid=104.5, filled=1, **half)
    assert step.judge(1, held=1, paid=104.5, filled=1, **half)[0] == 0.5
    assert step.judge(1, held=1, paid=104.5, filled=7, **half)[0] == 0.0
