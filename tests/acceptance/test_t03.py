"""T3, mirror: on prices ``K - price`` every strategy does on the other side what it did on this one.

Percentages of the price do not mirror, so stops and targets that are percentages are set where they are never hit, and
thresholds on relative distances to nearly nothing, where only their sign counts (``Subject.mirror``). Sizes differ (a
quantity is money over price), so times, sides, reasons, levels and reference prices are compared. Prices lie on a grid
of 1/64, which makes mirroring exact in floating point.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from radar.engine.run import Run
from tests.acceptance.harness import Market, fills_of, finished, prepared, traced, trades_of
from tests.acceptance.oracle_strategy import Values
from tests.acceptance.shipped import FREE, NAMES, fed, lively_bars, shape
from tests.acceptance.subjects import subjects
from tests.nodes.markets import Bars

K = 256.0
COUNT = 900
MIRRORS = [name for name in NAMES if not isinstance(subjects()[name].mirror, str)]
"""Strategies whose rules mirror exactly; the others say in their subject why theirs do not."""
TWO_SIDED = [name for name in NAMES if len(subjects()[name].sides) == 2]


def on_a_grid(bars: Bars) -> Bars:
    """The market with its prices rounded to 1/64."""
    rounded = {name: np.round(getattr(bars, name) * 64.0) / 64.0 for name in ("open", "high", "low", "close")}
    return replace(bars, **rounded)


def mirror(bars: Bars) -> Bars:
    """The market at ``K - price``: its high is made of the low."""
    return replace(bars, open=K - bars.open, high=K - bars.low, low=K - bars.high, close=K - bars.close)


def traded(name: str, bars: Bars, values: Values, sides: tuple[str, ...], *, turned: bool = False) -> Run:
    """The run on a market, sized by nothing that changes; ``turned`` turns funding round too."""
    its = shape(name)
    overrides = its.values(
        strategy={**values, "sides": list(sides), "leverage": 1.0},
        sizing={"base": "initial"},
        account={**FREE, "minimum_notional": 0.0},
    )
    market = fed(name, Market({("BTC", str(its.clock)): bars}))
    if turned:
        rates = {asset: {instant: -rate for instant, rate in series.items()} for asset, series in market.rates.items()}
        market = replace(market, rates=rates)
    return finished(prepared(name, overrides=overrides, assets=["BTC"]), market, trace=True)


def story(run: Run, sign: int) -> list[tuple[int, ...]]:
    """Every fill without its size and price; sides times ``sign``."""
    return [
        (int(f["time"]), sign * int(f["side"]), int(f["level"]), int(f["opens"]), int(f["reason"]))
        for f in fills_of(run)
    ]


@pytest.mark.parametrize("name", MIRRORS)
def test_a_mirrored_market_mirrors_every_order_and_fill(name: str) -> None:
    """Same times, levels and reasons, opposite sides, prices and resting levels at K minus the other."""
    bars = on_a_grid(lively_bars(name, 5, COUNT))
    values, sides = subjects()[name].mirror, ("long", "short")
    assert not isinstance(values, str)
    here, there = traded(name, bars, values, sides), traded(name, mirror(bars), values, sides, turned=True)
    assert len(trades_of(here)) > 5
    assert {int(side) for side in trades_of(here)["side"]} == {-1, 1}
    assert story(here, 1) == story(there, -1)
    np.testing.assert_allclose(fills_of(here)["reference"], K - fills_of(there)["reference"], rtol=1e-9)
    strategy = shape(name).strategy
    # Before it may trade a SuperTrend may not have turned yet, and its first side is arbitrary.
    tradable = slice(here.feed.start, None)
    for level in range(6):
        buys = traced(here, f"{strategy}.intent.buy.{level}")[tradable]
        sells = traced(there, f"{strategy}.intent.sell.{level}")[tradable]
        np.testing.assert_allclose(buys, K - sells, rtol=1e-9, equal_nan=True)
    enters = f"{strategy}.intent.enter"
    np.testing.assert_array_equal(traced(here, enters)[tradable], -traced(there, enters)[tradable])


@pytest.mark.parametrize("name", TWO_SIDED)
def test_one_sided_orders_together_are_the_two_sided_ones_while_flat(name: str) -> None:
    """Where all three are flat, the orders of ``[long]`` and of ``[short]`` make up those of ``[long, short]``."""
    bars = lively_bars(name, 6, COUNT)
    values = subjects()[name].lively
    both, long, short = (traded(name, bars, values, sides) for sides in (("long", "short"), ("long",), ("short",)))
    for strategy in shape(name).strategies:
        flat = np.ones(both.row, dtype=bool)
        for run in (both, long, short):
            side = traced(run, f"{strategy}.position.side")[:, 0]
            before = np.concatenate([[0.0], side[:-1]])
            flat &= (side == 0.0) & (before == 0.0)
        assert flat[both.feed.start :].sum() > 50
        for level in range(6):
            for word, one in (("buy", long), ("sell", short)):
                column = f"{strategy}.intent.{word}.{level}"
                np.testing.assert_array_equal(traced(one, column)[flat], traced(both, column)[flat])
                other = short if one is long else long
                assert np.all(np.isnan(traced(other, column)[flat]))
        enters = f"{strategy}.intent.enter"
        together = traced(long, enters) + traced(short, enters)
        np.testing.assert_array_equal(together[flat], traced(both, enters)[flat])
