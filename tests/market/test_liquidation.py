"""The end of an account: the two tests of cross margin, equity at zero, and what the run does then.

Positions are opened by hand in a running grid that wants nothing itself, on bars written by hand.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from radar.engine.run import Run
from radar.market.position import POSITION
from radar.market.reason import ExitReason
from radar.market.simulation.liquidation import Value, is_liquidated
from tests.acceptance.harness import Market, equity_of, prepared, started, times_of, trades_of
from tests.acceptance.holding import account_of, hold, leave_alone
from tests.market.desk import venue
from tests.nodes.markets import HOUR, START, Bars

QUIET = 60
Prices = tuple[float, float, float, float]


@pytest.mark.parametrize(
    ("equity", "notional", "values", "expected"),
    [
        (39.9, 10_000.0, {}, True),
        (40.0, 10_000.0, {}, False),
        (0.0, 0.0, {}, False),
        (-1.0, 0.0, {}, True),
        (39.9, 10_000.0, {"margin_mode": "isolated"}, False),
        (39.9, 10_000.0, {"liquidation": False}, False),
    ],
)
def test_cross_margin_ends_below_the_maintenance_of_all_positions(
    equity: float, notional: float, values: dict[str, Any], expected: bool
) -> None:
    """``E < 0.4 % * sum(notional)``, strictly, in cross mode only."""
    assert is_liquidated(venue(**values), Value(equity, notional)) is expected


def market(*prices: Prices, assets: int = 1) -> Market:
    """60 bars at 100, then the bars given, the same for every asset."""
    rows = np.array([(100.0, 100.0, 100.0, 100.0)] * QUIET + list(prices))
    times = START + HOUR * np.arange(len(rows), dtype=np.int64)
    bars = Bars(times, *(rows[:, k].copy() for k in range(4)), np.ones(len(rows)))
    return Market({(asset, "1h"): bars for asset in ("BTC", "ETH")[:assets]})


def holding(data: Market, quantities: dict[str, float], **account: Any) -> Run:
    """A run that has seen the quiet bars and then bought (or, negative, sold) at 100."""
    free = {"maker_fee_percent": 0.0, "taker_fee_percent": 0.1, "slippage_percent": 0.0}
    overrides = {f"broker.{key}": value for key, value in {**free, **account}.items()}
    overrides |= {"grid.sl_percent": 99.0, "grid.leverage": 1.0, "grid.atr_multiplier_start": 1e6}
    run = started(prepared("grid_atr", overrides=overrides, assets=list(quantities)), data, mode="interpreted")
    run.advance(QUIET)
    for asset, quantity in quantities.items():
        hold(run, asset, 1 if quantity > 0 else -1, abs(quantity))
    return run


def step(run: Run, rows: int = 1) -> None:
    """Go on without anything that the strategy wants."""
    for _ in range(rows):
        for asset in run.plan.assets:
            leave_alone(run, asset)
        run.advance(run.row + 1)


def test_an_adverse_extreme_liquidates_although_the_close_recovers() -> None:
    """1,000 at 100 on 10,000: a low of 90.3 leaves 300 of equity against 361 of maintenance."""
    run = holding(market((100.0, 101.0, 90.3, 100.0), (100.0, 100.0, 100.0, 100.0)), {"BTC": 1_000.0})
    step(run)
    trade = trades_of(run)[0]
    assert run.ended
    assert trade["reason"] == ExitReason.LIQUIDATION
    assert trade["exit_reference"] == 90.3
    assert trade["fees"] == pytest.approx(0.001 * 90_300.0)
    assert equity_of(run)[-1] == pytest.approx(10_000.0 - 9_700.0 - 90.3)
    assert len(times_of(run)) == QUIET + 1 - run.feed.start


def test_all_assets_are_tested_at_their_worse_extremes_together() -> None:
    """A long's low and a short's high in one bar, although they cannot both have been reached at once."""
    run = holding(market((100.0, 106.0, 94.0, 100.0), assets=2), {"BTC": 900.0, "ETH": -900.0})
    step(run)
    assert run.ended
    assert sorted(trades_of(run)["exit_reference"].tolist()) == [94.0, 106.0]


def test_equity_above_maintenance_at_the_extreme_goes_on() -> None:
    """A low of 91 leaves 1,000 against 364."""
    run = holding(market((100.0, 101.0, 91.0, 100.0)), {"BTC": 1_000.0})
    step(run)
    assert not run.ended
    assert equity_of(run)[-1] == 10_000.0


def test_the_closes_are_tested_too() -> None:
    """What exits and entries of the close cost can push an account under that its extreme did not: here a fee."""
    run = holding(market((100.0, 100.0, 91.0, 91.0)), {"BTC": 1_000.0})
    account_of(run).cash -= 700.0
    account_of(run).open_cash -= 700.0
    step(run)
    assert run.ended
    assert trades_of(run)["reason"].tolist() == [ExitReason.LIQUIDATION]
    assert trades_of(run)["exit_reference"].tolist() == [91.0]


@pytest.mark.parametrize("mode", ["cross", "isolated"])
def test_equity_at_zero_ends_the_run_in_any_margin_mode(mode: str) -> None:
    """Also with liquidation off: positions are closed at the close, and the curve ends with that bar."""
    data = market((89.0, 89.0, 89.0, 89.0), (100.0, 100.0, 100.0, 100.0))
    run = holding(data, {"BTC": 1_000.0}, margin_mode=mode, liquidation=False)
    step(run)
    assert run.ended
    assert account_of(run).liquidated == 1
    assert trades_of(run)["exit_reference"].tolist() == [89.0]
    assert equity_of(run)[-1] == pytest.approx(10_000.0 - 11_000.0 - 89.0)


def test_a_flat_account_without_equity_ends_too() -> None:
    """``E <= 0`` at a bar's end, whatever made it so."""
    run = holding(market((100.0, 100.0, 100.0, 100.0)), {"BTC": 1.0})
    run.state.lanes["grid_position"][0] = np.zeros((), POSITION)
    account_of(run).cash = 0.0
    account_of(run).positions = 0
    step(run)
    assert run.ended
    assert account_of(run).liquidated == 1


def test_a_liquidation_slips_like_a_stop() -> None:
    """Slippage and, in high volatility, its factor."""
    calm = holding(market((100.0, 101.0, 90.3, 100.0)), {"BTC": 1_000.0}, slippage_percent=0.1)
    wild = holding(market((100.0, 101.0, 90.3, 100.0)), {"BTC": 1_000.0}, slippage_percent=0.1)
    wild.state.lanes[0]["broker_regime"] = 3
    for run, slip in ((calm, 0.001), (wild, 0.002)):
        step(run)
        assert trades_of(run)["exit_price"].tolist() == [pytest.approx(90.3 * (1.0 - slip))]
