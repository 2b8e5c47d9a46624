"""What is not known makes nothing, and zero is known (design section 6, strategies spec 0.5)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from radar.engine.feed import load_feed
from radar.engine.run import Run
from radar.kernel.build import build
from radar.nodes.port import PortType
from radar.plan.trace import trace_columns
from radar.spec.model import Node
from tests.conformance.cases import CASES, begin, changed, finished, kernel, params, prepared
from tests.conformance.replay import Wish, recorded, replay
from tests.engine.memory import Memory
from tests.nodes.markets import START, flat

every_case = pytest.mark.parametrize("name", params())


def as_it_was(row: int, port: str, value: Any) -> Any:
    """No change."""
    return value


def strategies(name: str) -> list[Node]:
    """The strategies of a case."""
    return [node for node in prepared(name)[0].plan.nodes if node.kind.role == "strategy"]


def required(node: Node) -> list[str]:
    """Inputs of a strategy that carry numbers and must be wired."""
    ports = node.kind.inputs.items()
    return [port for port, wanted in ports if not wanted.optional and PortType.SERIES in wanted.types]


def entries(wishes: list[Wish], rows: slice = slice(None)) -> int:
    """How many of the wishes are for an entry."""
    return sum(wish.enters for wish in wishes[rows])


@every_case
def test_an_unknown_input_makes_no_entry(name: str) -> None:
    """Each required number alone, unknown at every second close: at those closes an entry is as before, or is not."""
    run = finished(name, "interpreted")
    for node in strategies(name):
        rows = recorded(run, node)
        before = replay(run, node, rows, as_it_was)
        assert entries(before) > 3, f"{node.id}: nothing to take away"
        for port in required(node):

            def sometimes(row: int, given: str, value: Any, port: str = port) -> Any:
                return np.nan if given == port and row % 2 == 0 else value

            after = replay(run, node, rows, sometimes)
            for was, wish in list(zip(before, after, strict=True))[::2]:
                assert not wish.enters or wish == was, f"{node.id}.{port}"


@pytest.mark.parametrize("side", [1, -1])
@every_case
def test_a_strategy_that_knows_nothing_wants_nothing(name: str, side: int) -> None:
    """With every number unknown there is no entry and no exit, whatever position is held; stops need no indicator."""
    run = finished(name, "interpreted")
    for node in strategies(name):
        rows = recorded(run, node)
        price = rows[-1]["bar"].close * (1 - 0.5 * side)

        def nothing(row: int, given: str, value: Any) -> Any:
            return np.nan if isinstance(value, float) else value

        for held in (0, side):
            wishes = replay(run, node, rows, nothing, held, price)
            assert not any(wish.enters or wish.leaves for wish in wishes), node.id


@every_case
def test_no_wish_has_an_unknown_price(name: str) -> None:
    """Levels and stops that count are finite and positive at every close, also before the indicators are known."""
    run = finished(name, "interpreted")
    for node in strategies(name):
        for wish in replay(run, node, recorded(run, node), as_it_was):
            assert all(np.isfinite(price) and price > 0 for price in wish.prices), node.id


@every_case
def test_every_fill_is_a_number_inside_its_bar(name: str) -> None:
    """No fill at a price, quantity or fee that is unknown, and none outside the bar (spec T5)."""
    run = finished(name, "interpreted")
    fills = run.fills[: int(run.account(run.plan.executors[0].id)["fill_count"])]
    for field in ("reference", "price", "quantity", "fee", "slippage"):
        assert np.isfinite(fills[field]).all(), field
    rows = np.searchsorted(run.feed.times, fills["time"])
    bars = run.feed.market[rows, fills["lane"]]
    assert (fills["reference"] <= bars[:, 1]).all()
    assert (fills["reference"] >= bars[:, 2]).all()
    assert (fills["quantity"] > 0).all()


@every_case
def test_where_an_asset_has_no_bar_nothing_is_traced(name: str) -> None:
    """A bar that is not there has no value of any node, no entry, no fill."""
    run = finished(name, "interpreted")
    decided = [index for index, column in enumerate(trace_columns(run.plan)) if column.when == "decision"]
    absent = np.isnan(run.feed.market[:, :, 3])
    if len(run.plan.assets) > 1:
        assert absent.any()
    assert np.isnan(run.trace[absent][:, decided]).all()
    for fill in run.fills[: int(run.account(run.plan.executors[0].id)["fill_count"])]:
        row = int(np.searchsorted(run.feed.times, fill["time"]))
        assert not absent[row, fill["lane"]]


@pytest.mark.parametrize("column", [1, 2, 4], ids=["high", "low", "volume"])
@pytest.mark.parametrize("name", params(quirky=False))
def test_an_unknown_part_of_a_candle_reaches_no_ledger(name: str, column: int) -> None:
    """Where one number of every candle is unknown from some row on, no fill and no equity becomes unknown.

    (An open is never unknown: tables and stores refuse it.)
    """
    _, feed = prepared(name)
    market = feed.market.copy()
    market[feed.rows // 2 :, :, column] = np.nan
    run = begin(name, "interpreted", changed(feed, market), trace=False)
    run.finish()
    account = run.account(run.plan.executors[0].id)
    fills = run.fills[: int(account["fill_count"])]
    assert np.isfinite(fills["price"]).all()
    assert np.isfinite(fills["quantity"]).all()
    assert np.isfinite(run.equity[feed.start : run.row]).all()


@pytest.mark.parametrize("name", params(quirky=False))
def test_a_market_without_movement_and_volume_is_known(name: str) -> None:
    """Zero volume and zero range are values: after its look-back every indicator has a number or says why not."""
    case, (made, _) = CASES[name], prepared(name)
    plan = case.prepare(assets=[made.plan.assets[0]]).plan
    (asset,), interval = plan.assets, plan.base.milliseconds
    count = plan.warm_up + 20
    still = flat(count, price=50.0, volume=0.0, interval=interval)
    settled = (START + 8 * 3_600_000 * np.arange(count, dtype=np.int64), np.zeros(count))
    interest = (still.time, np.full(count, 1e6))
    slow = flat(count, price=50.0, volume=0.0, interval=4 * 3_600_000)
    data = Memory({(asset, str(plan.base)): still, (asset, "4h"): slow}, {asset: settled}, {asset: interest})
    run = Run.begin(plan, build(plan, "interpreted"), load_feed(plan, data), trace=True)
    run.finish()
    for index, column in enumerate(trace_columns(plan)):
        node = plan.node(column.node)
        if node.kind.role in ("source", "indicator"):
            values = run.trace[plan.lookback[node.id] + 7 :, 0, index]
            assert np.isfinite(values).all(), column.name
    account = run.account(plan.executors[0].id)
    assert account["fill_count"] == 0
    assert (run.equity[run.feed.start :] == account["initial"]).all()


@pytest.mark.parametrize("name", params(quirky=False))
def test_no_cost_is_a_cost_of_zero(name: str) -> None:
    """Fees, slippage and rates of zero are booked as zero, not as the defaults: the books hold gross alone."""
    zero = [f"broker.{cost}=0" for cost in ("maker_fee_percent", "taker_fee_percent", "slippage_percent")]
    made = CASES[name].prepare(overrides=zero)
    _, feed = prepared(name)
    settlement = made.plan.column("broker", "settlement")
    market = feed.market.copy()
    market[:, :, settlement] = np.where(np.isnan(market[:, :, settlement]), np.nan, 0.0)
    run = Run.begin(made.plan, kernel(name, "interpreted"), replace(feed, market=market))
    run.finish()
    account = run.account("broker")
    trades = run.trades[: int(account["trade_count"])]
    assert len(trades)
    for cost in ("fees", "slippage", "funding"):
        assert (trades[cost] == 0.0).all()
    assert (trades["net"] == trades["gross"]).all()
