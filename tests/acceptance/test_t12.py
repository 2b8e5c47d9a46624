"""T12, every strategy trades: with its shipped values, on each side and under each profile, it opens and closes.

The market is curated, not fitted: long swings that break bands and carry a long average with them, quiet ranges, sharp
dips and spikes on high volume out of those ranges, and at last deep ones of 6 to 20 %.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from radar.kernel.build import Mode
from tests.acceptance.harness import Market, finished, prepared, trades_of
from tests.acceptance.shipped import SIDED, SIDES, fed, shape
from tests.acceptance.subjects import subjects
from tests.nodes.markets import START, Bars

COUNT = 2400
PROFILES: dict[str, dict[str, dict[str, Any]]] = {
    "as shipped": {},
    "isolated margin": {"strategy": {"leverage": 1.0}, "account": {"margin_mode": "isolated"}},
    "no compounding": {"sizing": {"base": "initial"}},
    "finer fills": {"account": {"intrabar": "path", "fill_model": "queue"}},
}


@cache
def curated(interval: int) -> Bars:
    """1,200 bars of swings of 40 %, 1,200 of a range with a sharp excursion on high volume every 60 bars, and 1,200 of
    a range with a deep one every 80 bars.
    """
    random = np.random.default_rng(12)
    half = COUNT // 2
    times = np.arange(COUNT)
    close = np.empty(COUNT)
    close[:half] = 0.4 * np.sin(2.0 * np.pi * times[:half] / 400.0) + random.normal(0.0, 0.002, half)
    close[half:] = random.normal(0.0, 0.0012, half)
    volume = np.exp(random.normal(8.0, 0.2, COUNT))
    for k, start in enumerate(range(half + 400, COUNT - 40, 60)):
        side = -1.0 if k % 2 else 1.0
        close[start : start + 3] += 0.016 * side * np.array([1.0, 0.7, 0.3])
        volume[start] *= 6.0
    wick = 0.001 * random.random((2, COUNT))
    deep, busy = random.normal(0.0, 0.0012, half), np.exp(random.normal(8.0, 0.2, half))
    for k, start in enumerate(range(80, half - 40, 80)):
        side = -1.0 if k % 2 else 1.0
        deep[start : start + 4] += side * (0.06, 0.12, 0.20)[k // 2 % 3] * np.array([1.0, 0.8, 0.5, 0.2])
        busy[start] *= 6.0
    close, volume = np.concatenate([close, deep]), np.concatenate([volume, busy])
    wick = np.hstack([wick, 0.001 * random.random((2, half))])
    times = np.arange(len(close))
    prices = 100.0 * np.exp(close)
    opens = np.concatenate([[prices[0]], prices[:-1]])
    high, low = np.maximum(opens, prices) * (1.0 + wick[0]), np.minimum(opens, prices) * (1.0 - wick[1])
    return Bars(START + interval * times.astype(np.int64), opens, high, low, prices, volume)


def trades(name: str, side: int, profile: str, mode: Mode) -> np.ndarray:
    """What the shipped pipeline closes on the curated market when only ``side`` is allowed."""
    its, values = shape(name), PROFILES[profile]
    strategy = {"sides": [SIDES[side]], **values.get("strategy", {})}
    overrides = its.values(strategy=strategy, sizing=values.get("sizing"), account=values.get("account"))
    bars, own = curated(its.interval), subjects()[name].curated
    market = fed(name, Market({("BTC", str(its.clock)): own(bars) if own else bars}))
    return trades_of(finished(prepared(name, overrides=overrides, assets=["BTC"]), market, mode=mode))


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(("name", "side"), SIDED)
def test_every_strategy_trades_on_every_allowed_side(name: str, side: int, profile: str) -> None:
    """At least one position opened and closed, and none on the side that is not allowed."""
    closed = trades(name, side, profile, "compiled")
    assert len(closed) > 0
    assert set(closed["side"].tolist()) == {side}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "side"), SIDED)
def test_every_strategy_trades_interpreted(name: str, side: int) -> None:
    """The same trades without the compiler."""
    assert (
        trades(name, side, "as shipped", "interpreted").tobytes()
        == trades(name, side, "as shipped", "compiled").tobytes()
    )
