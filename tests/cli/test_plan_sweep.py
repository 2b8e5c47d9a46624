"""`radarctl plan --sweep`: what a sweep computes once, and what for every combination."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from tests.cli.terminal import GRID, PIPELINES, SAMPLE, radarctl

OPTIONS = ("--set", "grid.ma_period=7,14,21", "--set", "grid.num_levels=2,3,9", "--set", "grid.leverage=2,4")


def plan(*arguments: object) -> dict[str, Any]:
    """The answer as data."""
    found: dict[str, Any] = json.loads(radarctl("plan", *arguments, "--sweep", "-o", "json").stdout_bytes)
    return found


def test_what_is_computed_once() -> None:
    """A mean for each of its periods and one width and regime, whatever the number of combinations; bytes of all."""
    found = plan(GRID, *OPTIONS, "--asset", "BTC", "--asset", "ETH", "--data", SAMPLE)
    (group,) = found["groups"]
    assert (found["size"], found["combinations"]) == (18, 12)
    assert [(one["code"], one["count"]) for one in found["refused"]] == [("R2010", 6)]
    assert {one["node"]: one["distinct"] for one in group["once"]} == {"mean": 3, "width": 1, "regime": 1}
    for one in group["once"]:
        assert one["bytes_a_bar"] == one["columns"] * 2 * 8
        assert one["bytes"] == one["bytes_a_bar"] * group["bars"]
    assert group["bytes"] == sum(one["bytes"] for one in group["once"])
    assert [one["node"] for one in group["each"]] == ["grid", "sized", "guard", "broker"]
    assert group["portions"] == 1


def test_memory_makes_portions() -> None:
    """Columns that do not fit together are computed in portions, at least as many as their bytes ask for."""
    arguments = (GRID, *OPTIONS, "--asset", "BTC", "--data", SAMPLE)
    whole = plan(*arguments)["groups"][0]["bytes"]
    limit = math.ceil(whole * 0.9)
    assert plan(*arguments, "--memory", f"{limit}B")["groups"][0]["portions"] >= 2
    assert "portions of combinations" in radarctl("plan", *arguments, "--sweep", "--memory", f"{limit}B").stdout


def test_without_market_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no store the bytes are those of a bar, and nothing of them is missing from the page."""
    monkeypatch.setenv("RADAR_DATA", str(tmp_path / "nothing"))
    (group,) = plan(GRID, *OPTIONS, "--asset", "BTC")["groups"]
    assert (group["bars"], group["bytes"]) == (None, None)
    assert group["bytes_a_bar"] == group["columns"] * 8
    page = radarctl("plan", GRID, *OPTIONS, "--sweep").stdout
    assert "3 x 3 x 2 = 18 combinations" in page
    assert "to run: 12" in page
    assert "memory a bar" in page
    assert "refused: 6" in page


def test_values_that_make_another_plan() -> None:
    """Each clock is a group of its own, and so is each asset that is swept by itself."""
    found = plan(GRID, "--set", "clock=1h,4h", "--set", "grid.timeframe=null", "--set", "grid.num_levels=2,3")
    assert [group["plan"] for group in found["groups"]] == ["clock=1h", "clock=4h"]
    each = plan(GRID, *OPTIONS, "--asset", "BTC", "--asset", "ETH", "--each-asset")
    assert [group["asset"] for group in each["groups"]] == ["BTC", "ETH"]
    assert each["combinations"] == 24


def test_options_of_a_sweep_need_it() -> None:
    """--grid without --sweep is refused, and says what is missing."""
    assert "--sweep" in radarctl("plan", GRID, "--grid", "strategies.NAME", code=2).stderr


def test_a_plan_of_other_assets() -> None:
    """--asset takes the place of the file's assets, as in every command."""
    found = json.loads(radarctl("plan", PIPELINES / GRID.name, "--asset", "ETH", "-o", "json").stdout_bytes)
    assert found["assets"] == ["ETH"]
