"""Outages of BTC spot in 2018: 10 bars missing after 06-26 01:00, 1 after 06-27 12:00, 7 after 07-04 00:00.

What must happen: nothing is filled in; until the history is back no entry is taken and each refusal is counted as
stale; stops and close decisions of a running position go on; indicators run on over the gap.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from radar.engine.run import Run
from radar.market.reason import ExitReason, Refusal
from tests.acceptance.harness import Market, fills_of, result_of, started, traced, trades_of
from tests.acceptance.holding import hold, leave_alone, position_of
from tests.nodes.markets import HOUR, stored
from tests.scenarios.real import at, plan_of, row_of

BARS = stored("quirks", "binance/spot/BTC/1h")
MARKET = Market({("BTC", "1h"): BARS})
BEFORE, AFTER = "2018-06-26T01:00:00Z", "2018-06-26T12:00:00Z"
GAPS = [BEFORE, "2018-06-27T12:00:00Z", "2018-07-04T00:00:00Z"]
GRID = {"grid.atr_multiplier_start": 0.2, "grid.atr_multiplier_step": 0.2, "grid.sides": ["long", "short"]}
TREND = {"trend.bol_window": 10, "trend.long_ma_window": 30, "trend.bol_std": 0.5}
HISTORY = 50


def grid_run(**overrides: object) -> Run:
    """A traced run of a grid over the outages: its entries rest."""
    values = {**GRID, **{f"grid.{name}": value for name, value in overrides.items()}}
    return started(plan_of("grid_atr", ("BTC",), values), MARKET, mode="interpreted", trace=True)


def trend_run(**overrides: object) -> Run:
    """A traced run of a breakout over the outages: its entries are taken at a close."""
    values = {**TREND, **{f"trend.{name}": value for name, value in overrides.items()}}
    return started(plan_of("boltrend", ("BTC",), values), MARKET, mode="interpreted", trace=True)


@pytest.mark.parametrize("begin", [grid_run, trend_run])
def test_no_entry_is_taken_until_the_history_is_back(begin: Callable[[], Run]) -> None:
    """A resting entry needs 50 bars behind it since the last gap, an entry at a close 50 with its own."""
    run = begin()
    run.finish()
    entries = fills_of(run)[fills_of(run)["opens"] == 1]
    assert len(entries) > 5
    since = np.zeros(len(BARS), dtype=int)
    for i in range(1, len(BARS)):
        since[i] = since[i - 1] + 1 if BARS.time[i] - BARS.time[i - 1] == HOUR else 0
    for entry in entries:
        i = int(np.searchsorted(BARS.time, entry["time"]))
        assert since[i] + int(entry["at_close"]) >= HISTORY
    assert int(position_of(run, "BTC").refusals[Refusal.STALE_DATA]) > 0


def test_the_same_market_without_the_outages_is_traded_there() -> None:
    """The gate is the gap: with its bars closed up, the same prices are entered in the hours that were stale."""
    closed = BARS.__class__(BARS.time[0] + HOUR * np.arange(len(BARS)), *(list(vars(BARS).values())[1:]))
    whole = started(plan_of("grid_atr", ("BTC",), GRID), Market({("BTC", "1h"): closed}), mode="interpreted")
    whole.finish()
    first = int(np.searchsorted(BARS.time, at(AFTER)))
    stale = range(first, first + 24)
    times = {int(t) for t in fills_of(whole)[fills_of(whole)["opens"] == 1]["time"]}
    assert any(int(closed.time[i]) in times for i in stale)
    gapped = grid_run()
    gapped.finish()
    entered = {int(t) for t in fills_of(gapped)[fills_of(gapped)["opens"] == 1]["time"]}
    assert not any(int(BARS.time[i]) in entered for i in stale)


@pytest.mark.parametrize("side", [1, -1])
def test_a_stop_works_while_the_series_is_stale(side: int) -> None:
    """Held over the outage with a stop 0.01 % away: the first bar that reaches it stops, although entries are shut."""
    run = grid_run(sl_percent=0.01, atr_multiplier_start=1e6)
    run.advance(row_of(run, BEFORE) + 1)
    average = hold(run, "BTC", side, 0.1).average
    stop = average * (1.0 - side * 0.0001)
    first = row_of(run, AFTER)
    hit = next(i for i in range(first, first + 50) if (BARS.low[i] <= stop if side > 0 else BARS.high[i] >= stop))
    while run.row <= hit:
        assert position_of(run, "BTC").side == side
        leave_alone(run, "BTC")
        run.advance(run.row + 1)
    trade = trades_of(run)[-1]
    assert trade["reason"] == ExitReason.SL
    assert trade["exit_time"] == BARS.time[hit]
    opens = float(BARS.open[hit])
    assert trade["exit_reference"] == (min(stop, opens) if side > 0 else max(stop, opens))


def test_a_running_cycle_gets_no_further_level_while_stale_but_its_target() -> None:
    """Held over the outage with levels in reach and a target: only the target is taken."""
    run = grid_run(sl_percent=50.0, leverage=1.0)
    run.advance(row_of(run, BEFORE) + 1)
    leave_alone(run, "BTC")
    hold(run, "BTC", 1, 0.1)
    before = len(fills_of(run))
    run.advance(row_of(run, AFTER) + 40)
    later = fills_of(run)[before:]
    assert set(later["opens"].tolist()) == {0}
    assert later["reason"].tolist() == [ExitReason.TP]
    assert int(position_of(run, "BTC").refusals[Refusal.STALE_DATA]) > 0


def test_close_decisions_go_on_while_stale() -> None:
    """A long of the trend follower leaves at the first close below its middle band after the gap."""
    run = trend_run(sl_percent=50.0)
    run.advance(row_of(run, BEFORE) + 1)
    hold(run, "BTC", 1, 0.1, stop=1.0)
    run.advance(row_of(run, AFTER) + 45)
    trade = trades_of(run)[-1]
    assert trade["reason"] == ExitReason.INVERSE
    mid = traced(run, "bands.mid")[:, 0]
    rows = range(row_of(run, AFTER), run.row)
    below = next(row for row in rows if run.feed.market[row, 0, 3] < mid[row])
    assert trade["exit_time"] == run.feed.times[below]


@pytest.mark.parametrize("gap", GAPS)
def test_indicators_run_on_over_the_gap(gap: str) -> None:
    """No value is lost at the first bar after it: the average is of the last bars that there are."""
    run = grid_run()
    run.finish()
    row = row_of(run, gap) + 1
    mean = traced(run, "mean.value")[row, 0]
    assert mean == pytest.approx(BARS.close[row - 13 : row + 1].mean())


def test_the_result_tells_its_reader_about_the_gaps() -> None:
    """Three gaps, 18 bars missing, and why it did not trade."""
    ready = plan_of("grid_atr", ("BTC",), GRID)
    run = started(ready, MARKET, mode="interpreted")
    run.finish()
    result = result_of(ready, run)
    quality = run.feed.quality["BTC"]
    assert (quality.gaps, quality.missing_bars) == (3, 18)
    assert any(one["cause"] == "stale_data" and one["count"] > 0 for one in result.refusals)
