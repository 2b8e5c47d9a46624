"""Where everything lies: one record a lane, one for all, arenas without overlap, and chains in order."""

from __future__ import annotations

import numpy as np
import pytest

from radar.engine.state import fresh_state
from radar.market.account import ACCOUNT
from radar.market.intent import INTENT
from radar.market.position import POSITION
from radar.plan.chain import Chain
from radar.plan.layout import field_name
from radar.plan.records import fields_dtype, param_dtype, state_dtype
from tests.conformance.cases import CASES, prepared
from tests.plan.test_lookback import plan

TWO = (
    "mean: {indicator: sma, in: candles.close, period: 7}\nwidth: {indicator: atr, in: candles, period: 9}\n"
    "grid: {strategy: grid_atr, in: {bar: candles, mean: mean, width: width}, sides: [long]}\n"
    "other: {strategy: grid_atr, in: {bar: candles, mean: mean, width: width}, sides: [short]}\n"
    "sized: {risk: equal_allocation, in: grid}\nrisked: {risk: equal_allocation, in: other}\n"
    "one: {risk: margin_guard, in: sized}\ntwo: {risk: kill_switch, in: one}\nthree: {risk: kill_switch, in: risked}\n"
    "broker: {executor: account, in: [two, three], high_volatility_multiplier: 1}\njournal: {sink: journal, in: broker}"
)
every_case = pytest.mark.parametrize("name", CASES)


def test_chains_follow_the_executor_s_inputs() -> None:
    """Each strategy's way, with the risk nodes in the order in which they speak; the number stands in the ledger."""
    assert plan(TWO).chains == (
        Chain(0, "grid", ("sized", "one", "two"), "broker"),
        Chain(1, "other", ("risked", "three"), "broker"),
    )
    turned = plan(TWO.replace("[two, three]", "[three, two]"))
    assert [(chain.number, chain.strategy) for chain in turned.chains] == [(0, "other"), (1, "grid")]


def test_without_an_executor_there_is_no_chain() -> None:
    """A plan of values has none, and no history that a trade would wait for."""
    found = plan("mean: {indicator: sma, in: candles.close, period: 7}")
    assert (found.chains, found.executors, found.warm_up) == ((), (), 1)


@every_case
def test_every_node_has_its_records(name: str) -> None:
    """State of a lane, parameters of a lane, and what is shared, under the node's name; sinks have none."""
    made = prepared(name)[0].plan
    lane, params, shared = (getattr(made.layout, part).names for part in ("lane", "params", "shared"))
    for node in made.nodes:
        field = field_name(node.id)
        assert (field in params) == (node.kind.role != "sink")
        assert (field in shared) == (node.kind.role in ("risk", "executor"))
        if node.kind.role == "indicator" and node.kind.state:
            assert made.layout.lane[field] == state_dtype(node.kind)
        if node.kind.role == "strategy":
            assert made.layout.lane[f"{field}_intent"] == INTENT
            assert made.layout.lane[f"{field}_position"] == POSITION
        if node.kind.role == "executor":
            assert made.layout.shared[field] == ACCOUNT
            assert f"{field}_regime" in lane
        if node.kind.role != "sink":
            assert made.layout.params[field] == param_dtype(node.kind)
        slow = made.tick[node.id].root
        held = slow == node.id if node.kind.role == "source" else slow not in ("", node.id)
        keeps = held and node.kind.role in ("source", "indicator")
        if node.kind.role == "risk":
            keeps = len(node.inputs) > 1
        assert (f"{field}_held" in lane) == keeps


@every_case
def test_windows_do_not_overlap(name: str) -> None:
    """Every node owns as many floats as its kind asks for, and they fill the arena exactly."""
    made = prepared(name)[0].plan
    for places, size in (
        (made.layout.windows, made.layout.window_size),
        (made.layout.shared_windows, made.layout.shared_window_size),
    ):
        owned = np.zeros(size, dtype=int)
        for node_id, first in places.items():
            node = made.node(node_id)
            need = node.kind.window(node.params, made.tick[node_id].clock.milliseconds)
            owned[first : first + need] += 1
        assert owned.max(initial=0) <= 1
        assert owned.sum() == size or owned.sum() == 0


def test_a_window_is_as_large_as_the_largest_asset_needs() -> None:
    """Lanes have one layout, so an asset with a longer period makes room in all of them."""
    text = "mean: {indicator: sma, in: candles.close, period: 7, per_asset: {ETH: {period: 40}}}"
    assert plan(text, assets="[BTC, ETH]").layout.window_size == 40
    assert plan("mean: {indicator: sma, in: candles.close, period: 7}").layout.window_size == 7


def test_nested_layouts_are_aligned() -> None:
    """A record inside a record, arrays of a number: as C would lay them out."""
    dtype = fields_dtype((("a", "f8"), ("b", (("c", "i8"), ("d", ("f8", 3)))), ("e", ("i8", 2))))
    assert dtype["b"]["d"].shape == (3,)
    assert dtype["e"].shape == (2,)
    assert dtype.isalignedstruct
    assert dtype["b"].isalignedstruct


@every_case
def test_a_fresh_state_has_the_start_values_of_its_kinds(name: str) -> None:
    """Initial fields, held values unknown, no position, no wish, and the capital on the account."""
    made = prepared(name)[0].plan
    state = fresh_state(made)
    for node in made.nodes:
        field = field_name(node.id)
        for value, start in node.kind.initial.items():
            records = state.shared if node.kind.role == "risk" else state.lanes
            np.testing.assert_array_equal(records[field][value], np.full(len(records), start))
        if node.kind.role == "strategy":
            assert (state.lanes[f"{field}_position"]["side"] == 0).all()
            assert (state.lanes[f"{field}_intent"]["highest_buy"] == -np.inf).all()
            assert np.isnan(state.lanes[f"{field}_intent"]["stop"]).all()
        if node.kind.role == "executor":
            account = state.shared[0][field]
            capital = node.params.model_dump()["initial_capital"]
            assert account["cash"] == account["equity"] == account["initial"] == capital
            assert account["assets"] == len(made.assets)


def test_parameters_of_an_asset_are_its_own() -> None:
    """What per_asset overrides is in that lane's record, everything else in every lane's."""
    text = TWO.replace("sides: [long]}", "sides: [long], sl_percent: 10, per_asset: {ETH: {sl_percent: 5}}}", 1)
    made = plan(text, assets="[BTC, ETH, SOL]")
    params = fresh_state(made).params
    assert params["grid"]["sl"].tolist() == [0.1, 0.05, 0.1]
    assert params["other"]["sl"].tolist() == [0.2, 0.2, 0.2]
    assert params["run"]["history_grid"].tolist() == [50, 50, 50]
