"""T2, prefix and perturbation: what has not happened yet changes nothing, and bar i meets the orders made before it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from radar.engine.backtest import Prepared
from radar.engine.run import Run
from tests.acceptance.harness import Market, fills_of, started, traced, trades_of
from tests.acceptance.shipped import NAMES, Shape, fed, lively_bars, ready, shape
from tests.nodes.markets import Bars

COUNT = 700
RATES = {1_704_067_200_000 + k * 28_800_000: 0.0003 * (-1) ** k for k in range(120)}
PAIR = ("BTC", "ETH")


def market(name: str, bars: tuple[Bars, ...]) -> Market:
    """One market an asset at the pipeline's clock, with funding."""
    clock = str(shape(name).clock)
    return fed(name, Market({(asset, clock): one for asset, one in zip(PAIR, bars, strict=False)}, {"BTC": RATES}))


def bars_of(name: str) -> tuple[Bars, ...]:
    """Two markets, the second with holes."""
    return lively_bars(name, 1, COUNT), lively_bars(name, 2, COUNT, gaps=(430, 431, 432))


def until(run: Run, time: int) -> Run:
    """Advance to the first row at or after ``time``."""
    run.advance(int(np.searchsorted(run.feed.times, time)))
    return run


def footprint(run: Run) -> tuple[bytes, ...]:
    """State, ledger, equity and trace, as bytes."""
    parts = (fills_of(run), trades_of(run), run.equity[run.feed.start : run.row], run.trace[: run.row])
    return (run.state.snapshot(), *(part.tobytes() for part in parts))


@pytest.mark.parametrize("name", NAMES)
def test_a_prefix_gives_what_the_whole_gives_up_to_its_end(name: str) -> None:
    """For a sample of n, the run over the bars before n ends with the state, orders and trades of the whole."""
    plan = ready(name, assets=PAIR)
    bars = bars_of(name)
    whole = started(plan, market(name, bars), trace=True)
    random = np.random.default_rng(3)
    for n in sorted(int(k) for k in random.integers(whole.feed.start + 5, COUNT, 12)):
        time = int(bars[0].time[n])
        cut = tuple(one[np.flatnonzero(one.time < time)] for one in bars)
        prefix = started(plan, market(name, cut), trace=True)
        prefix.finish()
        assert footprint(prefix) == footprint(until(whole, time))
    whole.finish()
    assert len(trades_of(whole)) > 5


def crossed(bars: Bars, i: int, seed: int) -> Bars:
    """The same market with another bar i, which moves far up or down."""
    random = np.random.default_rng(seed)
    columns = {name: getattr(bars, name).copy() for name in ("open", "high", "low", "close", "volume")}
    base = columns["close"][i - 1]
    path = base * np.exp(np.concatenate([[0.0], random.normal(0.0, 0.04, 4)]))
    columns["open"][i], columns["close"][i] = path[0], path[-1]
    columns["high"][i], columns["low"][i] = path.max(), path.min()
    columns["volume"][i] *= float(random.choice([0.1, 1.0, 9.0]))
    return replace(bars, **columns)


def met(run: Run, before: int, bar: Bars, i: int) -> int:
    """Every fill inside bar i is at an order of the row before; how many there are."""
    count = 0
    time = int(bar.time[i])
    for fill in fills_of(run):
        if fill["time"] != time or fill["at_close"] or fill["lane"] != 0:
            continue
        opens = float(bar.open[i])
        strategy = run.plan.chains[int(fill["strategy"])].strategy
        count += 1
        if fill["opens"]:
            side = int(fill["side"])
            word = "buy" if side > 0 else "sell"
            level = traced(run, f"{strategy}.intent.{word}.{int(fill['level'])}")[before, 0]
            expected = min(level, opens) if side > 0 else max(level, opens)
            assert fill["reference"] == expected
        elif fill["reason"] == 1:
            side = -int(fill["side"])
            target = traced(run, f"{strategy}.intent.target")[before, 0]
            assert fill["reference"] == (max(target, opens) if side > 0 else min(target, opens))
    return count


def entered(its: Shape, plan: Prepared, bars: Bars) -> np.ndarray:
    """The bars into which a position is carried."""
    run = started(plan, fed(its.name, Market({("BTC", str(its.clock)): bars})), trace=True)
    run.finish()
    return np.flatnonzero(traced(run, f"{its.strategy}.position.side")[:, 0] != 0.0) + 1


def perturbed(first: int, held: np.ndarray) -> list[int]:
    """Bars from ``first`` on, drawn from all, and some of those ``held``: a strategy may be flat most of the time."""
    random = np.random.default_rng(4)
    anywhere = random.integers(first, COUNT - 1, 30)
    inside = held[(held >= first) & (held < COUNT - 1)]
    return sorted({int(k) for k in (*anywhere, *random.permutation(inside)[:15])})


@pytest.mark.parametrize("name", NAMES)
def test_another_bar_changes_nothing_before_it_nor_the_orders_that_it_meets(name: str) -> None:
    """Perturbing bar i leaves every order and fill of bars before i, and fills inside i are at orders of i - 1."""
    its, plan = shape(name), ready(name)
    bars = bars_of(name)[0]
    clock = str(its.clock)
    whole = started(plan, fed(name, Market({("BTC", clock): bars})), trace=True)
    fills = 0
    for i in perturbed(whole.feed.start + 5, entered(its, plan, bars)):
        other = crossed(bars, i, i)
        changed = started(plan, fed(name, Market({("BTC", clock): other})), trace=True)
        changed.advance(i)
        whole.advance(i)
        assert footprint(changed) == footprint(whole)
        changed.advance(i + 1)
        fills += met(changed, i - 1, other, i)
    assert fills > 3, "hardly any perturbed bar met an order, so the test would say nothing"


def test_a_look_ahead_would_be_seen() -> None:
    """The comparison is sharp: one bar more than the prefix has is a different footprint."""
    plan = ready("grid_atr")
    bars = bars_of("grid_atr")[0]
    run = started(plan, market("grid_atr", (bars,)), trace=True)
    run.advance(200)
    before = footprint(run)
    run.advance(201)
    assert footprint(run) != before
