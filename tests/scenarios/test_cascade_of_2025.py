"""2025-10-10 21:00: the liquidation cascade. KAS falls from 0.0627 to 0.00904 within the hour, DOT from 3.70 to 0.94.

Both recover most of it by the close. What must happen: ladders fill on the way down and their stop ends them once, an
account held by cross margin is judged at the extremes of all its positions together, and nothing re-enters in the bar.
"""

from __future__ import annotations

import numpy as np
import pytest

from radar.engine.run import Run
from radar.market.reason import ExitReason
from tests.acceptance.harness import equity_of, times_of, trades_of
from tests.acceptance.holding import account_of, hold, leave_alone, position_of
from tests.scenarios.real import CASCADE, at, fills_in, plan_of, quirk, run_to

KAS, DOT = 0.06271, 3.702
KAS_LOW, DOT_LOW = 0.00904, 0.942
BOTH = ("DOT", "KAS")
FREE = {"broker.taker_fee_percent": 0.0, "broker.slippage_percent": 0.0, "broker.funding": False}
NEVER = {**FREE, "grid.atr_multiplier_start": 1e6}


def step(run: Run) -> None:
    """The bar of the cascade, with nothing resting but stops."""
    for asset in run.plan.assets:
        leave_alone(run, asset)
    run.advance(run.row + 1)


def test_the_shipped_grid_fills_down_and_is_stopped_once() -> None:
    """Default ladder and costs on KAS: entries fall in price, one stop at 20 % below their average, no re-entry."""
    run = run_to(plan_of("grid_atr", ("KAS",)), quirk("KAS"), CASCADE)
    run.advance(run.row + 1)
    fills = fills_in(run, CASCADE)
    trade = trades_of(run)[-1]
    entries = fills[fills["opens"] == 1]
    assert trade["reason"] == ExitReason.SL
    assert trade["exit_time"] == at(CASCADE)
    assert trade["exit_reference"] == pytest.approx(0.8 * trade["average_entry"])
    assert np.all(np.diff(entries["reference"]) < 0.0)
    assert np.all(entries["reference"] > trade["exit_reference"])
    assert (fills["opens"] == 0).sum() == 1
    assert position_of(run, "KAS").side == 0
    assert trade["worst"] == pytest.approx(-0.2)


def test_a_stop_costs_what_it_says_and_the_stress_shows_what_it_may_cost() -> None:
    """A stop that fills at its price loses 20 %; one that fills at the low loses 86 % of the position."""
    lost = []
    for fraction in (0.0, 1.0):
        run = run_to(
            plan_of("grid_atr", ("KAS",), {**NEVER, "broker.stop_gap_fraction": fraction}), quirk("KAS"), CASCADE
        )
        price = hold(run, "KAS", 1, 100_000.0).average
        step(run)
        lost.append(trades_of(run)[-1]["net"] / (100_000.0 * price))
    assert lost[0] == pytest.approx(-0.2)
    assert lost[1] == pytest.approx(KAS_LOW / 0.062 - 1.0)


def test_two_assets_in_one_account_are_stopped_each_at_its_own_stop() -> None:
    """Both positions end in the bar, in the order of their names, and cash adds up."""
    run = run_to(plan_of("grid_atr", BOTH, NEVER), quirk(*BOTH), CASCADE)
    hold(run, "DOT", 1, 1_000.0)
    hold(run, "KAS", 1, 50_000.0)
    step(run)
    trades = trades_of(run)
    assert [run.plan.assets[int(lane)] for lane in trades["lane"]] == list(BOTH)
    assert trades["reason"].tolist() == [ExitReason.SL] * 2
    assert equity_of(run)[-1] == pytest.approx(10_000.0 + trades["net"].sum())
    assert not run.ended


def test_without_stops_in_reach_the_account_is_liquidated_at_the_lows_of_both() -> None:
    """Cross margin, both lows at once (pessimistic): closed there, the run ends with this bar."""
    run = run_to(
        plan_of("grid_atr", BOTH, {**NEVER, "grid.sl_percent": 99.0, "grid.leverage": 1.0}), quirk(*BOTH), CASCADE
    )
    hold(run, "DOT", 1, 2_000.0)
    hold(run, "KAS", 1, 100_000.0)
    step(run)
    trades = trades_of(run)
    assert run.ended
    assert account_of(run).liquidated == 1
    assert trades["reason"].tolist() == [ExitReason.LIQUIDATION] * 2
    assert trades["exit_reference"].tolist() == [DOT_LOW, KAS_LOW]
    assert times_of(run)[-1] == at(CASCADE)
    assert equity_of(run)[-1] == pytest.approx(10_000.0 + trades["net"].sum())


def test_the_same_positions_survive_where_only_one_of_them_is_held() -> None:
    """DOT alone leaves 4,500 of 10,000 at its low: no liquidation, and the close has most of it back."""
    run = run_to(
        plan_of("grid_atr", BOTH, {**NEVER, "grid.sl_percent": 99.0, "grid.leverage": 1.0}), quirk(*BOTH), CASCADE
    )
    price = hold(run, "DOT", 1, 2_000.0).average
    step(run)
    assert not run.ended
    assert equity_of(run)[-1] == pytest.approx(10_000.0 + 2_000.0 * (2.891 - price))


def test_isolated_margin_ends_each_position_at_its_own_liquidation() -> None:
    """Leverage 6 with a stop at 16.5 %: the liquidation at 16.33 % comes first, and the account lives on."""
    values = {**NEVER, "broker.margin_mode": "isolated", "grid.leverage": 6.0, "grid.sl_percent": 16.5}
    run = run_to(plan_of("grid_atr", BOTH, values), quirk(*BOTH), CASCADE)
    averages = {
        asset: hold(run, asset, 1, quantity).average for asset, quantity in (("DOT", 1_000.0), ("KAS", 50_000.0))
    }
    step(run)
    for trade in trades_of(run):
        average = averages[run.plan.assets[int(trade["lane"])]]
        assert trade["reason"] == ExitReason.LIQUIDATION
        assert trade["exit_reference"] == pytest.approx(average * (1.0 - 1.0 / 6.0) / 0.996)
    assert not run.ended


def test_high_volatility_is_seen_one_bar_later() -> None:
    """The stop in the bar of the crash still slips once: its regime is that of the bar before."""
    plan = plan_of("grid_atr", ("KAS",), {"broker.slippage_percent": 0.1, "broker.high_volatility_multiplier": 50.0})
    run = run_to(plan, quirk("KAS"), CASCADE)
    run.advance(run.row + 1)
    trade = trades_of(run)[-1]
    assert trade["exit_price"] == pytest.approx(trade["exit_reference"] * 0.999)
    assert int(run.state.lanes[0]["broker_regime"]) == 3
