"""Every code that a run can end with, from a run that ends with it."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

import radar
from radar.errors import DataError
from tests.cli.terminal import CONFIG, GRID, SAMPLE, radarctl

HOUR = 3_600_000
START = 1_764_547_200_000
"""2025-12-01 00:00 UTC."""


@pytest.fixture
def pipeline(tmp_path: Path) -> Path:
    """The shipped grid on BTC alone, with one more source that the trend of the grid's mean reads."""
    text = GRID.read_text(encoding="utf-8").replace("assets: sample", "assets: [BTC]")
    text = text.replace("  grid:\n", "  extra: {source: KIND}\n  grid:\n", 1)
    path = tmp_path / "extra.yaml"
    path.write_text(
        text.replace("mean: {indicator: sma, in: candles.close", "mean: {indicator: sma, in: extra"), "utf-8"
    )
    return path


def with_source(pipeline: Path, source: str) -> Path:
    """The pipeline with this source."""
    pipeline.write_text(pipeline.read_text("utf-8").replace("source: KIND", source), "utf-8")
    return pipeline


def test_an_asset_without_a_table() -> None:
    """R5002: candles were passed in for one asset of four."""
    bars = {name: [1.0] * 100 for name in ("open", "high", "low", "close", "volume")}
    table = pa.table({"time": [START + hour * HOUR for hour in range(100)], **bars})
    with pytest.raises(DataError) as caught:
        radar.backtest(GRID, candles={"BTC": table})
    assert caught.value.code == "R5002"
    assert "ETH" in caught.value.message


@pytest.mark.parametrize("period", [("--from", "2030-01-01"), ("--to", "2024-12-02")])
def test_a_period_without_a_bar_to_trade(period: tuple[str, str]) -> None:
    """R5003: after the data, or too short for the history that the pipeline needs."""
    error = radarctl("backtest", GRID, "--asset", "BTC", "--data", SAMPLE, *period, code=2).stderr
    assert "R5003" in error
    assert "next:" in error


@pytest.mark.parametrize(
    ("source", "words"), [("source: open_interest", "open interest"), ("source: funding", "funding")]
)
def test_a_series_that_a_node_needs(source: str, words: str, pipeline: Path, tmp_path: Path) -> None:
    """R5004: the store has the candles and not what the source reads."""
    store = tmp_path / "store"
    candles = SAMPLE / "candles" / "binance" / "perp" / "BTC" / "1h.parquet"
    radarctl("data", "import", candles, "--data", store)
    error = radarctl("backtest", with_source(pipeline, source), "--config", CONFIG, "--data", store, code=2).stderr
    assert "R5004" in error
    assert f"extra needs {words} of BTC" in error


def test_open_interest_that_is_too_coarse(pipeline: Path, tmp_path: Path) -> None:
    """R5005: a change over 5 minutes cannot be read from hourly readings."""
    store = tmp_path / "store"
    candles = SAMPLE / "candles" / "binance" / "perp" / "BTC" / "1h.parquet"
    readings = tmp_path / "interest.csv"
    rows = [f"{START + hour * HOUR},{1000 + hour}" for hour in range(48)]
    readings.write_text("\n".join(["time,open_interest", *rows]) + "\n", "utf-8")
    names = ("--kind", "open_interest", "--asset", "BTC", "--market", "perp", "--venue", "binance")
    radarctl("data", "import", candles, "--data", store)
    radarctl("data", "import", readings, *names, "--timeframe", "1h", "--data", store)
    path = with_source(pipeline, "source: open_interest")
    error = radarctl("backtest", path, "--config", CONFIG, "--data", store, code=2).stderr
    assert "R5005" in error
    assert "oi_change_minutes of at least 60" in error
