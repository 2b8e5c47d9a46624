"""Size, gate, stop, clocks: what a pipeline must have before money depends on it."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from radar.nodes.kind import Kind
from radar.nodes.params import NodeParams, StrategyParams, param
from radar.plan.safety import check_safety
from radar.spec.model import Pipeline
from tests.spec.frame import codes, frame, loaded

GRID = "strategy: grid_atr, in: {bar: candles, mean: mean, width: width}"
ISOLATED = "{executor: account, in: {in: guard, regime: regime}, margin_mode: isolated}"


def with_kind(node: str, kind: Kind, params: NodeParams) -> Pipeline:
    """The frame with a node of another kind."""
    pipeline = loaded(frame()).require()
    nodes = tuple(
        dataclasses.replace(one, kind=kind, params=params, places={}) if one.id == node else one
        for one in pipeline.nodes
    )
    return dataclasses.replace(pipeline, nodes=nodes)


def test_the_frame_is_safe() -> None:
    """A pipeline with size, gates, stop and regime has no findings."""
    assert check_safety(loaded(frame()).require()) == ()


def test_a_path_without_size_or_gate_is_shown() -> None:
    """Both are missed at once, and the way of the intent is printed."""
    text = frame(
        sized=None,
        margin=None,
        guard=None,
        broker="{executor: account, in: {in: grid, regime: regime}}",
        journal="{sink: journal, in: broker}",
    )
    found = [one for one in loaded(text).diagnostics if one.code in ("R4003", "R4004")]
    assert codes(tuple(found)) == ["R4003", "R4004"]
    assert all("grid -> broker" in one.message for one in found)


def test_one_of_two_ways_without_a_gate_is_found() -> None:
    """A way around the gate is found beside the way through it."""
    text = frame(broker="{executor: account, in: {in: [guard, sized], regime: regime}}")
    found = [one for one in loaded(text).diagnostics if one.code == "R4004"]
    assert len(found) == 1
    assert "grid -> sized -> broker" in found[0].message


class NoStop(StrategyParams):
    """A strategy that forgot its stop."""


class OptionalStop(StrategyParams):
    """A strategy whose stop may be left out."""

    sl_percent: float | None = param(None, "Stop.", unit="%")


class StopInRanges(StrategyParams):
    """A strategy whose stop is a multiple of the average true range."""

    atr_sl_multiple: float = param(1.5, "Stop, in ATR.")


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (NoStop(), "declares no stop"),
        (OptionalStop(), "sl_percent is None"),
        (OptionalStop(sl_percent=0.0), "sl_percent is 0.0"),
        (OptionalStop(sl_percent=-1.0), "sl_percent is -1.0"),
        (StopInRanges(atr_sl_multiple=0.0), "atr_sl_multiple is 0.0"),
    ],
)
def test_a_strategy_without_a_stop_is_refused(params: NodeParams, message: str) -> None:
    """No stop, a null stop, a stop of zero or less: none of them may trade (R4005)."""
    kind = dataclasses.replace(loaded(frame()).require().node("grid").kind, params=type(params))
    found = check_safety(with_kind("grid", kind, params))
    assert codes(found) == ["R4005"]
    assert message in found[0].message


def test_a_stop_need_not_be_a_percentage() -> None:
    """A multiple of the volatility is a stop; how far it is from the liquidation is known only when it is placed."""
    kind = dataclasses.replace(loaded(frame()).require().node("grid").kind, params=StopInRanges)
    assert check_safety(with_kind("grid", kind, StopInRanges(atr_sl_multiple=90.0, leverage=30))) == ()


@pytest.mark.parametrize(("leverage", "most", "expected"), [(10, 10, []), (10.01, 10, ["R4017"]), (20, None, [])])
def test_leverage_is_held_to_what_the_account_allows(leverage: float, most: float | None, expected: list[str]) -> None:
    """30 unless the account says otherwise; the limit itself is allowed."""
    limit = "" if most is None else f", max_leverage: {most}"
    text = frame(
        grid=f"{{{GRID}, leverage: {leverage}, sl_percent: 2}}",
        broker=f"{{executor: account, in: {{in: guard, regime: regime}}{limit}}}",
    )
    assert codes(loaded(text).diagnostics) == expected


def test_the_leverage_of_each_asset_is_held_to_the_limit() -> None:
    """An override of one asset is named, where it is written."""
    text = frame(
        grid=f"{{{GRID}, leverage: 3, sl_percent: 2, per_asset: {{ETH: {{leverage: 15}}}}}}",
        broker="{executor: account, in: {in: guard, regime: regime}, max_leverage: 10}",
    )
    (found,) = loaded(text).diagnostics
    assert found.code == "R4017"
    assert "leverage 15 for ETH" in found.message


def test_a_missing_stop_of_one_asset_is_refused() -> None:
    """An override may not take the stop away."""
    kind = dataclasses.replace(loaded(frame()).require().node("grid").kind, params=OptionalStop)
    pipeline = with_kind("grid", kind, OptionalStop(sl_percent=5.0, leverage=3))
    nodes = tuple(
        dataclasses.replace(one, per_asset={"ETH": OptionalStop(leverage=3)}) if one.id == "grid" else one
        for one in pipeline.nodes
    )
    (found,) = check_safety(dataclasses.replace(pipeline, nodes=nodes))
    assert found.code == "R4005"
    assert "ETH" in found.message


@pytest.mark.parametrize(
    ("leverage", "stop", "isolated", "expected"),
    [
        (4, 20, False, []),
        (4.01, 20, False, ["R4008"]),
        (5, 20, False, ["R4008"]),
        (5, 20, True, ["R4008"]),
        (5.01, 20, False, ["R4007"]),
        (5.01, 20, True, ["R4006"]),
        (6, 20, True, ["R4006"]),
    ],
)
def test_a_stop_is_judged_against_liquidation(
    leverage: float, stop: float, isolated: bool, expected: list[str]
) -> None:
    """Above 0.8 of the margin it is warned about; above 1 it is an error with isolated, a warning with cross margin."""
    text = frame(
        grid=f"{{{GRID}, leverage: {leverage}, sl_percent: {stop}}}",
        **({"broker": ISOLATED} if isolated else {}),
    )
    assert codes(loaded(text).diagnostics) == expected


def test_the_stop_of_each_asset_is_judged() -> None:
    """An override of one asset is judged with that asset's leverage, at the place where it is written."""
    text = frame(grid=f"{{{GRID}, leverage: 3, per_asset: {{ETH: {{leverage: 10}}}}}}", broker=ISOLATED)
    (found,) = loaded(text).diagnostics
    assert found.code == "R4006"
    assert "for ETH" in found.message
    assert "leverage of at most 5" in found.expected


def test_a_value_that_was_already_refused_is_not_judged_again() -> None:
    """A stop out of bounds gives its own finding and none about liquidation."""
    assert codes(loaded(frame(grid=f"{{{GRID}, leverage: 6, sl_percent: 0}}")).diagnostics) == ["R2010"]


def test_a_slow_source_gives_the_strategy_its_clock() -> None:
    """timeframe is compared with the bars that are wired in, not with the pipeline's clock."""
    text = frame(candles="{source: candles, timeframe: 4h}", grid=f"{{{GRID}, leverage: 3, timeframe: 4h}}")
    assert loaded(text).diagnostics == ()
    text = frame(candles="{source: candles, timeframe: 4h}", grid=f"{{{GRID}, leverage: 3, timeframe: 1h}}")
    assert codes(loaded(text).diagnostics) == ["R4011"]


def test_resampling_is_judged_along_the_graph() -> None:
    """A resampled clock is compared with that of its input: 4h of 1h is right, 6h of 4h and 2h of 4h are not."""
    slow = "{indicator: resample, in: candles, to: 4h}"
    for target, expected in (("12h", []), ("6h", ["R4010"]), ("2h", ["R4009"])):
        text = frame(
            slow=slow,
            slower=f"{{indicator: resample, in: slow, to: {target}}}",
            width="{indicator: atr, in: slower}",
        )
        assert codes(loaded(text).diagnostics) == expected, target


def test_clocks_are_judged_beside_bad_wires() -> None:
    """A wire that leads nowhere does not hide a look-ahead elsewhere."""
    text = frame(
        mean="{indicator: sma, in: nothing.close}",
        slow="{indicator: resample, in: candles, to: 15m}",
        width="{indicator: atr, in: slow}",
    )
    assert {"R3001", "R4009"} <= set(codes(loaded(text).diagnostics))


def test_a_regime_may_be_left_out_when_it_changes_nothing() -> None:
    """With a multiplier of 1 an account needs no regime."""
    text = frame(regime=None, broker="{executor: account, in: guard, high_volatility_multiplier: 1}")
    assert loaded(text).diagnostics == ()


def test_fills_beyond_a_tick_need_ticks() -> None:
    """fill_model through without ticks names the assets that lack one (R4014)."""
    text = frame(broker="{executor: account, in: {in: guard, regime: regime}, fill_model: through}")
    assert loaded(text).diagnostics == ()
    (found,) = loaded(text, config=None).diagnostics
    assert found.code == "R4014"
    assert "BTC, ETH" in found.message


def rule(params: Any) -> list[tuple[str, str]]:
    """A rule between two parameters."""
    return [("ma_period", "must not exceed atr_period\nsecond line")] if params.ma_period > params.atr_period else []


def test_rules_of_a_kind_are_asked_for_every_asset() -> None:
    """What the kind refuses is R4015 at the parameter that it names, for each asset with values of its own."""
    text = frame(grid=f"{{{GRID}, leverage: 3, per_asset: {{ETH: {{ma_period: 20}}}}}}")
    pipeline = loaded(text).require()
    nodes = tuple(
        dataclasses.replace(one, kind=dataclasses.replace(one.kind, check=rule)) if one.id == "grid" else one
        for one in pipeline.nodes
    )
    (found,) = check_safety(dataclasses.replace(pipeline, nodes=nodes))
    assert (found.code, found.span.line) == ("R4015", 10)
    assert found.message == "grid (strategy grid_atr) for ETH: must not exceed atr_period"
