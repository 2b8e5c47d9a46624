"""`radarctl run` against a real server: what a person sees of a run, from its start to its report, and how it fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.terminal import GRID, radarctl

MONTH = ("--from", "2025-10-01", "--to", "2025-11-01")


pytestmark = pytest.mark.usefixtures("named")


def test_the_life_of_a_run_by_commands() -> None:
    """Judge, start, watch to the end, list, show, report: each command shows what the server did, as text and JSON."""
    assert (
        "it could start: BTC, ETH, SOL, XRP" in radarctl("run", "start", GRID, "--replay", *MONTH, "--dry-run").stdout
    )
    started = json.loads(radarctl("run", "start", GRID, "--replay", *MONTH, "--label", "october", "-o", "json").stdout)
    name = started["name"].rpartition("/")[2]
    watched = radarctl("run", "watch", name, "--after", "0").stdout
    assert "the run has ended: FINISHED" in watched
    lines = radarctl("run", "watch", name, "--after", "1", "--marks", "-o", "json").stdout.splitlines()
    rows = [one["row"] for one in map(json.loads, lines) if "row" in one]
    assert [int(one["sequence"]) for one in rows] == list(range(2, len(rows) + 2))
    listed = radarctl("run", "list").stdout
    assert name in listed
    assert "finished" in listed
    assert "october" in listed
    assert name not in radarctl("run", "list", "--running").stdout
    shown = radarctl("run", "show", name).stdout
    for word in ("finished", "operator-caller", "broker", "2025-11-01 00:00:00"):
        assert word in shown
    content = json.loads(radarctl("run", "show", name, "-o", "json").stdout)
    assert content["accounts"][0]["equity"]["value"] == rows[-1]["equity"]["equity"]["value"]
    report = json.loads(radarctl("run", "report", name, "-o", "json").stdout)
    said = radarctl("run", "report", name).stdout
    assert f"{report['metrics']['trades']}" in said
    assert "max drawdown" in said


def test_a_run_is_stopped_and_another_takes_its_place() -> None:
    """A second start is refused with what to do; --replace stops the first; stop ends the second."""
    slow = ("run", "start", GRID, "--replay", "--speed", "3600", *MONTH, "-o", "json")
    first = json.loads(radarctl(*slow).stdout)["name"]
    refused = radarctl("run", "start", GRID, "--replay", *MONTH, code=2)
    assert "stop it first" in refused.stderr
    second = json.loads(radarctl(*slow, "--replace").stdout)["name"]
    assert "stopped" in radarctl("run", "show", first).stdout
    assert "stopping" in radarctl("run", "stop", second).stdout
    assert "the run has ended: STOPPED" in radarctl("run", "watch", second).stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("start", GRID), "radarctl run start PIPELINE --replay"),
        (("start", GRID, "--replay", "--speed", "fast"), "no speed of a replay"),
        (("start", "nothing", "--replay"), "keeps no pipeline nothing"),
        (("start", "nothing", "--replay", "--set", "grid.leverage=2"), "values are those of its revision"),
        (("show", "nothing"), "radarctl run list shows them"),
        (("watch", "nothing"), "there is no runs/nothing"),
        (("stop", "nothing"), "there is no runs/nothing"),
        (("report", "nothing"), "there is no runs/nothing"),
    ],
)
def test_what_cannot_be_done_says_why(arguments: tuple[str | Path, ...], said: str) -> None:
    """Exit code 2, in words what is wrong or what to do next."""
    assert said in radarctl("run", *arguments, code=2).stderr


def test_without_a_server_each_command_says_how_to_start_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 3, and the command that starts a server."""
    monkeypatch.setenv("RADAR_SERVER", "127.0.0.1:9")
    for arguments in (
        ("start", GRID, "--replay"),
        ("list",),
        ("show", "x"),
        ("watch", "x"),
        ("stop", "x"),
        ("report", "x"),
    ):
        assert "radarctl serve" in radarctl("run", *arguments, code=3).stderr
