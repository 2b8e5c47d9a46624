"""T5, containment: a fill lies inside its bar; inside it meets an order made before, at the close one made there.

The engine also asserts the first part of itself while it runs: a fill outside its bar marks the account as faulty.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from radar.engine.run import BooksError, Run
from radar.kernel.records import RecordView
from radar.market.account import ACCOUNT, FAULT_PRICE, contain
from radar.market.bar import Bar
from radar.market.reason import ExitReason
from tests.acceptance.harness import Market, fills_of, finished, prepared, started, traced
from tests.acceptance.random_cases import case
from tests.acceptance.shipped import NAMES, fed, few_fast, lively_bars, ready, shape

ACCOUNT_ENDS = (ExitReason.LIQUIDATION, ExitReason.END_OF_DATA)


def bar_of(run: Run, fill: np.void) -> np.ndarray:
    """Open, high, low, close of the bar of a fill."""
    row = int(np.searchsorted(run.feed.times, fill["time"]))
    prices: np.ndarray = run.feed.market[row, int(fill["lane"]), :4]
    return prices


@pytest.mark.parametrize("seed", few_fast(range(6), 1))
@pytest.mark.parametrize("pipeline", NAMES)
def test_every_fill_lies_inside_its_bar_and_after_its_decision(pipeline: str, seed: int) -> None:
    """References in [low, high]; levels are those of the row before; close fills are at a close that asked for them."""
    one = case(pipeline, 3000 + seed)
    run = finished(
        prepared(pipeline, overrides=one.overrides, assets=one.assets), one.market, mode="interpreted", trace=True
    )
    for fill in fills_of(run):
        strategy = run.plan.chains[int(fill["strategy"])].strategy
        row, lane = int(np.searchsorted(run.feed.times, fill["time"])), int(fill["lane"])
        opens, high, low, close = bar_of(run, fill)
        if np.isnan(close):
            # An account that ends closes at the last close what has no bar then.
            assert ExitReason(int(fill["reason"])) in ACCOUNT_ENDS
            continue
        assert low * (1.0 - 1e-12) <= fill["reference"] <= high * (1.0 + 1e-12)
        if fill["at_close"]:
            assert fill["reference"] == close
            if ExitReason(int(fill["reason"])) not in ACCOUNT_ENDS:
                asked = "enter" if fill["opens"] else "leave"
                assert traced(run, f"{strategy}.intent.{asked}")[row, lane] != 0.0
        elif fill["opens"]:
            present = np.flatnonzero(~np.isnan(run.feed.market[:row, lane, 3]))
            word, clamp = ("buy", min) if fill["side"] > 0 else ("sell", max)
            level = traced(run, f"{strategy}.intent.{word}.{int(fill['level'])}")[present[-1], lane]
            assert fill["reference"] == clamp(level, opens)


@pytest.mark.parametrize("seed", few_fast(range(6), 1))
@pytest.mark.parametrize("pipeline", NAMES)
def test_random_markets_never_trip_the_containment_check(pipeline: str, seed: int) -> None:
    """Gaps, jumps, crashes, and the harshest stress of stops leave the account without a fault."""
    one = case(pipeline, 4000 + seed)
    overrides = {**one.overrides, f"{shape(pipeline).account}.stop_gap_fraction": 1.0}
    run = finished(prepared(pipeline, overrides=overrides, assets=one.assets), one.market, mode="interpreted")
    assert run.account(shape(pipeline).account)["fault"] == 0


@pytest.mark.parametrize(
    ("reference", "faulty"),
    [(94.9, True), (95.0, False), (100.0, False), (105.0, False), (105.1, True), (float("nan"), True)],
)
def test_a_fill_outside_its_bar_is_a_fault(reference: float, faulty: bool) -> None:
    """The bar spans 95 to 105; the first fault is kept with its time."""
    account: Any = RecordView(np.zeros(1, ACCOUNT)[0])
    contain(account, Bar(7, 100.0, 105.0, 95.0, 101.0, 1.0), reference)
    assert account.fault == (FAULT_PRICE if faulty else 0)
    assert account.fault_time == (7 if faulty else 0)
    contain(account, Bar(9, 1.0, 1.0, 1.0, 1.0, 1.0), 2.0)
    assert account.fault_time == (7 if faulty else 9)


def test_a_candle_that_contradicts_itself_is_not_a_fault() -> None:
    """An open above the high is wrong in the data, which verification reports; a fill at the open is not to blame."""
    account: Any = RecordView(np.zeros(1, ACCOUNT)[0])
    contain(account, Bar(7, 110.0, 105.0, 95.0, 101.0, 1.0), 110.0)
    assert account.fault == 0


@pytest.mark.parametrize("name", NAMES)
def test_a_run_with_a_faulty_account_ends_with_an_error_that_says_so(name: str) -> None:
    """A fault is never silent: the run stops, and names the account and the instant."""
    its = shape(name)
    run = started(ready(name), fed(name, Market({("BTC", str(its.clock)): lively_bars(name, 1, 700)})))
    run.advance(run.feed.start + 1)
    run.account(its.account)["fault"] = FAULT_PRICE
    run.account(its.account)["fault_time"] = int(run.feed.times[run.row])
    with pytest.raises(BooksError, match=f"fill price of account {its.account}"):
        run.advance(run.row + 1)
