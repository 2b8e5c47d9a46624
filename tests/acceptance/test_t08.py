"""T8, funding: who pays whom, when, on what, and that it does not depend on how the bars are cut.

Most of it is measured on a market that stands still, where ``boltrend`` wants nothing: a position opened by hand at a
close is held, and what funding does to it is all that happens.
"""

from __future__ import annotations

import numpy as np
import pytest

from radar.engine.run import Run
from radar.market.instant import parse_instant
from radar.store import Store
from tests.acceptance.harness import PIPELINES, Market, config_with, finished, prepared, result_of, started, trades_of
from tests.acceptance.holding import account_of, hold, leave_alone
from tests.acceptance.shipped import lively_bars, ready, shape
from tests.nodes.markets import DATA, HOUR, START, flat

DAY = 24 * HOUR
RATE = 0.001
PRICE, QUANTITY = 100.0, 3.0
LENGTH = {"1h": HOUR, "4h": 4 * HOUR, "1d": DAY}
EIGHT = {START + k * 8 * HOUR: RATE for k in range(400)}
TEXT = (PIPELINES / "boltrend.yaml").read_text(encoding="utf-8")


def standing(clock: str, rates: dict[int, float], until: int, *, gap: tuple[int, ...] = ()) -> Run:
    """A run of boltrend over a market that stands still, up to the bar that closes at ``until``."""
    overrides = {
        "trend.timeframe": clock,
        "trend.bol_window": 2,
        "trend.long_ma_window": 2,
        "guard.max_margin_ratio": 1.0,
    }
    plan = prepared(TEXT.replace("clock: 1h", f"clock: {clock}"), overrides=overrides, assets=["BTC"])
    bars = flat(until // LENGTH[clock] + 200, price=PRICE, interval=LENGTH[clock])
    bars = bars.without(*((time - START) // LENGTH[clock] for time in gap))
    run = started(plan, Market({("BTC", clock): bars}, {"BTC": rates}), mode="interpreted")
    to_close(run, START + until)
    return run


def to_close(run: Run, instant: int) -> None:
    """Advance until the bar that closes at ``instant`` has been processed."""
    run.advance(int(np.searchsorted(run.feed.times + run.plan.base.milliseconds, instant, side="right")))


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("rate", [RATE, -RATE])
def test_the_sign_table(side: int, rate: float) -> None:
    """A positive rate is paid by longs and received by shorts, a negative one the reverse: ``-rate * s * Q * O``."""
    begin = 3 * DAY
    run = standing("1h", dict.fromkeys(EIGHT, rate), begin)
    position = hold(run, "BTC", side, QUANTITY)
    cash = account_of(run).cash
    to_close(run, START + begin + HOUR)
    assert position.funding == -rate * side * QUANTITY * PRICE
    assert account_of(run).cash - cash == pytest.approx(position.funding, abs=1e-9)
    assert (position.funding < 0) == (side * rate > 0)


@pytest.mark.parametrize("offset", [0, 1, 7])
def test_three_settlements_in_every_24_hours(offset: int) -> None:
    """From any hour on, 24 hours held are exactly three settlements."""
    begin = 3 * DAY + offset * HOUR
    run = standing("1h", EIGHT, begin)
    position = hold(run, "BTC", 1, QUANTITY)
    to_close(run, START + begin + DAY)
    assert account_of(run).settlements == 3
    assert position.funding == pytest.approx(-3 * RATE * QUANTITY * PRICE)


@pytest.mark.parametrize(("offset", "charged"), [(-HOUR, 1), (0, 1), (HOUR, 0)])
def test_a_position_opened_after_the_instant_pays_nothing(offset: int, charged: int) -> None:
    """An entry at a close that is the instant is carried into the bar that opens there and is charged; one hour later
    it is not.
    """
    instant = 3 * DAY
    run = standing("1h", {START + instant: RATE}, instant + offset)
    position = hold(run, "BTC", 1, QUANTITY)
    to_close(run, START + instant + 2 * DAY)
    assert account_of(run).settlements == charged
    assert position.funding == -charged * RATE * QUANTITY * PRICE


def test_an_entry_at_the_close_of_a_long_bar_misses_the_instants_inside_it() -> None:
    """On daily bars: the settlements of 08:00 and 16:00 belong to the positions that were carried into the day."""
    run = standing("1d", EIGHT, 62 * DAY)
    position = hold(run, "BTC", 1, QUANTITY)
    assert position.funding == 0.0
    to_close(run, START + 63 * DAY)
    assert position.funding == pytest.approx(-3 * RATE * QUANTITY * PRICE)


def test_a_level_that_fills_in_the_settlement_bar_pays_nothing() -> None:
    """A grid level touched inside the bar that opens at the instant is not charged; the next bar's settlement is."""
    plan = ready("grid_atr", shape("grid_atr").values(sizing={"base": "initial"}))
    bars = lively_bars("grid_atr", 11, 400)

    def funding(rates: dict[int, float]) -> np.void:
        trades = trades_of(finished(plan, Market({("BTC", "1h"): bars}, {"BTC": rates})))
        return next(trade for trade in trades if trade["bars"] >= 2 and trade["levels"] == 1)

    entry = int(funding({})["entry_time"])
    trade = funding({entry: RATE})
    assert int(trade["entry_time"]) == entry
    assert trade["funding"] == 0.0
    after = funding({entry + HOUR: RATE})
    opens = float(bars.open[np.searchsorted(bars.time, entry + HOUR)])
    assert after["funding"] == pytest.approx(-RATE * after["side"] * after["quantity"] * opens)


@pytest.mark.parametrize("clock", LENGTH)
def test_totals_are_equal_on_every_clock(clock: str) -> None:
    """Held from day 62 to day 69 at a constant price: 21 settlements, whatever the bars."""
    run = standing(clock, EIGHT, 62 * DAY)
    position = hold(run, "BTC", -1, QUANTITY)
    to_close(run, START + 69 * DAY)
    assert position.funding == pytest.approx(21 * RATE * QUANTITY * PRICE)


def test_a_settlement_inside_a_gap_is_booked_at_the_next_bar() -> None:
    """Bars from 07:00 to 17:00 are missing: the rates of 08:00 and 16:00 are booked at 18:00, on what was carried."""
    begin = 3 * DAY
    missing = tuple(START + begin + hour * HOUR for hour in range(7, 18))
    rates = {START + begin + 8 * HOUR: 0.002, START + begin + 16 * HOUR: 0.0005}
    run = standing("1h", rates, begin, gap=missing)
    position = hold(run, "BTC", 1, QUANTITY)
    to_close(run, START + begin + 7 * HOUR)
    assert position.funding == 0.0
    run.advance(run.row + 1)
    assert int(run.feed.times[run.row - 1]) == START + begin + 18 * HOUR
    assert position.funding == pytest.approx(-0.0025 * QUANTITY * PRICE)


def test_a_market_without_a_series_books_nothing_and_says_so() -> None:
    """No payment is invented, and the result tells its reader."""
    plan = ready("grid_atr")
    run = finished(plan, Market({("BTC", "1h"): lively_bars("grid_atr", 11, 400)}))
    assert len(trades_of(run)) > 0
    assert np.all(trades_of(run)["funding"] == 0.0)
    assert any("no funding" in warning for warning in result_of(plan, run).warnings)


@pytest.mark.parametrize("side", [1, -1])
def test_switching_intervals_of_a_real_market(side: int) -> None:
    """XTZ settled every 8 h, then (2025-07-20) every hour, then (2025-07-22) every 4 h: each stamp is booked."""
    store = Store(DATA / "quirks")
    rates = store.funding("XTZ")
    candles = store.candles("XTZ", "1h")
    assert rates is not None
    plan = prepared(
        "grid_atr",
        overrides={"grid.sl_percent": 99.0, "grid.leverage": 1.0, "grid.atr_multiplier_start": 1e6},
        assets=["XTZ"],
        config=config_with("XTZ"),
    )
    run = started(plan, store, mode="interpreted")
    begin, end = parse_instant("2025-07-18T00:00:00Z"), parse_instant("2025-07-24T00:00:00Z")
    to_close(run, begin)
    position = hold(run, "XTZ", side, QUANTITY)
    while int(run.feed.times[run.row]) < end:
        leave_alone(run, "XTZ")
        run.advance(run.row + 1)
    total, count = 0.0, 0
    for stamp, rate in zip(rates.time.tolist(), rates.rate.tolist(), strict=True):
        if begin <= stamp < end:
            total -= rate * side * QUANTITY * float(candles.open[np.searchsorted(candles.time, stamp)])
            count += 1
    assert account_of(run).settlements == count
    hours = [8] * 7 + [1] * 52 + [4] * 9
    assert count == len(hours)
    assert position.side == side
    assert position.funding == pytest.approx(total, rel=1e-12)
