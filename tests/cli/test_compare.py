"""`radarctl compare`: kept results and pipelines side by side."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.terminal import GRID, MONTH, SAMPLE, radarctl

DATA = ("--data", SAMPLE, "--asset", "BTC", *MONTH)


def test_three_fill_models_in_one_command() -> None:
    """A pipeline under touch, through and queue, with the spread between them; through fills no more than touch."""
    found = json.loads(radarctl("compare", GRID, "--fill-models", *DATA, "-o", "json").stdout)
    assert found["results"] == ["grid_atr touch", "grid_atr through", "grid_atr queue"]
    touch, through, _ = found["metrics"]["trades"]["values"]
    assert through <= touch
    assert found["metrics"]["net"]["spread"] >= 0.0


def test_the_table_says_what_differs_and_whether_it_counts() -> None:
    """The values that are not the same, and the verdict on the daily returns, against the first."""
    text = radarctl("compare", GRID, "--fill-models", *DATA).stdout
    assert "broker.fill_model" in text
    assert "warning: the parameters differ" in text
    verdicts = text.partition("Daily returns against grid_atr touch")[2]
    assert verdicts.count("chance") == 2
    assert "margin at its peak" in text


def test_a_kept_result_beside_a_run(tmp_path: Path) -> None:
    """A result file and the pipeline that it came from agree in every metric."""
    kept = tmp_path / "kept.json"
    radarctl("backtest", GRID, *DATA, "--out", kept)
    text = radarctl("compare", kept, GRID, *DATA).stdout
    assert "kept" in text
    assert "spread" in text
    assert "warning" not in text
    found = json.loads(radarctl("compare", kept, kept, "-o", "json").stdout)
    assert found["results"] == ["kept", "kept (2)"]
    assert all(not row["spread"] for row in found["metrics"].values())


def test_a_file_that_is_no_result(tmp_path: Path) -> None:
    """It is named, with what was expected."""
    path = tmp_path / "other.json"
    path.write_text("{}", encoding="utf-8")
    assert "other.json" in radarctl("compare", path, path, code=2).stderr
