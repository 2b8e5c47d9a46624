"""What you back-test is what you trade: a run that follows leaves the bytes of a back-test of the same series."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from radar.engine.backtest import prepare, run_prepared
from radar.engine.feed import load_feed
from radar.engine.run import Run
from radar.engine.stream.deliveries import Faults
from radar.engine.stream.outcome import prepared_from, recorded_market, result_of, verify
from radar.kernel.build import build
from radar.market.instant import parse_instant
from radar.store import Store
from tests.acceptance.subjects import EXAMPLE
from tests.conformance.cases import CASES, CONFIG, params, prepared
from tests.engine.memory import Memory
from tests.engine.stream.following import follow, made, new_ledger, written
from tests.nodes.markets import DATA
from tests.nodes.strategy.harness import bars
from tests.nodes.strategy.test_grid_atr import CALM, TEXT

FAULTS = Faults(seed=3, gaps=0.02, late=0.05, duplicates=0.05, outages=0.5)


@pytest.mark.parametrize("name", params(quirky=False))
def test_a_stream_is_the_back_test_of_the_same_series(name: str, tmp_path: Path) -> None:
    """Every shipped pipeline, bar by bar through a ledger, with what it held before the start as history."""
    made_of, feed = prepared(name)
    start = int(feed.times[(feed.start + feed.rows) // 2])
    batch = load_feed(made_of.plan, CASES[name].data, start=start)
    run = Run.begin(made_of.plan, build(made_of.plan, "interpreted"), batch)
    run.finish()
    with new_ledger(tmp_path) as ledger:
        paper = follow(made_of, CASES[name].data, ledger, start)
        assert paper.gather.counts.keys() <= {"accepted"}
        assert written(ledger, paper.run) == made(run, paper.first)
        assert paper.run.feed.times.tobytes() == batch.times.tobytes()
        assert paper.run.feed.market.tobytes() == batch.market.tobytes()


@pytest.mark.parametrize("name", params(quirky=False))
def test_a_stream_with_faults_is_the_back_test_of_what_it_was_told(name: str, tmp_path: Path) -> None:
    """Gaps, late bars, duplicates and outages: the ledger is that of the events that counted."""
    made_of, feed = prepared(name)
    start = int(feed.times[(feed.start + feed.rows) // 2])
    with new_ledger(tmp_path) as ledger:
        paper = follow(made_of, CASES[name].data, ledger, start, faults=FAULTS)
        assert paper.gather.counts["late"] > 0
        assert paper.gather.counts["duplicate"] > 0
        found = verify(ledger, made_of, mode="interpreted")
    assert found.same, found.differences
    assert found.rows == paper.run.row - paper.first


@pytest.mark.parametrize("pipeline", [EXAMPLE, pytest.param("portfolio", marks=pytest.mark.slow)])
def test_a_result_is_that_of_the_back_test(pipeline: str, tmp_path: Path) -> None:
    """Four assets on one account, in machine code, with trades: the whole result is the same bytes."""
    path, store = CONFIG.parent / "pipelines" / f"{pipeline}.yaml", Store(DATA / "sample")
    asked = prepare(path, config=CONFIG, start="2025-09-20")
    with new_ledger(tmp_path) as ledger:
        paper = follow(asked, store, ledger, asked.request.start, end=parse_instant("2025-10-20"), mode="compiled")
        result = result_of(paper)
        again = prepared_from(ledger)
        again = replace(again, request=replace(again.request, end=paper.gather.decided))
        expected = run_prepared(again, recorded_market(ledger))
        assert verify(ledger).same
    assert len(result.trade_rows) > 10
    assert result.to_bytes() == expected.to_bytes()
    stored = run_prepared(replace(again, request=replace(again.request, end=paper.gather.decided)), store)
    assert stored.metrics == result.metrics
    assert stored.trade_rows.tobytes() == result.trade_rows.tobytes()


def test_without_any_history(tmp_path: Path) -> None:
    """A run that begins with its data warms up on what it is told, as a back-test of the whole does."""
    asked = prepare(CONFIG.parent / "pipelines" / "grid_atr.yaml", config=CONFIG, assets=["BTC", "SOL"])
    end = parse_instant("2025-02-10")
    store = Store(DATA / "sample")
    batch = load_feed(asked.plan, store, end=end)
    with new_ledger(tmp_path) as ledger:
        paper = follow(asked, store, ledger, None, end=end, mode="compiled")
        assert paper.first == 0
        assert paper.feed.start == batch.start
        run = Run.begin(asked.plan, paper.run.kernel, batch)
        run.finish()
        assert written(ledger, paper.run) == made(run, 0)
    assert np.isnan(paper.run.all_equity[0, : batch.start]).all()


def test_a_run_ends_with_its_last_account(tmp_path: Path) -> None:
    """Liquidated while bars go on to come: it ends there, stays ended when it is taken up, and is the back-test."""
    fall = bars(CALM, 55, (100.0, 101.0, 91.9, 93.0), (93.0, 93.0, 70.0, 71.0), CALM, CALM)
    asked = prepare(TEXT.replace("SIDES", "[long]"), config=CONFIG, overrides=["grid.sl_percent=90"])
    data = Memory({("BTC", "1h"): fall})
    for _ in range(2):
        with new_ledger(tmp_path) as ledger:
            paper = follow(asked, data, ledger, int(fall.time[40]))
            assert paper.run.ended
            assert paper.run.row == len(fall) - 2
            assert verify(ledger, asked, mode="interpreted").same
            assert result_of(paper).was_liquidated
