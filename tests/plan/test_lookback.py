"""Look-back through the graph, by hand, in bars of the base clock, the current one included."""

from __future__ import annotations

import pytest

from radar.plan.plan import Plan, make_plan
from radar.spec.load import load_pipeline


def plan(nodes: str, clock: str = "1h", assets: str = "[BTC]") -> Plan:
    """A plan of nodes that nothing trades on."""
    text = f"radar: 1\npipeline: look\nassets: {assets}\nclock: {clock}\nnodes:\n  candles: {{source: candles}}\n"
    found = load_pipeline(text + "".join(f"  {line}\n" for line in nodes.strip().split("\n")))
    assert found.draft is not None
    assert not [one for one in found.diagnostics if one.severity == "error"], found.diagnostics
    return make_plan(found.draft)


def needs(nodes: str, clock: str = "1h") -> dict[str, int]:
    """Look-back by node."""
    return dict(plan(nodes, clock).lookback)


def test_one_node() -> None:
    """A candle needs itself; an average of five needs five."""
    assert needs("mean: {indicator: sma, in: candles.close, period: 5}") == {"candles": 1, "mean": 5}


@pytest.mark.parametrize(
    ("node", "bars"),
    [
        ("{indicator: sma, in: candles.close, period: 14}", 14),
        ("{indicator: ema, in: candles.close, period: 14}", 14),
        ("{indicator: rsi, in: candles.close, period: 14}", 15),
        ("{indicator: true_range, in: candles}", 2),
        ("{indicator: atr, in: candles, period: 14}", 15),
        ("{indicator: adx, in: candles, period: 14}", 28),
        ("{indicator: bollinger, in: candles.close, period: 20}", 21),
        ("{indicator: donchian, in: candles, period: 20}", 21),
        ("{indicator: vwap, in: candles, vwap_hours: 24}", 24),
        ("{indicator: regime, in: candles}", 34),
    ],
)
def test_first_valid_of_the_specification(node: str, bars: int) -> None:
    """One more than the index that table 1.1 calls first valid."""
    assert needs(f"one: {node}")["one"] == bars


def test_a_chain_adds_up() -> None:
    """An average of an average of an ATR: each needs its own bars less one on top."""
    found = needs(
        "range: {indicator: atr, in: candles, period: 14}\n"
        "first: {indicator: sma, in: range, period: 20}\n"
        "second: {indicator: ema, in: first, period: 10}"
    )
    assert found == {"candles": 1, "range": 15, "first": 34, "second": 43}


def test_resampling_needs_almost_two_buckets() -> None:
    """The history may begin one bar behind the start of a bucket: 2 * ratio - 1 bars until one is whole."""
    assert needs("slow: {indicator: resample, in: candles, to: 4h}")["slow"] == 7
    assert needs("slow: {indicator: resample, in: candles, to: 1d}")["slow"] == 47
    assert needs("slow: {indicator: resample, in: candles, to: 15m}", "5m")["slow"] == 5


def test_a_slow_node_counts_in_bars_of_its_clock() -> None:
    """An ADX of 14 on fifteen minutes needs 28 of them: 5 five-minute bars for the first and 3 for each further one."""
    found = needs("slow: {indicator: resample, in: candles, to: 15m}\ntrend: {indicator: adx, in: slow}", "5m")
    assert found["trend"] == 5 + 27 * 3


def test_resampling_what_is_resampled() -> None:
    """Two steps of resampling add up: no less than the direct way needs."""
    twice = needs(
        "four: {indicator: resample, in: candles, to: 4h}\nday: {indicator: resample, in: four, to: 1d}\n"
        "mean: {indicator: sma, in: day.close, period: 3}"
    )
    once = needs("day: {indicator: resample, in: candles, to: 1d}\nmean: {indicator: sma, in: day.close, period: 3}")
    assert once["mean"] == 47 + 2 * 24
    assert twice["mean"] >= once["mean"]


def test_stored_slow_candles_need_as_much_as_made_ones() -> None:
    """A candle of four hours that is read is seen when the hours that it spans have passed."""
    found = needs("slow: {source: candles, timeframe: 4h}\nmean: {indicator: sma, in: slow.close, period: 3}")
    assert (found["slow"], found["mean"]) == (7, 7 + 2 * 4)


def test_the_longest_input_decides() -> None:
    """Of several inputs the one that needs most history."""
    text = (
        "fast: {indicator: sma, in: candles.close, period: 5}\n"
        "slow: {indicator: sma, in: candles.close, period: 50}\n"
        "width: {indicator: atr, in: candles, period: 9}\n"
        "grid: {strategy: grid_atr, in: {bar: candles, mean: slow, width: width}, ma_period: 5, atr_period: 9}"
    )
    assert needs(text)["grid"] == 50


def grid(parameters: str, mean: int = 5) -> dict[str, int]:
    """Look-back of a grid with these parameters."""
    return needs(
        f"mean: {{indicator: sma, in: candles.close, period: {mean}}}\n"
        "width: {indicator: atr, in: candles, period: 9}\n"
        f"grid: {{strategy: grid_atr, in: {{bar: candles, mean: mean, width: width}}, {parameters}}}"
    )


def test_the_history_of_a_strategy_is_the_larger_of_statement_and_graph() -> None:
    """At least 50 by the specification, 20 beyond the longer period, and never less than what is wired in needs."""
    assert grid("ma_period: 5, atr_period: 9")["grid"] == 50
    assert grid("ma_period: 40, atr_period: 9")["grid"] == 60
    assert grid("ma_period: 5, atr_period: 9", mean=300)["grid"] == 300


def test_a_strategy_on_a_slower_clock() -> None:
    """Fifty bars of four hours are 200 hours."""
    found = needs(
        "slow: {indicator: resample, in: candles, to: 4h}\n"
        "mean: {indicator: sma, in: slow.close, period: 5}\n"
        "width: {indicator: atr, in: slow, period: 5}\n"
        "grid: {strategy: grid_atr, in: {bar: slow, mean: mean, width: width}, ma_period: 5, atr_period: 5}"
    )
    assert found["grid"] == 200


def test_what_follows_a_strategy_needs_what_it_needs() -> None:
    """Risk nodes and the account need no history of their own."""
    text = (
        "mean: {indicator: sma, in: candles.close, period: 5}\nwidth: {indicator: atr, in: candles, period: 9}\n"
        "grid: {strategy: grid_atr, in: {bar: candles, mean: mean, width: width}}\n"
        "sized: {risk: equal_allocation, in: grid}\nguard: {risk: margin_guard, in: sized}\n"
        "broker: {executor: account, in: guard, high_volatility_multiplier: 1}"
    )
    found = plan(text)
    assert found.warm_up == found.lookback["grid"] == 50
    assert found.history == {("grid", "BTC"): 50}


def test_each_asset_has_its_own_history() -> None:
    """A longer period for one asset lengthens that asset's history; the plan's number is the longest."""
    text = (
        'mean: {indicator: sma, in: candles.close, period: "${grid.ma_period}"}\n'
        "width: {indicator: atr, in: candles, period: 9}\n"
        "grid: {strategy: grid_atr, in: {bar: candles, mean: mean, width: width}, per_asset: {ETH: {ma_period: 45}}}\n"
        "sized: {risk: equal_allocation, in: grid}\nguard: {risk: margin_guard, in: sized}\n"
        "broker: {executor: account, in: guard, high_volatility_multiplier: 1}"
    )
    found = plan(text, assets="[BTC, ETH]")
    assert found.history == {("grid", "BTC"): 50, ("grid", "ETH"): 65}
    assert (found.lookback["mean"], found.lookback["grid"], found.warm_up) == (45, 65, 65)
