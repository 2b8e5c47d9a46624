"""Real pieces of market data with known quirks, as markets that a pipeline can be run on."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from radar.engine.backtest import Prepared
from radar.engine.run import Run
from radar.market.instant import parse_instant
from radar.store import Store
from tests.acceptance.harness import Market, config_with, fills_of, prepared, started
from tests.nodes.markets import DATA, HOUR, Bars, stored

QUIRKS = DATA / "quirks"
LISTED = ("BTC", "ETH", "SOL", "XRP", "BNB", "DOT")
"""Assets of the shipped configuration that these tests use."""

CRASH = "2020-03-13T02:00:00Z"
CASCADE = "2025-10-10T21:00:00Z"


def at(instant: str) -> int:
    """Milliseconds of an instant."""
    return parse_instant(instant)


@cache
def quirk(*assets: str) -> Market:
    """Hourly candles and funding of assets of the Binance perpetuals, from one store."""
    store = Store(QUIRKS)
    rates: dict[str, dict[int, float]] = {}
    for asset in assets:
        series = store.funding(asset)
        if series is not None:
            rates[asset] = dict(zip(series.time.tolist(), series.rate.tolist(), strict=True))
    return Market({(asset, "1h"): stored("quirks", f"binance/perp/{asset}/1h") for asset in assets}, rates)


def plan_of(pipeline: str, assets: tuple[str, ...], overrides: Mapping[str, Any] | None = None) -> Prepared:
    """A shipped pipeline on assets that the shipped configuration may not list."""
    more = [asset for asset in assets if asset not in LISTED]
    return prepared(pipeline, overrides=overrides, assets=assets, config=config_with(*more) if more else None)


def run_to(ready: Prepared, market: Market, instant: str) -> Run:
    """An interpreted run up to (excluding) the bar that opens at ``instant``."""
    run = started(ready, market, mode="interpreted", trace=True)
    run.advance(row_of(run, instant))
    return run


def row_of(run: Run, instant: str) -> int:
    """The row of the bar that opens at ``instant``."""
    return int(np.searchsorted(run.feed.times, at(instant)))


def index_of(bars: Bars, instant: str) -> int:
    """The bar that opens at ``instant``."""
    index = int(np.searchsorted(bars.time, at(instant)))
    assert int(bars.time[index]) == at(instant)
    return index


def fills_in(run: Run, instant: str, hours: int = 1) -> np.ndarray:
    """Fills of the bars that open in ``hours`` from ``instant`` on."""
    rows = fills_of(run)
    return rows[(rows["time"] >= at(instant)) & (rows["time"] < at(instant) + hours * HOUR)]
