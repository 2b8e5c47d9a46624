"""At which bar each node ticks, and which node's close it waits for."""

from __future__ import annotations

import pytest

from radar.market.timeframe import Timeframe
from radar.plan.plan import Plan
from tests.plan.test_lookback import plan


def clocks(nodes: str, clock: str = "1h") -> dict[str, tuple[str, str]]:
    """Clock and root by node."""
    return {name: (str(tick.clock), tick.root) for name, tick in plan(nodes, clock).tick.items()}


SLOW = "slow: {indicator: resample, in: candles, to: 4h}\n"


def test_candles_tick_on_the_pipeline_s_clock() -> None:
    """So does what reads them; there is no root."""
    found = clocks("mean: {indicator: sma, in: candles.close}")
    assert found == {"candles": ("1h", ""), "mean": ("1h", "")}


def test_a_node_ticks_with_the_bar_that_it_takes() -> None:
    """A resampled bar is a slower clock, whose root is the node that makes it."""
    found = clocks(SLOW + "trend: {indicator: adx, in: slow}\nmean: {indicator: sma, in: slow.close}")
    assert found["slow"] == ("4h", "slow")
    assert found["trend"] == found["mean"] == ("4h", "slow")


def test_a_node_of_numbers_ticks_with_the_fastest() -> None:
    """A strategy that takes fast bars reads slow numbers as they were at their last close."""
    text = SLOW + (
        "mean: {indicator: sma, in: slow.close, period: 3}\nwidth: {indicator: atr, in: candles, period: 3}\n"
        "grid: {strategy: grid_atr, in: {bar: candles, mean: mean, width: width}}"
    )
    assert clocks(text)["grid"] == ("1h", "")


def test_the_bar_decides_and_not_the_numbers() -> None:
    """A strategy of slow bars with one fast number is still asked only when the slow bar closes."""
    text = SLOW + (
        "mean: {indicator: sma, in: candles.close, period: 3}\nwidth: {indicator: atr, in: slow, period: 3}\n"
        "grid: {strategy: grid_atr, in: {bar: slow, mean: mean, width: width}}"
    )
    assert clocks(text)["grid"] == ("4h", "slow")


def test_a_source_may_name_its_clock() -> None:
    """Stored four-hour candles are a clock of their own; those of the pipeline's own clock are the base."""
    found = clocks("four: {source: candles, timeframe: 4h}\nsame: {source: candles, timeframe: 1h}")
    assert (found["four"], found["same"]) == (("4h", "four"), ("1h", ""))


def test_resampling_twice() -> None:
    """Days of four-hour bars tick once a day; their root is the last resampling."""
    found = clocks(SLOW + "day: {indicator: resample, in: slow, to: 1d}\nmean: {indicator: sma, in: day.close}")
    assert (found["day"], found["mean"]) == (("1d", "day"), ("1d", "day"))


def test_everything_else_ticks_on_the_base() -> None:
    """External series, risk nodes, the account and sinks have no clock of their own, whatever they read."""
    text = SLOW + (
        "rates: {source: funding}\n"
        "mean: {indicator: sma, in: slow.close, period: 3}\nwidth: {indicator: atr, in: slow, period: 3}\n"
        "grid: {strategy: grid_atr, in: {bar: slow, mean: mean, width: width}}\n"
        "sized: {risk: equal_allocation, in: grid}\nguard: {risk: margin_guard, in: sized}\n"
        "broker: {executor: account, in: guard, high_volatility_multiplier: 1}\njournal: {sink: journal, in: broker}"
    )
    found = clocks(text)
    assert {found[name] for name in ("rates", "sized", "guard", "broker", "journal")} == {("1h", "")}
    assert found["grid"] == ("4h", "slow")


def test_decisions_on_one_clock_and_orders_on_a_finer_one() -> None:
    """With decide and fill the candles tick with the decisions, and the base is what orders are met on."""
    found: Plan = plan("mean: {indicator: sma, in: candles.close}", clock="{decide: 4h, fill: 1h}")
    assert found.base == Timeframe.parse("1h")
    assert {name: (str(tick.clock), tick.root) for name, tick in found.tick.items()} == {
        "candles": ("4h", "candles"),
        "mean": ("4h", "candles"),
    }
    assert found.lookback["mean"] == 7 + 13 * 4


@pytest.mark.parametrize("clock", ["1m", "5m", "15m", "1h", "4h", "1d"])
def test_the_base_is_the_pipeline_s_clock(clock: str) -> None:
    """Whatever it is."""
    assert str(plan("mean: {indicator: sma, in: candles.close}", clock).base) == clock
