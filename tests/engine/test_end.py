"""The end of the data: open positions are marked to market, or closed and kept out of the statistics (spec 3.9)."""

from __future__ import annotations

import pytest

from radar.engine.result import Result
from tests.nodes.strategy.harness import Row, bars, only, run
from tests.nodes.strategy.test_grid_atr import CALM, DIP, TEXT

GRID = TEXT.replace("SIDES", "[long]")
QUANTITY = 10_000 / 3 * 5 / 96
PAID = 96 * 1.0005


def trade(*rows: Row, close: bool = False, more: tuple[str, ...] = ()) -> Result:
    """The grid, with a position that DIP opens and nothing closes."""
    options = (*(["broker.close_at_end=true"] if close else []), *more)
    return run(GRID, bars(CALM, 55, *rows), overrides=options)


def test_an_open_position_is_marked_and_listed() -> None:
    """No trade; equity holds the open profit at the last close, less the fee that was paid."""
    result = trade(DIP)
    assert result.trades() == []
    (position,) = result.open_positions
    fee = 0.0006 * PAID * QUANTITY
    assert position["mark"] == 97.0
    assert position["quantity"] == pytest.approx(QUANTITY, rel=1e-12)
    assert position["stop"] == pytest.approx(PAID * 0.9, rel=1e-12)
    assert position["unrealised"] == pytest.approx((97.0 - PAID) * QUANTITY, rel=1e-12)
    assert position["fees"] == pytest.approx(fee, rel=1e-12)
    assert (position["asset"], position["strategy"], position["side"]) == ("BTC", "grid", "long")
    assert position["entry_time"] == "2024-01-03T07:00:00Z"
    assert result.equity[-1] == pytest.approx(10_000 + (97.0 - PAID) * QUANTITY - fee, rel=1e-12)
    assert result.metrics["trades"] == 0


def test_it_can_be_closed_at_the_last_close() -> None:
    """Reason end_of_data: in the ledger and in equity, with the costs of a market order, still listed as it was."""
    result = trade(DIP, close=True)
    found = only(result)
    assert (found["reason"], found["exit_reference"]) == ("end_of_data", 97.0)
    assert found["exit_price"] == pytest.approx(97.0 * 0.9995, rel=1e-15)
    assert result.equity[-1] == pytest.approx(10_000 + found["net"], rel=1e-12)
    assert result.metrics["final_equity"] == pytest.approx(10_000 + found["net"], rel=1e-12)
    assert len(result.open_positions) == 1


def test_it_is_no_trade_of_the_statistics() -> None:
    """Win rate, profit factor and the like count what the strategy closed."""
    closed = (DIP, (97.0, 99.0, 96.8, 98.0), CALM, CALM, (100.0, 100.5, 94.0, 95.0))
    with_end, without = trade(*closed, close=True), trade(*closed)
    assert [one["reason"] for one in with_end.trades()] == ["tp", "end_of_data"]
    assert with_end.metrics["trades"] == without.metrics["trades"] == 1
    for name in ("win_rate", "net", "profit_factor", "trades", "expectancy"):
        assert with_end.metrics[name] == without.metrics[name], name
        assert with_end.per_asset["BTC"][name] == without.per_asset["BTC"][name], name
    assert with_end.metrics["final_equity"] != without.metrics["final_equity"]


def test_without_an_open_position_nothing_is_closed() -> None:
    """The setting changes nothing of a run that ended flat."""
    rows = (DIP, (97.0, 99.0, 96.8, 98.0))
    assert trade(*rows, close=True).trade_rows.tobytes() == trade(*rows).trade_rows.tobytes()


def test_an_asset_that_ended_earlier_counts_at_its_last_close() -> None:
    """Its position stays open to the end of the run, and is closed there at that close."""
    text = GRID.replace("[BTC]", "[BTC, ETH]")
    market = {"BTC": bars(CALM, 55, DIP), "ETH": bars(CALM, 80)}
    result = run(text, market)
    (position,) = result.open_positions
    assert (position["asset"], position["mark"]) == ("BTC", 97.0)
    assert len(result.equity) == 80 - 49
    assert (result.equity[7:] == result.equity[6]).all()
    closed = run(text, market, overrides=["broker.close_at_end=true"])
    assert only(closed)["exit_reference"] == 97.0
    assert only(closed)["exit_time"] == "2024-01-04T07:00:00Z"
