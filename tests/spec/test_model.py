"""The checked pipeline: what it says of itself, and what its digests cover."""

from __future__ import annotations

import dataclasses
import json

import pytest

from radar.market.timeframe import Timeframe
from radar.spec.load import load_pipeline
from tests.spec.frame import CONFIG, PIPELINES, frame, loaded

GRID = "strategy: grid_atr, in: {bar: candles, mean: mean, width: width}"


def test_what_a_pipeline_holds() -> None:
    """Name, clock, assets in alphabetical order, nodes in the order of the file."""
    pipeline = loaded(frame(assets="[SOL, BTC]", clock="{decide: 1h, fill: 1m}")).require()
    assert (pipeline.name, pipeline.about) == ("frame", "a frame for tests")
    assert (pipeline.clock.decide, pipeline.clock.fill) == (Timeframe.parse("1h"), Timeframe.parse("1m"))
    assert [asset.name for asset in pipeline.assets] == ["BTC", "SOL"]
    assert [node.id for node in pipeline.nodes][:3] == ["candles", "mean", "width"]
    assert pipeline.node("sized").inputs["in"][0].node == "grid"
    assert pipeline.text == frame(assets="[SOL, BTC]", clock="{decide: 1h, fill: 1m}")
    with pytest.raises(KeyError):
        pipeline.node("absent")


def test_one_clock_decides_and_fills() -> None:
    """Without a finer clock, orders meet the bars of the decisions."""
    clock = loaded(frame()).require().clock
    assert clock.decide == clock.fill


def test_the_effective_parameters_are_plain_and_complete() -> None:
    """Defaults are listed too; per_asset lists only what differs."""
    pipeline = loaded(frame(grid=f"{{{GRID}, leverage: 3, per_asset: {{BTC: {{num_levels: 2}}}}}}")).require()
    effective = json.loads(json.dumps(pipeline.effective()))
    assert effective["grid"]["kind"] == "strategy.grid_atr"
    assert effective["grid"]["params"]["sl_percent"] == 20.0
    assert effective["grid"]["per_asset"] == {"BTC": {"num_levels": 2}}
    assert "per_asset" not in effective["mean"]


def test_layout_comments_and_about_do_not_change_the_digest() -> None:
    """Two spellings of one pipeline have one digest."""
    first = loaded(frame()).require()
    second = loaded(
        "# a comment\n"
        + frame(
            about="other words",
            sized="\n    risk: equal_allocation # sizing\n    in: {in: [grid.intent]}",
            margin='{"risk": "margin_guard", in: sized.intent}',
        )
    ).require()
    assert first.digest() == second.digest()
    assert first.config_digest() == second.config_digest()


@pytest.mark.parametrize(
    "changes",
    [
        {"pipeline": "other"},
        {"clock": "4h"},
        {"mean": '{indicator: ema, in: candles.close, period: "${grid.ma_period}"}'},
        {"mean": '{indicator: sma, in: candles.open, period: "${grid.ma_period}"}'},
    ],
)
def test_wiring_changes_the_digest(changes: dict[str, str]) -> None:
    """Name, clock, kinds and wires are covered."""
    assert loaded(frame(**changes)).require().digest() != loaded(frame()).require().digest()


@pytest.mark.parametrize(
    "changes",
    [
        {"assets": "[BTC]"},
        {"mean": "{indicator: sma, in: candles.close, period: 15}"},
        {"grid": f"{{{GRID}, leverage: 3, per_asset: {{BTC: {{num_levels: 2}}}}}}"},
    ],
)
def test_values_change_the_other_digest(changes: dict[str, str]) -> None:
    """Parameters, overrides and assets are covered by the digest of values, and by it alone."""
    changed, plain = loaded(frame(**changes)).require(), loaded(frame()).require()
    assert changed.digest() == plain.digest()
    assert changed.config_digest() != plain.config_digest()


def test_an_override_without_effect_is_none() -> None:
    """An asset whose values are those of all the others has no parameters of its own."""
    pipeline = loaded(frame(grid=f"{{{GRID}, leverage: 3, per_asset: {{BTC: {{ma_period: 14}}}}}}")).require()
    assert pipeline.node("grid").per_asset == {}


def test_a_pipeline_is_frozen() -> None:
    """What was checked cannot be changed afterwards."""
    pipeline = loaded(frame()).require()
    with pytest.raises(dataclasses.FrozenInstanceError):
        pipeline.name = "other"  # type: ignore[misc]


def test_a_path_and_a_text_give_the_same() -> None:
    """A file is read by path, as a Path or a string that ends in .yaml, or given as text."""
    path = PIPELINES / "grid_atr.yaml"
    by_path = load_pipeline(path, config=CONFIG).require()
    by_string = load_pipeline(str(path), config=CONFIG).require()
    by_text = load_pipeline(path.read_text(encoding="utf-8"), config=CONFIG, file_name="x.yaml").require()
    assert by_path.digest() == by_string.digest() == by_text.digest()
    assert (by_path.path, by_text.path) == (path.as_posix(), "x.yaml")
