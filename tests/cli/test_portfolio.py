"""`radarctl backtest` on a portfolio: presets, snapshots, and the tables of risk, strategies, switches and months."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyarrow import parquet

from tests.cli.terminal import CONFIG, GRID, PIPELINES, SAMPLE, radarctl

PORTFOLIO = PIPELINES / "portfolio.yaml"
OPTIONS = (
    *("--config", CONFIG, "--data", SAMPLE, "--preset", "sample"),
    *("--set", "broker.close_at_end=true", "--set", "guard.global_max_loss_percent=10"),
    *("--set", "guard.max_session_loss_percent=100", "--set", "guard.global_window_hours=48"),
)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with a run's table, result and snapshots."""
    folder = tmp_path_factory.mktemp("portfolio")
    written = ("--out", folder / "result.json", "--snapshots", folder / "account.parquet")
    text = radarctl("backtest", *OPTIONS, *written).stdout
    (folder / "table.txt").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def content(files: Path) -> dict[str, Any]:
    """The result."""
    found: dict[str, Any] = json.loads((files / "result.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def table(files: Path) -> str:
    """What was shown."""
    return (files / "table.txt").read_text(encoding="utf-8")


def test_a_preset_needs_no_pipeline(content: dict[str, Any]) -> None:
    """It names one; its period is the last of the data."""
    assert content["pipeline"] == "portfolio"
    assert content["period"]["from"] == "2025-10-03T00:00:00Z"
    assert content["portfolio"]["initial_capital"] == 10_000.0


def test_snapshots_are_every_bar(files: Path, content: dict[str, Any]) -> None:
    """Nothing is thinned, and they end where the result ends."""
    table = parquet.read_table(files / "account.parquet")
    assert table.num_rows == content["period"]["bars"]
    assert table["equity"].to_pylist()[-1] == content["metrics"]["final_equity"]
    peak = content["portfolio"]["peaks"]
    assert max(table["margin_ratio"].to_pylist()) == pytest.approx(peak["margin_ratio"])
    assert max(table["positions"].to_pylist()) == peak["positions"]


def test_the_table_says_what_was_at_stake(table: str, content: dict[str, Any]) -> None:
    """Drawdown with its dates, peaks, comparison with bitcoin, sizing and forced closes."""
    portfolio = content["portfolio"]
    fall, peaks, against = portfolio["drawdown"], portfolio["peaks"], portfolio["against"]
    assert f"{fall['depth']:,.2f} %" in table
    assert f"{fall['peak'][:16].replace('T', ' ')} to {fall['trough'][:16].replace('T', ' ')}" in table
    assert f"{peaks['margin_ratio']:,.1f} %" in table
    assert f"correlation {against['correlation']:,.2f}" in table
    assert "equal_allocation over 4 assets: grows with the account" in table
    forced = portfolio["totals"]
    assert forced["forced_trades"] > 0
    line = next(line for line in table.splitlines() if line.startswith("closed by force"))
    assert f"{forced['forced_net']:,.2f}" in line


def test_the_table_says_who_earned_what(table: str, content: dict[str, Any]) -> None:
    """A line for each strategy and asset."""
    rows = table.partition("By strategy and asset")[2].splitlines()
    assert len(content["portfolio"]["attribution"]) == 4
    for one in content["portfolio"]["attribution"]:
        row = next(line for line in rows if line.split()[:2] == [one["strategy"], one["asset"]])
        assert f"{one['net']:,.2f}" in row


def test_the_table_says_when_switches_tripped(table: str, content: dict[str, Any]) -> None:
    """When, how much, and when entries were free again."""
    events = content["portfolio"]["kill_switches"]
    assert events, "no switch tripped: this test would check nothing"
    rows = table.partition("Kill switches (")[2]
    assert rows.startswith(f"{len(events)} event")
    for one in events[:10]:
        assert one["time"][:16].replace("T", " ") in rows
        assert f"{one['reference']:,.2f}" in rows


def test_the_table_says_the_months(table: str, content: dict[str, Any]) -> None:
    """October to December."""
    line = next(line for line in table.splitlines() if line.startswith("2025 "))
    assert line.split()[1:] == [f"{one['return']:,.1f}" for one in content["portfolio"]["months"]]
    product = np.prod([1.0 + one["return"] / 100.0 for one in content["portfolio"]["months"]])
    assert (product - 1.0) * 100.0 == pytest.approx(content["metrics"]["equity_return"])


def test_a_pipeline_of_its_own_takes_the_rest_of_a_preset() -> None:
    """Capital, period and assets fit any pipeline."""
    options = ("--config", CONFIG, "--data", SAMPLE, "--preset", "balanced", "--asset", "BTC", "-o", "json")
    found = json.loads(radarctl("backtest", GRID, *options).stdout)
    assert found["pipeline"] == GRID.stem
    assert found["assets"] == ["BTC"]
    assert found["portfolio"]["initial_capital"] == 5000.0
    assert found["period"]["from"] == "2025-10-03T00:00:00Z"


def test_what_is_missing_or_unknown_is_said() -> None:
    """Neither pipeline nor preset; a preset that is not there; snapshots that are no Parquet file."""
    assert "expected: a pipeline file, or --preset NAME" in radarctl("backtest", code=2).stderr
    error = radarctl("backtest", "--config", CONFIG, "--preset", "combind", code=2).stderr
    assert "did you mean combined?" in error
    assert "R5014" in error
    error = radarctl("backtest", PORTFOLIO, "--snapshots", "account.csv", code=2).stderr
    assert "a name that ends in .parquet" in error
