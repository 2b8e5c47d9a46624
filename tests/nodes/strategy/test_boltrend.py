"""The Bollinger breakout, by hand: closes that go 100, 102, 100, 102, then single bars."""

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
from tests.nodes.strategy.boltrend_oracle import BolTrend
from tests.nodes.strategy.harness import FIRST, HOUR, Row, Step, bars, mirrored, net_of, only, reasons, run


def draw(random: Random, stop: float) -> Values:
    """Parameters of one random case.

    A width whose square is j / (window - j) would put the band on the price of a market that stands still but for j
    closes: a tie that rounding decides.
    """
    window, long = int(random.integers(2, 25)), int(random.integers(2, 60))
    deviations, spread = float(random.choice([0.53, 1.1, 2.03])), float(random.choice([0.0, 0.02]))
    return {
        "bol_window": window,
        "bol_std": deviations,
        "long_ma_window": long,
        "min_bol_spread": spread,
        "sl_percent": stop * 100.0,
    }


SHORT = {"bol_window": 20, "long_ma_window": 40, "bol_std": 1.5}
SUBJECT = Subject(
    oracle=BolTrend,
    draw=draw,
    ends=("inverse",),
    lively={**SHORT, "sl_percent": 2.0},
    mirror={**SHORT, "sl_percent": 99.0},
    far={"sl_percent": 95.0, "leverage": 1.0},
    sample={"bol_window": 20, "long_ma_window": 50, "bol_std": 1.5, "sl_percent": 3},
    quirks={"leverage": 10.0, "bol_window": 10, "bol_std": 1.0, "long_ma_window": 30, "sl_percent": 5.0},
)

TEXT = """radar: 1
pipeline: breakout
assets: [BTC]
clock: 1h
nodes:
  candles: {source: candles}
  bands: {indicator: bollinger, in: candles.close, period: "${trend.bol_window}", deviations: "${trend.bol_std}"}
  average: {indicator: sma, in: candles.close, period: "${trend.long_ma_window}"}
  trend:
    strategy: boltrend
    in: {bar: candles, upper: bands.upper, mid: bands.mid, lower: bands.lower, spread: bands.spread, average: average}
    bol_window: 4
    bol_std: 1.5
    long_ma_window: 10
  sized: {risk: risk_sizing, in: trend, risk_percent: 2}
  guard: {risk: margin_guard, in: sized}
  broker: {executor: account, in: guard, high_volatility_multiplier: 1}
  journal: {sink: journal, in: broker}
"""
"""History: the longer window and 20 bars, 30."""


def row(close: float, low: float | None = None, high: float | None = None) -> Row:
    """A bar that opens and closes at ``close``."""
    return (close, close if high is None else high, close if low is None else low, close)


def market(*rows: Row) -> Bars:
    """36 bars that swing by one around 101, ending on 102; then the given ones.

    The bands of four such closes are 101 -/+ 1.5, the average of ten is 101.
    """
    return bars(row(100.0), 0, *[row(100.0 if index % 2 == 0 else 102.0) for index in range(36)], *rows)


BREAK: Row = row(108.0)
"""Bands of 102, 100, 102, 108: 103 -/+ 4.5, so 108 is above 107.5; the close before, 102, was below 102.5."""


def trade(bars_: Bars, **options: Any) -> Result:
    """A back-test of the breakout."""
    return run(TEXT, bars_, **options)


def test_enters_at_the_close_of_the_breakout() -> None:
    """A market order at 108, sized to lose 2 % at the stop of 15 %, costs included."""
    result = trade(market(BREAK, row(108.5)))
    (position,) = result.open_positions
    (fill,) = result.fill_rows
    notional = 10_000 * 0.02 / ((108 - 108 * 0.85) / 108 + 0.0006 + 0.0005)
    assert (int(fill["time"]), int(fill["at_close"]), int(fill["side"])) == (FIRST + 36 * HOUR, 1, 1)
    assert (fill["reference"], fill["price"]) == (108.0, pytest.approx(108 * 1.0005, rel=1e-15))
    assert fill["quantity"] == pytest.approx(notional / 108, rel=1e-12)
    assert position["stop"] == pytest.approx(108 * 0.85, rel=1e-15)


def test_leaves_when_the_close_is_back_inside_the_middle() -> None:
    """At 104 the middle is 103.5 and it stays; at 103 the middle is 104.25 and it leaves, at that close."""
    found = only(trade(market(BREAK, row(104.0), row(103.0), row(103.0))))
    quantity = found["quantity"]
    assert (found["reason"], found["bars"], found["exit_reference"]) == ("inverse", 2, 103.0)
    assert found["exit_time"] == "2024-01-02T14:00:00Z"
    assert found["net"] == pytest.approx(net_of(found, [(108.0, quantity)], 103.0, 0.0006, 0.0005), rel=1e-12)


def test_stops_out_inside_a_bar() -> None:
    """A low at the stop, built from the entry close, is enough; the whole loss is a little over 2 %."""
    found = only(trade(market(BREAK, row(108.0, low=108 * 0.85))))
    assert (found["reason"], found["exit_reference"]) == ("sl", 108 * 0.85)
    assert found["net"] == pytest.approx(net_of(found, [(108.0, found["quantity"])], 91.8, 0.0006, 0.0005), rel=1e-12)
    assert -206 < found["net"] < -200


def test_the_costs_of_both_legs_can_be_part_of_the_risk() -> None:
    """With entry_fee in the list the loss at the stop is 2 % to within the slippage of the entry."""
    found = only(
        trade(market(BREAK, row(108.0, low=91.8)), overrides=["sized.include=[taker_fee, slippage, entry_fee]"])
    )
    assert found["net"] == pytest.approx(-200, rel=0.005)


def test_short_is_the_mirror() -> None:
    """Upside down, the same breakout is sold and bought back at the mirrored prices."""
    up = market(BREAK, row(104.0), row(103.0), row(103.0))
    long, short = only(trade(up)), only(trade(mirrored(up, 202.0)))
    assert (short["side"], short["reason"]) == ("short", "inverse")
    assert short["entry_reference"] == 202.0 - long["entry_reference"]
    assert short["exit_reference"] == 202.0 - long["exit_reference"]
    assert (short["entry_time"], short["exit_time"]) == (long["entry_time"], long["exit_time"])
    assert short["stop"] == pytest.approx(94.0 * 1.15, rel=1e-15)


def test_a_close_on_the_band_is_no_breakout() -> None:
    """With a window of two and one deviation the upper band is the higher of the two closes, never crossed."""
    on_band = ["trend.bol_window=2", "trend.bol_std=1"]
    assert trade(market(BREAK, row(109.0)), overrides=on_band).trades() == []
    assert trade(market(BREAK, row(109.0)), overrides=on_band).open_positions == []
    below = ["trend.bol_window=2", "trend.bol_std=0.5"]
    assert len(trade(market(BREAK, row(120.0)), overrides=below).fill_rows) > 0


def test_the_bandwidth_before_must_be_wide_enough() -> None:
    """The bands before the breakout were 3 wide over 99.5, a fraction of 0.03015; strictly more is demanded."""
    assert len(trade(market(BREAK), overrides=["trend.min_bol_spread=0.03"]).fill_rows) == 1
    assert len(trade(market(BREAK), overrides=["trend.min_bol_spread=0.0302"]).fill_rows) == 0
    assert len(trade(market(BREAK), overrides=[f"trend.min_bol_spread={3 / 99.5!r}"]).fill_rows) == 0


def test_the_long_average_filters() -> None:
    """A breakout upwards below the long average is no entry: 30 closes at 300 keep it far above."""
    high = bars(row(300.0), 60, *[row(100.0 if index % 2 == 0 else 102.0) for index in range(36)], BREAK, row(109.0))
    assert len(trade(high, overrides=["trend.long_ma_window=50"]).fill_rows) == 0
    assert len(trade(high, overrides=["trend.long_ma_window=10"]).fill_rows) == 1


def test_no_new_position_in_the_bar_of_an_exit() -> None:
    """A bar that stops the long out and closes below the lower band is refused as the same bar."""
    fall = (108.0, 108.0, 60.0, 60.0)
    result = trade(market(BREAK, fall, row(60.0)))
    assert reasons(result) == ["sl"]
    assert result.trades()[0]["exit_reference"] == pytest.approx(91.8, rel=1e-14)
    assert {(one["cause"], one["count"]) for one in result.refusals} == {("same_bar", 1)}


def bar(close: float) -> Bar:
    """A bar that closes at ``close``."""
    return Bar(0, close, close, close, close, 1.0)


BANDS = {"upper": 103.0, "mid": 100.0, "lower": 97.0, "spread": 0.05, "average": 99.0}


def closes(step: Step, before: float, now: float, **bands: float) -> Any:
    """The intent at the second of two closes under the same bands."""
    values = {**BANDS, **bands}
    step(bar=bar(before), **values)
    return step(bar=bar(now), **values)


def test_entry_rules_one_by_one() -> None:
    """The entry, then each of its four conditions missing alone."""
    assert closes(Step("boltrend"), 102.0, 104.0).enter == 1
    assert closes(Step("boltrend"), 103.0, 104.0).enter == 0, "the close before was not below its band"
    assert closes(Step("boltrend"), 102.0, 103.0).enter == 0, "the close is not above the band"
    assert closes(Step("boltrend"), 102.0, 104.0, average=104.0).enter == 0, "not above the long average"
    assert closes(Step("boltrend"), 102.0, 104.0, spread=0.0).enter == 0, "no bandwidth"
    assert closes(Step("boltrend"), 98.0, 96.0, average=99.0).enter == -1
    assert closes(Step("boltrend"), 98.0, 96.0, average=95.0).enter == 0
    assert closes(Step("boltrend", sides=["short"]), 102.0, 104.0).enter == 0
    assert closes(Step("boltrend", sides=["long"]), 98.0, 96.0).enter == 0


@pytest.mark.parametrize("missing", ["upper", "spread", "average"])
def test_a_missing_value_is_no_breakout(missing: str) -> None:
    """Comparisons with what is not known are false."""
    assert closes(Step("boltrend"), 102.0, 104.0, **{missing: np.nan}).enter == 0


def test_stop_and_target_of_the_intent() -> None:
    """The stop is a percentage of the close, on the far side; there is no target and no trailing stop."""
    intent = closes(Step("boltrend", sl_percent=10.0), 102.0, 104.0)
    assert intent.stop == 104.0 * 0.9
    assert np.isnan(intent.target)
    assert np.isnan(intent.trail)
    assert closes(Step("boltrend", sl_percent=10.0), 98.0, 96.0).stop == 96.0 * 1.1


@pytest.mark.parametrize(("side", "close", "leaves"), [(1, 99.0, True), (1, 100.0, False), (-1, 101.0, True)])
def test_exit_is_strictly_beyond_the_middle(side: int, close: float, leaves: bool) -> None:
    """A close on the middle band stays; beyond it, it leaves for the reason inverse and enters nothing."""
    intent = Step("boltrend")(side=side, paid=100.0, bar=bar(close), **BANDS)
    assert intent.leave == (ExitReason.INVERSE if leaves else 0)
    assert intent.enter == 0


@pytest.mark.parametrize(
    ("side", "before", "now", "changes", "score", "met"),
    [
        # The bands are 6 wide. 1.5 beyond x = 2 x 1.5 / 6 = 0.5, 3 beyond x = 1, on the band 0, 1.5 inside x = -0.5, at
        # the middle x = -1, which is held at 0.1. Met: inside before, beyond now, beyond the average, wide enough.
        (1, 102.0, 104.5, {}, 0.75, (True, True, True, True)),
        (1, 102.0, 106.0, {}, 1.0, (True, True, True, True)),
        (1, 102.0, 103.0, {}, 0.5, (True, False, True, True)),
        (1, 102.0, 101.5, {}, 0.25, (True, False, True, True)),
        (1, 102.0, 100.0, {}, 0.1, (True, False, True, True)),
        (1, 103.0, 104.5, {}, 0.75, (False, True, True, True)),
        (1, 102.0, 104.5, {"average": 104.5}, 0.75, (True, True, False, True)),
        (1, 102.0, 104.5, {"spread": 0.01}, 0.75, (True, True, True, False)),
        (-1, 98.0, 95.5, {}, 0.75, (True, True, True, True)),
        (-1, 97.0, 95.5, {}, 0.75, (False, True, True, True)),
        (-1, 98.0, 98.5, {"average": 98.0}, 0.25, (True, False, False, True)),
    ],
)
def test_what_stands_between_a_side_and_its_entry(
    side: int, before: float, now: float, changes: dict[str, float], score: float, met: tuple[bool, ...]
) -> None:
    """The score says how far the close is beyond the band; all four conditions are met exactly where it enters."""
    step, bands = Step("boltrend", min_bol_spread=0.01), {**BANDS, **changes}
    entered = closes(step, before, now, **changes).enter
    found, told = step.judge(side, bar=bar(now), **bands)
    assert found == pytest.approx(score, rel=1e-12)
    assert tuple(one[2] for one in told.values()) == met
    assert (entered == side) == all(met)
    band = bands["upper" if side > 0 else "lower"]
    assert [one[:2] for one in told.values()] == [
        (before, band), (now, band), (now, bands["average"]), (bands["spread"], 0.01),
    ]  # fmt: skip


@pytest.mark.parametrize("missing", ["upper", "spread", "average"])
def test_a_score_needs_every_input(missing: str) -> None:
    """Not known while one of them is not."""
    step = Step("boltrend")
    closes(step, 102.0, 104.0)
    assert np.isnan(step.judge(1, bar=bar(104.0), **{**BANDS, missing: np.nan})[0])
