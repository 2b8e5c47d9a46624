"""What a result says of its portfolio: peaks, attribution, closes that were forced, sizing, liquidation."""

from __future__ import annotations

import json

import numpy as np
import pytest

import radar
from tests.engine.memory import table
from tests.engine.portfolio.books import CAPITAL, books, ms, traded
from tests.nodes.strategy.harness import bars, run
from tests.nodes.strategy.test_grid_atr import CALM, TEXT


def test_peaks_are_those_of_the_bars() -> None:
    """Largest margin, positions, assets and worst case of all closes; time with a position; what was traded."""
    result = traded()
    rows = books(result)
    peaks = result.portfolio["peaks"]
    assert peaks["margin_ratio"] == pytest.approx(max(row.margin for row in rows) / CAPITAL * 100.0)
    assert peaks["positions"] == max(row.positions for row in rows)
    assert peaks["assets"] == max(len(row.assets) for row in rows)
    assert peaks["worst_case_stop_loss"] == pytest.approx(max(row.stop_loss for row in rows) / CAPITAL * 100.0)
    assert peaks["time_in_market"] == pytest.approx(sum(row.positions > 0 for row in rows) / len(rows) * 100.0)
    legs = sum(float(fill["price"] * fill["quantity"]) for fill in result.fill_rows)
    assert peaks["turnover"] == pytest.approx(legs / np.mean(result.equity))


def test_attribution_adds_up() -> None:
    """Each strategy and asset by a loop over the trades; what the end of the data closed stands apart."""
    result = traded("broker.close_at_end=true")
    found = {(one["strategy"], one["asset"]): one for one in result.portfolio["attribution"]}
    trades = result.trades()
    assert set(found) == {(trade["strategy"], trade["asset"]) for trade in trades}
    assert len(found) == 4
    for (strategy, asset), row in found.items():
        mine = [one for one in trades if (one["strategy"], one["asset"]) == (strategy, asset)]
        own = [one for one in mine if one["reason"] != "end_of_data"]
        ended = [one for one in mine if one["reason"] == "end_of_data"]
        assert (row["trades"], row["forced_trades"]) == (len(own), len(ended))
        assert row["wins"] == sum(one["net"] > 0 for one in own)
        for name in ("net", "fees", "slippage", "funding"):
            assert row[name] == pytest.approx(sum(one[name] for one in own), abs=1e-9)
        assert row["forced_net"] == pytest.approx(sum(one["net"] for one in ended), abs=1e-9)
    totals = result.portfolio["totals"]
    assert totals["forced_trades"] == sum(one["forced_trades"] for one in found.values()) == 2
    assert totals["trades"] == result.metrics["trades"]
    assert totals["net"] == pytest.approx(result.metrics["net"])
    assert CAPITAL + totals["net"] + totals["forced_net"] == pytest.approx(result.equity[-1])


def test_the_deepest_drawdown_is_that_of_the_metrics() -> None:
    """One definition: the depth is the metric, the dates stand beside it."""
    result = traded()
    fall = result.portfolio["drawdown"]
    assert fall["depth"] == pytest.approx(result.metrics["max_drawdown"])
    values = dict(zip(result.times.tolist(), result.equity.tolist(), strict=True))
    assert (1.0 - values[ms(fall["trough"])] / values[ms(fall["peak"])]) * 100.0 == pytest.approx(fall["depth"])


def test_sizes_are_of_the_whole_account() -> None:
    """Every first level takes a quarter of the account's equity over three levels, whichever strategy or asset it is:
    the base is the account, the number of assets that of the run (two, so the cap decides)."""
    result = traded("broker.funding=false")
    values = dict(zip(result.times.tolist(), result.equity.tolist(), strict=True))
    checked = set()
    for trade in result.trades():
        first = min(trade["levels"], key=lambda level: ms(level["time"]))
        before = values.get(ms(first["time"]) - 3_600_000, CAPITAL)
        margin = first["reference"] * first["quantity"] / 6.0
        assert margin == pytest.approx(before * 0.25 / 3.0, rel=1e-9)
        checked.add((trade["strategy"], trade["asset"]))
    assert len(checked) == 4
    assert result.portfolio["sizing"] == [
        {
            "strategy": chain.strategy,
            "account": "broker",
            "node": "sized",
            "mode": "equal_compound",
            "kind": "equal_allocation",
            "base": "equity",
            "assets": 2,
        }
        for chain in result.run.plan.chains
    ]


def test_daily_equity_and_months_are_of_the_curve() -> None:
    """The kept days let two results be compared later; the months multiply to the return."""
    content = json.loads(traded().to_bytes())
    result, kept = traded(), content["portfolio"]["daily"]
    last = {
        str(np.datetime64(int(time), "ms"))[:10]: value for time, value in zip(result.times, result.equity, strict=True)
    }
    assert dict(zip(kept["days"], kept["equity"], strict=True)) == last
    whole = np.prod([1.0 + month["return"] / 100.0 for month in content["portfolio"]["months"]])
    assert (whole - 1.0) * 100.0 == pytest.approx(result.metrics["equity_return"])


def test_a_liquidation_is_an_event() -> None:
    """When it was and what was left."""
    market = bars(CALM, 55, (100.0, 101.0, 91.9, 93.0), (93.0, 93.0, 70.0, 71.0))
    text = TEXT.replace("SIDES", "[long]")
    result = radar.backtest(text, candles={"BTC": table(market)}, mode="interpreted", overrides=["grid.sl_percent=90"])
    (event,) = result.portfolio["liquidations"]
    assert event["account"] == "broker"
    assert ms(event["time"]) == result.times[-1]
    assert event["equity"] == result.equity[-1]
    assert run(text, bars(CALM, 60)).portfolio["liquidations"] == []


def test_an_account_that_is_liquidated_among_others() -> None:
    """The event is in the bar of its fall, though the other account goes on to the end."""
    second = """
  quiet: {strategy: grid_atr, in: {bar: candles, mean: mean, width: width}, sides: [long], num_levels: 1, leverage: 1}
  quiet_sized: {risk: equal_allocation, in: quiet}
  quiet_guard: {risk: margin_guard, in: quiet_sized}
  other: {executor: account, in: quiet_guard}
"""
    text = TEXT.replace("SIDES", "[long]") + second
    after = [(71.0, 72.0, 70.0, 71.0)] * 5
    market = bars(CALM, 55, (100.0, 101.0, 91.9, 93.0), (93.0, 93.0, 70.0, 71.0), *after)
    result = radar.backtest(text, candles={"BTC": table(market)}, mode="interpreted", overrides=["grid.sl_percent=90"])
    (event,) = result.portfolio["liquidations"]
    assert event["account"] == "broker"
    assert ms(event["time"]) == market.time[56]
    assert result.times[-1] > market.time[56]
    both = result.over_time.values()
    assert sum(one.equity[-1] for one in both) == pytest.approx(result.equity[-1])
    assert not np.isnan(result.equity).any()
