"""Every check over a store: what is wrong is reported, and nothing is changed."""

from __future__ import annotations

import time as clock
from collections import defaultdict

import numpy as np

from radar.errors import DataError
from radar.market.timeframe import Timeframe
from radar.store.layout import SeriesKey, find_strays
from radar.store.merge import settle_time
from radar.store.parquet_file import Columns
from radar.store.series import Candles, Funding, OpenInterest, make_series
from radar.store.store import Store
from radar.store.verifying.candle_checks import check_outliers, check_values, check_volume
from radar.store.verifying.finding import Finding
from radar.store.verifying.funding_checks import (
    check_funding,
    check_funding_coverage,
    check_open_interest,
    check_stamps,
)
from radar.store.verifying.open_bar import check_last_bar
from radar.store.verifying.time_checks import check_alignment, check_gaps, check_order
from radar.store.verifying.timeframe_checks import check_against_finer

__all__ = ["verify", "verify_candles"]


def verify(
    store: Store,
    *,
    kind: str | None = None,
    venue: str | None = None,
    market: str | None = None,
    asset: str | None = None,
    timeframe: Timeframe | str | None = None,
    now: int | None = None,
) -> list[Finding]:
    """Check the series of a store (all, or those that match every argument that is given).

    Args:
        store: The store; nothing in it is changed.
        kind: Only this kind.
        venue: Only this exchange.
        market: Only ``perp`` or only ``spot``.
        asset: Only this asset.
        timeframe: Only this timeframe (series without one are left out).
        now: The instant by which a last bar must have closed, milliseconds UTC; None reads the clock.

    Returns:
        Findings in the order of the series; none when nothing is wrong or peculiar.

    Raises:
        InvalidValueError: `timeframe` is none.
    """
    length = Timeframe.parse(timeframe) if isinstance(timeframe, str) else timeframe
    instant = int(clock.time() * 1000) if now is None else now
    findings: list[Finding] = []
    siblings: dict[tuple[str, str, str], dict[Timeframe, Candles]] = defaultdict(dict)
    settlements: dict[tuple[str, str, str], Funding] = {}
    stored = store.keys()
    wanted = {key for key in stored if _matches(key, kind, venue, market, asset, length)}
    places = {_place(key) for key in wanted}
    for key in stored:
        place = _place(key)
        # Finer and coarser bars of the same asset are read as evidence even when they were not asked for.
        if key not in wanted and not (key.kind == "candles" and place in places):
            continue
        try:
            raw = store.read_raw(key)
        except DataError as error:
            findings.append(Finding("data-store-file", "error", str(key), None, error.message))
            continue
        series = _in_order(key, raw)
        if isinstance(series, Candles) and key.timeframe is not None:
            siblings[place][key.timeframe] = series
        elif isinstance(series, Funding):
            settlements[place] = series
        if key in wanted:
            findings += _check_one(key, raw, series, instant)
    for place, lengths in siblings.items():
        findings += _check_siblings(lengths, settlements.get(place), wanted)
    if wanted == set(stored):
        for path in find_strays(store.path):
            name = path.relative_to(store.path).as_posix()
            message = f"{name} is not where a series is looked for and is never read; import it"
            findings.append(Finding("data-stray-file", "warning", name, None, message))
    return sorted(_without_doubt(findings), key=lambda finding: finding.series)


def verify_candles(candles: Candles, *, now: int | None = None) -> list[Finding]:
    """Check bars in memory, in the order they have.

    Raises:
        DataError: The candles' key has no timeframe.
    """
    instant = int(clock.time() * 1000) if now is None else now
    raw: Columns = {name: getattr(candles, name) for name in ("time", *candles.key.columns)}
    return _check_one(candles.key, raw, _in_order(candles.key, raw), instant)


def _check_one(key: SeriesKey, raw: Columns, series: Candles | Funding | OpenInterest, now: int) -> list[Finding]:
    name = str(key)
    findings = check_order(name, settle_time(key, raw["time"]))
    if not len(series):
        return [Finding("data-empty", "warning", name, None, "the file has no rows")]
    if key.timeframe is not None:
        findings += check_alignment(name, series.time, key.timeframe)
        findings += check_gaps(name, series.time, key.timeframe.milliseconds)
    if isinstance(series, Candles):
        findings += check_values(series) + check_volume(series) + check_outliers(series) + check_last_bar(series, now)
    else:
        findings += check_stamps(name, raw)
        findings += check_funding(series) if isinstance(series, Funding) else check_open_interest(series)
    return findings


def _check_siblings(
    lengths: dict[Timeframe, Candles], funding: Funding | None, wanted: set[SeriesKey]
) -> list[Finding]:
    findings: list[Finding] = []
    for whole, coarse in sorted(lengths.items()):
        if coarse.key in wanted:
            for part, fine in sorted(lengths.items(), reverse=True):
                if part < whole and whole.is_multiple_of(part):
                    findings += check_against_finer(coarse, fine)
    if funding is not None and lengths:
        widest = max(
            lengths.values(), key=lambda one: (int(np.ptp(one.time)) if len(one) else 0, one.key.relative_path)
        )
        findings += check_funding_coverage(funding, widest)
    return findings


def _without_doubt(findings: list[Finding]) -> list[Finding]:
    """Leave out a suspicion (and a second proof) of an open last bar where a proof is there."""
    proven: set[str] = set()
    result = []
    for finding in sorted(findings, key=lambda one: one.severity == "info"):
        if finding.code == "data-open-bar":
            if finding.series in proven:
                continue
            proven.add(finding.series)
        result.append(finding)
    return result


def _in_order(key: SeriesKey, raw: Columns) -> Candles | Funding | OpenInterest:
    identity = settle_time(key, raw["time"])
    _, first = np.unique(identity, return_index=True)
    return make_series(key, {name: column[first] for name, column in raw.items()})


def _place(key: SeriesKey) -> tuple[str, str, str]:
    return key.venue, key.market, key.asset


def _matches(
    key: SeriesKey,
    kind: str | None,
    venue: str | None,
    market: str | None,
    asset: str | None,
    timeframe: Timeframe | None,
) -> bool:
    return (
        kind in (None, key.kind)
        and venue in (None, key.venue)
        and market in (None, key.market)
        and (asset is None or asset.upper() == key.asset)
        and timeframe in (None, key.timeframe)
    )
