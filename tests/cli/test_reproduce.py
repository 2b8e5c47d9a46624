"""`radarctl reproduce`: the same bytes again, or which input is another."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from radar.store import SeriesKey, Store
from tests.cli.terminal import CONFIG, GRID, SAMPLE, radarctl

DATA = ("--data", SAMPLE)
Change = Callable[[dict[str, Any]], object]


def edited(kept: Path, folder: Path, change: Change) -> Path:
    """The kept result with a change, in the form in which Radar writes results."""
    content = json.loads(kept.read_bytes())
    change(content)
    path = folder / "edited.json"
    path.write_bytes((json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode("utf-8"))
    return path


def test_the_same_bytes(kept: Path) -> None:
    """A result is made again from itself and the store."""
    assert radarctl("reproduce", kept, *DATA).stdout == f"{kept}: the same bytes\n"


def test_nothing_of_the_first_run_is_needed(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the pipeline file nor the configuration: the result carries both, and only its own values count."""
    monkeypatch.chdir(tmp_path)
    other = tmp_path / "config"
    shutil.copytree(CONFIG, other)
    strategies = other / "strategies.yaml"
    strategies.write_text(strategies.read_text("utf-8").replace("leverage: 6", "leverage: 2"), "utf-8")
    monkeypatch.setenv("RADAR_CONFIG", str(other))
    radarctl("reproduce", kept, *DATA)


def test_every_option_survives(tmp_path: Path) -> None:
    """Assets, values, capital, fill model, a file of another name and open ends come back as they were."""
    pipeline = tmp_path / "renamed.yaml"
    shutil.copy(GRID, pipeline)
    path = tmp_path / "result.json"
    options = ("--asset", "SOL", "--set", "grid.leverage=2", "--capital", "5000", "--fill-model", "through")
    radarctl("backtest", pipeline, *DATA, "--config", CONFIG, *options, "--from", "2025-12-01", "--out", path)
    assert json.loads(path.read_bytes())["request"]["pipeline_file"] == "renamed.yaml"
    radarctl("reproduce", path, *DATA)


def test_changed_data_are_named(kept: Path, tmp_path: Path) -> None:
    """One other price in the period: the digest of the data differs, and the other three do not."""
    store = tmp_path / "store"
    shutil.copytree(SAMPLE, store)
    key = SeriesKey("candles", "binance", "perp", "BTC", Store(store).candles("BTC", "1h").key.timeframe)
    rows = Store(store).candles("BTC", "1h", start=1_760_000_400_000, end=1_760_004_000_000)
    changed = {name: np.array(getattr(rows, name)) for name in ("time", *key.columns)}
    changed["low"] = changed["low"] * 0.9
    Store(store).append(key, changed, replace=True)
    text = radarctl("reproduce", kept, "--data", store, code=1).stdout
    assert "digest of data: the store holds other candles" in text
    assert not any(f"digest of {name}" in text for name in ("pipeline", "config", "kernel"))


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda content: content["digests"].update(kernel="0" * 64), "digest of kernel"),
        (lambda content: content["digests"].update(pipeline="0" * 64), "digest of pipeline"),
        (lambda content: content["digests"].pop("config"), "digest of config"),
        (lambda content: content["metrics"].update(net=1.5), "metrics.net: was 1.5"),
        (lambda content: content["trades"][3].update(quantity=0), "trades[3].quantity: was 0"),
        (lambda content: content["trades"].pop(), "trades (length)"),
        (lambda content: content.update(extra=True), "extra"),
        (lambda content: content.pop("regimes"), "regimes"),
        (lambda content: content["request"].update(overrides=["grid.leverage=2"]), "digest of config"),
        (lambda content: content["request"].update(to="2025-10-20"), "digest of data"),
    ],
)
def test_what_differs_is_named(change: Change, part: str, kept: Path, tmp_path: Path) -> None:
    """The digest or the part of the result, with the first place in it and both values."""
    assert part in radarctl("reproduce", edited(kept, tmp_path, change), *DATA, code=1).stdout


def test_the_layout_alone_is_told_apart(kept: Path, tmp_path: Path) -> None:
    """Equal values in other bytes are not the same bytes, and are said to be equal values."""
    path = tmp_path / "compact.json"
    path.write_text(json.dumps(json.loads(kept.read_bytes())), "utf-8")
    found = json.loads(radarctl("reproduce", path, *DATA, "-o", "json", code=1).stdout)
    assert [one["part"] for one in found["differences"]] == ["layout"]


def test_json_says_same_or_what_differs(kept: Path, tmp_path: Path) -> None:
    """A script reads `same` and the differences."""
    same = json.loads(radarctl("reproduce", kept, *DATA, "-o", "json").stdout)
    assert same["same"] is True
    assert same["digests"] == json.loads(kept.read_bytes())["digests"]
    path = edited(kept, tmp_path, lambda content: content["metrics"].update(net=1.5))
    other = json.loads(radarctl("reproduce", path, *DATA, "-o", "json", code=1).stdout)
    assert other["same"] is False
    assert [(one["part"], one["place"], one["kept"]) for one in other["differences"]] == [
        ("metrics", "metrics.net", "1.5")
    ]


@pytest.mark.parametrize(
    "content",
    [b"", b"not json", b"[]", b"{}", b"\xff\xfe{\x00}\x00", b"[" * 100_000, b'{"format": "radar.result/9"}', b"null"],
    ids=lambda content: content[:12].decode("latin-1"),
)
def test_what_is_no_result_is_refused(content: bytes, tmp_path: Path) -> None:
    """R5009: broken JSON, another document and another format are errors with a next step."""
    path = tmp_path / "other.json"
    path.write_bytes(content)
    error = radarctl("reproduce", path, *DATA, code=2).stderr
    assert "R5009" in error
    assert "radarctl backtest --out" in error


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda content: content.pop("request"), "content"),
        (lambda content: content["request"].pop("pipeline"), "pipeline"),
        (lambda content: content["request"].update(pipeline=str(GRID)), "pipeline"),
        (lambda content: content["request"].update(config=[]), "config"),
        (lambda content: content["request"].update(config={"a.yaml": 1}), "config"),
        (lambda content: content["request"].update(overrides="x"), "overrides"),
        (lambda content: content["request"].update(assets=[1]), "assets"),
        (lambda content: content["request"].update({"from": 5}), "from"),
        (lambda content: content["request"].pop("to"), "to"),
    ],
)
def test_a_request_that_cannot_be_read_is_refused(change: Change, field: str, kept: Path, tmp_path: Path) -> None:
    """R5009 names the field; above all a one-line pipeline is never taken as the name of a file."""
    error = radarctl("reproduce", edited(kept, tmp_path, change), *DATA, code=2).stderr
    assert f"no usable {field}" in error


def test_a_kept_pipeline_that_is_wrong_today_is_said(kept: Path, tmp_path: Path) -> None:
    """Where the checks refuse what is in the result, the diagnostics name the file of then."""

    def change(content: dict[str, Any]) -> None:
        content["request"]["pipeline"] = content["request"]["pipeline"].replace("sma", "smaa")

    error = radarctl("reproduce", edited(kept, tmp_path, change), *DATA, code=2).stderr
    assert "grid_atr.yaml:" in error
    assert "did you mean: sma" in error


@pytest.mark.parametrize("arguments", [("nowhere.json",), (SAMPLE,), (GRID,)], ids=["missing", "folder", "pipeline"])
def test_a_wrong_file_is_said(arguments: tuple[object, ...]) -> None:
    """A missing file, a folder and another kind of file end with exit code 2."""
    assert str(arguments[0]) in radarctl("reproduce", *arguments, *DATA, code=2).stderr
