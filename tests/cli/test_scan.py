"""`radarctl scan`: ranked opportunities, and why nothing is traded."""

from __future__ import annotations

import json
from pathlib import Path

from radar.engine.scan import scan
from tests.cli.terminal import GRID, SAMPLE, radarctl

DATA = ("--data", SAMPLE, "--asset", "BTC", "--asset", "ETH", "--at", "2025-10-10T12:00:00Z")


def test_json_is_the_list_of_the_function() -> None:
    """Every opportunity with all of its conditions."""
    found = json.loads(radarctl("scan", GRID, *DATA, "-o", "json").stdout)
    expected = scan([GRID], data=SAMPLE, assets=["BTC", "ETH"], at="2025-10-10T12:00:00Z")
    assert found == json.loads(json.dumps([one.to_json() for one in expected]))


def test_the_table_ranks_and_explains() -> None:
    """The screen shows scores and what is not met; --conditions adds the numbers."""
    text = radarctl("scan", GRID, *DATA, "--conditions").stdout
    assert "why not" in text
    assert "not met: distance" in text
    assert "threshold" in text


def test_strategies_of_one_pipeline_are_told_apart() -> None:
    """Where a pipeline has several strategies the table names the node, behind the pipeline where several are shown."""
    portfolio = GRID.with_name("portfolio.yaml")
    alone = radarctl("scan", portfolio, *DATA).stdout
    assert "grid_atr  " in alone
    assert "portfolio" not in alone
    both = radarctl("scan", portfolio, GRID, *DATA).stdout
    assert "portfolio: grid_atr" in both
    assert "\ngrid_atr " in both


def test_the_table_may_be_cut() -> None:
    """--top keeps the first and says how many there are."""
    assert "the first 1 of 2" in radarctl("scan", GRID, *DATA, "--top", 1).stdout


def test_a_folder_without_pipelines(tmp_path: Path) -> None:
    """It is said what was looked for."""
    assert "there is no pipeline" in radarctl("scan", tmp_path, code=2).stderr
