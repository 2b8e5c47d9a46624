"""Several strategies on one account, and strategies on a slower clock than the bars that orders are met on."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import radar
from radar.engine.result import Result
from tests.engine.memory import Memory, table
from tests.nodes.markets import HOUR, START, Bars, walk

HEAD = "radar: 1\npipeline: several\nassets: [BTC]\nclock: CLOCK\nnodes:\n  candles: {source: candles}\n"
GRID = """  mean: {indicator: sma, in: BARS.close, period: 3}
  width: {indicator: atr, in: BARS, period: 3}
  NAME: {strategy: grid_atr, in: {bar: BARS, mean: mean, width: width}, ma_period: 3, atr_period: 3, sides: [SIDE],
    sl_percent: 4, atr_multiplier_start: 1, leverage: 5}
  NAME_size: {risk: equal_allocation, in: NAME, cap_percent: 20}
  NAME_gate: {risk: margin_guard, in: NAME_size, max_margin_ratio: 1}
"""
SWING = """  bands: {indicator: bollinger, in: BARS.close, period: 5, deviations: 1}
  average: {indicator: sma, in: BARS.close, period: 10}
  swing: {strategy: boltrend, in: {bar: BARS, upper: bands.upper, mid: bands.mid, lower: bands.lower,
    spread: bands.spread, average: average}, bol_window: 5, bol_std: 1, long_ma_window: 10,
    sides: [SIDE], sl_percent: 90}
  swing_size: {risk: risk_sizing, in: swing, risk_percent: 2}
  swing_gate: {risk: margin_guard, in: swing_size}
"""
BROKER = "  broker: {executor: account, in: GATES, high_volatility_multiplier: 1}\n"
MARKET = walk(12, 700, step=0.015)


def grid(name: str = "grid", bars: str = "candles", side: str = "long") -> str:
    """Nodes of a grid."""
    return GRID.replace("NAME", name).replace("BARS", bars).replace("SIDE", side)


def swing(bars: str = "candles", side: str = "short") -> str:
    """Nodes of a breakout."""
    return SWING.replace("BARS", bars).replace("SIDE", side)


def pipeline(*parts: str, gates: str, clock: str = "1h") -> str:
    """A pipeline of these parts on one account."""
    return HEAD.replace("CLOCK", clock) + "".join(parts) + BROKER.replace("GATES", gates)


def trade(text: str, market: Bars = MARKET, **options: Any) -> Result:
    """An interpreted back-test."""
    return radar.backtest(text, candles={"BTC": table(market)}, mode="interpreted", **options)


BOTH = pipeline(grid(), swing(), gates="[grid_gate, swing_gate]")


def by_strategy(result: Result, name: str) -> list[dict[str, Any]]:
    """The trades of one strategy."""
    return [one for one in result.trades() if one["strategy"] == name]


def test_two_strategies_share_one_account() -> None:
    """Both trade, on their own sides; the account's result is the sum of their trades, in every row one equity."""
    result = trade(BOTH)
    longs, shorts = by_strategy(result, "grid"), by_strategy(result, "swing")
    assert len(longs) > 5
    assert len(shorts) > 5
    assert {one["side"] for one in longs} == {"long"}
    assert {one["side"] for one in shorts} == {"short"}
    net = sum(one["net"] for one in result.trades())
    assert result.metrics["net"] == pytest.approx(net, rel=1e-9)
    assert int(result.run.account("broker")["peak_positions"]) == 1
    numbers = [one["trade"] for one in result.trades()]
    assert len(set(numbers)) == len(numbers)


def test_one_strategy_holds_the_asset_at_a_time() -> None:
    """An exchange nets an account's positions: what the other strategy would enter meanwhile is refused and counted."""
    result = trade(BOTH)
    held = sorted((one["entry_time"], one["exit_time"], one["strategy"]) for one in result.trades())
    for (_, end, before), (begin, _, after) in pairwise(held):
        assert end <= begin or before == after
    assert {(one["strategy"], one["cause"]) for one in result.refusals} >= {
        ("grid", "owner_conflict"),
        ("swing", "owner_conflict"),
    }


def test_an_asset_that_stands_still_is_in_nobody_s_way() -> None:
    """Beside a second asset that never moves the same trades are made, whatever their size."""
    text = BOTH.replace("[BTC]", "[BTC, ETH]")
    still = MARKET.close[0] + 0.0 * MARKET.close
    quiet = Bars(MARKET.time, still, still, still, still, MARKET.volume)
    candles = {"BTC": table(MARKET), "ETH": table(quiet)}
    together = radar.backtest(text, candles=candles, mode="interpreted")
    alone = trade(BOTH)
    for part in ("strategy", "entry_time", "exit_time", "reason"):
        assert [one[part] for one in together.trades()] == [one[part] for one in alone.trades()], part
    prices = [one["exit_reference"] for one in alone.trades()]
    assert [one["exit_reference"] for one in together.trades()] == pytest.approx(prices, rel=1e-12)


def test_sizes_follow_the_common_equity() -> None:
    """A swing is sized by what the account holds at that close, the grid's profits and open positions included."""
    result = trade(BOTH)
    equity = dict(zip(result.times.tolist(), result.equity.tolist(), strict=True))
    checked = 0
    for fill in result.fill_rows:
        if fill["strategy"] != 1 or not fill["opens"]:
            continue
        row = int(fill["time"])
        fee = float(fill["fee"]) + float(fill["slippage"])
        base = equity[row] + fee
        expected = base * 0.02 / (0.9 + 0.0006 + 0.0005)
        assert fill["quantity"] * fill["reference"] == pytest.approx(expected, rel=1e-6)
        checked += 1
    assert checked > 5


def test_locked_margin_is_common() -> None:
    """Where the grid has locked most of the account on another asset, the swing's guard refuses it, by its own name."""
    greedy = BOTH.replace("cap_percent: 20", "cap_percent: 100").replace("leverage: 5", "leverage: 1")
    greedy = greedy.replace("[BTC]", "[BTC, ETH]")
    settings = ["swing_gate.max_margin_ratio=0.1", "swing.leverage=1"]
    candles = {"BTC": table(MARKET), "ETH": table(walk(21, 700, step=0.015))}
    result = radar.backtest(greedy, candles=candles, mode="interpreted", overrides=settings)
    causes = {(one["strategy"], one["cause"]) for one in result.refusals}
    assert causes & {("swing", "margin_guard"), ("swing", "insufficient_margin")}


def test_the_order_of_the_inputs_numbers_the_strategies() -> None:
    """The ledger's number of a strategy is its place in the account's list; the trades do not depend on it."""
    turned = trade(pipeline(grid(), swing(), gates="[swing_gate, grid_gate]"))
    assert [chain.strategy for chain in turned.run.plan.chains] == ["swing", "grid"]
    straight = trade(BOTH)
    for name in ("grid", "swing"):
        left, right = by_strategy(turned, name), by_strategy(straight, name)
        assert [one["entry_time"] for one in left] == [one["entry_time"] for one in right]


def four_hours(hours: Bars) -> Bars:
    """The same market in complete four-hour bars."""
    count = len(hours) // 4
    groups = np.arange(count * 4).reshape(count, 4)
    return Bars(
        hours.time[groups[:, 0]],
        hours.open[groups[:, 0]],
        hours.high[groups].max(axis=1),
        hours.low[groups].min(axis=1),
        hours.close[groups[:, 3]],
        hours.volume[groups].sum(axis=1),
    )


RESAMPLED = "  four: {indicator: resample, in: candles, to: 4h}\n"
STORED = "  four: {source: candles, timeframe: 4h}\n"


def slow_swing(source: str) -> Result:
    """A breakout of four-hour bars on an account that meets every hour."""
    text = pipeline(source, swing("four", "long, short"), gates="swing_gate")
    text = text if source == RESAMPLED else text.replace("  candles: {source: candles}\n", "")
    data = Memory({("BTC", "1h"): MARKET, ("BTC", "4h"): four_hours(MARKET)})
    return radar.backtest(text, data=data, mode="interpreted")


@pytest.mark.parametrize("source", [RESAMPLED, STORED], ids=["resampled", "stored"])
def test_close_decisions_of_a_slow_strategy_are_those_of_slow_bars(source: str) -> None:
    """Entered and left at closes of four hours only, at the prices of the same strategy on four-hour candles."""
    found = slow_swing(source)
    fills = found.fill_rows
    assert len(fills) > 10
    assert ((fills["time"] + HOUR) % (4 * HOUR) == 0).all()
    assert (fills["at_close"] == 1).all()
    native = trade(pipeline(swing(side="long, short"), gates="swing_gate", clock="4h"), four_hours(MARKET))
    begun = native.fill_rows["time"] >= fills["time"][0] - 3 * HOUR
    assert (fills["time"] - 3 * HOUR).tolist() == native.fill_rows["time"][begun].tolist()
    assert fills["reference"].tolist() == native.fill_rows["reference"][begun].tolist()


def test_a_slow_strategy_s_stop_works_every_hour() -> None:
    """The account meets the stop inside the four hours, in the very hour that reaches it."""
    text = pipeline(RESAMPLED, swing("four", "long, short"), gates="swing_gate").replace(
        "sl_percent: 90", "sl_percent: 2"
    )
    stops = [one for one in trade(text).trades() if one["reason"] == "sl"]
    rows = {START + index * HOUR: index for index in range(len(MARKET))}
    assert len(stops) > 3
    inside = 0
    for one in stops:
        at = rows[int(np.datetime64(one["exit_time"][:-1], "ms").astype(int))]
        extreme = MARKET.low[at] if one["side"] == "long" else MARKET.high[at]
        side = 1 if one["side"] == "long" else -1
        assert side * (one["stop"] - extreme) >= 0
        inside += (at + 1) % 4 != 0
    assert inside


def intent_columns(found: pa.Table) -> dict[str, np.ndarray]:
    """The traced intent by column."""
    return {name: found.column(name).to_numpy() for name in found.column_names if ".intent." in name}


def test_a_slow_strategy_s_resting_levels_change_only_at_its_closes() -> None:
    """Levels and target stay, bit for bit, from one four-hour close to the next; fills come in any hour."""
    text = pipeline(RESAMPLED, grid("grid", "four", "long"), gates="grid_gate")
    found = radar.evaluate(text, ["grid"], candles={"BTC": table(MARKET)}, mode="interpreted")
    times = found.column("time").cast("int64").to_numpy()
    closes = (times + HOUR) % (4 * HOUR) == 0
    side = found.column("grid.position.side").to_numpy()
    left = np.concatenate([[False], (side[1:] == 0) & (side[:-1] != 0)])
    changed_anywhere = np.zeros(len(times), dtype=bool)
    for values in intent_columns(found).values():
        same = (values[1:] == values[:-1]) | (np.isnan(values[1:]) & np.isnan(values[:-1]))
        changed_anywhere[1:] |= ~same
    assert changed_anywhere[closes].sum() > 100
    assert not (changed_anywhere & ~closes & ~left).any(), "only an exit withdraws what rested"
    result = trade(text)
    assert (((result.fill_rows["time"] + HOUR) % (4 * HOUR)) != 0).any()


def test_a_slow_strategy_enters_only_levels_decided_at_a_close_before() -> None:
    """Every level that fills is one that the last four-hour close before the bar made."""
    text = pipeline(RESAMPLED, grid("grid", "four", "long"), gates="grid_gate")
    found = radar.evaluate(text, ["grid"], candles={"BTC": table(MARKET)}, mode="interpreted")
    rested = {level: found.column(f"grid.intent.buy.{level}").to_numpy() for level in range(3)}
    opened = [fill for fill in trade(text).fill_rows if fill["opens"]]
    assert len(opened) > 10
    for fill in opened:
        row = int((fill["time"] - START) // HOUR)
        level = rested[int(fill["level"])][row - 1]
        assert fill["reference"] == min(level, MARKET.open[row])


def test_decisions_every_four_hours_and_orders_every_hour() -> None:
    """With clock {decide: 4h, fill: 1h} the candles are four-hour candles, and orders are met on hours."""
    text = pipeline(swing(side="long, short"), gates="swing_gate", clock="{decide: 4h, fill: 1h}")
    data = Memory({("BTC", "1h"): MARKET, ("BTC", "4h"): four_hours(MARKET)})
    decided = radar.backtest(text, data=data, mode="interpreted")
    assert decided.fill_rows.tobytes() == slow_swing(STORED).fill_rows.tobytes()
    assert len(decided.equity) > len(MARKET) // 2
