"""The account as a node: what its parameters and inputs change in a run. The simulator itself is tested beside it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import radar
from radar.engine.result import Result
from radar.errors import RadarError
from radar.market.reason import Regime
from radar.research.sweep.sweep import lay_out_sweep
from radar.spec.config import Config
from tests.engine.memory import Memory, table
from tests.nodes.markets import Bars
from tests.nodes.strategy.harness import FIRST, HOUR, Row, bars, only, run
from tests.nodes.strategy.test_grid_atr import CALM, DIP, TEXT

GRID = TEXT.replace("SIDES", "[long]")
BACK: Row = (97.0, 99.0, 96.8, 98.0)
"""Reaches the target of the cycle that DIP starts."""
DOWN: Row = (97.0, 97.2, 75.0, 81.0)
"""Fills its other levels and reaches the stop below them."""


def trade(*rows: Row, text: str = GRID, options: tuple[str, ...] = (), **more: Any) -> Result:
    """The grid over a calm market and the given bars."""
    return run(text, bars(CALM, 55, *rows), overrides=options, **more)


def test_costs_are_those_of_the_order() -> None:
    """Taker fee and slippage of every leg are the account's own numbers."""
    found = only(trade(DIP, BACK, options=("broker.taker_fee_percent=0.1", "broker.slippage_percent=0.2")))
    quantity = found["quantity"]
    paid, got = 96 * 1.002, 98.5 * 0.998
    assert found["average_entry"] == pytest.approx(paid, rel=1e-15)
    assert found["exit_price"] == pytest.approx(got, rel=1e-15)
    assert found["fees"] == pytest.approx(0.001 * quantity * (paid + got), rel=1e-12)
    assert found["slippage"] == pytest.approx(0.002 * quantity * (96 + 98.5), rel=1e-12)


def test_maker_costs_less_than_taker() -> None:
    """The same trade as limit orders nets more (spec T7)."""
    limits = ("grid.entry_order=limit", "grid.target_order=limit")
    assert only(trade(DIP, BACK, options=limits))["net"] > only(trade(DIP, BACK))["net"]
    dear = (*limits, "broker.maker_fee_percent=0.05")
    assert only(trade(DIP, BACK, options=dear))["net"] < only(trade(DIP, BACK, options=limits))["net"]


def test_capital_scales_everything() -> None:
    """Ten times the capital: ten times the quantity, profit and loss."""
    small, large = only(trade(DIP, BACK)), only(trade(DIP, BACK, capital=100_000.0))
    for part in ("quantity", "gross", "fees", "slippage", "net"):
        assert large[part] == pytest.approx(10 * small[part], rel=1e-12)


WIRED = GRID.replace(
    "{executor: account, in: guard, high_vol", "{executor: account, in: {in: guard, regime: mood}, high_vol"
)
WIRED = WIRED.replace("nodes:\n", "nodes:\n  mood: {indicator: regime, in: candles}\n")


def test_without_a_regime_the_multiplier_is_silent() -> None:
    """The input is optional: unwired, the regime is ranging, and the multiplier 1 must be stated or R4013 speaks."""
    found = only(trade(DIP, DOWN))
    assert (found["entry_regime"], found["exit_regime"]) == ("ranging", "ranging")
    assert found["exit_price"] == pytest.approx(found["exit_reference"] * 0.9995, rel=1e-15)


def test_high_volatility_slips_stops_further() -> None:
    """The regime of the bar before the stop counts: a wild bar before it multiplies the slippage of the stop only."""
    wild: Row = (100.0, 140.0, 95.5, 97.0)
    rows = (wild, (97.0, 98.0, 80.0, 81.0))
    plain = only(trade(*rows, text=WIRED, options=("broker.high_volatility_multiplier=1",)))
    slipped = only(trade(*rows, text=WIRED, options=("broker.high_volatility_multiplier=3",)))
    assert slipped["exit_regime"] == "high_volatility"
    assert (plain["reason"], slipped["reason"]) == ("sl", "sl")
    assert slipped["exit_reference"] == plain["exit_reference"]
    assert plain["exit_price"] == pytest.approx(plain["exit_reference"] * 0.9995, rel=1e-15)
    assert slipped["exit_price"] == pytest.approx(slipped["exit_reference"] * 0.9985, rel=1e-15)
    assert slipped["average_entry"] == plain["average_entry"]


def test_the_record_names_the_regimes() -> None:
    """A trade that began and ended in calm says so."""
    found = only(trade(DIP, BACK, text=WIRED))
    assert found["entry_regime"] == Regime.RANGING.name.lower()


def funded(rate: float, *options: str) -> dict[str, Any]:
    """A long held over the settlement of 08:00, which the next bar opens at; the bar after it closes."""
    market = bars(CALM, 55, DIP, (97.0, 97.4, 96.9, 97.0), (97.0, 99.0, 96.8, 98.5))
    entry = FIRST + 55 * HOUR
    settled = (np.array([entry - HOUR, entry + HOUR, entry + 3 * HOUR]), np.array([9.9, rate, 9.9]))
    data = Memory({("BTC", "1h"): market}, {"BTC": settled})
    return only(radar.backtest(GRID, data=data, mode="interpreted", overrides=options))


def test_funding_is_booked_on_what_is_carried() -> None:
    """Only the settlement inside the holding time: rate times quantity times the open, paid by a long."""
    found = funded(0.001)
    assert found["funding"] == pytest.approx(-0.001 * found["quantity"] * 97.0, rel=1e-12)
    assert funded(-0.001)["funding"] == pytest.approx(-found["funding"], rel=1e-12)
    assert funded(0.0)["funding"] == 0.0


def test_funding_can_be_left_out() -> None:
    """With funding off the same trade books none."""
    assert funded(0.001, "broker.funding=false")["funding"] == 0.0


def test_isolated_margin_liquidates_before_a_far_stop() -> None:
    """At 5 x a long is liquidated at A * 0.8 / 0.996, before a stop of 19.9 %: reason liquidation, at that price."""
    options = ("grid.sl_percent=19.9", "broker.margin_mode=isolated")
    found = only(trade(DIP, (97.0, 97.2, 70.0, 77.0), options=options))
    assert found["reason"] == "liquidation"
    average = found["average_entry"]
    assert len(found["levels"]) == 3
    assert found["exit_reference"] == pytest.approx(average * (1 - 1 / 5) / (1 - 0.004), rel=1e-12)
    assert only(trade(DIP, (97.0, 97.2, 70.0, 77.0), options=options[:1]))["reason"] == "sl"


def test_liquidation_can_be_left_out() -> None:
    """Without it the stop is what closes, in either mode."""
    options = ("grid.sl_percent=19.9", "broker.margin_mode=isolated", "broker.liquidation=false")
    assert only(trade(DIP, (97.0, 97.2, 70.0, 77.0), options=options))["reason"] == "sl"


def test_an_exhausted_account_ends_the_run() -> None:
    """A gap through everything: every position is closed as liquidated, and the curve ends with that bar."""
    result = trade(DIP, (10.0, 11.0, 1.0, 1.0), CALM, CALM, options=("grid.sl_percent=99", "grid.leverage=20"))
    assert result.was_liquidated
    assert result.trades()[-1]["reason"] in ("liquidation", "sl")
    assert len(result.equity) < result.run.feed.rows - result.run.feed.start


def test_the_fill_model_is_a_parameter() -> None:
    """A bar that just touches the level fills under touch; queue wants more volume beyond it than the order has."""
    touch: Row = (100.0, 101.0, 96.0, 97.0)
    assert len(trade(touch, CALM).fill_rows) > 0
    queued = trade(touch, CALM, fill_model="queue")
    assert len(queued.fill_rows) == 0
    assert [one["cause"] for one in queued.refusals] == ["unfilled"]
    assert len(trade((100.0, 101.0, 95.0, 97.0), CALM, fill_model="queue").fill_rows) == 0, "167 beyond, 174 wanted"
    assert len(trade((100.0, 101.0, 94.0, 97.0), CALM, fill_model="queue").fill_rows) > 0, "286 beyond"


SECOND = (
    "  grid2: {strategy: grid_atr, in: {bar: candles, mean: mean, width: width}, leverage: 3, sl_percent: 10}\n"
    "  sized2: {risk: equal_allocation, in: grid2, cap_percent: 100}\n"
    "  guard2: {risk: margin_guard, in: sized2, max_margin_ratio: 1}\n"
    "  other: {executor: account, in: guard2, high_volatility_multiplier: 1}\n"
)


def test_every_account_has_books_of_its_own() -> None:
    """Two accounts in one pipeline trade as each does alone, to the bit; together they are their sum."""
    rows = (DIP, CALM, DIP, (97.0, 97.2, 70.0, 77.0), CALM, DIP)
    both = run(GRID + SECOND, bars(CALM, 55, *rows))
    alone = run(GRID, bars(CALM, 55, *rows))
    other = run(GRID, bars(CALM, 55, *rows), overrides=["grid.leverage=3"])
    assert set(both.accounts) == {"broker", "other"}
    for name, single in (("broker", alone), ("other", other)):
        fills, trades, equity = both.run.ledger(name)
        assert len(trades) > 0
        for field in ("time", "price", "quantity", "fee"):
            assert fills[field].tobytes() == single.fill_rows[field].tobytes()
        for field in ("entry_time", "exit_time", "net", "worst", "reason"):
            assert trades[field].tobytes() == single.trade_rows[field].tobytes()
        assert equity[both.run.feed.start : both.run.row].tobytes() == single.equity.tobytes()
        assert both.accounts[name] == single.metrics
    assert both.metrics["net"] == pytest.approx(sum(one["net"] or 0.0 for one in both.accounts.values()), rel=1e-12)
    assert both.metrics["final_equity"] == both.equity[-1]
    assert both.equity[-1] == alone.equity[-1] + other.equity[-1]
    assert [one["levels"] for one in both.trades() if one["strategy"] == "grid2"] == [
        one["levels"] for one in other.trades()
    ]


def test_an_account_that_ends_leaves_the_others_running() -> None:
    """One is liquidated and trades no more; the run goes on, and the other is what it is alone."""
    crash = (97.0, 97.2, 60.0, 66.0)
    rows = (DIP, crash, CALM, CALM, DIP, CALM)
    reckless = SECOND.replace("leverage: 3, sl_percent: 10", "leverage: 20, sl_percent: 99")
    both = run(GRID + reckless, bars(CALM, 55, *rows))
    alone = run(GRID, bars(CALM, 55, *rows))
    assert both.run.account("other")["liquidated"] == 1
    assert not both.was_liquidated
    _, trades, equity = both.run.ledger("other")
    assert trades["exit_time"].max() == both.times[1 - len(rows)], "in the bar of the crash"
    assert (equity[both.run.row + 1 - len(rows) : both.run.row] == both.run.account("other")["cash"]).all()
    assert both.run.ledger("broker")[2][both.run.feed.start : both.run.row].tobytes() == alone.equity.tobytes()


def test_a_sweep_ranks_by_one_account() -> None:
    """R5012: a row of a sweep has the metrics of one account, so a second one is refused with the way out."""
    with pytest.raises(RadarError) as raised:
        lay_out_sweep(
            GRID + SECOND,
            options=["grid.sl_percent=10,20"],
            candles={"BTC": table(bars(CALM, 55, DIP))},
            config=Config(),
        )
    assert raised.value.code == "R5012"
    assert "broker, other" in str(raised.value)


def market(*rows: Row) -> Bars:
    """The calm market and what comes after it."""
    return bars(CALM, 55, *rows)


def test_assets_share_one_account() -> None:
    """Two assets: one equity, each with its share; margins add up and are freed."""
    text = GRID.replace("[BTC]", "[BTC, ETH]")
    result = run(text, {"BTC": market(DIP, BACK), "ETH": market(CALM, DIP)})
    sizes = [float(fill["quantity"] * fill["reference"]) for fill in result.fill_rows if fill["opens"]]
    assert sizes[0] == pytest.approx(10_000 / 2 / 3 * 5, rel=1e-12)
    account = result.run.account("broker")
    assert account["peak_positions"] == 1
    assert account["positions"] == 1
    assert account["locked"] == pytest.approx(sizes[-1] / 5, rel=1e-9)
