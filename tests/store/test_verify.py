"""Verification: every fault that is planted in a clean series is found at its place, and a clean series is silent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radar.market.timeframe import Timeframe
from radar.store import Candles, SeriesKey, Store
from radar.store.parquet_file import Columns, write_columns
from radar.store.series import make_series
from radar.store.verifying import Finding, verify, verify_candles
from tests.store.synthetic import BTC_1H, BTC_FUNDING, HOUR, START, bars, store_with, take

NOW = START + 10_000 * HOUR


def raw_store(path: Path, columns: Columns, key: SeriesKey = BTC_1H) -> Store:
    """A store with a file that no import made, faults and all."""
    store = Store(path)
    write_columns(store.path / key.relative_path, key, columns, frozenset())
    return store


def planted(**changes: tuple[int, float]) -> Columns:
    """Two hundred clean bars with some values replaced: ``close=(row, value)``."""
    rows = {name: values.copy() for name, values in bars(200).items()}
    for name, (row, value) in changes.items():
        rows[name][row] = value
    return rows


def only(findings: list[Finding], code: str) -> Finding:
    """The one finding of a code."""
    (found,) = [finding for finding in findings if finding.code == code]
    return found


def test_a_clean_store_has_no_findings(tmp_path: Path) -> None:
    """Silence means that all is well."""
    store = store_with(tmp_path / "store", bars(500))
    store.append(BTC_FUNDING, {"time": START + np.arange(62) * 8 * HOUR, "rate": np.full(62, 1e-4)})

    assert verify(store, now=NOW) == []


@pytest.mark.parametrize(
    ("columns", "code", "severity", "row", "says"),
    [
        (planted(close=(7, np.nan)), "data-not-finite", "error", 7, "1 bars hold NaN or infinity"),
        (planted(high=(8, np.inf)), "data-not-finite", "error", 8, "NaN or infinity"),
        (planted(low=(9, 0.0)), "data-price", "error", 9, "1 bars hold a price at or below zero"),
        (planted(low=(9, -1.0)), "data-price", "error", 9, "low -1.0"),
        (planted(close=(10, 300.0)), "data-ohlc", "error", 10, "close 300.0"),
        (planted(open=(11, 50.0)), "data-ohlc", "error", 11, "open or close outside low to high"),
        (planted(high=(12, 60.0)), "data-ohlc", "error", 12, "high 60.0"),
        (planted(volume=(13, -1.0)), "data-volume", "error", 13, "negative volume"),
        (planted(volume=(14, 0.0)), "data-zero-volume", "info", 14, "1 bars without volume"),
        (planted(high=(150, 900.0)), "data-outlier-range", "warning", 150, "the largest at 2025-01-07 06:00"),
        (planted(volume=(199, 1.0)), "data-open-bar", "info", 199, "may have been stored before it closed"),
    ],
)
def test_a_planted_value_is_found(
    tmp_path: Path, columns: Columns, code: str, severity: str, row: int, says: str
) -> None:
    """Each fault of a value gives its code, its severity, the bar's time and the numbers."""
    findings = verify(raw_store(tmp_path / "store", columns), now=NOW)

    finding = only(findings, code)
    # A price that cannot be is far from its neighbours as well.
    assert {one.code for one in findings} <= {code, "data-outlier-range", "data-outlier-jump"}
    assert (severity, START + row * HOUR) == (finding.severity, finding.time)
    assert says in finding.message
    assert finding.series == "candles/binance/perp/BTC/1h"


def test_a_jump_between_bars_is_found(tmp_path: Path) -> None:
    """A bar that opens far from the close before it is an outlier, unless rows are missing between them."""
    rows = bars(300)
    for name in ("open", "high", "low", "close"):
        rows[name] = np.where(np.arange(300) < 150, rows[name], rows[name] * 1.5)
    finding = only(verify(store_with(tmp_path / "a", rows), now=NOW), "data-outlier-jump")
    assert (finding.count, finding.time) == (1, START + 150 * HOUR)

    apart = take(rows, [row for row in range(300) if not 140 <= row < 150])
    assert [one.code for one in verify(store_with(tmp_path / "b", apart), now=NOW)] == ["data-gap"]


@pytest.mark.parametrize(
    ("order", "codes"),
    [
        ([0, 1, 2, 2, 3], {"data-duplicate"}),
        ([0, 2, 1, 3], {"data-store-order"}),
        ([3, 2, 1, 2], {"data-store-order", "data-duplicate"}),
    ],
)
def test_disorder_of_a_foreign_file_is_found(tmp_path: Path, order: list[int], codes: set[str]) -> None:
    """Duplicates and steps back, which an import never stores, are found in a file that was put there by hand."""
    assert codes == {one.code for one in verify(raw_store(tmp_path / "store", take(bars(5), order)), now=NOW)} - {
        "data-gap"
    }


def test_a_misaligned_series_is_found(tmp_path: Path) -> None:
    """Bars that open at half past do not belong to the clock of UTC hours."""
    rows = bars(10)
    rows["time"] = rows["time"] + HOUR // 2

    finding = only(verify(raw_store(tmp_path / "store", rows), now=NOW), "data-misaligned")

    assert (finding.count, finding.severity) == (10, "error")


@settings(max_examples=60)
@given(st.sets(st.integers(1, 98), max_size=60))
def test_gaps_are_counted_exactly(tmp_path_factory: pytest.TempPathFactory, gone: set[int]) -> None:
    """Whatever rows are missing: the count of gaps, of rows, the first and the longest gap are right."""
    kept = [row for row in range(100) if row not in gone]
    candles = make_series(BTC_1H, take(bars(100), kept))
    assert isinstance(candles, Candles)

    found = [one for one in verify_candles(candles, now=NOW) if one.code == "data-gap"]

    steps = [(after - before, before) for before, after in pairwise(kept) if after > before + 1]
    assert len(steps) == sum(one.count for one in found)
    if steps:
        longest = max(steps, key=lambda step: step[0])[0] - 1
        assert f"{len(steps)} gaps, {len(gone)} rows missing" in found[0].message
        assert found[0].time == START + steps[0][1] * HOUR
        duration = (
            f"{longest // 24}d" + (f" {longest % 24}h" if longest % 24 else "") if longest >= 24 else f"{longest}h"
        )
        assert f"longest {duration} after" in found[0].message


def test_a_run_without_volume_is_worse_than_single_bars(tmp_path: Path) -> None:
    """Ten bars in a row without a trade are a warning: the market stood still or a source filled them in."""
    rows = bars(200)
    rows["volume"] = np.where((np.arange(200) >= 50) & (np.arange(200) < 62), 0.0, rows["volume"])

    finding = only(verify(store_with(tmp_path / "store", rows), now=NOW), "data-zero-volume")

    assert finding.severity == "warning"
    assert "longest run 12, from 2025-01-03 02:00" in finding.message


def five_minutes(hours: int) -> Columns:
    """5 m bars whose hours are exactly `hourly`."""
    return bars(hours * 12, step=300_000)


def hourly(fine: Columns) -> Columns:
    """The hourly bars that 5 m bars add up to, by the plain definition."""
    groups = {name: values.reshape(-1, 12) for name, values in fine.items()}
    return {
        "time": groups["time"][:, 0].copy(),
        "open": groups["open"][:, 0].copy(),
        "high": groups["high"].max(axis=1),
        "low": groups["low"].min(axis=1),
        "close": groups["close"][:, -1].copy(),
        "volume": groups["volume"].sum(axis=1),
    }


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda rows: None, None),
        (lambda rows: rows["volume"].__setitem__(20, rows["volume"][20] * 1.01), "data-timeframes-differ"),
        (lambda rows: rows["high"].__setitem__(30, rows["high"][30] + 1), "data-timeframes-differ"),
        (lambda rows: rows["volume"].__setitem__(47, rows["volume"][47] / 2), "data-open-bar"),
        (lambda rows: rows["open"].__setitem__(47, rows["open"][47] + 0.5), "data-timeframes-differ"),
    ],
    ids=["equal", "volume", "high", "last bar cut off", "last bar opens elsewhere"],
)
def test_coarse_bars_are_held_against_fine_ones(
    tmp_path: Path, change: Callable[[Columns], None], code: str | None
) -> None:
    """An hour that is not the sum of its 5 m bars is found; a last bar with less of everything was still open."""
    fine = five_minutes(48)
    coarse = hourly(fine)
    change(coarse)
    store = store_with(tmp_path / "store", coarse)
    store.append(SeriesKey("candles", "binance", "perp", "BTC", Timeframe.parse("5m")), fine)

    findings = verify(store, now=NOW)

    assert [one.code for one in findings] == ([] if code is None else [code])
    assert all(one.severity == "warning" and one.series.endswith("1h") for one in findings)


def test_only_hours_with_all_their_bars_are_compared(tmp_path: Path) -> None:
    """A gap in the fine bars says nothing about the coarse ones."""
    fine = five_minutes(48)
    store = store_with(tmp_path / "store", hourly(fine))
    kept = [row for row in range(48 * 12) if row not in (100, 101, 300)]
    store.append(SeriesKey("candles", "binance", "perp", "BTC", Timeframe.parse("5m")), take(fine, kept))

    assert [one.code for one in verify(store, now=NOW)] == ["data-gap"]


@pytest.mark.parametrize(("minutes", "is_open"), [(0, True), (59, True), (60, False), (600, False)])
def test_the_clock_tells_an_open_bar(tmp_path: Path, minutes: int, is_open: bool) -> None:
    """A bar is open until its end, and closed from that very instant on."""
    findings = verify(store_with(tmp_path / "store", bars(10)), now=START + 9 * HOUR + minutes * 60_000)

    assert [one.code for one in findings] == (["data-open-bar"] if is_open else [])


def funding(hours: list[int], *, late: int = 0, rate: float = 1e-4) -> Columns:
    """Settlements at these hours after START."""
    times = START + np.array(hours) * HOUR
    return {"time": times + late * (np.arange(len(hours)) % 2), "rate": np.full(len(hours), rate)}


@pytest.mark.parametrize(
    ("columns", "code", "says"),
    [
        (funding(list(range(0, 80, 8)), late=17), "data-stamp", "5 stamps are up to 17 ms after the whole minute"),
        (funding([0, 8, 16, 32, 40, 48]), "data-gap", "first after 2025-01-01 16:00, longest 16h"),
        (funding([0, 1, 2, 3, 5, 6, 7, 8]), "data-gap", "longest 2h after 2025-01-01 03:00"),
        (
            funding([0, 8, 16, 17, 18, 19, 23, 27, 31]),
            "data-funding-interval",
            "switches 2 times (1h x3, 4h x3, 8h x2)",
        ),
        (funding(list(range(0, 80, 8)), rate=0.01), "data-funding-unit", "may be percent"),
        (funding(list(range(0, 80, 8)), rate=np.nan), "data-not-finite", "10 rates are NaN"),
    ],
)
def test_faults_of_funding_are_found(tmp_path: Path, columns: Columns, code: str, says: str) -> None:
    """Late stamps, missing settlements, switching intervals and rates in percent, each by itself."""
    findings = verify(store_with(tmp_path / "store", columns, BTC_FUNDING), now=NOW)

    assert [one.code for one in findings] == [code]
    assert says in findings[0].message


def test_bars_without_funding_are_told(tmp_path: Path) -> None:
    """A back-test over bars before the first settlement would book no funding: that is worth knowing."""
    store = store_with(tmp_path / "store", bars(100))
    store.append(BTC_FUNDING, funding(list(range(48, 104, 8))))

    finding = only(verify(store, now=NOW), "data-funding-coverage")

    assert finding.message.startswith("48 bars of candles/binance/perp/BTC/1h lie before the first settlement")


def test_open_interest_that_is_none_is_found(tmp_path: Path) -> None:
    """A reading of zero is no reading."""
    key = SeriesKey("open_interest", "binance", "perp", "BTC", Timeframe.parse("1h"))
    rows = {"time": START + np.arange(5) * HOUR, "open_interest": np.array([5.0, 5, 0, np.nan, 6])}
    rows["open_interest_value"] = np.full(5, np.nan)

    finding = only(verify(store_with(tmp_path / "store", rows, key), now=NOW), "data-not-finite")

    assert (finding.count, finding.time) == (2, START + 2 * HOUR)


def test_damaged_and_stray_files_are_findings(tmp_path: Path) -> None:
    """One bad file does not end the check of the others."""
    store = store_with(tmp_path / "store", planted(volume=(3, -1.0)))
    bad = replace(BTC_1H, asset="ETH")
    (store.path / bad.relative_path).parent.mkdir(parents=True)
    (store.path / bad.relative_path).write_bytes(b"nothing")
    (store.path / "candles" / "1h.parquet").write_bytes(b"nothing")

    codes = {one.series: one.code for one in verify(store, now=NOW)}

    assert codes == {
        "candles/1h.parquet": "data-stray-file",
        "candles/binance/perp/BTC/1h": "data-volume",
        "candles/binance/perp/ETH/1h": "data-store-file",
    }


def test_a_filter_narrows_the_check_but_not_its_evidence(tmp_path: Path) -> None:
    """Asked for the hours alone, the 5 m bars still prove them wrong, and their own faults stay out."""
    fine = five_minutes(48)
    coarse = hourly(fine)
    coarse["close"][20] += 0.5
    store = store_with(tmp_path / "store", coarse)
    store.append(SeriesKey("candles", "binance", "perp", "BTC", Timeframe.parse("5m")), take(fine, list(range(1, 576))))
    store.append(replace(BTC_1H, asset="ETH"), planted(volume=(3, -1.0)))

    assert [one.code for one in verify(store, asset="btc", timeframe="1h", now=NOW)] == ["data-timeframes-differ"]
    assert [one.code for one in verify(store, asset="ETH", now=NOW)] == ["data-volume"]
    assert verify(store, kind="funding", now=NOW) == []


def test_verify_changes_nothing(tmp_path: Path) -> None:
    """Faults are reported, never repaired: every byte of the store stays."""
    store = raw_store(tmp_path / "store", take(planted(high=(12, 60.0)), [0, 1, 12, 5, 5]))
    before = {path: path.read_bytes() for path in store.path.rglob("*") if path.is_file()}

    findings = verify(store, now=NOW)

    assert findings
    assert all(set(one.to_json()) == {"code", "severity", "series", "time", "message", "count"} for one in findings)
    assert before == {path: path.read_bytes() for path in store.path.rglob("*") if path.is_file()}
