"""Faults and peculiarities of settlements of funding and of readings of open interest."""

from __future__ import annotations

from collections import Counter
from typing import Final

import numpy as np

from radar.market.timeframe import HOUR
from radar.store.instants import format_duration, format_instant
from radar.store.parquet_file import Columns
from radar.store.series import Candles, Funding, OpenInterest, floor_to_minute
from radar.store.verifying.finding import Finding

__all__ = ["check_funding", "check_funding_coverage", "check_open_interest", "check_stamps"]

_INTERVALS: Final = tuple(hours * HOUR for hours in (1, 2, 4, 8))
_PERCENT_SUSPECTED: Final = 0.002


def check_stamps(series: str, raw: Columns) -> list[Finding]:
    """Raw stamps that do not lie on a whole minute (they are floored when read)."""
    late = raw["time"] - floor_to_minute(raw["time"])
    off = np.flatnonzero(late)
    if not len(off):
        return []
    first = int(raw["time"][off[0]])
    message = (
        f"{len(off)} stamps are up to {format_duration(int(late.max()))} after the whole minute, "
        f"first {format_instant(first)}; they are floored when read"
    )
    return [Finding("data-stamp", "info", series, first, message, len(off))]


def check_funding(funding: Funding) -> list[Finding]:
    """Settlements off the hour or missing, intervals that switch, and rates that look like percent."""
    series, time, rate = str(funding.key), funding.time, funding.rate
    findings = []
    off = np.flatnonzero(time % HOUR)
    if len(off):
        first = int(time[off[0]])
        message = f"{len(off)} settlements are not on a whole hour, first {format_instant(first)}"
        findings.append(Finding("data-misaligned", "warning", series, first, message, len(off)))
    bad = np.flatnonzero(~np.isfinite(rate))
    if len(bad):
        first = int(time[bad[0]])
        message = f"{len(bad)} rates are NaN or infinite, first {format_instant(first)}"
        findings.append(Finding("data-not-finite", "error", series, first, message, len(bad)))
    usual = float(np.nanmedian(np.abs(rate))) if len(rate) > len(bad) else 0.0
    if usual > _PERCENT_SUSPECTED:
        message = f"half of the rates are beyond {usual:.4f} a settlement; they may be percent instead of fractions"
        findings.append(Finding("data-funding-unit", "warning", series, int(time[0]), message))
    return findings + _check_intervals(funding)


def check_funding_coverage(funding: Funding, candles: Candles) -> list[Finding]:
    """Bars before the first or a day after the last settlement: a back-test books no funding there."""
    if not len(funding) or not len(candles):
        return []
    before = int(np.searchsorted(candles.time, funding.time[0]))
    after = len(candles) - int(np.searchsorted(candles.time, funding.time[-1] + 24 * HOUR))
    if before + after == 0 or before + after == len(candles):
        return []
    message = (
        f"{before} bars of {candles.key} lie before the first settlement ({format_instant(int(funding.time[0]))}) and "
        f"{after} more than a day after the last ({format_instant(int(funding.time[-1]))}): no payment there"
    )
    return [Finding("data-funding-coverage", "info", str(funding.key), int(funding.time[0]), message, before + after)]


def check_open_interest(reading: OpenInterest) -> list[Finding]:
    """Readings that are not a positive number."""
    bad = np.flatnonzero(~(np.isfinite(reading.open_interest) & (reading.open_interest > 0)))
    if not len(bad):
        return []
    first = int(reading.time[bad[0]])
    message = f"{len(bad)} readings are not above zero, first {format_instant(first)}"
    return [Finding("data-not-finite", "error", str(reading.key), first, message, len(bad))]


def _check_intervals(funding: Funding) -> list[Finding]:
    series, time = str(funding.key), funding.time
    steps = np.diff(time)
    if len(steps) < 2:
        return []
    gap = ~np.isin(steps, _INTERVALS)
    # One long step between equal shorter ones is a missing settlement: a switch of the interval would last.
    lone = (steps[1:-1] > steps[:-2]) & (steps[:-2] == steps[2:])
    gap[1:-1] |= lone
    findings = []
    missing = np.flatnonzero(gap)
    if len(missing):
        first = int(time[missing[0]])
        longest = int(missing[int(np.argmax(steps[missing]))])
        message = (
            f"{len(missing)} steps are no interval of the series, first after {format_instant(first)}, "
            f"longest {format_duration(int(steps[longest]))} after {format_instant(int(time[longest]))}"
        )
        findings.append(Finding("data-gap", "warning", series, first, message, len(missing)))
    regular, starts = steps[~gap], time[1:][~gap]
    switches = np.flatnonzero(regular[1:] != regular[:-1]) + 1
    if len(switches):
        counts = Counter(int(step) for step in regular)
        spelled = ", ".join(f"{format_duration(step)} x{count}" for step, count in sorted(counts.items()))
        first = int(starts[switches[0]])
        message = f"the interval switches {len(switches)} times ({spelled}), first seen at {format_instant(first)}"
        findings.append(Finding("data-funding-interval", "info", series, first, message, len(switches)))
    return findings
