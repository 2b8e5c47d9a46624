"""The funding grid, by hand: hours that stand at 100, and rates settled at chosen bars."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import radar
from radar.engine.result import Result
from radar.errors import DataError
from radar.market.bar import Bar
from radar.market.reason import ExitReason
from radar.spec.diagnostic import SpecError
from tests.acceptance.harness import Market
from tests.acceptance.oracle_strategy import Values
from tests.acceptance.subject import Random, Subject
from tests.nodes.strategy.grid_funding_oracle import GridFunding
from tests.nodes.strategy.harness import FIRST, HOUR, Row, Step, bars, net_of, only


def draw(random: Random, stop: float) -> Values:
    """Parameters of one random case; rates are around 0.2 %."""
    start, step = float(random.choice([0.0003, 0.001])), float(random.choice([0.0003, 0.001]))
    modes = ("funding_positive", "sma_cross", "funding_or_sma")
    return {
        "funding_threshold_start": start,
        "funding_threshold_step": step,
        "num_levels": int(random.integers(1, 7)),
        "ma_period": int(random.integers(2, 31)),
        "sl_percent": stop * 100.0,
        "tp_mode": modes[int(random.integers(3))],
        "min_hold_candles": int(random.choice([0, 2, 8])),
    }


LIVELY = {"funding_threshold_start": 0.0003, "funding_threshold_step": 0.0003, "ma_period": 5, "min_hold_candles": 2}
SUBJECT = Subject(
    oracle=GridFunding,
    draw=draw,
    ends=("funding_tp",),
    lively={**LIVELY, "sl_percent": 4.0},
    mirror="it only buys",
    far={"sl_percent": 95.0, "leverage": 1.0},
    sample={**LIVELY, "funding_threshold_start": 1e-6, "funding_threshold_step": 2e-5, "sl_percent": 3.0},
    sides=("long",),
    seeds=200,
)

TEXT = """radar: 1
pipeline: paid
assets: [BTC]
clock: 1h
nodes:
  candles: {source: candles}
  rates: {source: funding}
  mean: {indicator: sma, in: candles.close, period: "${grid.ma_period}"}
  grid:
    strategy: grid_funding
    in: {bar: candles, rate: rates.rate, mean: mean}
    ma_period: 4
    sl_percent: 10
    leverage: 5
    min_hold_candles: 2
  sized: {risk: equal_allocation, in: grid, cap_percent: 90}
  guard: {risk: margin_guard, in: sized, max_margin_ratio: 1}
  broker: {executor: account, in: guard, high_volatility_multiplier: 1}
  journal: {sink: journal, in: broker}
"""
LEVEL = 9_000 / 3 * 5
"""Notional of one level: a third of 90 % of the capital times leverage; the rest pays the costs of the first ones."""
CALM: Row = (100.0, 101.0, 99.0, 100.0)
BELOW: Row = (99.0, 99.5, 98.5, 99.0)
"""Closes below the mean for as long as it is new."""


def trade(rates: dict[int, float], *rows: Row, warm: int = 52, **options: Any) -> Result:
    """A back-test over ``warm`` calm bars and the given ones; ``rates`` by the bar at whose open they are settled."""
    settled = {FIRST + bar * HOUR: rate for bar, rate in rates.items()}
    data = Market({("BTC", "1h"): bars(CALM, warm, *rows)}, {"BTC": settled})
    return radar.backtest(TEXT, data=data, mode="interpreted", **options)


def steps(result: Result) -> list[tuple[int, int, int]]:
    """Bar, level and whether it opens, of every fill."""
    return [(int(one["time"] - FIRST) // HOUR, int(one["level"]), int(one["opens"])) for one in result.fill_rows]


@pytest.mark.parametrize(
    ("rate", "levels"),
    [(-0.0004999, []), (-0.0005, [0]), (-0.0009, [0]), (-0.001, [0, 1]), (-0.01, [0, 1, 2]), (0.01, [])],
)
def test_the_more_negative_the_rate_the_more_levels(rate: float, levels: list[int]) -> None:
    """-0.05 %, -0.1 % and -0.15 %, each inclusive; all that are reached are bought at one close, at the market."""
    result = trade({52: rate}, CALM)
    assert steps(result) == [(52, level, 1) for level in levels]
    assert all(one["at_close"] == 1 and one["reference"] == 100.0 for one in result.fill_rows)
    assert result.fill_rows["quantity"].tolist() == pytest.approx([LEVEL / 100.0] * len(levels), rel=1e-12)


def test_further_levels_are_bought_into_the_running_cycle() -> None:
    """Level 1 at the close of bar 53, of the margin frozen at the start; the settlement of bar 53 is received."""
    result = trade({52: -0.0006, 53: -0.0011}, BELOW, BELOW)
    assert steps(result) == [(52, 0, 1), (53, 1, 1)]
    assert result.fill_rows["quantity"].tolist() == pytest.approx([LEVEL / 99.0, LEVEL / 99.0], rel=1e-12)
    assert result.open_positions[0]["funding"] == pytest.approx(0.0011 * LEVEL / 99.0 * 99.0, rel=1e-12)


def test_a_close_at_the_mean_ends_the_cycle_and_the_next_bar_may_begin_another() -> None:
    """Held for two bars: out at the close of bar 54, which buys nothing; in again at 55, for the rate is the same."""
    result = trade({52: -0.0006}, *[CALM] * 4, overrides=["grid.tp_mode=sma_cross"])
    assert steps(result) == [(52, 0, 1), (54, -1, 0), (55, 0, 1)]
    found = only(result)
    assert (found["reason"], found["bars"], found["exit_reference"], found["funding"]) == ("funding_tp", 2, 100.0, 0.0)
    assert found["net"] == pytest.approx(net_of(found, [(100.0, LEVEL / 100)], 100.0, 0.0006, 0.0005), rel=1e-9)


def test_a_positive_rate_ends_the_cycle() -> None:
    """Settled at bar 55: the long pays it and leaves at that close; closes at the mean did not count in this mode."""
    result = trade({52: -0.0006, 55: 0.0001}, *[CALM] * 4, overrides=["grid.tp_mode=funding_positive"])
    found = only(result)
    assert (found["reason"], found["bars"]) == ("funding_tp", 3)
    assert found["funding"] == pytest.approx(-0.0001 * LEVEL, rel=1e-12)
    costs = net_of(found, [(100.0, LEVEL / 100)], 100.0, 0.0006, 0.0005)
    assert found["net"] == pytest.approx(costs + found["funding"], rel=1e-9)


def test_the_least_holding_time_counts_from_the_first_fill() -> None:
    """The rate is positive at bar 53 already; with five bars to hold, level 1 of bar 53 included, it ends at 57."""
    rates = {52: -0.0006, 53: -0.0011, 54: 0.0001}
    found = only(trade(rates, *[CALM] * 7, overrides=["grid.min_hold_candles=5"]))
    assert (found["bars"], len(found["levels"])) == (5, 2)
    at_once = only(trade({52: -0.0006}, CALM, CALM, overrides=["grid.min_hold_candles=0"]))
    assert at_once["bars"] == 1, "a position is first asked at the close after that of its entry"


def test_the_stop_is_always_active() -> None:
    """10 % below the fill, in the bar after it, long before the least holding time is over."""
    found = only(trade({52: -0.0006}, CALM, (100.0, 100.0, 85.0, 86.0)))
    stop = 100.0 * 1.0005 * 0.9
    assert (found["reason"], found["bars"], found["exit_reference"]) == ("sl", 1, pytest.approx(stop, rel=1e-12))


def test_the_settlement_of_the_bar_of_the_entry_is_not_received() -> None:
    """The rate that made it buy was settled at the open of that bar."""
    assert trade({52: -0.0006}, BELOW, BELOW).open_positions[0]["funding"] == 0.0


def test_an_old_or_missing_rate_decides_nothing() -> None:
    """24 hours old it counts, 25 hours old it is missing; before the first record there is none."""
    assert steps(trade({28: -0.0006}, BELOW))[:1] == [(49, 0, 1)]
    late = ["grid.ma_period=42"]  # the first decision is at the close of bar 51
    assert steps(trade({27: -0.0006}, BELOW, BELOW, overrides=late)) == [(51, 0, 1)]
    assert steps(trade({26: -0.0006}, BELOW, BELOW, overrides=late)) == []
    assert steps(trade({60: -0.0006}, BELOW, BELOW)) == []


def test_a_market_without_rates_is_an_error() -> None:
    """It says which node needs them, of which asset."""
    with pytest.raises(DataError, match="rates needs funding of BTC"):
        radar.backtest(TEXT, data=Market({("BTC", "1h"): bars(CALM, 60)}), mode="interpreted")


def test_it_only_buys() -> None:
    """The short side is refused where it is asked for."""
    with pytest.raises(SpecError, match="sides"):
        trade({52: -0.0006}, CALM, overrides=["grid.sides=[short]"])


def test_history_is_fifty_bars_at_least() -> None:
    """Or the mean and ten: the last of them is the first decision."""
    assert trade({0: 0.0}).run.feed.start == 49
    assert trade({0: 0.0}, overrides=["grid.ma_period=41"]).run.feed.start == 50


def bar(close: float = 100.0) -> Bar:
    """A bar that closes at ``close``."""
    return Bar(0, close, close, close, close, 1.0)


@pytest.mark.parametrize(
    ("mode", "rate", "close", "leaves"),
    [
        ("funding_positive", 0.0001, 99.0, True),
        ("funding_positive", 0.0, 101.0, False),
        ("funding_positive", np.nan, 101.0, False),
        ("sma_cross", 0.0001, 99.0, False),
        ("sma_cross", -0.01, 100.0, True),
        ("funding_or_sma", 0.0001, 99.0, True),
        ("funding_or_sma", -0.01, 100.0, True),
        ("funding_or_sma", -0.01, 99.0, False),
    ],
)
def test_what_ends_a_cycle(mode: str, rate: float, close: float, leaves: bool) -> None:
    """A rate above zero, a close at or above the mean of 100, or either; never before eight bars."""
    step = Step("grid_funding", tp_mode=mode)
    inputs = {"bar": bar(close), "rate": rate, "mean": 100.0}
    intent = step(side=1, paid=100.0, filled=7, age=8, **inputs)
    assert (intent.leave, intent.enter) == (ExitReason.FUNDING_TP if leaves else 0, 0)
    assert Step("grid_funding", tp_mode=mode)(side=1, paid=100.0, filled=7, age=7, **inputs).leave == 0


def test_a_close_that_ends_a_cycle_buys_nothing() -> None:
    """Though the rate would have more levels bought."""
    step = Step("grid_funding")
    intent = step(side=1, paid=100.0, filled=1, age=8, bar=bar(), rate=-0.01, mean=100.0)
    assert (intent.leave, intent.enter) == (ExitReason.FUNDING_TP, 0)
    intent = Step("grid_funding")(side=1, paid=100.0, filled=1, age=7, bar=bar(), rate=-0.01, mean=100.0)
    assert (intent.leave, intent.enter, intent.enter_levels) == (0, 1, 0b110)


def test_without_a_mean_only_the_rate_ends_a_cycle() -> None:
    """What is not known decides nothing."""
    for rate, leaves in ((0.0001, ExitReason.FUNDING_TP), (-0.0001, 0)):
        step = Step("grid_funding")
        assert step(side=1, paid=100.0, filled=1, age=8, bar=bar(), rate=rate, mean=np.nan).leave == leaves


def test_the_judgement_compares_the_rate_with_the_next_level() -> None:
    """Half of -0.05 % scores 0.5; with level 0 filled -0.1 % counts; nothing is ever sold short."""
    step = Step("grid_funding")
    inputs = {"bar": bar(), "rate": -0.00025, "mean": 100.0}
    step(**inputs)
    assert step.judge(1, **inputs) == (0.5, {"rate": (-0.00025, -0.0005, False)})
    assert step.judge(1, held=1, paid=100.0, filled=1, **inputs)[0] == 0.25
    assert step.judge(1, held=1, paid=100.0, filled=7, **inputs)[0] == 0.0
    assert step.judge(-1, **inputs)[0] == 0.0
    score, found = step.judge(1, **{**inputs, "rate": -0.002})
    assert (score, found["rate"]) == (1.0, (-0.002, -0.0005, True))
    assert step.judge(1, **{**inputs, "rate": 0.001})[0] == 0.0
    assert np.isnan(step.judge(1, **{**inputs, "rate": np.nan})[0])
