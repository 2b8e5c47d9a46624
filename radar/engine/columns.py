"""External series joined to bars, as a decision may see them (strategies spec 1.5, 3.6, 8.1, 8.2).

``times`` are bar opens of one asset in milliseconds UTC, increasing; ``interval`` is the length of a bar. External
stamps are floored to the whole minute by the store.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.int64]
Floats = NDArray[np.float64]

STALE_FUNDING = 24 * 3_600_000
"""A funding rate older than this is missing for signals."""


class Settlements(NamedTuple):
    """Funding to book: ``rates[bar]`` sums the rates whose instants lie in the bar; ``missing`` had no rate."""

    rates: Floats
    known: int
    missing: int


def settlements(times: Times, interval: int, stamps: Times, rates: Floats) -> Settlements:
    """Sum the settlements of each bar. One inside a gap is booked at the next bar, at its open."""
    booked = np.zeros(len(times))
    if len(times) == 0 or len(stamps) == 0:
        return Settlements(booked, 0, 0)
    row = np.searchsorted(times, stamps, side="right") - 1
    inside = row >= 0
    late = inside & (stamps >= times[np.maximum(row, 0)] + interval)
    row = np.where(late, row + 1, row)
    use = inside & (row < len(times))
    known = use & ~np.isnan(rates)
    np.add.at(booked, row[known], rates[known])
    return Settlements(booked, int(known.sum()), int((use & ~known).sum()))


def as_of(times: Times, stamps: Times, values: Floats, oldest: int) -> Floats:
    """For each of ``times`` the last value stamped at or before it, NaN when it is older than ``oldest`` ms."""
    joined = np.full(len(times), np.nan)
    if len(stamps) == 0:
        return joined
    index = np.searchsorted(stamps, times, side="right") - 1
    found = index >= 0
    fresh = found & (times - stamps[np.maximum(index, 0)] <= oldest)
    joined[fresh] = values[index[fresh]]
    return joined


def funding_rate(times: Times, stamps: Times, rates: Floats) -> Floats:
    """The funding rate that the decisions of each bar see: stamped at or before its open, at most 24 hours old."""
    return as_of(times, stamps, rates, STALE_FUNDING)


class OpenInterestColumns(NamedTuple):
    """Open interest and its relative change over the horizon, for each bar."""

    value: Floats
    change: Floats


def open_interest(times: Times, stamps: Times, values: Floats, horizon: int) -> OpenInterestColumns:
    """Open interest now and its change; each of the two readings at most one ``horizon`` (ms) from its own instant."""
    now = as_of(times, stamps, values, horizon)
    before = as_of(times - horizon, stamps, values, horizon)
    with np.errstate(divide="ignore", invalid="ignore"):
        change = now / before - 1.0
    change[~np.isfinite(change)] = np.nan
    return OpenInterestColumns(now, change)
