"""Nothing depends on what has not happened yet, nor on another asset's market (strategies spec T2)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from radar.engine.feed import Feed
from radar.engine.run import Run
from radar.kernel.build import build
from radar.plan.trace import trace_columns
from tests.conformance.cases import CASES, begin, changed, finished, ledger, params, prepared

every_case = pytest.mark.parametrize("name", params())
SEVERAL = [one for one in params(quirky=False) if len(prepared(one.values[0])[0].plan.assets) > 1]
DECIDED = ("source", "indicator", "strategy")


def garbage(market: np.ndarray, seed: int) -> np.ndarray:
    """Numbers of the same shape that have nothing to do with those given: other prices, other gaps, other funding."""
    random = np.random.default_rng(seed)
    noise = market * np.exp(random.normal(0.0, 0.5, market.shape))
    gone = random.random(market.shape[:2]) < 0.2
    noise[gone] = np.nan
    return noise


def cut(feed: Feed, rows: int) -> Feed:
    """The feed without what comes from ``rows`` on."""
    return replace(feed, times=feed.times[:rows].copy(), market=feed.market[:rows].copy())


@pytest.mark.parametrize("part", [0.5, 0.85])
@every_case
def test_cutting_the_future_changes_nothing_before_it(name: str, part: float) -> None:
    """A run of the first n rows is the first n rows of the run: state, fills, trades, equity, decisions."""
    _, feed = prepared(name)
    rows = int(feed.rows * part)
    whole = begin(name, "interpreted")
    whole.advance(rows)
    short = begin(name, "interpreted", cut(feed, rows))
    short.finish()
    assert ledger(short) == ledger(whole)


@pytest.mark.parametrize("seed", range(2))
@every_case
def test_another_future_changes_nothing_before_it(name: str, seed: int) -> None:
    """With other numbers from row n on, everything up to row n stays as it was."""
    _, feed = prepared(name)
    rows = int(feed.rows * (0.5 + 0.2 * seed))
    market = feed.market.copy()
    market[rows:] = garbage(market[rows:], seed)
    whole = begin(name, "interpreted")
    whole.advance(rows)
    other = begin(name, "interpreted", changed(feed, market))
    other.advance(rows)
    assert ledger(other) == ledger(whole)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if not case.slow])
def test_cutting_at_any_row_compiled(name: str) -> None:
    """The same at many rows, in machine code."""
    _, feed = prepared(name)
    whole = begin(name, "compiled")
    for rows in range(5, feed.rows, 15):
        whole.advance(rows)
        short = begin(name, "compiled", cut(feed, rows))
        short.finish()
        assert ledger(short) == ledger(whole), f"row {rows}"


@every_case
def test_an_earlier_end_reads_the_same_rows(name: str) -> None:
    """What the engine joins to bars (funding, open interest, slower candles) does not depend on where it stops."""
    made, feed = prepared(name)
    begun = int(np.max(np.argmax(~np.isnan(feed.market[:, :, 3]), axis=0)))
    for rows in {max(begun + 1, int(feed.rows * part)) for part in (0.5, 0.7, 0.95)}:
        short = CASES[name].feed(made, end=int(feed.times[rows]))
        assert short.times.tobytes() == feed.times[:rows].tobytes()
        assert short.market.tobytes() == feed.market[:rows].tobytes()
        assert short.start == feed.start


def small_positions(name: str) -> list[str]:
    """Overrides with which no gate ever speaks: a gate looks at the whole account, so it does join the assets.

    What risks a fraction behind a near stop holds many times that fraction, and garbage jumps over stops.
    """
    chosen = []
    for node in prepared(name)[0].plan.nodes:
        for parameter, small in (("cap_percent", 0.5), ("risk_percent", 0.002)):
            if node.kind.role == "risk" and parameter in type(node.params).model_fields:
                chosen.append(f"{node.id}.{parameter}={small}")
        if node.kind.role == "executor":
            chosen += [f"{node.id}.initial_capital=1000000000", f"{node.id}.minimum_notional=0"]
    return chosen


@pytest.mark.parametrize("name", SEVERAL)
def test_lanes_are_isolated(name: str) -> None:
    """Another market for one asset leaves every indicator and every intent of the others as they were, in every bit."""
    made = CASES[name].prepare(overrides=small_positions(name))
    feed = CASES[name].feed(made)
    kernel = build(made.plan, "interpreted")
    before = Run.begin(made.plan, kernel, feed, trace=True)
    before.finish()
    touched = 1
    market = feed.market.copy()
    market[:, touched] = garbage(market[:, touched : touched + 1], 3)[:, 0]
    after = Run.begin(made.plan, kernel, changed(feed, market), trace=True)
    after.finish()
    assert not before.ended
    assert not after.ended
    decided = [
        index
        for index, column in enumerate(trace_columns(made.plan))
        if column.when == "decision" and made.plan.node(column.node).kind.role in DECIDED
    ]
    others = [lane for lane in range(len(made.plan.assets)) if lane != touched]
    kept = (slice(None), others, slice(None))
    assert before.trace[:, :, decided][kept].tobytes() == after.trace[:, :, decided][kept].tobytes()
    assert before.trace[:, touched].tobytes() != after.trace[:, touched].tobytes()


@every_case
def test_equity_is_the_account_s_after_every_row(name: str) -> None:
    """Equity begins at the first tradable row, is known from there on, and ends with what the account holds."""
    run = finished(name, "interpreted")
    known = ~np.isnan(run.equity[: run.row])
    assert not known[: run.feed.start].any()
    assert known[run.feed.start :].all()
    assert run.equity[run.row - 1] == run.account(run.plan.executors[0].id)["equity"]
