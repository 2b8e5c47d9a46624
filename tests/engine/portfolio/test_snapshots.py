"""The account over time, against what plain Python makes of the trades and the candles."""

from __future__ import annotations

import numpy as np
import pytest

from tests.engine.portfolio.books import CAPITAL, MAINTENANCE, books, open_ones, traded


def test_every_bar_is_what_the_trades_say() -> None:
    """Money and counts at every close, on two strategies and two assets that hold positions together."""
    result = traded()
    (account,) = result.over_time.values()
    bars = books(result)
    assert len(bars) == len(account.times) > 900
    assert max(bar.positions for bar in bars) == 2
    assert {trade["strategy"] for trade in result.trades()} == {chain.strategy for chain in result.run.plan.chains}
    assert {trade["side"] for trade in result.trades()} == {"long", "short"}
    for name in ("realised", "unrealised", "margin", "notional", "stop_loss"):
        expected = [getattr(bar, name) for bar in bars]
        np.testing.assert_allclose(getattr(account, name), expected, rtol=1e-9, atol=1e-7, err_msg=name)
    assert account.positions.tolist() == [bar.positions for bar in bars]
    assert account.assets.tolist() == [len(bar.assets) for bar in bars]


def test_the_books_balance_without_funding() -> None:
    """Equity is the capital, what was realised, open profit, less the fees that open positions have paid."""
    result = traded("broker.funding=false")
    (account,) = result.over_time.values()
    paid = np.array([bar.paid for bar in books(result)])
    assert paid.max() > 0.0
    np.testing.assert_allclose(
        account.equity, CAPITAL + account.realised + account.unrealised - paid, rtol=1e-12, atol=1e-7
    )


def test_the_table_holds_every_bar() -> None:
    """Derived columns follow their formulas, and time is an instant."""
    result = traded()
    (account,) = result.over_time.values()
    table = result.snapshots_table()
    assert table.num_rows == len(result.times)
    assert table["time"].cast("int64").to_pylist() == result.times.tolist()
    columns = {name: table[name].to_numpy() for name in table.column_names if name not in ("time", "account")}
    np.testing.assert_array_equal(columns["equity"], result.equity)
    whole = columns["free_cash"] + columns["margin"] + columns["unrealised"]
    np.testing.assert_allclose(whole, columns["equity"], rtol=1e-12)
    np.testing.assert_allclose(columns["margin_ratio"], columns["margin"] / CAPITAL * 100.0)
    np.testing.assert_allclose(columns["maintenance"], columns["notional"] * MAINTENANCE)
    distance = (columns["equity"] - columns["maintenance"]) / columns["equity"] * 100.0
    np.testing.assert_allclose(columns["liquidation_distance"], distance)
    np.testing.assert_allclose(columns["worst_case_stop_loss"], account.stop_loss / CAPITAL * 100.0)
    assert set(table["account"].to_pylist()) == {"broker"}


def test_at_the_end_of_the_data_it_is_the_account_of_the_run() -> None:
    """Locked margin and open positions of the last bar are those that the books of the run hold."""
    result = traded()
    (account,) = result.over_time.values()
    held = result.run.account("broker")
    assert account.margin[-1] == pytest.approx(float(held["locked"]), rel=1e-12, abs=1e-9)
    assert account.positions[-1] == len(result.open_positions) == len(open_ones(result))


def test_closing_at_the_end_leaves_nothing() -> None:
    """What the end of the data closed is realised in the last bar, and no longer held."""
    kept, closed = traded(), traded("broker.close_at_end=true")
    assert kept.open_positions, "nothing was open: this test would check nothing"
    (account,) = closed.over_time.values()
    assert (account.positions[-1], account.margin[-1], account.unrealised[-1]) == (0, 0.0, 0.0)
    assert account.equity[-1] == pytest.approx(CAPITAL + account.realised[-1], rel=1e-12)
