"""External series joined to bars by going through them one by one: slow, and plain to read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

Stamped = Sequence[tuple[int, float]]
"""(milliseconds UTC, value) in order of time."""

MINUTE = 60_000


def last_at(instant: int, records: Stamped, oldest: int) -> float:
    """The last value stamped at or before ``instant`` and at most ``oldest`` ms before it; NaN if there is none."""
    found = [(time, value) for time, value in records if time <= instant]
    return found[-1][1] if found and instant - found[-1][0] <= oldest else float("nan")


def booked(times: Sequence[int], interval: int, records: Stamped) -> tuple[list[float], int, int]:
    """Settlements by bar, as the account books them, with how many were known and how many had no rate.

    One belongs to the bar that contains it, one in a gap to the bar behind the gap; one before the first bar or behind
    the last belongs to none.
    """
    sums = [0.0] * len(times)
    known = missing = 0
    for stamp, rate in records:
        if not times or stamp < times[0]:
            continue
        inside = [row for row, time in enumerate(times) if time <= stamp < time + interval]
        behind = [row for row, time in enumerate(times) if time > stamp]
        rows = inside or behind[:1]
        if not rows:
            continue
        if np.isnan(rate):
            missing += 1
            continue
        known += 1
        sums[rows[0]] += rate
    return sums, known, missing


@st.composite
def bar_times(draw: st.DrawFn, interval: int) -> list[int]:
    """Bar opens on a clock, with gaps."""
    steps = draw(st.lists(st.sampled_from([1, 1, 1, 2, 5, 40]), min_size=0, max_size=40))
    first = draw(st.integers(0, 50)) * interval
    return [first + interval * total for total in np.cumsum([0, *steps]).tolist()]


@st.composite
def records(draw: st.DrawFn, unknown: bool = False) -> list[tuple[int, float]]:
    """Records on whole minutes, with rates of either sign, zero among them, and (if asked for) unknown ones."""
    rates = [-0.01, -0.0001, 0.0, 0.0001, 0.02, *([float("nan")] if unknown else [])]
    stamps = draw(st.lists(st.integers(0, 9000), min_size=0, max_size=40, unique=True))
    return [(stamp * 7 * MINUTE, draw(st.sampled_from(rates))) for stamp in sorted(stamps)]


def split(series: Stamped) -> tuple[np.ndarray, np.ndarray]:
    """Times and values of records."""
    times = np.array([time for time, _ in series], dtype=np.int64)
    return times, np.array([value for _, value in series], dtype=float)
