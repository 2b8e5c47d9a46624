"""T6, one engine: compiled = interpreted, batch = one bar a call, one asset = a portfolio of one; compared as bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from radar.engine.run import Run
from tests.acceptance.harness import Market, fills_of, finished, started, times_of, trades_of
from tests.acceptance.shipped import NAMES, fed, lively_bars, ready, shape
from tests.nodes.markets import Bars

COUNT = 620
RATES = {1_704_067_200_000 + k * 28_800_000: 0.0004 * (-1) ** (k // 3) for k in range(120)}


def market(name: str, *bars: Bars) -> Market:
    """Markets of BTC and ETH at the pipeline's clock."""
    clock = str(shape(name).clock)
    pairs = zip(("BTC", "ETH"), bars, strict=False)
    return fed(name, Market({(asset, clock): one for asset, one in pairs}, {"BTC": RATES}))


def ledger(run: Run) -> tuple[bytes, ...]:
    """What a run leaves, as bytes: fills, trades, equity."""
    return fills_of(run).tobytes(), trades_of(run).tobytes(), run.equity.tobytes()


@pytest.mark.parametrize("assets", [("BTC",), ("BTC", "ETH")], ids=["one", "two"])
@pytest.mark.parametrize("name", NAMES)
def test_compiled_and_interpreted_are_the_same_to_the_bit(name: str, assets: tuple[str, ...]) -> None:
    """Ledger, equity and every byte of state, on a market with holes and funding."""
    plan = ready(name, assets=assets)
    data = market(name, lively_bars(name, 8, COUNT, gaps=(500,)), lively_bars(name, 9, COUNT - 40))
    compiled, interpreted = (finished(plan, data, mode=mode) for mode in ("compiled", "interpreted"))
    assert len(trades_of(compiled)) > 0
    assert ledger(compiled) == ledger(interpreted)
    assert compiled.state.snapshot() == interpreted.state.snapshot()


@pytest.mark.parametrize("assets", [("BTC",), ("BTC", "ETH")], ids=["one", "two"])
@pytest.mark.parametrize("name", NAMES)
def test_one_bar_a_call_is_the_whole_history_in_one_call(name: str, assets: tuple[str, ...]) -> None:
    """What paper trading does with the same bars: rows one at a time, and in uneven pieces."""
    plan = ready(name, assets=assets)
    data = market(name, lively_bars(name, 8, COUNT, gaps=(500,)), lively_bars(name, 9, COUNT - 40))
    whole = finished(plan, data)
    for steps in (1, 37):
        pieces = started(plan, data)
        while pieces.row < pieces.feed.rows and not pieces.ended:
            pieces.advance(min(pieces.row + steps, pieces.feed.rows))
        assert ledger(pieces) == ledger(whole)
        assert pieces.state.snapshot() == whole.state.snapshot()


def still(bars: Bars) -> Bars:
    """A market at the same times that stands still without volume, so that no strategy wants anything of it."""
    flat = np.full(len(bars), 50.0)
    return Bars(bars.time, flat, flat, flat, flat, np.zeros(len(bars)))


def portfolio_of_one(name: str, other: Bars, *, first: bool) -> tuple[Run, Run]:
    """BTC alone, and BTC beside an asset that never trades and that is (``first``) before it in order or behind it."""
    its = shape(name)
    bars = lively_bars(name, 8, COUNT)
    sizing: dict[str, Any] = {"assets": 1} if "assets" in its.sizing_parameters else {}
    overrides = its.values(sizing=sizing)
    one, beside = ("ETH", "BTC") if first else ("BTC", "ETH")
    clock = str(its.clock)
    alone = finished(ready(name, overrides, (one,)), fed(name, Market({(one, clock): bars}, {one: RATES})))
    data = fed(name, Market({(one, clock): bars, (beside, clock): other}, {one: RATES}), still=(beside,))
    return alone, finished(ready(name, overrides, (one, beside)), data)


@pytest.mark.parametrize("first", [False, True], ids=["behind", "before"])
@pytest.mark.parametrize("bars", ["still", "one bar"])
@pytest.mark.parametrize("name", NAMES)
def test_one_asset_is_a_portfolio_of_one(name: str, bars: str, first: bool) -> None:
    """A second asset that stands still, or has a single bar, changes no byte but the lane number."""
    whole = still(lively_bars(name, 8, COUNT))
    alone, portfolio = portfolio_of_one(name, whole if bars == "still" else whole[:1], first=first)
    assert portfolio.plan.assets == ("BTC", "ETH")
    expected = (fills_of(alone).copy(), trades_of(alone).copy())
    for rows in expected:
        rows["lane"] = 1 if first else 0
    assert len(trades_of(alone)) > 0
    assert fills_of(portfolio).tobytes() == expected[0].tobytes()
    assert trades_of(portfolio).tobytes() == expected[1].tobytes()
    assert times_of(portfolio).tobytes() == times_of(alone).tobytes()
    assert portfolio.equity.tobytes() == alone.equity.tobytes()
