"""The volume breakout, by hand: five-minute bars that climb to 100, one break on high volume, then single bars."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from radar.engine.result import Result
from radar.market.bar import Bar
from radar.market.reason import ExitReason
from radar.spec.diagnostic import SpecError
from tests.acceptance.harness import PIPELINES, prepared
from tests.acceptance.oracle_strategy import Values
from tests.acceptance.subject import Random, Subject
from tests.nodes.markets import MINUTE, Bars
from tests.nodes.strategy.harness import FIRST, Row, Step, bars, mirrored, only, run
from tests.nodes.strategy.momentum_oracle import Momentum


def draw(random: Random, stop: float) -> Values:
    """Parameters of one random case."""
    return {
        "breakout_lookback": int(random.integers(2, 40)),
        "volume_confirmation_multiplier": float(random.choice([0.2, 0.7, 1.5])),
        "atr_multiplier_tp": float(random.choice([0.5, 2.0, 6.0])),
        "atr_multiplier_sl": float(random.choice([0.5, 1.0, 4.0])),
        "tp_percent": float(random.choice([0.2, 1.0, 6.0])),
        "sl_percent": stop * 100.0,
    }


SUBJECT = Subject(
    oracle=Momentum,
    draw=draw,
    ends=("tp", "signal"),
    lively={
        "breakout_lookback": 2,
        "volume_confirmation_multiplier": 0.1,
        "atr_multiplier_tp": 1.5,
        "atr_multiplier_sl": 1.5,
        "tp_percent": 0.7,
        "sl_percent": 0.6,
    },
    mirror={
        "breakout_lookback": 4,
        "volume_confirmation_multiplier": 0.3,
        "tp_percent": 99.0,
        "sl_percent": 99.0,
    },
    far={"leverage": 1.0},
    near={"sl_percent": 0.2},
    sample={
        "breakout_lookback": 2,
        "volume_confirmation_multiplier": 0.1,
        "atr_multiplier_tp": 0.5,
        "atr_multiplier_sl": 0.5,
        "tp_percent": 3.0,
        "sl_percent": 2.0,
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
pipeline: breakout
assets: [BTC]
clock: 5m
nodes:
  candles: {source: candles}
  channel: {indicator: donchian, in: candles, period: "${breakout.breakout_lookback}"}
  width: {indicator: atr, in: candles, period: 14}
  volume: {indicator: sma, in: candles.volume, period: 20}
  strength: {indicator: adx, in: candles, period: 14}
  slow: {indicator: resample, in: candles, to: 15m}
  trend: {indicator: adx, in: slow, period: 14}
  breakout:
    strategy: momentum
    in:
      bar: candles
      high: channel.high
      low: channel.low
      width: width
      volume: volume
      strength: strength.adx
      filter_adx: trend.adx
      filter_plus: trend.plus
      filter_minus: trend.minus
  sized: {risk: risk_sizing, in: breakout}
  guard: {risk: margin_guard, in: sized}
  broker: {executor: account, in: guard, high_volatility_multiplier: 1}
  journal: {sink: journal, in: broker}
"""
LENGTH = 5 * MINUTE
BREAK: Row = (100.0, 100.3, 99.9, 100.25)
"""Above the highest high, 100.1. True range 0.4 after many of 0.25: ATR (13 * 0.25 + 0.4) / 14."""
WIDTH = 3.65 / 14.0
STOP, TARGET = 100.25 - WIDTH, 100.25 + 2.0 * WIDTH


def market(*rows: Row, warm: int = 180, volume: float = 300.0) -> Bars:
    """``warm`` bars of a climb to 100 in steps of 0.05 on a volume of 100, the break on ``volume``, the given bars."""
    closes = 100.0 - 0.05 * np.arange(warm, -1, -1)
    climb = [(a, b + 0.1, a - 0.1, b) for a, b in pairwise(closes)]
    found = bars(BREAK, 0, *climb, BREAK, *rows, interval=LENGTH, volume=100.0)
    found.volume[warm] = volume
    return found


def trade(bars_: Bars, **options: Any) -> Result:
    """A back-test of the breakout."""
    return run(TEXT, bars_, **options)


def test_enters_at_the_close_of_the_break() -> None:
    """A market order at 100.25, the stop one ATR below the close; 2 % of the account may be lost on the way there."""
    result = trade(market((100.25, 100.5, 100.1, 100.4)))
    (fill,) = result.fill_rows
    assert (int(fill["time"]), int(fill["at_close"]), fill["reference"]) == (FIRST + 180 * LENGTH, 1, 100.25)
    notional = 10_000 * 0.02 / (WIDTH / 100.25 + 0.0006 + 0.0005)
    assert fill["quantity"] == pytest.approx(notional / 100.25, rel=1e-9)
    (position,) = result.open_positions
    assert position["stop"] == pytest.approx(STOP, rel=1e-12)


def test_target_is_a_resting_limit() -> None:
    """A touch of the target, two ATR away, sells there: maker fee, no slippage."""
    found = only(trade(market((100.25, 100.8, 100.1, 100.4))))
    assert (found["reason"], found["exit_price"]) == ("tp", pytest.approx(TARGET, rel=1e-12))
    assert found["fees"] == pytest.approx(found["quantity"] * (0.0006 * 100.25 * 1.0005 + 0.0002 * TARGET), rel=1e-9)
    assert found["slippage"] == pytest.approx(found["quantity"] * 100.25 * 0.0005, rel=1e-9)


def test_stop_is_a_market_order() -> None:
    """A low at the stop sells there with slippage."""
    found = only(trade(market((100.25, 100.3, 99.9, 100.0))))
    assert (found["reason"], found["exit_reference"]) == ("sl", pytest.approx(STOP, rel=1e-12))
    assert found["exit_price"] == pytest.approx(STOP * 0.9995, rel=1e-12)


def test_short_is_the_mirror() -> None:
    """Upside down, below the channel of a fall."""
    short = only(trade(mirrored(market((100.25, 100.8, 100.1, 100.4)), 200.0)))
    assert (short["side"], short["reason"], short["entry_reference"]) == ("short", "tp", 99.75)
    assert short["stop"] == pytest.approx(200.0 - STOP, rel=1e-12)
    assert short["target"] == pytest.approx(200.0 - TARGET, rel=1e-12)


def test_history_is_fifty_slow_bars() -> None:
    """The close of bar 149 (counted from 0) is the first decision; one bar sooner there are 49 bars of 15 minutes."""
    calm = (100.25, 100.3, 100.1, 100.2)
    early = trade(market(calm, calm, warm=148))
    assert len(early.fill_rows) == 0
    assert early.run.feed.start == 149
    assert int(trade(market(calm, calm, warm=149)).fill_rows["time"][0]) == FIRST + 149 * LENGTH


def test_a_long_channel_makes_the_history_longer() -> None:
    """It is the channel and 50 bars where that is more."""
    assert trade(market(warm=400), overrides=["breakout.breakout_lookback=250"]).run.feed.start == 299


GOOD: dict[str, Any] = {
    "high": 100.0,
    "low": 90.0,
    "width": 0.2,
    "volume": 100.0,
    "strength": 10.0,
    "filter_adx": 30.0,
    "filter_plus": 25.0,
    "filter_minus": 20.0,
}
"""A long entry by every rule at a close of 100.5 on a volume of 300."""
SHORT: dict[str, Any] = {"high": 110.0, "low": 101.0, "filter_plus": 20.0, "filter_minus": 25.0}
"""What makes it a short entry."""


def bar(close: float = 100.5, volume: float = 300.0) -> Bar:
    """A bar of a close and a volume."""
    return Bar(0, close, close, close, close, volume)


def decide(step: Step | None = None, *, side: int = 0, **changes: Any) -> Any:
    """The intent under the good inputs with some of them changed."""
    chosen = step or Step("momentum", interval=LENGTH)
    return chosen(**{"bar": bar(), **GOOD, **changes}, side=side)


@pytest.mark.parametrize(
    ("changes", "side"),
    [
        ({}, 1),
        ({"high": 100.5}, 0),
        ({"bar": bar(volume=200.0)}, 0),
        ({"bar": bar(volume=200.1)}, 1),
        ({"filter_adx": 25.0}, 1),
        ({"filter_adx": 24.9}, 0),
        ({"filter_plus": 20.0}, 0),
        ({"filter_minus": 30.0}, 0),
        ({"width": 0.0}, 1),
        (SHORT, -1),
        ({**SHORT, "low": 100.5}, 0),
        ({**SHORT, "filter_minus": 20.0}, 0),
        ({"strength": np.nan}, 1),
    ],
)
def test_entry_rules_one_by_one(changes: dict[str, Any], side: int) -> None:
    """Each threshold from both sides; the ADX must reach 25, all other inequalities are strict."""
    assert int(decide(**changes).enter) == side


@pytest.mark.parametrize("missing", ["high", "width", "volume", "filter_adx", "filter_plus", "filter_minus"])
def test_a_missing_required_value_makes_no_entry(missing: str) -> None:
    """Close, ATR, channel and the slower trend must be known (spec 2.1.2); what is not known confirms nothing."""
    assert int(decide(**{missing: np.nan}).enter) == 0


@pytest.mark.parametrize(
    ("width", "stop", "target"), [(0.2, 0.2, 0.4), (0.5, 0.3015, 0.603), (0.301, 0.301, 0.602), (0.0, 0.3015, 0.603)]
)
def test_percentages_cap_the_distances(width: float, stop: float, target: float) -> None:
    """One and two ATR, at most 0.3 % and 0.6 % of 100.5; without a movement the percentages alone."""
    long, short = decide(width=width), decide(width=width, **SHORT)
    assert (long.stop, long.target) == (pytest.approx(100.5 - stop), pytest.approx(100.5 + target))
    assert (short.stop, short.target) == (pytest.approx(100.5 + stop), pytest.approx(100.5 - target))


@pytest.mark.parametrize(("strength", "leaves"), [(19.9, True), (20.0, False), (np.nan, False)])
@pytest.mark.parametrize("side", [1, -1])
def test_a_faded_trend_is_left(side: int, strength: float, leaves: bool) -> None:
    """Below 20 the position is left on either side, in profit or not; a missing ADX is no reason."""
    intent = decide(side=side, strength=strength)
    assert intent.leave == (ExitReason.SIGNAL if leaves else 0)
    assert intent.enter == 0


@pytest.mark.parametrize(("sides", "changes", "entered"), [(["short"], {}, 0), (["long"], SHORT, 0)])
def test_a_side_that_is_not_allowed_is_not_entered(sides: list[str], changes: dict[str, Any], entered: int) -> None:
    """The break is there, the side is not."""
    assert int(decide(Step("momentum", interval=LENGTH, sides=sides), **changes).enter) == entered


def judged(side: int, **changes: Any) -> tuple[float, dict[str, tuple[float, float, bool]]]:
    """Score and conditions of a side under the good inputs with some of them changed."""
    return Step("momentum", interval=LENGTH).judge(side, **{"bar": bar(), **GOOD, **changes})


def met(conditions: dict[str, tuple[float, float, bool]]) -> set[str]:
    """The conditions that hold."""
    return {name for name, (_, _, holds) in conditions.items() if holds}


ALL = {"breakout", "volume", "trend", "direction", "width"}


def test_the_judgement_of_an_entry() -> None:
    """0.24 + 0.3 * (3 - 1) / 3 + 0.3 * 30 / 40 = 0.665, and every condition is met on the side that is entered."""
    score, conditions = judged(1)
    assert score == pytest.approx(0.665)
    assert conditions == {
        "breakout": (100.5, 100.0, True),
        "volume": (300.0, 200.0, True),
        "trend": (30.0, 25.0, True),
        "direction": (25.0, 20.0, True),
        "width": (0.2, 0.0, True),
    }


def test_the_judgement_of_the_other_side() -> None:
    """Neither break nor direction are a short's; on a short's inputs all is met."""
    _, conditions = judged(-1)
    assert met(conditions) == ALL - {"breakout", "direction"}
    assert (conditions["breakout"][:2], conditions["direction"][:2]) == ((100.5, 90.0), (20.0, 25.0))
    assert met(judged(-1, **SHORT)[1]) == ALL


@pytest.mark.parametrize(
    ("changes", "unmet"),
    [
        ({"high": 100.5}, "breakout"),
        ({"bar": bar(volume=200.0)}, "volume"),
        ({"filter_adx": 24.9}, "trend"),
        ({"filter_plus": 20.0}, "direction"),
        ({"width": np.nan}, "width"),
    ],
)
def test_what_is_in_the_way_of_an_entry_is_told(changes: dict[str, Any], unmet: str) -> None:
    """Where one rule is not met there is no entry, and that rule alone is told as unmet."""
    assert int(decide(**changes).enter) == 0
    assert met(judged(1, **changes)[1]) == ALL - {unmet}


def test_volume_and_trend_count_up_to_a_limit() -> None:
    """Volume counts up to four times its average, the trend up to an ADX of 40: 0.24 + 0.3 + 0.3 at most."""
    assert judged(1, bar=bar(volume=900.0), filter_adx=80.0)[0] == pytest.approx(0.84)
    assert judged(1, bar=bar(volume=400.0), filter_adx=40.0)[0] == pytest.approx(0.84)


@pytest.mark.parametrize("changes", [{"volume": np.nan}, {"volume": 0.0}, {"filter_adx": np.nan}])
def test_there_is_no_score_without_its_inputs(changes: dict[str, Any]) -> None:
    """What is not known has no score, nor has a market without volume."""
    assert np.isnan(judged(1, **changes)[0])


def test_a_filter_on_the_main_clock_is_an_error() -> None:
    """Wired to the main candles instead of slower ones each of its values is refused (R4012)."""
    text = (PIPELINES / "momentum.yaml").read_text(encoding="utf-8")
    text = text.replace("trend: {indicator: adx, in: slow, period: 14}", "trend: {indicator: adx, in: candles}")
    with pytest.raises(SpecError) as error:
        prepared(text.replace("  slow: {indicator: resample, in: candles, to: 15m}\n", ""))
    found = [one for one in error.value.diagnostics if one.severity == "error"]
    assert [one.code for one in found] == ["R4012"] * 3
