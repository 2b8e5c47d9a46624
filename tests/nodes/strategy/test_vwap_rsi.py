"""The scalp, by hand: five-minute bars that stand at 100, one deep bar on high volume, then single bars."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from radar.engine.result import Result
from radar.market.bar import Bar
from radar.market.reason import ExitReason, Regime
from radar.spec.diagnostic import SpecError
from tests.acceptance.harness import PIPELINES, prepared
from tests.acceptance.oracle_strategy import Values
from tests.acceptance.subject import Random, Subject
from tests.engine.memory import joined
from tests.nodes.markets import MINUTE, Bars
from tests.nodes.strategy.harness import FIRST, Row, Step, bars, mirrored, only, run
from tests.nodes.strategy.vwap_rsi_oracle import VwapRsi


def draw(random: Random, stop: float) -> Values:
    """Parameters of one random case."""
    period, hours = int(random.integers(2, 20)), int(random.integers(1, 25))
    oversold, overbought = float(random.choice([30.0, 50.0, 80.0])), float(random.choice([20.0, 50.0, 70.0]))
    spike, limit = float(random.choice([0.3, 1.0, 2.0])), float(random.choice([25.0, 60.0, 100.0]))
    deviation, tp = float(random.choice([0.0005, 0.003])), float(random.choice([0.002, 0.008, 0.03]))
    return {
        "rsi_period": period,
        "vwap_hours": hours,
        "rsi_long_threshold": oversold,
        "rsi_short_threshold": overbought,
        "volume_spike_multiplier": spike,
        "vwap_deviation_entry": deviation * 100.0,
        "trend_adx_threshold": limit,
        "tp_percent": tp * 100.0,
        "sl_percent": stop * 100.0,
    }


SUBJECT = Subject(
    oracle=VwapRsi,
    draw=draw,
    ends=("tp", "signal"),
    lively={
        "rsi_long_threshold": 45.0,
        "rsi_short_threshold": 55.0,
        "volume_spike_multiplier": 0.7,
        "vwap_deviation_entry": 0.05,
        "trend_adx_threshold": 60.0,
    },
    mirror={
        "sl_percent": 99.0,
        "tp_percent": 99.0,
        "rsi_long_threshold": 40.0,
        "rsi_short_threshold": 60.0,
        "volume_spike_multiplier": 0.7,
        "vwap_deviation_entry": 1e-9,
        "trend_adx_threshold": 100.0,
    },
    far={"leverage": 1.0},
    near={"sl_percent": 0.5},
    sample={
        "rsi_long_threshold": 48,
        "rsi_short_threshold": 52,
        "volume_spike_multiplier": 0.5,
        "vwap_deviation_entry": 0.1,
        "trend_adx_threshold": 70,
    },
    bars=420,
    seeds=120,
    whole=True,
    ruinous=False,
    step=0.0015,
)
"""Its stops are built from the close, so slippage does not move them. The filter is made of whole 15-minute buckets,
which missing bars would break up."""

TEXT = """radar: 1
pipeline: scalp
assets: [BTC]
clock: 5m
nodes:
  candles: {source: candles}
  rsi: {indicator: rsi, in: candles.close, period: "${scalp.rsi_period}"}
  vwap: {indicator: vwap, in: candles, vwap_hours: "${scalp.vwap_hours}"}
  volume: {indicator: sma, in: candles.volume, period: 20}
  regime: {indicator: regime, in: candles}
  slow: {indicator: resample, in: candles, to: 15m}
  trend: {indicator: adx, in: slow, period: 14}
  scalp:
    strategy: vwap_rsi
    in:
      bar: candles
      rsi: rsi
      deviation: vwap.deviation
      volume: volume
      regime: regime
      filter_adx: trend.adx
      filter_plus: trend.plus
      filter_minus: trend.minus
    rsi_period: 2
    vwap_hours: 1
  sized: {risk: risk_sizing, in: scalp}
  guard: {risk: margin_guard, in: sized}
  broker: {executor: account, in: guard, high_volatility_multiplier: 1}
  journal: {sink: journal, in: broker}
"""
CALM: Row = (100.0, 100.5, 99.5, 100.0)
DEEP: Row = (100.0, 100.5, 98.9, 99.0)
"""RSI(2) 0; VWAP over an hour (11 * 100 * 100 + 1000 * 99.4667) / 2100 = 99.746, so the close is 0.748 % below it."""
STOP, TARGET = 99.0 * 0.997, 99.0 * 1.008


def market(*rows: Row, warm: int = 310, volume: float = 1000.0) -> Bars:
    """The calm market on a volume of 100, the deep bar on ``volume``, then the given bars on 100."""
    length = 5 * MINUTE
    calm = bars(CALM, warm, interval=length, volume=100.0)
    deep = bars(DEEP, 1, interval=length, volume=volume)
    rest = bars(CALM, 0, *rows, interval=length, volume=100.0)
    return joined(calm, shifted(deep, warm), shifted(rest, warm + 1))


def shifted(part: Bars, count: int) -> Bars:
    """The same bars, ``count`` bars later."""
    return Bars(part.time + count * 5 * MINUTE, part.open, part.high, part.low, part.close, part.volume)


def trade(bars_: Bars, **options: Any) -> Result:
    """A back-test of the scalp."""
    return run(TEXT, bars_, **options)


def test_enters_at_the_close_of_the_excursion() -> None:
    """A market order at 99, with a stop 0.3 % below and a target 0.8 % above the close."""
    result = trade(market((99.0, 99.5, 98.8, 99.2)))
    (fill,) = result.fill_rows
    assert (int(fill["time"]), int(fill["at_close"])) == (FIRST + 310 * 5 * MINUTE, 1)
    assert fill["reference"] == 99.0
    notional = 10_000 * 0.02 / (0.003 + 0.0006 + 0.0005)
    assert fill["quantity"] == pytest.approx(notional / 99.0, rel=1e-9)
    (position,) = result.open_positions
    assert position["stop"] == pytest.approx(STOP, rel=1e-15)


def test_target_is_a_resting_limit() -> None:
    """A touch of the target sells there: maker fee, no slippage."""
    found = only(trade(market((99.0, 100.0, 98.9, 99.9))))
    assert (found["reason"], found["exit_reference"]) == ("tp", pytest.approx(TARGET, rel=1e-15))
    assert found["exit_price"] == pytest.approx(TARGET, rel=1e-15)
    quantity = found["quantity"]
    assert found["fees"] == pytest.approx(quantity * (0.0006 * 99 * 1.0005 + 0.0002 * TARGET), rel=1e-12)
    assert found["slippage"] == pytest.approx(quantity * 99 * 0.0005, rel=1e-12)


def test_stop_is_a_market_order() -> None:
    """A low at the stop sells there: taker fee and slippage; the loss is the 2 % and one taker fee."""
    found = only(trade(market((99.0, 99.2, 98.0, 98.5))))
    assert (found["reason"], found["exit_reference"]) == ("sl", pytest.approx(STOP, rel=1e-15))
    assert found["exit_price"] == pytest.approx(STOP * 0.9995, rel=1e-15)
    assert -260 < found["net"] < -220


def test_both_in_one_bar_is_a_stop() -> None:
    """What came first is not known, so it was the worse."""
    assert only(trade(market((99.0, 101.0, 98.0, 99.9))))["reason"] == "sl"


def test_signal_exit_in_profit() -> None:
    """RSI is back above 50 and the close above the entry fill, below the target: out at the close."""
    found = only(trade(market((99.0, 99.75, 98.9, 99.7))))
    assert (found["reason"], found["exit_reference"], found["bars"]) == ("signal", 99.7, 1)
    assert found["exit_price"] == pytest.approx(99.7 * 0.9995, rel=1e-15)


def test_short_is_the_mirror() -> None:
    """Upside down, with RSI above 70 and the close above VWAP."""
    short = only(trade(mirrored(market((99.0, 99.75, 98.9, 99.7)), 200.0)))
    assert (short["side"], short["reason"]) == ("short", "signal")
    assert (short["entry_reference"], short["exit_reference"]) == (101.0, pytest.approx(100.3, rel=1e-14))
    assert short["stop"] == pytest.approx(101.0 * 1.003, rel=1e-15)
    assert short["target"] == pytest.approx(101.0 * 0.992, rel=1e-15)


def test_without_a_spike_of_volume_nothing_happens() -> None:
    """The bar is part of its own average: 211 over (1900 + 211) / 20 is 1.999 times it, 212 over 105.6 is 2.008."""
    assert len(trade(market(CALM, volume=211.0)).fill_rows) == 0
    assert len(trade(market((99.0, 99.2, 98.8, 99.0), volume=212.0)).fill_rows) == 1


def test_history_is_three_hundred_bars() -> None:
    """The close of bar 299 (counted from 0) is the first decision; one bar sooner it is refused and counted."""
    calm = (99.0, 99.2, 98.8, 99.0)
    early = trade(market(calm, calm, warm=298))
    assert len(early.fill_rows) == 0
    assert early.run.feed.start == 299
    assert int(trade(market(calm, calm, warm=299)).fill_rows["time"][0]) == FIRST + 299 * 5 * MINUTE


GOOD: dict[str, Any] = {
    "rsi": 25.0,
    "deviation": -0.004,
    "volume": 100.0,
    "regime": Regime.RANGING,
    "filter_adx": 15.0,
    "filter_plus": 10.0,
    "filter_minus": 20.0,
}
"""A long entry by every rule, on a bar of volume 300."""


def bar(close: float = 100.0, volume: float = 300.0) -> Bar:
    """A bar of a close and a volume."""
    return Bar(0, close, close, close, close, volume)


def entry(step: Step | None = None, volume: float = 300.0, **changes: Any) -> int:
    """The side entered under the good inputs with some of them changed."""
    chosen = step or Step("vwap_rsi", interval=5 * MINUTE)
    return int(chosen(bar=bar(volume=volume), **{**GOOD, **changes}).enter)


@pytest.mark.parametrize(
    ("changes", "side"),
    [
        ({}, 1),
        ({"rsi": 30.0}, 0),
        ({"rsi": 0.0}, 1),
        ({"deviation": -0.003}, 0),
        ({"deviation": -0.0030001}, 1),
        ({"volume": 150.0}, 0),
        ({"volume": 0.0}, 0),
        ({"regime": Regime.LOW_VOLATILITY}, 1),
        ({"regime": Regime.HIGH_VOLATILITY}, 0),
        ({"regime": Regime.TRENDING_UP}, 0),
        ({"regime": Regime.TRENDING_DOWN}, 0),
        ({"filter_adx": 25.0, "filter_plus": 30.0}, 1),
        ({"filter_adx": 25.1, "filter_plus": 30.0}, 0),
        ({"filter_adx": 21.0}, 0),
        ({"filter_adx": 20.0}, 1),
        ({"filter_adx": 21.0, "filter_minus": 10.0}, 1),
        ({"rsi": 75.0, "deviation": 0.004, "filter_minus": 5.0}, -1),
        ({"rsi": 70.0, "deviation": 0.004}, 0),
        ({"rsi": 75.0, "deviation": 0.003}, 0),
        ({"rsi": 75.0, "deviation": 0.004, "filter_adx": 21.0, "filter_plus": 30.0}, 0),
        ({"rsi": 75.0, "deviation": 0.004, "filter_adx": 21.0, "filter_minus": 30.0}, -1),
        ({"rsi": 75.0, "deviation": -0.004}, 0),
    ],
)
def test_entry_rules_one_by_one(changes: dict[str, Any], side: int) -> None:
    """Each threshold from both sides, with everything else in order; inequalities are strict."""
    assert entry(**changes) == side


@pytest.mark.parametrize("missing", ["rsi", "deviation", "volume"])
def test_a_missing_required_value_makes_no_entry(missing: str) -> None:
    """RSI, VWAP and average volume must be known (spec 2.1.1)."""
    assert entry(**{missing: np.nan}) == 0


def test_missing_filter_values_let_the_entry_pass() -> None:
    """Each filter value alone, and all of them; a missing regime is ranging."""
    assert entry(filter_adx=21.0, filter_plus=np.nan) == 1
    assert entry(filter_adx=21.0, filter_minus=np.nan) == 1
    assert entry(filter_adx=np.nan) == 1
    assert entry(filter_adx=np.nan, filter_plus=np.nan, filter_minus=np.nan) == 1
    assert entry(rsi=75.0, deviation=0.004, filter_adx=np.nan, filter_plus=np.nan, filter_minus=np.nan) == -1


def test_sides_are_those_that_are_allowed() -> None:
    """A side that is not listed is never entered."""
    assert entry(Step("vwap_rsi", interval=5 * MINUTE, sides=["short"])) == 0
    short = Step("vwap_rsi", interval=5 * MINUTE, sides=["long"])
    assert entry(short, rsi=75.0, deviation=0.004, filter_minus=5.0) == 0


def test_a_position_is_left_only_in_profit_and_beyond_fifty() -> None:
    """The average fill decides about profit; RSI on 50 is not beyond it."""

    def leaves(side: int, close: float, rsi: float) -> int:
        step = Step("vwap_rsi", interval=5 * MINUTE)
        return int(step(side=side, paid=100.0, bar=bar(close), **{**GOOD, "rsi": rsi}).leave)

    assert leaves(1, 100.1, 50.1) == ExitReason.SIGNAL
    assert leaves(1, 100.1, 50.0) == 0
    assert leaves(1, 100.0, 60.0) == 0
    assert leaves(-1, 99.9, 49.9) == ExitReason.SIGNAL
    assert leaves(-1, 99.9, 50.0) == 0
    assert leaves(-1, 100.0, 40.0) == 0
    assert leaves(1, 100.1, np.nan) == 0
    assert leaves(-1, 99.9, np.nan) == 0


def test_a_position_makes_no_further_entry() -> None:
    """One position an asset: the same signal again adds nothing."""
    intent = Step("vwap_rsi", interval=5 * MINUTE)(side=1, paid=100.0, bar=bar(), **GOOD)
    assert intent.enter == 0


def test_a_filter_on_the_main_clock_is_an_error() -> None:
    """Wired to the main candles instead of slower ones it would never trade: each of its values is refused (R4012)."""
    text = (PIPELINES / "vwap_rsi.yaml").read_text(encoding="utf-8")
    for port in ("adx", "plus", "minus"):
        assert f"filter_{port}: trend.{port}" in text
    text = text.replace("{indicator: adx, in: slow, period: 14}", "{indicator: adx, in: candles, period: 14}")
    with pytest.raises(SpecError) as error:
        prepared(text.replace("  slow: {indicator: resample, in: candles, to: 15m}\n", ""))
    found = [one for one in error.value.diagnostics if one.severity == "error"]
    assert [one.code for one in found] == ["R4012"] * 3


INPUTS: dict[str, Any] = {
    "bar": Bar(FIRST, 100.0, 100.0, 99.0, 99.2, 300.0),
    "rsi": 15.0,
    "deviation": -0.0045,
    "volume": 100.0,
    "regime": Regime.RANGING,
    "filter_adx": 22.0,
    "filter_plus": 25.0,
    "filter_minus": 20.0,
}
"""Inputs that a long is entered on under the defaults."""


def judged(side: int, **changes: Any) -> tuple[float, dict[str, tuple[float, float, bool]]]:
    """Score and conditions of a side under the good inputs with some of them changed."""
    return Step("vwap_rsi", interval=5 * MINUTE).judge(side, **{**INPUTS, **changes})


def met(conditions: dict[str, tuple[float, float, bool]]) -> set[str]:
    """The conditions that hold."""
    return {name for name, (_, _, holds) in conditions.items() if holds}


ALL = {"trend", "regime", "volume", "rsi", "deviation", "direction"}


def test_the_judgement_of_an_entry() -> None:
    """0.35 * (30 - 15) / 30 + 0.25 * 0.0045 / 0.009 + 0.2 * (3 - 1) / 4 + 0.2 = 0.6, and every condition is met."""
    score, conditions = judged(1)
    assert score == pytest.approx(0.6)
    assert met(conditions) == ALL
    assert conditions["rsi"] == (15.0, 30.0, True)
    assert conditions["volume"] == (300.0, 200.0, True)
    assert conditions["deviation"][:2] == pytest.approx((0.0045, 0.003))


def test_the_judgement_of_a_short() -> None:
    """Above 70 the rest up to 100 counts; a filter that points up is against a short and gives it half its part."""
    score, conditions = judged(-1, rsi=85.0, deviation=0.0045)
    assert score == pytest.approx(0.5)
    assert met(conditions) == ALL - {"direction"}


@pytest.mark.parametrize(
    ("changes", "unmet"),
    [
        ({"filter_adx": 25.1}, "trend"),
        ({"regime": Regime.HIGH_VOLATILITY}, "regime"),
        ({"bar": INPUTS["bar"]._replace(volume=200.0)}, "volume"),
        ({"rsi": 30.0}, "rsi"),
        ({"deviation": -0.003}, "deviation"),
        ({"filter_plus": 19.0}, "direction"),
    ],
)
def test_what_is_in_the_way_of_an_entry_is_told(changes: dict[str, Any], unmet: str) -> None:
    """Where one rule is not met there is no entry, and that rule alone is told as unmet."""
    assert int(Step("vwap_rsi", interval=5 * MINUTE)(**{**INPUTS, **changes}).enter) == 0
    assert met(judged(1, **changes)[1]) == ALL - {unmet}


def test_a_filter_that_is_not_known_is_in_nobodys_way() -> None:
    """Missing values of the filter timeframe let an entry pass, and give the trend half its part."""
    score, conditions = judged(1, filter_adx=np.nan, filter_plus=np.nan, filter_minus=np.nan)
    assert score == pytest.approx(0.5)
    assert met(conditions) == ALL
