"""The file of presets: what is read, and that what is wrong in it is said at its place, as everywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from radar.spec.config import Config
from radar.spec.diagnostic import render_all
from tests.spec.frame import CONFIG, codes, marked
from tests.spec.test_config import folder

GOOD = """\
small:
  about: a few
  pipeline: pipelines/two.yaml
  capital: 1000 USDT
  days: 90
  assets: [SOL, majors]
  strategies: {first: [BTC], second: [ETH, SOL]}
bare: {}
"""


def read(tmp_path: Path, text: str) -> Config:
    """The configuration with this file of presets."""
    return Config.load(folder(tmp_path, portfolios=text))


def test_what_is_written_is_what_there_is(tmp_path: Path) -> None:
    """Values, assets with groups resolved and sorted, strategies; what is left out is left to the pipeline."""
    config = read(tmp_path, GOOD)
    assert config.diagnostics == (), render_all(config.diagnostics)
    small, bare = config.presets["small"], config.presets["bare"]
    assert (small.about, small.pipeline, small.capital, small.days) == ("a few", "pipelines/two.yaml", 1000.0, 90)
    assert small.assets == ("BTC", "ETH", "SOL")
    assert small.strategies == {"first": ("BTC",), "second": ("ETH", "SOL")}
    assert (bare.pipeline, bare.capital, bare.days, bare.assets, bare.strategies) == ("", None, None, None, {})
    assert "portfolios" not in config.blocks, "a preset is no block that a node could take"
    assert config.texts()["portfolios.yaml"] == GOOD


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: {«capitl»: 1}", "R2001"),
        ("a: {capital: «many»}", "R2009"),
        ("a: {capital: «0»}", "R2010"),
        ("a: {days: «0»}", "R2010"),
        ("a: {days: «1.5»}", "R2009"),
        ("a: {assets: [BTC, «BTCC»]}", "R4001"),
        ("a: {assets: «[]»}", "R4002"),
        ("a: {strategies: «[x]»}", "R2003"),
        ("a: {strategies: {x: [«NONE»]}}", "R4001"),
        ("a: {assets: [BTC], strategies: {x: «[BTC, ETH]»}}", "R2031"),
        ("a: «1»", "R2003"),
        ("«- a»", "R2003"),
    ],
)
def test_what_is_wrong_is_said_where_it_stands(text: str, code: str, tmp_path: Path) -> None:
    """One finding, with its code, at the place."""
    plain, (line, column, end) = marked(text)
    (found,) = read(tmp_path, plain).diagnostics
    assert (found.code, found.span.line, found.span.column) == (code, line, column), render_all([found])
    assert found.span.end_column <= max(end, column + 1)
    assert found.file.endswith("portfolios.yaml")


def test_the_shipped_presets_are_right() -> None:
    """Those that every user expects are there, each with a pipeline that exists."""
    config = Config.load(CONFIG)
    assert set(config.presets) >= {"conservative", "balanced", "aggressive", "long_term", "combined", "sample"}
    for preset in config.presets.values():
        assert (CONFIG.parent / preset.pipeline).is_file()
        assert preset.about
        assert preset.capital
        assert preset.days
        assert preset.assets
    assert codes(config.diagnostics) == []
