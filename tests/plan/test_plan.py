"""The plan as a whole: its columns, its digest, and what changes it."""

from __future__ import annotations

import dataclasses

import pytest

from radar.plan.plan import CANDLE_COLUMNS, Plan, make_plan
from radar.plan.trace import trace_columns
from radar.spec.load import load_pipeline
from tests.conformance.cases import CASES, prepared
from tests.spec.frame import CONFIG, frame, patched

every_case = pytest.mark.parametrize("name", CASES)


def made(text: str, **options: object) -> Plan:
    """The plan of a text, with the shipped configuration."""
    found = load_pipeline(text, **{"config": CONFIG, **options})  # type: ignore[arg-type]
    return make_plan(found.require())


@every_case
def test_a_plan_is_made_the_same_way_each_time(name: str) -> None:
    """Equal texts and values, equal plans: order, columns, layout, digest."""
    first, second = prepared(name)[0].plan, CASES[name].prepare().plan
    assert first.digest == second.digest
    assert [node.id for node in first.nodes] == [node.id for node in second.nodes]
    assert (first.columns, first.chains, first.assets) == (second.columns, second.chains, second.assets)
    assert first.layout == second.layout


@every_case
def test_a_plan_cannot_be_changed(name: str) -> None:
    """It is a value."""
    plan = prepared(name)[0].plan
    with pytest.raises(dataclasses.FrozenInstanceError):
        plan.digest = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    "change",
    [
        {"mean": "{indicator: ema, in: candles.close}"},
        {"mean": "{indicator: sma, in: candles.open}"},
        {"clock": "4h"},
        {"assets": "[BTC]"},
        {"mean": "{indicator: sma, in: candles.close, period: 15}"},
        {"grid": "{strategy: grid_atr, in: {bar: candles, mean: mean, width: width}, leverage: 2}"},
        {
            "grid": "{strategy: grid_atr, in: {bar: candles, mean: mean, width: width}, leverage: 3, "
            "per_asset: {ETH: {num_levels: 2}}}"
        },
        {"guard": "{risk: kill_switch, in: margin, freeze_hours: 25}"},
        {"broker": "{executor: account, in: {in: guard, regime: regime}, initial_capital: 10001}"},
        {"pipeline": "other"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_change_of_meaning_is_another_digest(change: dict[str, str]) -> None:
    """A wire, a clock, an asset, a value, a value of one asset, a name."""
    assert made(frame(**change)).digest != made(frame()).digest


def test_what_means_the_same_has_the_same_digest() -> None:
    """Comments, layout, an output named or left out, a default written down, the order of keys and assets."""
    digest = made(frame()).digest
    assert made(frame() + "# the end\n").digest == digest
    assert made(frame().replace("assets: [BTC, ETH]", "assets:\n  - ETH\n  - BTC")).digest == digest
    assert made(frame(width='{indicator: atr, in: candles.bar, period: "${grid.atr_period}"}')).digest == digest
    assert made(frame(journal="{in: [broker.fills, guard.refused], sink: journal}")).digest == digest
    explicit = "{strategy: grid_atr, in: {bar: candles, mean: mean, width: width}, leverage: 3, num_levels: 3}"
    assert made(frame(grid=explicit)).digest == digest
    assert made(frame(about="other words")).digest == digest


def test_values_from_the_command_line_count_like_written_ones() -> None:
    """The plan does not know where a value came from."""
    written = frame(grid="{strategy: grid_atr, in: {bar: candles, mean: mean, width: width}, leverage: 2}")
    assert made(frame(), overrides=["grid.leverage=2"]).digest == made(written).digest


def test_columns_begin_with_the_candles() -> None:
    """Then those of each source and account that has some, in the order of the plan."""
    text = patched("rates: {source: funding}\nslow: {source: candles, timeframe: 4h}\n")
    found = load_pipeline(text, config=CONFIG).draft
    assert found is not None
    plan = make_plan(found)
    columns = [(column.node, column.name) for column in plan.columns]
    assert columns[:5] == [("", name) for name in CANDLE_COLUMNS]
    assert sorted(columns[5:]) == sorted(
        [("rates", "funding_rate"), *(("slow", name) for name in CANDLE_COLUMNS), ("broker", "settlement")]
    )
    for index, column in enumerate(plan.columns):
        if column.node:
            assert plan.column(column.node, column.name) == index


@every_case
def test_traced_columns_have_names_of_their_own(name: str) -> None:
    """Each is a node's output and is listed once; decisions, judgements and marks are told apart."""
    plan = prepared(name)[0].plan
    columns = trace_columns(plan)
    names = [column.name for column in columns]
    assert len(set(names)) == len(names)
    assert {column.node for column in columns} <= {node.id for node in plan.nodes}
    for column in columns:
        assert column.name.startswith(f"{column.node}.")
        after = ".position." in column.name or ".refusal." in column.name or column.node == "broker"
        judged = ".score." in column.name or ".condition." in column.name
        assert column.when == ("mark" if after else "judgement" if judged else "decision")
