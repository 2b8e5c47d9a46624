"""One strategy an asset: on one account an asset is held by one strategy at a time (strategies spec 3.7)."""

from __future__ import annotations

import numpy as np
import pytest

from radar.engine.run import Run
from radar.engine.summary import refusals
from tests.acceptance.harness import Market, finished, prepared, traced
from tests.acceptance.shipped import lively_bars

TEXT = """
radar: 1
pipeline: two
about: two strategies on one account
assets: [BTC, ETH]
clock: 1h
nodes:
  candles: {source: candles}
  mean: {indicator: sma, in: candles.close, period: "${grid.ma_period}"}
  width: {indicator: atr, in: candles, period: "${grid.atr_period}"}
  grid:
    strategy: grid_atr
    in: {bar: candles, mean: mean, width: width}
    sides: [long, short]
    atr_multiplier_start: 1
    leverage: 2
  bands: {indicator: bollinger, in: candles.close, period: "${trend.bol_window}", deviations: "${trend.bol_std}"}
  average: {indicator: sma, in: candles.close, period: "${trend.long_ma_window}"}
  trend:
    strategy: boltrend
    in: {bar: candles, upper: bands.upper, mid: bands.mid, lower: bands.lower, spread: bands.spread, average: average}
    bol_window: 10
    long_ma_window: 20
    bol_std: 1
    sl_percent: 3
  grid_size: {risk: equal_allocation, in: grid}
  trend_size: {risk: risk_sizing, in: trend}
  grid_guard: {risk: margin_guard, in: grid_size}
  trend_guard: {risk: margin_guard, in: trend_size}
  broker: {executor: account, in: [grid_guard, trend_guard], high_volatility_multiplier: 1}
  journal: {sink: journal, in: broker}
"""


@pytest.fixture(scope="module")
def run() -> Run:
    """Two assets traded by a grid and a trend follower."""
    market = Market({(asset, "1h"): lively_bars("grid_atr", k, 500) for k, asset in enumerate(("BTC", "ETH"), 1)})
    return finished(prepared(TEXT), market, mode="interpreted", trace=True)


def test_an_asset_is_held_by_one_strategy_at_a_time(run: Run) -> None:
    """At no bar do both hold it, and over the run both get their turn."""
    grid, trend = (traced(run, f"{name}.position.side") != 0.0 for name in ("grid", "trend"))
    assert not np.any(grid & trend)
    assert grid.any(axis=0).all()
    assert trend.any(axis=0).all()


def test_another_asset_is_free(run: Run) -> None:
    """The rule is of an asset, not of the account."""
    grid, trend = (traced(run, f"{name}.position.side") != 0.0 for name in ("grid", "trend"))
    assert np.any(grid[:, 0] & trend[:, 1])


def test_what_the_owner_kept_out_is_counted(run: Run) -> None:
    """Why it did not trade, by strategy and asset."""
    causes = {(one["strategy"], one["asset"]) for one in refusals(run) if one["cause"] == "owner_conflict"}
    assert causes == {(name, asset) for name in ("grid", "trend") for asset in ("BTC", "ETH")}
