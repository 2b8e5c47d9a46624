"""A preset is the same run asked for in other words; what is asked for besides wins over it."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import radar
from radar.engine.backtest import prepare, run_prepared
from radar.engine.preset import find_preset, preset_pipeline
from radar.engine.reproduce import reproduce
from radar.engine.result import Result
from radar.errors import RadarError
from radar.spec.config import Config
from radar.spec.diagnostic import SpecError
from radar.store import Store
from tests.acceptance.subjects import ROOT, taken
from tests.conformance.cases import CONFIG
from tests.engine.memory import Memory, between
from tests.engine.portfolio.books import ASSETS, PORTFOLIO, SAMPLE, ms
from tests.nodes.markets import stored

FIRST, SECOND = taken(PORTFOLIO)
"""The strategies of the shipped portfolio, which are also the names of their nodes."""


def presets(folder: Path, text: str) -> Path:
    """The shipped configuration with other presets."""
    made = folder / "config"
    shutil.copytree(CONFIG, made)
    (made / "portfolios.yaml").write_text(text, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A preset that says everything."""
    text = f"""\
both: {{capital: 5000, days: 20, assets: [BTC, ETH]}}
apart:
  capital: 5000
  days: 20
  assets: [BTC, ETH]
  strategies: {{{FIRST}: [BTC], {SECOND}: [ETH]}}
first_only: {{capital: 5000, days: 20, assets: [BTC, ETH], strategies: {{{FIRST}: [BTC, ETH]}}}}
wrong: {{assets: [BTC], strategies: {{nobody: [BTC]}}}}
"""
    return presets(tmp_path_factory.mktemp("presets"), text)


@cache
def market() -> Memory:
    """Six weeks of two assets."""
    first, last = ms("2025-01-01"), ms("2025-02-12")
    bars = {(asset, "1h"): between(stored("sample", f"binance/perp/{asset}/1h"), first, last) for asset in ASSETS}
    return Memory(bars)


def trade(config: Path, **options: Any) -> Result:
    """The shipped portfolio."""
    return radar.backtest(PORTFOLIO, data=market(), config=config, mode="interpreted", **options)


def test_it_is_the_run_with_its_values(config: Path) -> None:
    """Capital, the last days of the data and assets: byte for byte what the options would have asked for."""
    by_name = trade(config, preset="both")
    by_hand = trade(config, capital=5000.0, start="2025-01-23", assets=["BTC", "ETH"])
    assert by_name.times[0] == ms("2025-01-23")
    assert by_name.trades()
    assert by_name.to_bytes() == by_hand.to_bytes()


def test_each_strategy_keeps_to_its_assets(config: Path) -> None:
    """Those of the preset and no other, and the refusals say so; one that is not named trades nothing."""
    apart = trade(config, preset="apart")
    assert {(one["strategy"], one["asset"]) for one in apart.trades()} == {(FIRST, "BTC"), (SECOND, "ETH")}
    refused = {(one["strategy"], one["asset"]) for one in apart.refusals if one["cause"] == "not_allowed"}
    assert refused == {(FIRST, "ETH"), (SECOND, "BTC")}
    alone = trade(config, preset="first_only")
    assert {one["strategy"] for one in alone.trades()} == {FIRST}
    assert {one["asset"] for one in alone.trades()} == {"BTC", "ETH"}


def test_what_is_asked_for_besides_wins(config: Path) -> None:
    """Capital, period, assets and single values of the command line stand above the preset."""
    result = trade(
        config,
        preset="apart",
        capital=700.0,
        start="2025-02-01",
        end="2025-02-08",
        assets=["BTC"],
        overrides=[f"{FIRST}_assets.per_asset.BTC.allowed=false"],
    )
    assert result.portfolio["initial_capital"] == 700.0
    assert (result.times[0], result.times[-1]) == (ms("2025-02-01"), ms("2025-02-07T23:00"))
    assert result.run.plan.assets == ("BTC",)
    assert result.trades() == []
    counted_back = trade(config, preset="both", end="2025-02-08")
    assert counted_back.times[0] == ms("2025-01-19")


def test_a_kept_result_needs_no_preset(config: Path) -> None:
    """What the preset said is written out in the result: it is made again whatever the presets say today."""
    kept = trade(config, preset="apart")
    assert reproduce(kept.to_bytes(), data=market(), mode="interpreted").same
    assert kept.to_json()["request"]["from"] == "2025-01-23T00:00:00Z"


def test_an_unknown_preset_is_an_error(config: Path) -> None:
    """The nearest name is offered, and where presets are written."""
    with pytest.raises(RadarError, match="there is no preset bth") as error:
        trade(config, preset="bth")
    assert (error.value.code, error.value.next_step) == ("R5014", "did you mean both?")
    with pytest.raises(RadarError, match="no preset is defined"):
        find_preset(Config(), "both")
    with pytest.raises(RadarError, match="names no pipeline"):
        preset_pipeline(Config.load(config), "both")
    assert preset_pipeline(Config.load(CONFIG), "combined") == ROOT / "pipelines" / "portfolio.yaml"


def test_a_strategy_that_is_not_there_is_an_error(config: Path) -> None:
    """At its place in the file of presets."""
    with pytest.raises(SpecError) as error:
        trade(config, preset="wrong")
    (found,) = error.value.diagnostics
    assert (found.code, found.message) == ("R2031", "portfolio has no strategy node nobody")
    assert found.file.endswith("portfolios.yaml")


def test_a_pipeline_without_gates_takes_no_lists(tmp_path: Path) -> None:
    """It is told which node it lacks."""
    config = presets(tmp_path, "one: {assets: [BTC], strategies: {grid: [BTC]}}")
    with pytest.raises(SpecError) as error:
        prepare(ROOT / "pipelines" / "grid_atr.yaml", config=config, preset="one")
    (found,) = error.value.diagnostics
    assert found.code == "R2031"
    assert found.expected == "a node of its own behind it: grid_assets: {risk: asset_gate, in: grid}"


@pytest.mark.slow
@pytest.mark.parametrize("name", Config.load(CONFIG).presets)
def test_a_shipped_preset_runs(name: str) -> None:
    """On those of its assets that the sample has."""
    chosen = Config.load(CONFIG).presets[name]
    have = [asset for asset in chosen.assets or () if asset in Config.load(CONFIG).assets.groups["sample"]]
    prepared = prepare(preset_pipeline(Config.load(CONFIG), name), config=CONFIG, preset=name, assets=have)
    result = run_prepared(prepared, Store(SAMPLE))
    assert result.portfolio["initial_capital"] == chosen.capital
    assert len(result.times) <= (chosen.days or 0) * 24
    assert result.trades()
