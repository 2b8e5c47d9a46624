"""`radarctl data`: files go into a store, what is there is listed, what is wrong is reported."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from radar.store import Store
from tests.cli.terminal import QUIRKS, SAMPLE, radarctl

HOUR = 3_600_000
START = 1_735_689_600_000
NAMED = ("--asset", "BTC", "--market", "perp", "--venue", "binance")


@pytest.fixture
def candles(tmp_path: Path) -> Path:
    """A file of 48 hourly candles."""
    rows = [f"{START + hour * HOUR},{100 + hour},{101 + hour},{99 + hour},{100.5 + hour},10" for hour in range(48)]
    path = tmp_path / "prices.csv"
    path.write_text("\n".join(["Unix,open,high,low,close,volume", *rows]) + "\n", "utf-8")
    return path


def test_import_list_and_verify(candles: Path, tmp_path: Path) -> None:
    """An import makes the store, says what it did, and doing it again changes nothing."""
    store = tmp_path / "store"
    first = radarctl("data", "import", candles, *NAMED, "--column", "time=Unix", "--data", store).stdout
    assert "candles/binance/perp/BTC/1h" in first
    assert "1 file imported" in first
    again = json.loads(radarctl("data", "import", candles, *NAMED, "--data", store, "-o", "json").stdout)
    assert (again[0]["added"], again[0]["unchanged"]) == (0, 48)
    listed = json.loads(radarctl("data", "list", "--data", store, "-o", "json").stdout)
    assert [(one["series"], one["rows"]) for one in listed] == [("candles/binance/perp/BTC/1h", 48)]
    assert "1 series checked" in radarctl("data", "verify", "--data", store, "--now", "2025-01-03").stdout


def test_the_store_may_be_named_by_the_environment(
    candles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RADAR_DATA is where imports go when nothing else is said."""
    monkeypatch.setenv("RADAR_DATA", str(tmp_path / "named"))
    radarctl("data", "import", candles, *NAMED)
    assert len(Store(tmp_path / "named").keys()) == 1


def test_one_bad_file_does_not_stop_the_others(candles: Path, tmp_path: Path) -> None:
    """What can be imported is; the exit code says that something was not, and the error says which and why."""
    bad = tmp_path / "bad.csv"
    bad.write_text("time,open,high,low,close,volume\n1735689600000,1,2,x,2,5\n", "utf-8")
    store = tmp_path / "store"
    text = radarctl("data", "import", bad, candles, *NAMED, "--data", store, code=1).stdout
    assert "1 file imported, 1 failed" in text
    assert "bad.csv" in text.partition("error")[2]
    assert len(Store(store).keys()) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--kind", "prices"), "candles, open_interest, funding"),
        (("--market", "future"), "perp, spot"),
        (("--timeframe", "7x"), "1m, 5m"),
        (("--column", "time"), "--column ROLE=NAME"),
        (("--column", "moment=Unix"), "time"),
    ],
)
def test_a_meaningless_option_is_refused(arguments: tuple[str, ...], said: str, candles: Path, tmp_path: Path) -> None:
    """The valid values are named, and no store is made."""
    error = radarctl("data", "import", candles, *NAMED, *arguments, "--data", tmp_path / "store", code=2).stderr
    assert all(word in error for word in said.split(", "))
    assert not (tmp_path / "store").exists()


def test_a_missing_file_fails(tmp_path: Path) -> None:
    """A name that leads nowhere is an error, of that file alone."""
    text = radarctl("data", "import", tmp_path / "nowhere.csv", "--data", tmp_path / "store", code=1).stdout
    assert "nowhere.csv" in text


def test_the_sample_is_listed_with_its_origin() -> None:
    """Rows, period and origin are shown."""
    text = radarctl("data", "list", "--data", SAMPLE).stdout
    assert "candles/binance/perp/BTC/1h" in text
    assert "2024-12-01 00:00" in text
    assert "GPL-3.0" in text


def test_an_empty_store_says_what_to_do(tmp_path: Path) -> None:
    """A store without series is no error, and the next step is named."""
    assert "radarctl data import" in radarctl("data", "list", "--data", tmp_path).stdout


@pytest.mark.parametrize("command", ["list", "verify"])
def test_a_missing_store_is_an_error(command: str) -> None:
    """R5006: the folder is named, and how to make one."""
    error = radarctl("data", command, "--data", "nowhere", code=2).stderr
    assert "error R5006: the market data folder nowhere does not exist" in error
    assert "radarctl data import" in error


def test_verify_finds_what_is_wrong_and_filters() -> None:
    """Findings fail only with an error; filters choose the series."""
    found = json.loads(radarctl("data", "verify", "--data", QUIRKS, "--asset", "eth", "-o", "json").stdout)
    assert set(found["series"]) == {"candles/binance/perp/ETH/1h", "funding/binance/perp/ETH"}
    assert {one["series"].split("/")[3] for one in found["findings"]} == {"ETH"}


def test_an_error_of_the_data_is_exit_code_1(candles: Path, tmp_path: Path) -> None:
    """A bar that cannot be is an error, and scripts see it."""
    store = tmp_path / "store"
    text = candles.read_text("utf-8").replace(",101,99,", ",90,99,")
    candles.write_text(text, "utf-8")
    radarctl("data", "import", candles, *NAMED, "--data", store)
    text = radarctl("data", "verify", "--data", store, "--now", "2025-01-03", code=1).stdout
    assert "data-ohlc" in text
    assert "next: radarctl explain data-ohlc" in text


def test_a_filter_that_matches_nothing_is_an_error() -> None:
    """Nothing checked is not nothing wrong."""
    assert "holds no series of DOGE" in radarctl("data", "verify", "--data", SAMPLE, "--asset", "DOGE", code=2).stderr


@pytest.mark.parametrize("now", ["yesterday", "2025-13-01", ""])
def test_a_bad_instant_is_refused(now: str) -> None:
    """--now says which form a date has."""
    assert "2025-03-01" in radarctl("data", "verify", "--data", SAMPLE, "--now", now, code=2).stderr


def test_a_damaged_store_is_reported(tmp_path: Path) -> None:
    """A file that is cut off is an error of the store, without a traceback."""
    store = tmp_path / "store"
    shutil.copytree(SAMPLE / "funding", store / "funding")
    path = store / "funding" / "binance" / "perp" / "BTC.parquet"
    path.write_bytes(path.read_bytes()[:500])
    assert "data-store-file" in radarctl("data", "list", "--data", store, code=2).stderr
    assert "data-store-file" in radarctl("data", "verify", "--data", store, "--now", "2026-01-01", code=1).stdout
