"""`-o json` of every command is one JSON document on standard output, and nothing else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from radar.client.connection import Connection
from radar.client.where import Where
from radar.v1 import research_service_pb2
from tests.cli.terminal import CONFIG, GRID, MONTH, SAMPLE, commands, radarctl
from tests.control.serving import TOKENS, serving

CALLS: dict[tuple[str, ...], tuple[object, ...]] = {
    ("check",): (GRID,),
    ("explain",): ("data-gap",),
    ("schema",): (),
    ("graph",): (GRID,),
    ("plan",): (GRID, "--source"),
    ("node", "list"): (),
    ("node", "show"): ("sma",),
    ("data", "import"): ("CANDLES", "--asset", "BTC", "--timeframe", "1h", "--market", "perp", "--venue", "binance"),
    ("data", "list"): ("--data", SAMPLE),
    ("data", "verify"): ("--data", SAMPLE, "--now", "2026-01-02"),
    ("backtest",): (GRID, "--data", SAMPLE, *MONTH),
    ("sweep",): (GRID, "--set", "grid.sl_percent=10,20", "--asset", "BTC", "--data", SAMPLE, *MONTH),
    ("reproduce",): ("RESULT", "--data", SAMPLE),
    ("evaluate",): (GRID, "--node", "mean", "--node", "grid", "--data", SAMPLE, *MONTH),
    ("scan",): (GRID, "--asset", "BTC", "--data", SAMPLE),
    ("compare",): ("RESULT", "RESULT"),
    ("test",): ("TEST",),
    ("status",): (),
    ("audit",): (),
    ("pipeline", "apply"): (GRID, "--yes"),
    ("pipeline", "list"): (),
    ("pipeline", "show"): (GRID.stem,),
    ("pipeline", "diff"): (GRID.stem, "r1", "r1"),
    ("pipeline", "rollback"): (GRID.stem, "r1", "--yes"),
    ("operation", "list"): (),
    ("operation", "show"): ("OPERATION",),
    ("operation", "cancel"): ("OPERATION",),
}
"""Arguments with which each command ends well; words in capitals stand for what the test makes."""

OWN_TESTS = {
    ("serve",): "test_serve.py",
    ("up",): "test_serve.py",
    ("paper",): "test_paper.py",
    **{("run", verb): "test_run_commands.py" for verb in ("start", "list", "show", "watch", "stop", "report")},
}
"""Commands that do not end by themselves or need more than arguments: the file that holds their JSON to account."""

TEST = """radar: 1
cases:
  - name: a flat market is silence
    assets: [BTC]
    given: {candles: [{flat: 60, price: 100, range: 1}]}
    expect: [{silence: true}]
"""


def refuse(text: str) -> Any:
    """NaN and Infinity are no JSON; Python's reader takes them unless told."""
    raise AssertionError(f"{text} is not JSON")


@pytest.fixture(scope="module")
def operation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that the commands find, with a pipeline and a job; the name of the job."""
    with serving(tmp_path_factory.mktemp("served")) as served, pytest.MonkeyPatch.context() as patch:
        patch.setenv("RADAR_SERVER", served.address)
        patch.setenv("RADAR_TOKEN", TOKENS["operator"])
        radarctl("pipeline", "apply", GRID, "--yes")
        with Connection(Where(served.address, TOKENS["operator"])) as connection:
            request = research_service_pb2.StartSweepRequest(request_id="a", axes=["grid.leverage=2,3"])
            request.source.pipeline.name, request.source.pipeline.content = "grid_atr.yaml", GRID.read_bytes()
            kind = research_service_pb2.StartSweepResponse
            started = connection.call("ResearchService/StartSweep", request, kind)
        yield started.operation.name


@pytest.fixture
def files(tmp_path: Path, kept: Path, operation: str) -> dict[object, object]:
    """What stands for the words in capitals."""
    candles = tmp_path / "BTC.csv"
    candles.write_text("time,open,high,low,close,volume\n1699999200000,1,2,1,2,5\n1700002800000,2,3,2,3,5\n", "utf-8")
    pipeline = tmp_path / "grid.yaml"
    shutil.copy(GRID, pipeline)
    test = tmp_path / "grid.test.yaml"
    test.write_text(TEST, "utf-8")
    return {"CANDLES": candles, "RESULT": kept, "TEST": test, "OPERATION": operation}


@pytest.mark.parametrize("path", [path for path in commands() if path not in OWN_TESTS], ids=" ".join)
def test_json_parses(
    path: tuple[str, ...], files: dict[object, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer parses strictly; a new command needs a call here."""
    monkeypatch.setenv("RADAR_DATA", str(tmp_path / "store"))
    monkeypatch.setenv("RADAR_CONFIG", str(CONFIG))
    arguments = [files.get(argument, argument) for argument in CALLS[path]]
    result = radarctl(*path, *arguments, "-o", "json")
    assert json.loads(result.stdout_bytes, parse_constant=refuse)


def test_an_error_is_json_too() -> None:
    """With -o json an error is a document with code, message, expectation and next step."""
    found = json.loads(radarctl("backtest", GRID, "--data", "nowhere", "-o", "json", code=2).stdout)
    assert found["error"]["code"] == "R5006"
    assert "nowhere" in found["error"]["message"]
    assert found["error"]["next_step"]


def test_diagnostics_come_with_the_error() -> None:
    """What is wrong with a pipeline is listed beside the error."""
    arguments = ("--data", SAMPLE, "--set", "grid.levrage=3", "--fill-model", "hope", "-o", "json")
    found = json.loads(radarctl("backtest", GRID, *arguments, code=2).stdout)
    errors = [one for one in found["diagnostics"] if one["severity"] == "error"]
    assert [one["nearest"] for one in errors if one["code"] == "R2008"] == [["leverage"]]
    assert len(errors) == 2, "both mistakes at once"


def test_the_schema_is_the_same_to_a_file(tmp_path: Path) -> None:
    """--out writes what is printed."""
    path = tmp_path / "schema.json"
    radarctl("schema", "--out", path)
    assert json.loads(path.read_text("utf-8")) == json.loads(radarctl("schema").stdout)
