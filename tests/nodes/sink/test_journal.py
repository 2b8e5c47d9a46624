"""The journal: what may be wired into it, and that it changes nothing of a run."""

from __future__ import annotations

import pytest

from radar.kernel.build import digest_of, source_of
from radar.plan.check import check
from radar.plan.plan import make_plan
from radar.spec.load import load_pipeline
from tests.nodes.strategy.harness import bars, run
from tests.nodes.strategy.test_grid_atr import CALM, DIP, TEXT

GRID = TEXT.replace("SIDES", "[long]")
WITHOUT = GRID.replace("  journal: {sink: journal, in: broker}\n", "")


@pytest.mark.parametrize("wired", ["broker", "broker.fills", "guard.refused", "[broker, guard.refused]"])
def test_takes_fills_and_refusals(wired: str) -> None:
    """Either, or both."""
    found = check(load_pipeline(GRID.replace("sink: journal, in: broker", f"sink: journal, in: {wired}")))
    assert found.pipeline is not None, found.diagnostics


@pytest.mark.parametrize("wired", ["mean", "candles", "grid", "guard"])
def test_takes_nothing_else(wired: str) -> None:
    """A series, a bar or an intent is no entry of a ledger."""
    found = check(load_pipeline(GRID.replace("sink: journal, in: broker", f"sink: journal, in: {wired}")))
    assert [one.code for one in found.diagnostics] == ["R3005"]


def test_is_no_part_of_the_kernel() -> None:
    """A sink is bound by the mode: with and without it the source, the layout and the trades are the same."""
    plans = [make_plan(check(load_pipeline(text)).require()) for text in (GRID, WITHOUT)]
    assert source_of(plans[0]) == source_of(plans[1])
    assert digest_of(plans[0]) == digest_of(plans[1])
    assert plans[0].layout.params == plans[1].layout.params
    market = bars(CALM, 55, DIP, (97.0, 99.0, 96.8, 98.0))
    assert run(GRID, market).trade_rows.tobytes() == run(WITHOUT, market).trade_rows.tobytes()


def test_the_result_carries_the_ledger() -> None:
    """Fills, trades, equity and refusals are in the result of a back-test, whatever the journal writes elsewhere."""
    result = run(GRID, bars(CALM, 55, DIP, (97.0, 99.0, 96.8, 98.0)))
    assert len(result.fill_rows) == 2
    assert len(result.trade_rows) == 1
    assert result.trades_table().num_rows == 1
    assert result.equity_table().num_rows == len(result.equity)
