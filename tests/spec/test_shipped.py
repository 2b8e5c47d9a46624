"""The configuration and the pipelines that ship with Radar."""

from __future__ import annotations

from pathlib import Path

import pytest

from radar.nodes.registry import kinds, names
from radar.plan.check import check
from radar.spec.config import Config
from radar.spec.diagnostic import render_all
from radar.spec.load import load_pipeline
from radar.spec.tree import MapValue
from tests.acceptance.subjects import alone, pipelines, portfolios
from tests.spec.frame import CONFIG, codes, frame, loaded

SHIPPED = pipelines()
ALONE = alone()
SAMPLE = Path(__file__).resolve().parents[1] / "data" / "sample" / "candles"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_pipelines_are_right(path: Path) -> None:
    """Every shipped pipeline passes all checks. What is warned about: a stop that costs most of its margin, or more,
    and, of several strategies on one account, that they may want the same asset."""
    found = check(load_pipeline(path, config=CONFIG)).diagnostics
    shared = {"R3012"} if path in portfolios() else set()
    assert set(codes(found)) <= {"R4007", "R4008"} | shared, render_all(found)


def test_every_strategy_has_a_pipeline_and_a_block() -> None:
    """A strategy that ships comes with a pipeline of its name and its values in the configuration."""
    blocks = Config.load(CONFIG).blocks["strategies"].names
    assert {path.stem for path in ALONE} >= set(names("strategy"))
    assert set(blocks) == {path.stem for path in ALONE}


@pytest.mark.parametrize("path", ALONE, ids=lambda path: path.stem)
def test_a_block_of_a_strategy_is_complete(path: Path) -> None:
    """The block names every parameter, with the default of the kind that bears its name: what a user sees is what he
    gets. What tells the nodes of one strategy apart stands in the pipeline."""
    name = path.stem
    nodes = [one for one in load_pipeline(path, config=CONFIG).require().nodes if one.kind.role == "strategy"]
    kind, shipped = nodes[0].kind, [node.params.model_dump() for node in nodes]
    apart = {key for key, value in shipped[0].items() if any(one[key] != value for one in shipped)}
    block = Config.load(CONFIG).block(f"strategies.{name}")
    assert isinstance(block, MapValue)
    assert set(block.names) == {*kind.params.model_fields, "per_asset"} - apart
    if kind.name != name:
        return
    own = load_pipeline(frame(probe=f"{{strategy: {name}, with: strategies.{name}}}"), config=CONFIG)
    values = own.require().node("probe").params.model_dump()
    defaults = kind.params().model_dump()
    assert {key: value for key, value in values.items() if key != "timeframe"} == {
        key: value for key, value in defaults.items() if key != "timeframe"
    }


def test_blocks_of_risk_are_the_defaults_of_their_kinds() -> None:
    """The shipped values of sizing, gates and account are those that the kinds have by themselves."""
    text = frame(
        sized="{risk: equal_allocation, in: grid, with: risk.sizing}",
        margin="{risk: margin_guard, in: sized, with: risk.margin_guard}",
        guard="{risk: kill_switch, in: margin, with: risk.kill_switch}",
        broker="{executor: account, in: {in: guard, regime: regime}, with: [risk.account, exchanges.bitget]}",
    )
    pipeline, plain = loaded(text).require(), loaded(frame()).require()
    for node in ("sized", "margin", "guard", "broker"):
        assert pipeline.node(node).params == plain.node(node).params


def test_risk_sizing_has_a_block() -> None:
    """`risk.trade` fits the sizing of strategies with one entry."""
    text = frame(sized="{risk: risk_sizing, in: grid, with: risk.trade}")
    assert loaded(text).require().node("sized").params == kinds()["risk", "risk_sizing"].params()


def test_the_configuration_has_no_findings() -> None:
    """The shipped files are read without a diagnostic."""
    assert Config.load(CONFIG).diagnostics == ()


def test_every_asset_can_be_traded() -> None:
    """Each asset has tick, lot, smallest order, symbols and a correlation group with limits."""
    table = Config.load(CONFIG).assets
    assert len(table.assets) == 22
    assert len(table.groups["top10"]) == 10
    assert len(table.groups["top22"]) == 22
    for asset in table.assets.values():
        assert asset.tick
        assert asset.lot
        assert asset.minimum_notional == 5
        assert set(asset.venue_symbols) == {"bitget", "binance"}
        assert asset.correlation in table.correlation


def test_every_correlation_group_is_used() -> None:
    """A limit that no asset falls under would be without effect."""
    table = Config.load(CONFIG).assets
    assert {asset.correlation for asset in table.assets.values()} == set(table.correlation)


def test_the_sample_group_is_the_sample_store() -> None:
    """The group holds the assets that the bundled sample has hourly candles of."""
    stored = {path.parent.name for path in SAMPLE.rglob("1h.parquet")}
    assert set(Config.load(CONFIG).assets.groups["sample"]) == stored


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_sample_has_the_candles_of_every_shipped_pipeline(path: Path) -> None:
    """A shipped pipeline runs on the bundled sample."""
    pipeline = load_pipeline(path, config=CONFIG).require()
    for asset in pipeline.assets:
        assert list(SAMPLE.rglob(f"{asset.name}/{pipeline.clock.decide}.parquet")), asset.name
