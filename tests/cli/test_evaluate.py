"""`radarctl evaluate`: any node's output over history."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pyarrow import csv, parquet

from radar.engine.evaluate import evaluate
from tests.cli.terminal import GRID, MONTH, SAMPLE, radarctl

DATA = ("--data", SAMPLE)


def test_json_is_the_table_of_the_function() -> None:
    """The rows are those of radar.evaluate, times as text and NaN as null."""
    found = json.loads(
        radarctl("evaluate", GRID, *DATA, *MONTH, "--node", "mean", "--node", "grid", "-o", "json").stdout
    )
    table = evaluate(GRID, ["mean", "grid"], data=SAMPLE, start=MONTH[1], end=MONTH[3])
    assert found["columns"] == table.column_names
    assert len(found["rows"]) == table.num_rows == 4 * 24 * 31
    assert found["rows"][0][:2] == ["2025-10-01T00:00:00Z", "BTC"]
    column = found["columns"].index("mean.value")
    assert [row[column] for row in found["rows"]] == table["mean.value"].to_pylist()
    missing = found["columns"].index("grid.intent.sell.0")
    assert {row[missing] for row in found["rows"]} == {None}, "the shipped grid is long only"


def test_the_table_shows_the_last_rows() -> None:
    """The screen shows the end, what is left out, and how to get all."""
    text = radarctl("evaluate", GRID, *DATA, *MONTH, "--node", "mean", "--asset", "BTC", "--asset", "ETH").stdout
    assert "2025-10-31T23:00:00Z" in text
    assert "the last 20 of 1,488 rows" in text
    assert "--out" in text


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_out_writes_all_rows(ending: str, tmp_path: Path) -> None:
    """--out writes the whole table in the form that its name says."""
    path = tmp_path / f"values.{ending}"
    assert "2,976 rows" in radarctl("evaluate", GRID, *DATA, *MONTH, "--node", "broker", "--out", path).stdout
    table = parquet.read_table(path) if ending == "parquet" else csv.read_csv(path)
    assert table.num_rows == 2976
    assert table.column_names == ["time", "asset", "broker.equity", "broker.locked"]
    assert list(tmp_path.iterdir()) == [path], "nothing else is left beside it"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "--node"),
        (("--node", "maen"), "did you mean mean"),
        (("--node", "mean", "--out", "values.xlsx"), ".parquet or .csv"),
        (("--node", "mean", "--out", "nowhere/values.csv"), "there is no folder"),
        (("--node", "mean", "--from", "soon"), "is not a date"),
        (("--node", "mean", "--asset", "NOPE"), "unknown asset"),
    ],
)
def test_bad_input_is_said(options: tuple[str, ...], said: str) -> None:
    """Each mistake ends with exit code 2 and words that name it."""
    assert said in radarctl("evaluate", GRID, *DATA, *options, code=2).stderr


def test_an_unknown_output_has_its_code() -> None:
    """R5008 can be looked up."""
    error = radarctl("evaluate", GRID, *DATA, "--node", "mean.valu", code=2).stderr
    assert "R5008" in error
    assert "radarctl explain R5008" in error
