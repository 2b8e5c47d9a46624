"""The data that come with Radar: the sample is complete and clean, each quirk is there and is found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from radar.market.timeframe import HOUR, Timeframe
from radar.store import Store
from radar.store.importing import import_files
from radar.store.instants import format_instant
from radar.store.layout import SeriesKey
from radar.store.verifying import Finding, verify

DATA = Path(__file__).parent.parent / "data"
SAMPLE, QUIRKS = Store(DATA / "sample"), Store(DATA / "quirks")
NOW = 1_790_000_000_000  # 2026-09-21, after the last bar of all of them


def instant(text: str) -> int:
    """Milliseconds UTC of ``YYYY-MM-DD HH:MM``."""
    return int(np.datetime64(text.replace(" ", "T"), "ms").astype(np.int64))


def found(asset: str, code: str, **options: str) -> Finding:
    """The one finding of a code in a series of the quirks."""
    (finding,) = [one for one in verify(QUIRKS, asset=asset, now=NOW, **options) if one.code == code]  # type: ignore[arg-type]
    return finding


@pytest.mark.parametrize("asset", ["BTC", "ETH", "XRP"])
def test_the_sample_has_a_year_and_its_warm_up(asset: str) -> None:
    """Every hour of 2025, at least 600 bars before it, and every settlement of both."""
    candles, funding = SAMPLE.candles(asset, "1h"), SAMPLE.funding(asset)

    assert funding is not None
    start, end = instant("2025-01-01 00:00"), instant("2026-01-01 00:00")
    assert int(((candles.time >= start) & (candles.time < end)).sum()) == 365 * 24
    assert int((candles.time < start).sum()) >= 600
    np.testing.assert_array_equal(np.arange(candles.time[0], end, 8 * HOUR), funding.time)


def test_the_sample_has_an_asset_that_starts_late_and_fine_bars() -> None:
    """SOL starts in February; its 5 m bars cover at least six weeks and have their funding."""
    hours, fine, funding = SAMPLE.candles("SOL", "1h"), SAMPLE.candles("SOL", "5m"), SAMPLE.funding("SOL")

    assert funding is not None
    assert format_instant(int(hours.time[0])) == "2025-02-01 00:00"
    assert len(fine) >= 42 * 288
    assert funding.time[0] <= fine.time[0]
    assert funding.time[-1] >= fine.time[-1] - 8 * HOUR


def test_the_sample_has_no_fault() -> None:
    """Nothing worse than real extremes and late stamps: no gap, no break, and 5 m bars that add up to their hours."""
    codes = {one.code for one in verify(SAMPLE, now=NOW)}

    assert codes <= {"data-outlier-range", "data-stamp"}


def test_the_sample_is_small_and_says_its_origin() -> None:
    """Under 4 MB, and every series tells repository, file and licence."""
    covered = SAMPLE.coverage()

    assert sum(one.size_bytes for one in covered) < 4_000_000
    assert all(origin.endswith("(GPL-3.0)") and ":" in origin for one in covered for origin in one.origins)
    readme = (DATA / "sample" / "README.md").read_text(encoding="utf-8")
    assert all(f"| {one.key} | {one.rows} |" in readme for one in covered)
    assert SAMPLE.digest() in readme


def test_the_quirks_say_their_origin() -> None:
    """The table of the folder lists every series as it is."""
    readme = (DATA / "quirks" / "README.md").read_text(encoding="utf-8")

    assert all(f"| {one.key} | {one.rows} |" in readme for one in QUIRKS.coverage())
    assert QUIRKS.digest() in readme


def test_the_crash_of_2020_is_found() -> None:
    """2020-03-13 02:00: the ETH perpetual traded at 84.23 and at 323 within an hour."""
    at = instant("2020-03-13 02:00")
    bar = QUIRKS.candles("ETH", "1h", start=at, end=at + HOUR)

    assert (bar.high[0], bar.low[0]) == (323.0, 84.23)
    assert found("ETH", "data-outlier-range").time == at


@pytest.mark.parametrize("asset", ["DOT", "KAS"])
def test_the_cascade_of_2025_is_found(asset: str) -> None:
    """2025-10-10 21:00: the low is a fraction of the close, a true event that looks like a wrong tick."""
    at = instant("2025-10-10 21:00")
    bar = QUIRKS.candles(asset, "1h", start=at, end=at + HOUR)

    assert bar.low[0] < 0.4 * bar.close[0]
    assert found(asset, "data-outlier-range").time == at


def test_switching_intervals_are_found() -> None:
    """XTZ settled every 8 h, then every hour, then every 4 h, and no settlement is missing."""
    finding = found("XTZ", "data-funding-interval")

    assert finding.count == 2
    assert finding.time == instant("2025-07-20 09:00")
    assert not [one for one in verify(QUIRKS, asset="XTZ", now=NOW) if one.code == "data-gap"]


def test_late_stamps_are_found_and_floored() -> None:
    """The stamps of SOL lie up to 10 ms after the hour; read for use they are the hours."""
    funding = QUIRKS.funding("SOL")

    assert funding is not None
    assert "up to 10 ms" in found("SOL", "data-stamp").message
    assert not np.any(funding.time % (8 * HOUR))


def test_outages_are_found() -> None:
    """Three outages of the spot market: 10, 1 and 7 hours are missing."""
    finding = found("BTC", "data-gap", market="spot")

    assert finding.count == 3
    assert "18 rows missing" in finding.message
    assert "longest 10h after 2018-06-26 01:00" in finding.message


def test_a_thin_market_is_full_of_gaps() -> None:
    """Minutes without a trade have no bar."""
    candles = QUIRKS.candles("XRP-BTC", "1m", market="spot")

    finding = found("XRP-BTC", "data-gap")
    missing = int((candles.time[-1] - candles.time[0]) // 60_000) + 1 - len(candles)
    assert f"{missing} rows missing" in finding.message


def test_an_open_last_bar_is_proven_by_its_finer_bars() -> None:
    """The last hour of a page of the exchange's API holds half of the volume of its 5 m bars."""
    finding = found("BTC", "data-open-bar", venue="bitget", timeframe="1h")

    assert finding.severity == "warning"
    assert finding.time == instant("2025-11-08 15:00")


def test_an_open_last_bar_without_finer_bars_may_show_by_its_volume() -> None:
    """IOTX was cut off early in its hour and is suspected; of BNB and LAYER only the clock could have told."""
    assert found("IOTX", "data-open-bar").severity == "info"
    for asset in ("BNB", "LAYER"):
        last = int(QUIRKS.candles(asset, "1h").time[-1])
        assert not [one for one in verify(QUIRKS, asset=asset, now=NOW) if one.code == "data-open-bar"]
        (finding,) = [one for one in verify(QUIRKS, asset=asset, now=last + HOUR // 2) if one.code == "data-open-bar"]
        assert (finding.time, finding.severity) == (last, "warning")


def test_bars_that_a_source_filled_in_are_found() -> None:
    """2024-10-28: 5 m bars without volume and with flat prices, in hours that traded."""
    fine = found("BTC", "data-zero-volume", venue="binance", market="perp")
    hours = found("BTC", "data-timeframes-differ", venue="binance", market="perp")

    assert "longest run 14, from 2024-10-28 20:00" in fine.message
    assert (hours.count, hours.time) == (2, instant("2024-10-28 20:00"))


def test_real_data_survive_the_way_through_text(tmp_path: Path) -> None:
    """The sample written as CSV and imported again has the digest of the sample."""
    key = SeriesKey("candles", "binance", "perp", "BTC", Timeframe.parse("1h"))
    candles = SAMPLE.candles("BTC", "1h")
    names = ("time", *key.columns)
    lines = [",".join(names)]
    lines += [",".join(map(repr, row)) for row in zip(*(getattr(candles, n).tolist() for n in names), strict=True)]
    file = tmp_path / "binance" / "BTC-USDT-PERP-1h.csv"
    file.parent.mkdir()
    file.write_text("\n".join(lines), encoding="utf-8")
    store = Store(tmp_path / "store")

    (report,) = import_files(store, [file])

    assert report.error is None
    assert store.digest(key) == SAMPLE.digest(key)
