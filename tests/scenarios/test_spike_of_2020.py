"""2020-03-13 02:00: ETH opens at 95.73, trades at 84.23 and at 323.0 within the hour, and closes at 110.80.

A bar three times as high as its open. What must happen: stops and liquidations fill at their price and not at the
extreme, a long's target does not become 323, everything still adds up.
"""

from __future__ import annotations

import pytest

from radar.engine.run import Run
from radar.market.reason import ExitReason
from tests.acceptance.harness import equity_of, trades_of
from tests.acceptance.holding import account_of, hold, leave_alone, position_of
from tests.scenarios.real import CRASH, fills_in, plan_of, quirk, run_to

OPEN, HIGH, LOW, CLOSE = 95.73, 323.0, 84.23, 110.8
NEVER = {"grid.atr_multiplier_start": 1e6}
"""Levels so far away that the grid itself does nothing."""


def before_the_spike(**overrides: object) -> Run:
    """The shipped grid on ETH up to the spike, costs off."""
    values = {
        "grid.leverage": 4.0,
        "grid.sl_percent": 20.0,
        "broker.taker_fee_percent": 0.0,
        "broker.slippage_percent": 0.0,
        "broker.funding": False,
        **NEVER,
    }
    named = {name.replace("__", "."): value for name, value in overrides.items()}
    return run_to(plan_of("grid_atr", ("ETH",), {**values, **named}), quirk("ETH"), CRASH)


def test_a_short_is_stopped_at_its_stop_and_not_at_the_high() -> None:
    """Sold at 95.73, stop 20 % above: 114.876, although the bar went on to 323."""
    run = before_the_spike()
    hold(run, "ETH", -1, 50.0)
    leave_alone(run, "ETH")
    run.advance(run.row + 1)
    trade = trades_of(run)[-1]
    assert trade["reason"] == ExitReason.SL
    assert trade["exit_reference"] == pytest.approx(OPEN * 1.2)
    assert trade["net"] == pytest.approx(-50.0 * OPEN * 0.2)
    assert not run.ended


@pytest.mark.parametrize("fraction", [0.5, 1.0])
def test_the_stress_of_stops_reaches_towards_the_high(fraction: float) -> None:
    """With ``stop_gap_fraction`` the same short leaves that part of the way to 323."""
    run = before_the_spike(broker__stop_gap_fraction=fraction)
    hold(run, "ETH", -1, 10.0)
    leave_alone(run, "ETH")
    run.advance(run.row + 1)
    stop = OPEN * 1.2
    assert trades_of(run)[-1]["exit_reference"] == pytest.approx(stop + fraction * (HIGH - stop))


def test_an_isolated_short_is_liquidated_before_its_stop() -> None:
    """At leverage 10 the liquidation (+9.56 %) lies before a stop at 9.9 %."""
    run = before_the_spike(broker__margin_mode="isolated", grid__leverage=10.0, grid__sl_percent=9.9)
    hold(run, "ETH", -1, 50.0)
    leave_alone(run, "ETH")
    run.advance(run.row + 1)
    trade = trades_of(run)[-1]
    assert trade["reason"] == ExitReason.LIQUIDATION
    assert trade["exit_reference"] == pytest.approx(OPEN * 1.1 / 1.004)
    assert not run.ended


def test_a_short_without_a_stop_in_reach_takes_the_whole_account() -> None:
    """Cross margin, stop 99.9 % away (191.4): stopped there, 44 per unit, although the high is 323."""
    run = before_the_spike(grid__sl_percent=99.9, grid__leverage=1.0)
    hold(run, "ETH", -1, 90.0)
    leave_alone(run, "ETH")
    run.advance(run.row + 1)
    assert trades_of(run)[-1]["exit_reference"] == pytest.approx(OPEN * 1.999)
    assert equity_of(run)[-1] == pytest.approx(10_000.0 - 90.0 * OPEN * 0.999)
    assert not run.ended


def test_a_long_takes_its_target_and_not_the_high() -> None:
    """A target at 105 pays 105; the low of 84.23 is in its worst excursion."""
    run = before_the_spike()
    hold(run, "ETH", 1, 50.0, target=105.0)
    run.advance(run.row + 1)
    trade = trades_of(run)[-1]
    assert (trade["reason"], trade["exit_reference"]) == (ExitReason.TP, 105.0)
    assert trade["worst"] == pytest.approx(LOW / OPEN - 1.0)


@pytest.mark.parametrize(
    ("policy", "reason"), [("stop_first", "SL"), ("path", "SL"), ("color_legacy", "TP"), ("lower_tf", "SL")]
)
def test_a_long_with_both_in_the_bar_follows_the_policy(policy: str, reason: str) -> None:
    """Stop at 10 % (86.2) and target at 105, a rising bar, no finer candles: only the legacy rule takes the target."""
    run = before_the_spike(broker__intrabar=policy, grid__sl_percent=10.0)
    hold(run, "ETH", 1, 50.0, target=105.0)
    run.advance(run.row + 1)
    assert trades_of(run)[-1]["reason"] == ExitReason[reason]


def test_a_short_grid_fills_its_ladder_on_the_way_and_is_stopped_once() -> None:
    """Levels below 323 fill upwards, the stop follows the average, and the bar opens no second cycle."""
    run = before_the_spike(
        grid__sides=["short"], grid__num_levels=6, grid__atr_multiplier_start=0.1, grid__atr_multiplier_step=0.3
    )
    assert position_of(run, "ETH").side == 0
    run.advance(run.row + 1)
    fills = fills_in(run, CRASH)
    entries, exits = fills[fills["opens"] == 1], fills[fills["opens"] == 0]
    prices = entries["reference"].tolist()
    assert len(entries) >= 2
    assert prices == sorted(prices)
    assert len(exits) == 1
    assert exits["reference"][0] > prices[-1]
    assert exits["reason"].tolist() == [ExitReason.SL]
    assert account_of(run).fault == 0
    assert position_of(run, "ETH").side == 0
