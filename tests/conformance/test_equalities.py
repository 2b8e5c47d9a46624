"""One engine: however a run is driven, and whoever runs the steps, it leaves the same bytes (spec T6, T11)."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from radar.engine.backtest import Prepared
from radar.engine.feed import Feed
from radar.engine.run import Run
from radar.engine.state import fresh_state
from radar.kernel.build import Mode, build
from tests.conformance.cases import CASES, begin, finished, kernel, ledger, params, prepared

every_case = pytest.mark.parametrize("name", params())
compiled_case = pytest.mark.parametrize("name", params(compiled=True))


def assert_same(left: dict[str, bytes], right: dict[str, bytes]) -> None:
    """Two ledgers agree in every byte; a failure names the part that differs, not its bytes."""
    assert [name for name in left if left[name] != right[name]] == []


@every_case
def test_the_suite_looks_at_runs_that_trade(name: str) -> None:
    """An equality of two empty ledgers would prove nothing: every case trades, and loses and wins."""
    run = finished(name, "interpreted")
    trades = run.trades[: int(run.account(run.plan.executors[0].id)["trade_count"])]
    assert (trades["net"] > 0).any()
    assert (trades["net"] < 0).any()
    assert len(set(trades["reason"].tolist())) > 1
    assert len(set(trades["strategy"].tolist())) == len(run.plan.chains)


@compiled_case
def test_compiled_equals_interpreted(name: str) -> None:
    """Machine code and plain Python of the same text leave the same state, fills, trades, equity and trace."""
    assert_same(ledger(finished(name, "compiled")), ledger(finished(name, "interpreted")))


@compiled_case
def test_one_row_a_call_equals_the_whole_history_in_one(name: str) -> None:
    """A stream of single bars is a batch."""
    run = begin(name, "compiled")
    for row in range(run.feed.rows):
        run.advance(row + 1)
    assert_same(ledger(run), ledger(finished(name, "compiled")))


@pytest.mark.parametrize("seed", range(5))
@compiled_case
def test_pieces_of_any_size_equal_the_whole(name: str, seed: int) -> None:
    """Where a call ends leaves no trace."""
    random = np.random.default_rng(seed)
    run = begin(name, "compiled")
    while run.row < run.feed.rows:
        run.advance(min(run.row + int(random.integers(1, 90)), run.feed.rows))
    assert_same(ledger(run), ledger(finished(name, "compiled")))


@every_case
def test_pieces_equal_the_whole_interpreted(name: str) -> None:
    """The same of the interpreted steps, so that it holds without a compiler."""
    run = begin(name, "interpreted")
    for last in (1, 60, 61, 200, run.feed.rows):
        run.advance(last)
    assert_same(ledger(run), ledger(finished(name, "interpreted")))


def test_a_call_for_no_row_changes_nothing() -> None:
    """Asking for what is done already is no event."""
    run = begin("grid_atr on the sample", "interpreted")
    run.advance(120)
    before = ledger(run)
    run.advance(120)
    run.advance(7)
    assert run.row == 120
    assert_same(ledger(run), before)


def continued(name: str, mode: Mode, cut: int, whole: Run) -> Run:
    """A run that begins at row ``cut`` from nothing but the snapshot of one that stopped there."""
    head = begin(name, mode)
    head.advance(cut)
    snapshot = head.state.snapshot()
    return resumed(whole, snapshot, cut, head)


def resumed(whole: Run, snapshot: bytes, cut: int, head: Run) -> Run:
    """Another process: fresh arrays, the snapshot, and the ledger rows that were kept."""
    plan = whole.plan
    state = fresh_state(plan)
    state.restore(snapshot)
    tail = Run(plan, whole.kernel, whole.feed, state, row=cut)
    tail.all_equity, tail.trace = np.full_like(whole.all_equity, np.nan), np.full_like(whole.trace, np.nan)
    tail.all_equity[:, :cut], tail.trace[:cut] = head.all_equity[:, :cut], head.trace[:cut]
    tail.all_fills, tail.all_trades = head.all_fills.copy(), head.all_trades.copy()
    tail.finish()
    return tail


@compiled_case
def test_restored_at_any_bar_equals_uncut(name: str) -> None:
    """At every single row: the bytes of the state and the data to come are all that a run needs (T11)."""
    whole = finished(name, "compiled")
    expected = ledger(whole)
    head = begin(name, "compiled")
    for cut in range(1, whole.feed.rows):
        head.advance(cut)
        assert_same(ledger(resumed(whole, head.state.snapshot(), cut, head)), expected)


@pytest.mark.parametrize("part", [0.4, 0.8])
@every_case
def test_restored_interpreted_equals_uncut(name: str, part: float) -> None:
    """The same of the interpreted steps, at three places."""
    whole = finished(name, "interpreted")
    cut = int(whole.feed.rows * part)
    assert_same(ledger(continued(name, "interpreted", cut, whole)), ledger(whole))


def test_a_snapshot_of_another_plan_is_refused() -> None:
    """Bytes of another size are never read into a state."""
    state = fresh_state(prepared("grid_atr on the sample")[0].plan)
    other = fresh_state(prepared("boltrend on the sample")[0].plan)
    with pytest.raises(ValueError, match="another plan"):
        state.restore(other.snapshot())
    assert len(state.snapshot()) == state.nbytes


@cache
def alone(name: str) -> tuple[Prepared, Feed, str]:
    """A case with its first asset only, whose share of the account is stated, not derived from their number."""
    case = CASES[name]
    asset = prepared(name)[0].plan.assets[0]
    one = case.prepare(assets=[asset], overrides=shares(name))
    return one, case.feed(one), asset


def shares(name: str) -> list[str]:
    """Overrides that make the size of a position independent of the number of assets."""
    plan = prepared(name)[0].plan
    return [f"{node.id}.assets=1" for node in plan.nodes if "assets" in type(node.params).model_fields]


@every_case
def test_a_single_asset_equals_a_portfolio_of_one(name: str) -> None:
    """An asset alone, and beside others that have no bar, trades alike: ledger, equity and its part of the trace."""
    one, feed, asset = alone(name)
    run = Run.begin(one.plan, build(one.plan, "interpreted"), feed, trace=True)
    run.finish()
    others = [other for other in ("BTC", "ETH", "SOL", "XRP") if other != asset]
    many = CASES[name].prepare(assets=[asset, *others], overrides=shares(name))
    lane = many.plan.assets.index(asset)
    market = np.full((feed.rows, len(many.plan.assets), feed.market.shape[2]), np.nan)
    market[:, lane, :] = feed.market[:, 0, :]
    fine = np.full((0, len(many.plan.assets), 5), np.nan)
    wide = replace(feed, market=market, fine_market=fine)
    portfolio = Run.begin(many.plan, build(many.plan, "interpreted"), wide, trace=True)
    portfolio.finish()
    single, several = ledger(run), ledger(portfolio)
    assert single["equity"] == several["equity"]
    assert run.trace[:, 0].tobytes() == portfolio.trace[:, lane].tobytes()
    for rows, others_rows in ((run.fills, portfolio.fills), (run.trades, portfolio.trades)):
        moved = others_rows.copy()
        assert (moved["lane"] == np.where(moved["trade"] > 0, lane, 0)).all()
        moved["lane"] = 0
        assert rows.tobytes() == moved.tobytes()
    assert run.state.lanes[0].tobytes() == portfolio.state.lanes[lane].tobytes()
    assert run.state.windows[0].tobytes() == portfolio.state.windows[lane].tobytes()


def test_both_modes_have_one_source() -> None:
    """The two sides of the equality are one text, named by one digest."""
    both = [kernel("grid_atr on the sample", mode) for mode in ("compiled", "interpreted")]
    assert both[0].source == both[1].source
    assert both[0].digest == both[1].digest
    assert [one.mode for one in both] == ["compiled", "interpreted"]
