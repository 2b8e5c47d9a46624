"""Faults of a series' times: order, duplicates, alignment, gaps."""

from __future__ import annotations

import numpy as np

from radar.market.timeframe import Timeframe
from radar.store.instants import format_duration, format_instant
from radar.store.series import Times
from radar.store.verifying.finding import Finding

__all__ = ["check_alignment", "check_gaps", "check_order"]


def check_order(series: str, time: Times) -> list[Finding]:
    """Times that go back, and times that occur more than once, of rows in the file's order."""
    findings = []
    back = np.flatnonzero(time[1:] < time[:-1]) + 1
    if len(back):
        first = int(time[back[0]])
        message = f"{len(back)} rows go back in time, first row {int(back[0]) + 1} at {format_instant(first)}"
        findings.append(Finding("data-store-order", "error", series, first, message, len(back)))
    ordered = np.sort(time)
    doubled = np.flatnonzero(ordered[1:] == ordered[:-1])
    if len(doubled):
        first = int(ordered[doubled[0]])
        message = f"{len(doubled)} rows have the time of another row, first {format_instant(first)}"
        findings.append(Finding("data-duplicate", "error", series, first, message, len(doubled)))
    return findings


def check_alignment(series: str, time: Times, timeframe: Timeframe) -> list[Finding]:
    """Times that are no multiple of the timeframe."""
    off = np.flatnonzero(time % timeframe.milliseconds != 0)
    if not len(off):
        return []
    first = int(time[off[0]])
    message = f"{len(off)} rows do not start at a multiple of {timeframe}, first {format_instant(first)}"
    return [Finding("data-misaligned", "error", series, first, message, len(off))]


def check_gaps(series: str, time: Times, step: int) -> list[Finding]:
    """Places where neighbours are further apart than `step` milliseconds; `time` increases."""
    distance = np.diff(time)
    gaps = np.flatnonzero(distance > step)
    if not len(gaps):
        return []
    missing = distance[gaps] // step - (distance[gaps] % step == 0)
    longest = gaps[int(np.argmax(distance[gaps]))]
    first = int(time[gaps[0]])
    message = (
        f"{len(gaps)} gaps, {int(missing.sum())} rows missing ({_share(int(missing.sum()), len(time))}); "
        f"first after {format_instant(first)}, longest {format_duration(int(distance[longest]) - step)} "
        f"after {format_instant(int(time[longest]))}"
    )
    return [Finding("data-gap", "warning", series, first, message, len(gaps))]


def _share(missing: int, present: int) -> str:
    return f"{missing / (missing + present):.2%}"
