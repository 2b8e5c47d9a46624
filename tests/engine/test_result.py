"""A result as data: the same bytes each time, and every number where it can be checked."""

from __future__ import annotations

import json
import math
from collections import Counter
from functools import cache
from typing import Any

import pytest

import radar
from radar.engine.result import FORMAT, TRADE_FIELDS, Result
from radar.engine.summary import held_curves
from tests.conformance.cases import CASES, CONFIG

NAME = "grid_atr on the sample"


def fresh(**options: Any) -> Result:
    """A run of the shipped grid on a piece of the sample."""
    case = CASES[NAME]
    return radar.backtest(
        case.text, data=case.data, config=CONFIG, overrides=case.overrides, mode="interpreted", **options
    )


@cache
def result() -> Result:
    """The same run, made once."""
    return fresh()


@cache
def content() -> dict[str, Any]:
    """What its bytes say."""
    found: dict[str, Any] = json.loads(result().to_bytes())
    return found


def test_repeated_it_is_the_same_bytes() -> None:
    """Nothing of the machine, the time or the order of a dictionary is in it."""
    assert fresh().to_bytes() == result().to_bytes()


def test_another_value_is_another_result() -> None:
    """The parameters in effect are in it, and so the digest of the values."""
    other = json.loads(fresh(capital=5000.0).to_bytes())
    assert other["parameters"]["broker"]["params"]["initial_capital"] == 5000.0
    assert other["digests"]["config"] != content()["digests"]["config"]
    for same in ("pipeline", "data", "kernel"):
        assert other["digests"][same] == content()["digests"][same]


def test_it_is_strict_json_in_utf_8() -> None:
    """No NaN, no infinity: what is not defined is null."""
    text = result().to_bytes().decode("utf-8")

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    assert json.loads(text, parse_constant=refuse)["format"] == FORMAT
    assert text.endswith("}\n")


def test_it_says_what_was_asked() -> None:
    """Texts and not file names: enough to ask again."""
    request = content()["request"]
    assert request["pipeline"] == CASES[NAME].text
    assert set(request["config"]) >= {"assets.yaml", "strategies.yaml", "risk.yaml"}
    assert request["overrides"] == list(CASES[NAME].overrides)
    assert (request["from"], request["to"], request["assets"]) == (None, None, None)
    asked = fresh(start="2025-02-06", end="2025-02-10", assets=["ETH", "BTC"], capital=99.0, fill_model="queue")
    again = asked.to_json()["request"]
    assert (again["from"], again["to"]) == ("2025-02-06T00:00:00Z", "2025-02-10T00:00:00Z")
    assert again["assets"] == ["ETH", "BTC"]
    assert again["overrides"][-2:] == ["broker.initial_capital=99.0", "broker.fill_model=queue"]


def test_digests_are_of_the_four_things_that_decide() -> None:
    """Pipeline, values, data, kernel, and the plan that joins the first two."""
    digests = content()["digests"]
    assert set(digests) == {"pipeline", "config", "data", "kernel", "plan"}
    assert all(len(digest) == 64 and int(digest, 16) for digest in digests.values())
    assert digests["data"] == result().run.feed.digest
    assert digests["kernel"] == result().run.kernel.digest


def test_every_trade_has_every_field_and_adds_up() -> None:
    """Net is gross less fees and slippage plus funding; the levels are what was bought; the average is theirs."""
    trades = content()["trades"]
    assert len(trades) > 30
    for trade in trades:
        assert set(trade) == set(TRADE_FIELDS)
        parts = trade["gross"] - trade["fees"] - trade["slippage"] + trade["funding"]
        assert trade["net"] == pytest.approx(parts, rel=1e-9, abs=1e-9)
        assert sum(level["quantity"] for level in trade["levels"]) == pytest.approx(trade["quantity"], rel=1e-12)
        paid = sum(level["quantity"] * level["price"] for level in trade["levels"])
        assert trade["average_entry"] == pytest.approx(paid / trade["quantity"], rel=1e-12)
        assert trade["levels"][0]["time"] == trade["entry_time"]
        assert trade["exit_time"] >= trade["entry_time"]
        assert trade["worst_excursion"] <= 0


def test_metrics_are_those_of_the_trades() -> None:
    """Counts, sums, rates and factors of section 5, recomputed from the list of trades."""
    trades, metrics = content()["trades"], content()["metrics"]
    nets = [trade["net"] for trade in trades]
    won, lost = sum(net for net in nets if net > 0), -sum(net for net in nets if net <= 0)
    assert metrics["trades"] == len(trades)
    assert metrics["winning_trades"] == sum(net > 0 for net in nets)
    assert metrics["net"] == pytest.approx(sum(nets), rel=1e-9)
    assert metrics["win_rate"] == pytest.approx(100 * metrics["winning_trades"] / len(nets), rel=1e-12)
    assert metrics["profit_factor"] == pytest.approx(won / lost, rel=1e-9)
    assert metrics["no_losses"] == 0
    for name in ("gross", "fees", "slippage", "funding"):
        assert metrics[name] == pytest.approx(sum(trade[name] for trade in trades), rel=1e-9, abs=1e-9)
    returns = [trade["net"] / trade["return_base"] for trade in trades]
    mean = math.fsum(returns) / len(returns)
    deviation = math.sqrt(math.fsum((one - mean) ** 2 for one in returns) / len(returns))
    expected = min(100.0, mean / deviation * math.sqrt(metrics["trades_per_year"]))
    assert metrics["sharpe_trades"] == pytest.approx(expected, rel=1e-6)


def test_assets_add_up_to_the_total() -> None:
    """Trades and money by asset sum to those of the account; each asset of the run is listed."""
    per_asset, metrics = content()["per_asset"], content()["metrics"]
    assert list(per_asset) == ["BTC", "ETH", "SOL", "XRP"]
    counted = Counter(trade["asset"] for trade in content()["trades"])
    for name in ("trades", "net", "fees", "gross"):
        assert sum(one[name] for one in per_asset.values()) == pytest.approx(metrics[name], rel=1e-9)
    assert {asset: one["trades"] for asset, one in per_asset.items()} == {
        asset: counted.get(asset, 0) for asset in per_asset
    }


def test_regimes_add_up_too() -> None:
    """Every trade began and ended in one regime."""
    for moment in ("entry", "exit"):
        rows = content()["regimes"][moment]
        assert sum(row["trades"] for row in rows) == len(content()["trades"])
        assert sum(row["net"] for row in rows) == pytest.approx(content()["metrics"]["net"], rel=1e-9)


def test_drawdown_is_that_of_the_curve() -> None:
    """The largest fall from a running peak that begins with the initial capital."""
    peak, worst = 10_000.0, 0.0
    for value in result().equity:
        peak = max(peak, value)
        worst = max(worst, (peak - value) / peak)
    assert content()["metrics"]["max_drawdown"] == pytest.approx(worst * 100, rel=1e-12)
    assert content()["metrics"]["final_equity"] == result().equity[-1]


def test_buying_and_holding_stands_beside_it() -> None:
    """From the first tradable close of each asset to its last, without costs; and all of them together."""
    held = content()["buy_and_hold"]
    assert list(held) == ["BTC", "ETH", "SOL", "XRP", "all"]
    run = result().run
    closes = run.feed.market[run.feed.start :, 0, 3]
    closes = closes[closes == closes]
    assert held["BTC"]["equity_return"] == pytest.approx((closes[-1] / closes[0] - 1) * 100, rel=1e-9)
    together = sum(held[asset]["final_equity"] for asset in ("BTC", "ETH", "SOL", "XRP")) / 4
    assert held["all"]["final_equity"] == pytest.approx(together, rel=1e-9)


def test_what_is_held_is_carried_over_missing_bars() -> None:
    """Bar by bar by hand: the capital before the first close, then close over first close, carried where none is."""
    run = result().run
    curves = held_curves(run)
    assert list(curves) == ["BTC", "ETH", "SOL", "XRP", "all"]
    for lane, asset in enumerate(run.plan.assets):
        first, value = math.nan, 10_000.0
        for close, held in zip(run.feed.market[run.feed.start :, lane, 3], curves[asset], strict=True):
            if not math.isnan(close):
                first = close if math.isnan(first) else first
                value = 10_000.0 / first * close
            assert held == pytest.approx(value, rel=1e-12)
    together = [sum(curves[asset][row] for asset in run.plan.assets) / 4 for row in range(len(curves["all"]))]
    assert curves["all"] == pytest.approx(together, rel=1e-12)


def test_refusals_say_what_they_mean() -> None:
    """Each with strategy, asset, cause, count and a sentence."""
    refusals = content()["refusals"]
    assert refusals
    for refusal in refusals:
        assert set(refusal) == {"strategy", "asset", "cause", "count", "meaning"}
        assert refusal["count"] > 0
        assert " " in refusal["meaning"]


def test_the_period_and_the_data_are_described() -> None:
    """First and last tradable bar, their number, the warm-up, and the gaps that the data had."""
    period, quality = content()["period"], content()["data_quality"]
    assert period["bars"] == len(result().equity) == len(result().times)
    assert period["warm_up_bars"] == 50
    assert quality["BTC"]["missing_bars"] == 1
    assert quality["ETH"]["missing_bars"] == 7
    assert content()["clock"] == "1h"
    assert content()["mode"] == "backtest"


def test_tables_hold_the_same_numbers() -> None:
    """Trades and equity as Arrow tables, with instants as timestamps."""
    trades, equity = result().trades_table(), result().equity_table()
    assert trades.column_names == list(TRADE_FIELDS)
    assert trades.column("net").to_pylist() == [trade["net"] for trade in content()["trades"]]
    assert trades.column("levels").to_pylist() == [trade["levels"] for trade in content()["trades"]]
    assert str(trades.schema.field("entry_time").type) == "timestamp[ms, tz=UTC]"
    assert trades.column("exit_time").cast("int64").to_pylist() == result().trade_rows["exit_time"].tolist()
    assert equity.column("equity").to_numpy().tobytes() == result().equity.tobytes()
    assert equity.column("time").cast("int64").to_pylist() == result().times.tolist()


def test_a_run_without_a_trade_is_a_result_too() -> None:
    """Metrics that need trades are null, and the tables are empty with their columns."""
    case = CASES[NAME]
    far = (*case.overrides, "grid.atr_multiplier_start=500")
    quiet = radar.backtest(case.text, data=case.data, config=CONFIG, overrides=far, mode="interpreted")
    found = json.loads(quiet.to_bytes())
    assert (found["trades"], found["metrics"]["trades"]) == ([], 0)
    assert found["metrics"]["win_rate"] is None
    assert found["metrics"]["profit_factor"] == 0
    assert quiet.trades_table().num_rows == 0
    assert quiet.trades_table().column_names == list(TRADE_FIELDS)
