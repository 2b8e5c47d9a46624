"""A file that is read once gives for any overrides what reading it anew gives."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from radar.spec.config import Config
from radar.spec.load import Loaded, Reader, load_pipeline
from tests.spec.frame import CONFIG

TEXT = """\
radar: 1
pipeline: reading
assets: [BTC, ETH]
clock: 1h
nodes:
  candles: {source: candles}
  mean: {indicator: sma, in: candles.close, period: "${grid.ma_period}"}
  width: {indicator: atr, in: candles, period: "${grid.atr_period}"}
  other: {indicator: sma, in: candles.close, period: PERIOD, per_asset: {NAME: {period: 20}}}
  grid: {strategy: grid_atr, in: {bar: candles, mean: mean, width: width}, with: strategies.grid_atr}
  sized: {risk: equal_allocation, in: grid, with: risk.sizing}
  guard: {risk: margin_guard, in: sized, with: risk.margin_guard}
  regime: {indicator: regime, in: candles}
  broker: {executor: account, in: {in: guard, regime: regime}, with: [risk.account, exchanges.bitget]}
"""

OPTIONS = (
    "grid.ma_period=9",
    "grid.ma_period=0",
    "grid.ma_period=${other.period}",
    "grid.per_asset.ETH.ma_period=11",
    "grid.per_asset.XRP.ma_period=11",
    "strategies.grid_atr.atr_period=21",
    "strategies.grid_atr.atr_period=many",
    "strategies.grid_atr.per_asset.BTC.sl_percent=7",
    "strategies.grid_atr.per_asset.NONE.sl_percent=7",
    "risk.account.max_leverage=3",
    "risk.sizing.nothing=3",
    "other.period=5",
    "other.period=-5",
    "mean.period=3",
    "clock=4h",
    "clock=never",
    "nowhere.period=3",
)


def content(loaded: Loaded) -> Any:
    """All of it; places too, which do not count when pipelines are compared."""
    draft = loaded.draft
    places = [(node.places, node.faulty, node.port_spans) for node in draft.nodes] if draft else None
    return loaded.diagnostics, loaded.pipeline, draft, places


@settings(deadline=None, max_examples=60)
@given(
    loads=st.lists(st.lists(st.sampled_from(OPTIONS), max_size=3), min_size=2, max_size=5),
    period=st.sampled_from(("14", "0", "word", "${grid.num_levels}", "${mean.period}")),
    name=st.sampled_from(("BTC", "ETH", "SOL", "NOBODY")),
)
def test_what_is_kept_changes_nothing(loads: list[list[str]], period: str, name: str) -> None:
    """Whatever was loaded before, right or wrong: the same values, the same places, the same diagnostics."""
    text = TEXT.replace("PERIOD", f'"{period}"' if "$" in period else period).replace("NAME", name)
    config = Config.load(CONFIG)
    reader = Reader(text, config=config)
    for overrides in loads:
        assert content(reader.load(overrides)) == content(load_pipeline(text, config=config, overrides=overrides))
