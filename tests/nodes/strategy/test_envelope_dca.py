"""The envelopes, by hand: a market that stands at 100, then single bars; and the rounding of sell levels by itself."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radar.engine.result import Result
from radar.market.bar import Bar
from radar.research.sweep.grid import Axis, Grid
from radar.spec.diagnostic import SpecError
from tests.acceptance.oracle_strategy import Values
from tests.acceptance.subject import Random, Subject
from tests.nodes.markets import Bars
from tests.nodes.strategy.envelope_dca_oracle import Envelope
from tests.nodes.strategy.harness import Row, Step, bars, net_of, only, run
from tests.research.refusals import DRAWN, numbers, same
from tests.research.sweeps import PIPELINES


def draw(random: Random, stop: float) -> Values:
    """Parameters of one random case."""
    words = ["market_on_touch", "limit"]
    return {
        "ma_period": int(random.integers(2, 31)),
        "num_levels": int(random.integers(1, 7)),
        "envelope_start": float(random.choice([0.003, 0.011, 0.027, 0.06])),
        "envelope_step": float(random.choice([0.0013, 0.007, 0.021, 0.05])),
        "sl_percent": stop * 100.0,
        "entry_order": words[random.random() < 0.3],
        "target_order": words[random.random() < 0.3],
    }


NARROW = {"envelope_start": 0.012, "envelope_step": 0.006}
SUBJECT = Subject(
    oracle=Envelope,
    draw=draw,
    ends=("tp",),
    lively={**NARROW, "sl_percent": 6.0, "leverage": 3.0, "sides": ["long", "short"]},
    mirror="levels are percentages of the price",
    far={"sl_percent": 95.0, "leverage": 1.0},
    sample={**NARROW, "sl_percent": 6},
    quirks={**NARROW, "sides": ["long", "short"], "sl_percent": 8.0},
    seeds=250,
)

CALM: Row = (100.0, 101.0, 99.0, 100.0)
"""Mean 100: buys at 95 and 90, sells at 105.3 and 111.1."""

TEXT = """radar: 1
pipeline: envelopes
assets: [BTC]
clock: 1h
nodes:
  candles: {source: candles}
  mean: {indicator: sma, in: candles.close, period: "${envelope.ma_period}"}
  envelope:
    strategy: envelope_dca
    in: {bar: candles, mean: mean}
    ma_period: 2
    num_levels: 2
    sl_percent: 10
    leverage: 5
    sides: SIDES
  sized: {risk: equal_allocation, in: envelope, cap_percent: 100}
  guard: {risk: margin_guard, in: sized, max_margin_ratio: 1}
  broker: {executor: account, in: guard, high_volatility_multiplier: 1}
  journal: {sink: journal, in: broker}
"""
LEVEL = 10_000 / 2 * 5
"""Notional of one level: half of the capital times leverage."""


def trade(market: Bars, sides: str = "[long]", **options: object) -> Result:
    """A back-test of the envelopes."""
    return run(TEXT.replace("SIDES", sides), market, **options)


def market(*rows: Row, warm: int = 55) -> Bars:
    """The calm market and what comes after it."""
    return bars(CALM, warm, *rows)


DIP: Row = (100.0, 101.0, 94.5, 96.0)
"""Fills level 0 at 95. Then the mean is 98."""
PEAK: Row = (100.0, 105.5, 99.0, 104.0)
"""Fills level 0 of the sells at 105.3. Then the mean is 102."""


def test_a_buy_at_the_envelope_and_a_sale_at_the_mean_before() -> None:
    """Level 0 fills at 95; the next bar reaches the mean of the bar before, 98, and closes there as a target."""
    result = trade(market(DIP, (96.0, 99.0, 95.5, 97.0)))
    found = only(result)
    quantity = LEVEL / 95
    assert (found["reason"], found["side"], found["bars"]) == ("tp", "long", 1)
    assert (found["entry_reference"], found["exit_reference"]) == (95.0, 98.0)
    assert found["quantity"] == pytest.approx(quantity, rel=1e-12)
    assert found["net"] == pytest.approx(net_of(found, [(95.0, quantity)], 98.0, 0.0006, 0.0005), rel=1e-12)
    assert result.equity[-1] == pytest.approx(10_000 + found["net"], rel=1e-14)


def test_a_sale_at_the_rounded_envelope_and_a_purchase_at_the_mean_before() -> None:
    """Level 0 of the sells is 105.3, not 105.26; the next bar falls to 102 and closes there."""
    found = only(trade(market(PEAK, (104.0, 104.5, 101.0, 103.0)), "[short]"))
    quantity = LEVEL / 105.3
    assert (found["reason"], found["side"]) == ("tp", "short")
    assert found["entry_reference"] == pytest.approx(105.3, rel=1e-15)
    assert found["exit_reference"] == 102.0
    assert found["net"] == pytest.approx(net_of(found, [(105.3, quantity)], 102.0, 0.0006, 0.0005), rel=1e-12)


@pytest.mark.parametrize(
    ("sides", "crash", "levels", "factor"),
    [
        ("[long]", (100.0, 101.0, 70.0, 75.0), (95.0, 90.0), 0.9),
        ("[short]", (100.0, 130.0, 99.0, 125.0), (105.3, 111.1), 1.1),
    ],
)
def test_a_stop_a_percentage_from_the_average_of_what_was_filled(
    sides: str, crash: Row, levels: tuple[float, float], factor: float
) -> None:
    """Both levels fill on the way; the stop is 10 % beyond the average fill and closes in the same bar."""
    found = only(trade(market(crash), sides))
    slip = 1.0005 if sides == "[long]" else 0.9995
    amounts = [(price, LEVEL / price) for price in levels]
    average = sum(price * slip * amount for price, amount in amounts) / sum(amount for _, amount in amounts)
    assert (found["reason"], found["bars"], len(found["levels"])) == ("sl", 0, 2)
    assert found["average_entry"] == pytest.approx(average, rel=1e-12)
    assert found["exit_reference"] == pytest.approx(average * factor, rel=1e-12)
    assert found["net"] == pytest.approx(net_of(found, amounts, average * factor, 0.0006, 0.0005), rel=1e-12)


def test_an_open_beyond_the_stop_is_the_exit() -> None:
    """The stop of a carried position, 95.0475 x 0.9 = 85.54, is gapped through: out at 80, without level 1 at 90."""
    found = only(trade(market(DIP, (80.0, 82.0, 79.0, 81.0))))
    assert (found["reason"], found["exit_reference"], len(found["levels"])) == ("sl", 80.0, 1)


def bar(close: float = 100.0) -> Bar:
    """A bar that closes at ``close``."""
    return Bar(0, close, close, close, close, 1.0)


def test_the_ladder_by_its_formula() -> None:
    """Buys at 5, 10, 20 and so on below; sells at the table of the specification: 0.053, 0.111, 0.25."""
    step = Step("envelope_dca", sides=["long", "short"], num_levels=4)
    intent = step(bar=bar(), mean=200.0)
    assert step.buys() == pytest.approx([190.0, 180.0, 170.0, 160.0], rel=1e-15)
    assert step.sells() == pytest.approx([210.6, 222.2, 235.2, 250.0], rel=1e-15)
    assert (intent.highest_buy, intent.target) == (190.0, 200.0)
    assert intent.lowest_sell == pytest.approx(210.6, rel=1e-15)


def test_in_a_cycle_only_its_own_side_rests() -> None:
    """A short cycle with level 0 filled: the sells from level 1 on count, no buy does."""
    step = Step("envelope_dca", sides=["long", "short"])
    intent = step(side=-1, paid=105.3, filled=1, bar=bar(), mean=100.0)
    assert intent.lowest_sell == pytest.approx(111.1, rel=1e-15)
    assert (intent.buy_count, intent.highest_buy) == (0, -np.inf)


def test_without_a_mean_nothing_rests_and_nothing_is_aimed_at() -> None:
    """What is unknown makes no level and no exit."""
    intent = Step("envelope_dca")(bar=bar(), mean=np.nan)
    assert (intent.buy_count, intent.sell_count, intent.highest_buy) == (0, 0, -np.inf)
    assert np.isnan(intent.target)


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("envelope.envelope_step=0.95", "level 1 would be 1 of the mean away"),
        ("envelope.num_levels=6", "level 5 would be 1.05 of the mean away"),
    ],
)
def test_a_level_without_a_price_is_refused(setting: str, says: str) -> None:
    """A last level at or beyond the whole price is an error that names it (specification: reject)."""
    text = TEXT.replace("SIDES", "[long]").replace("num_levels: 2", "num_levels: 2\n    envelope_step: 0.2")
    with pytest.raises(SpecError) as error:
        run(text, market(CALM), overrides=[setting])
    assert [one.code for one in error.value.diagnostics if one.severity == "error"] == ["R4015"]
    assert says in str(error.value)


def test_a_sell_level_on_the_mean_is_refused() -> None:
    """0.04 % rounds to nothing: the position would open at its target. Buys are not rounded."""
    narrow = ["envelope.envelope_start=0.0004"]
    with pytest.raises(SpecError, match=r"rounded to 0\.001"):
        trade(market(CALM), "[short]", overrides=narrow)
    trade(market(CALM), "[long]", overrides=narrow)


def rounded(value: float) -> float:
    """What the node makes of a distance."""
    return float(Step("envelope_dca").kind.module.thousandths(value))  # type: ignore[union-attr]


@settings(max_examples=300, deadline=None)
@given(value=st.floats(0.0, 100.0))
def test_any_distance_is_rounded_as_its_float_says(value: float) -> None:
    """The same as Python's correctly rounded ``round``, to the bit."""
    assert rounded(value) == round(value, 3)


@pytest.mark.parametrize("count", range(0, 2000, 7))
def test_distances_around_a_middle_are_rounded_as_their_float_says(count: int) -> None:
    """The floats nearest to x.xxx5 are above it, below it or (0.0625) on it; each goes where it belongs."""
    middle = (2 * count + 1) / 2000
    for value in (middle, math.nextafter(middle, 0.0), math.nextafter(middle, 9.0)):
        assert rounded(value) == round(value, 3)


def judged(step: Step, close: float, side: int, *, mean: float = 100.0, held: int = 0, filled: int = 0) -> list[float]:
    """Score, free levels, distance to the next one, and whether each of the two is met."""
    score, told = step.judge(side, held=held, filled=filled, bar=bar(close), mean=mean)
    (free, one, any_free), (distance, zero, there) = told["levels"], told["distance"]
    assert (one, zero) == (1.0, 0.0)
    return [score, free, distance, any_free, there]


def test_the_score_grows_from_the_mean_to_the_next_level() -> None:
    """Level 0 at 95: a close of 100 scores 0, 97.5 a half, 95 and less 1; with level 0 filled the next one is at 90."""
    step = Step("envelope_dca", sides=["long", "short"], num_levels=2)
    assert judged(step, 100.0, 1) == pytest.approx([0.0, 2, 0.05, True, False])
    assert judged(step, 97.5, 1) == pytest.approx([0.5, 2, 2.5 / 97.5, True, False])
    assert judged(step, 94.0, 1) == pytest.approx([1.0, 2, -1 / 94, True, True])
    assert judged(step, 95.0, 1, held=1, filled=1) == pytest.approx([0.5, 1, 5 / 95, True, False])
    assert judged(step, 102.65, -1) == pytest.approx([0.5, 2, 2.65 / 102.65, True, False])


def test_a_side_without_a_free_level_scores_nothing() -> None:
    """Sells that are not allowed, sells beside a long cycle, a full ladder: no level is near. No mean: not known."""
    both, long = (Step("envelope_dca", sides=sides, num_levels=2) for sides in (["long", "short"], ["long"]))
    for found in (
        judged(long, 106.0, -1),
        judged(both, 106.0, -1, held=1, filled=1),
        judged(both, 80.0, 1, held=1, filled=3),
    ):
        assert found == pytest.approx([0.0, 0, np.nan, False, False], nan_ok=True)
    assert np.isnan(judged(both, 100.0, 1, mean=np.nan)[0])


@settings(deadline=None, max_examples=6, phases=DRAWN)
@given(start=numbers(0.0001, 0.05, 0.5, 0.9), step=numbers(0.01, 0.3, 0.5), levels=numbers(1, 2, 4))
def test_a_sweep_refuses_levels_below_zero(start: Any, step: Any, levels: Any) -> None:
    """A rule that reads a parameter only where others let it."""
    axes = (
        Axis("strategies.envelope_dca.envelope_start", start),
        Axis("strategies.envelope_dca.envelope_step", step),
        Axis("strategies.envelope_dca.num_levels", levels),
        Axis("strategies.envelope_dca.sides", ("[long]", "[short]", "[long, short]")),
    )
    same(PIPELINES / "envelope_dca.yaml", Grid(axes), ["BTC"])
