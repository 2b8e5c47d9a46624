"""The journal: what may be wired into it, and that it changes nothing of a run."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from radar.errors import RadarError
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


def test_writes_the_ledger_where_it_is_told(tmp_path: Path) -> None:
    """One JSON object a line: every fill, trade and equity point of the result, and nothing beside the file."""
    path = tmp_path / "runs" / "ledger.jsonl"
    text = GRID.replace("sink: journal, in: broker", f"sink: journal, in: broker, path: {json.dumps(path.as_posix())}")
    result = run(text, bars(CALM, 55, DIP, (97.0, 99.0, 96.8, 98.0)))
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    counts = Counter(row["kind"] for row in rows)
    assert counts == {"fill": len(result.fill_rows), "trade": 1, "equity": len(result.equity)}
    assert [row["equity"] for row in rows if row["kind"] == "equity"] == list(result.equity)
    assert [one.name for one in path.parent.iterdir()] == ["ledger.jsonl"]


def test_says_where_it_cannot_write(tmp_path: Path) -> None:
    """R5013: a file in the place of the folder."""
    (tmp_path / "taken").write_text("", encoding="utf-8")
    path = (tmp_path / "taken" / "ledger.jsonl").as_posix()
    text = GRID.replace("sink: journal, in: broker", f"sink: journal, in: broker, path: {json.dumps(path)}")
    with pytest.raises(RadarError) as raised:
        run(text, bars(CALM, 55))
    assert raised.value.code == "R5013"
