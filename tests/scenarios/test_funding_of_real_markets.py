"""Funding of real markets: intervals of 4 h and ones that switch, stamps a few milliseconds late.

What must happen: each stamp is booked exactly once, in the bar that opens at it; a stamp that is 17 ms late is still of
its hour; the sum over a run is what the rates of the held hours add up to.
"""

from __future__ import annotations

import numpy as np
import pytest

from radar.engine.columns import settlements
from radar.store import Store
from tests.acceptance.harness import fills_of, finished, trades_of
from tests.nodes.markets import HOUR
from tests.scenarios.real import QUIRKS, plan_of, quirk

STORE = Store(QUIRKS)
LIVELY = {"grid.atr_multiplier_start": 0.5, "grid.atr_multiplier_step": 0.5, "grid.sides": ["long", "short"]}


def test_late_stamps_are_of_their_hour() -> None:
    """SOL: raw stamps up to milliseconds after the instant, used ones on it; unfloored, a bar would miss none of them
    but the as-of join of the bar that opens there would see the rate of eight hours before.
    """
    series = STORE.funding("SOL")
    assert series is not None
    raw = np.asarray(STORE.read_raw(series.key)["time"])
    assert np.any(raw % 60_000 != 0)
    assert np.all(series.time % HOUR == 0)
    times = np.arange(series.time[0], series.time[-1] + HOUR, HOUR)
    booked = settlements(times, HOUR, series.time, series.rate)
    assert booked.known == len(series)
    np.testing.assert_array_equal(booked.rates[(series.time - times[0]) // HOUR], series.rate)


@pytest.mark.parametrize("asset", ["KAS", "XTZ", "DOT", "ETH"])
def test_every_stamp_of_a_market_is_booked_once(asset: str) -> None:
    """Whatever its interval, and when it switches."""
    bars = quirk(asset).bars[asset, "1h"]
    series = STORE.funding(asset)
    assert series is not None
    inside = (series.time >= bars.time[0]) & (series.time < bars.time[-1] + HOUR)
    booked = settlements(bars.time, HOUR, series.time, series.rate)
    assert booked.known == int(inside.sum())
    assert booked.rates.sum() == pytest.approx(series.rate[inside].sum())


@pytest.mark.parametrize("asset", ["KAS", "XTZ"])
def test_funding_of_every_trade_is_the_rates_of_its_hours(asset: str) -> None:
    """A trade pays ``-rate * s * Q * O`` for each stamp after the bar of its fills, up to the bar of its exit."""
    market = quirk(asset)
    bars, rates = market.bars[asset, "1h"], market.rates[asset]
    run = finished(plan_of("grid_atr", (asset,), LIVELY), market, mode="interpreted")
    paid = 0
    for trade in trades_of(run):
        expected = 0.0
        legs = fills_of(run)[(fills_of(run)["trade"] == trade["trade"]) & (fills_of(run)["opens"] == 1)]
        for stamp, rate in rates.items():
            held = legs["quantity"][legs["time"] < stamp].sum() if stamp <= trade["exit_time"] else 0.0
            if held:
                expected -= rate * trade["side"] * held * float(bars.open[np.searchsorted(bars.time, stamp)])
        assert trade["funding"] == pytest.approx(expected, rel=1e-9, abs=1e-9)
        paid += expected != 0.0
    assert paid > 3
