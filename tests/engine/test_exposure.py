"""What an account had at stake: notional, distance to liquidation, margin and positions, by hand and bar by bar."""

from __future__ import annotations

import numpy as np
import pytest

import radar
from radar.engine.portfolio.snapshots import snapshots
from radar.plan.trace import trace_columns
from tests.conformance.cases import finished
from tests.engine.memory import table
from tests.nodes.strategy.harness import bars, run
from tests.nodes.strategy.test_grid_atr import CALM, DIP, LEVEL, TEXT

GRID = TEXT.replace("SIDES", "[long]")


def test_a_cycle_by_hand() -> None:
    """One level of 16,667 at 96 is worth 97/96 of it at the close; two bars later it has taken its target."""
    result = run(GRID, bars(CALM, 55, DIP, (97.0, 99.0, 96.8, 98.0), CALM))
    worth = LEVEL / 96 * 97
    found = result.over_time["broker"].notional
    assert found[-3:].tolist() == [
        pytest.approx(worth, rel=1e-12),
        pytest.approx(0.0, abs=1e-6),
        pytest.approx(0.0, abs=1e-6),
    ]
    leverage = worth / result.equity[-3]
    assert result.exposure["broker"] == {
        "min_liquidation_distance": pytest.approx((1 - 0.004 * leverage) * 100, rel=1e-12),
        "max_leverage": pytest.approx(leverage, rel=1e-12),
        "max_margin": pytest.approx(100 / 3, rel=1e-12),
        "max_positions": 1,
    }
    assert result.to_json()["exposure"] == result.exposure


def test_an_account_that_did_nothing_is_as_far_as_can_be() -> None:
    """100 % of the equity is above a maintenance margin of nothing."""
    found = run(GRID, bars(CALM, 60)).exposure["broker"]
    assert (found["min_liquidation_distance"], found["max_leverage"], found["max_positions"]) == (100.0, 0.0, 0)


def test_a_liquidated_account_came_to_its_liquidation() -> None:
    """All three levels at five times the capital, and a fall of a fifth in one bar."""
    market = bars(CALM, 55, (100.0, 101.0, 91.9, 93.0), (93.0, 93.0, 70.0, 71.0))
    result = radar.backtest(GRID, candles={"BTC": table(market)}, mode="interpreted", overrides=["grid.sl_percent=90"])
    assert result.was_liquidated
    assert result.exposure["broker"]["min_liquidation_distance"] == 0.0


def test_it_is_what_the_run_held_bar_by_bar() -> None:
    """Against the quantities that a traced run of several assets with holes wrote down at every mark."""
    done = finished("grid_atr on the sample", "interpreted")
    columns = [column.name for column in trace_columns(done.plan)]
    quantity = done.trace[: done.row, :, columns.index("grid.position.quantity")]
    side = done.trace[: done.row, :, columns.index("grid.position.side")]
    expected = np.zeros(done.row)
    last = np.zeros(len(done.plan.assets))
    for row in range(done.row):
        closes = done.feed.market[row, :, 3]
        last = np.where(np.isnan(closes), last, closes)
        expected[row] = (np.where(side[row] != 0, quantity[row], 0.0) * last).sum()
    assert expected.max() > 0
    np.testing.assert_allclose(snapshots(done, "broker").notional, expected[done.feed.start :], rtol=1e-9, atol=1e-6)
