"""T4, conservation: at every bar equity is what the fills, the closed trades and the settlements add up to."""

from __future__ import annotations

import numpy as np
import pytest

from radar.engine.run import Run
from tests.acceptance.harness import equity_of, fills_of, finished, prepared, times_of, trades_of
from tests.acceptance.random_cases import Case, case
from tests.acceptance.shipped import NAMES, few_fast, shape


def last_closes(one: Case, asset: str, times: np.ndarray) -> np.ndarray:
    """The last close of an asset at each of ``times``."""
    bars = next(asset_.bars for asset_ in one.oracle if asset_.name == asset)
    index = np.searchsorted(bars.time, times, side="right") - 1
    return np.where(index < 0, np.nan, bars.close[np.maximum(index, 0)])


def booked(run: Run, asset: str, trade: np.void, quantity: dict[int, float], times: np.ndarray) -> np.ndarray:
    """Funding of the position of a trade by each of ``times``, from the feed's rates and ``quantity`` by entry time."""
    lane = run.plan.assets.index(asset)
    column = run.plan.column(run.plan.executors[0].id, "settlement")
    rates = np.nan_to_num(run.feed.market[:, lane, column])
    opens = run.feed.market[:, lane, 0]
    total = np.zeros(len(times))
    held = 0.0
    for row, time in enumerate(run.feed.times.tolist()):
        if trade["entry_time"] <= time <= trade["exit_time"]:
            if held and rates[row]:
                total[times >= time] -= rates[row] * trade["side"] * held * opens[row]
            held += quantity.get(time, 0.0)
    return total


def account_by_hand(run: Run, one: Case) -> np.ndarray:
    """Equity at every bar, from nothing but the ledger, prices and rates."""
    times = times_of(run)
    equity = np.full(len(times), one.rules.initial)
    fills = fills_of(run)
    closed = trades_of(run)
    entries = {int(number): fills[(fills["trade"] == number) & (fills["opens"] == 1)] for number in fills["trade"]}
    exits = {int(trade["trade"]): trade for trade in closed}
    for number, legs in entries.items():
        trade = exits.get(number)
        side, lane = int(legs["side"][0]), int(legs["lane"][0])
        close = last_closes(one, run.plan.assets[lane], times)
        end = int(trade["exit_time"]) if trade is not None else int(times[-1]) + 1
        record = np.array(
            [(int(legs["time"][0]), end, side)], dtype=[("entry_time", "i8"), ("exit_time", "i8"), ("side", "i8")]
        )[0]
        quantity: dict[int, float] = {}
        for leg in legs:
            quantity[int(leg["time"])] = quantity.get(int(leg["time"]), 0.0) + float(leg["quantity"])
            alive = (times >= leg["time"]) & (times < end)
            equity[alive] += (side * (close[alive] - leg["price"]) * leg["quantity"]) - leg["fee"]
        if one.rules.funding:
            funding = booked(run, run.plan.assets[lane], record, quantity, times)
            equity[times < end] += funding[times < end]
        if trade is not None:
            equity[times >= end] += trade["net"]
            cost = trade["gross"] - trade["fees"] - trade["slippage"] + trade["funding"]
            assert abs(trade["net"] - cost) <= 1e-9 * one.rules.initial
    return equity


@pytest.mark.parametrize("seed", few_fast(range(6), 1))
@pytest.mark.parametrize("pipeline", NAMES)
def test_equity_is_what_the_ledger_adds_up_to(pipeline: str, seed: int) -> None:
    """``E = initial + sum(net of closed) + open profit at fill prices - open fees + open funding``, at every bar."""
    one = case(pipeline, 2000 + seed)
    overrides = {**one.overrides, f"{shape(pipeline).account}.close_at_end": False}
    run = finished(prepared(pipeline, overrides=overrides, assets=one.assets), one.market, mode="interpreted")
    expected = account_by_hand(run, one)
    np.testing.assert_allclose(equity_of(run), expected, rtol=1e-9, atol=1e-9 * one.rules.initial)
    account = run.account(run.plan.executors[0].id)
    net = trades_of(run)["net"].sum()
    if account["positions"] == 0:
        assert abs(equity_of(run)[-1] - one.rules.initial - net) <= 1e-9 * one.rules.initial
        assert account["locked"] == 0.0
