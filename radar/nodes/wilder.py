"""Wilder's measures of a bar that several kinds share: true range, average true range and directional movement.

Source: J. Welles Wilder, New Concepts in Technical Trading Systems (1978), with the seeds of strategies specification
1.1. Every function takes its own record ``s``, declared with the fields that stand beside it.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from radar.market.bar import Bar
from radar.market.compiled import inlined
from radar.nodes.kind import StateFields
from radar.nodes.smoothing import SMOOTHED, smoothed

RANGE: StateFields = (("seen", "i8"), ("close", "f8"))
"""State of :func:`true_range`: whether a bar was seen, and its close."""

AVERAGE_RANGE: StateFields = (("range", RANGE), ("average", SMOOTHED))
"""State of :func:`average_true_range`."""

DIRECTION: StateFields = (
    ("range", RANGE),
    ("high", "f8"),
    ("low", "f8"),
    ("width", SMOOTHED),
    ("up", SMOOTHED),
    ("down", SMOOTHED),
    ("average", SMOOTHED),
)
"""State of :func:`directional_movement`."""


class Movement(NamedTuple):
    """Directional movement of a bar, each from 0 to 100, and the average true range, in quote currency."""

    adx: float
    plus: float
    minus: float
    dx: float
    atr: float


@inlined
def true_range(s: Any, bar: Bar) -> float:
    """The largest of H - L, |H - C'| and |L - C'|, C' being the close before; NaN at the first bar."""
    seen = s.seen
    previous = s.close
    s.seen = 1
    s.close = bar.close
    if seen == 0:
        return np.nan
    # The largest of the three distances is that of the extremes of H, L and C'. Comparing prices instead of distances
    # takes no branch that a processor could guess wrong.
    top = bar.high if bar.high > previous else previous
    bottom = bar.low if bar.low < previous else previous
    if not (bar.high >= bar.low and top >= bottom):
        return np.nan
    return float(top - bottom)


@inlined
def average_true_range(s: Any, period: int, bar: Bar) -> float:
    """Wilder's average of the true range: seeded with the mean of the first ``period`` true ranges."""
    return smoothed(s.average, period, 1.0 / period, true_range(s.range, bar))


@inlined
def directional_movement(s: Any, period: int, bar: Bar) -> Movement:
    """DI+, DI- and DX from index ``period`` on, ADX from ``2 * period - 1`` on; NaN before and at a missing bar.

    DI is 0 where the average true range is 0, DX where both DI are.
    """
    seen = s.range.seen
    up = bar.high - s.high
    down = s.low - bar.low
    s.high = bar.high
    s.low = bar.low
    width = true_range(s.range, bar)
    if seen == 0 or width != width or up != up or down != down:
        return Movement(np.nan, np.nan, np.nan, np.nan, np.nan)
    weight = 1.0 / period
    width = smoothed(s.width, period, weight, width)
    rise = up if up > down else 0.0
    fall = down if down > up else 0.0
    up_average = smoothed(s.up, period, weight, rise if rise > 0.0 else 0.0)
    down_average = smoothed(s.down, period, weight, fall if fall > 0.0 else 0.0)
    if width != width:
        return Movement(np.nan, np.nan, np.nan, np.nan, np.nan)
    share = 100.0 / width if width > 0.0 else 0.0
    # The average true range cancels out of DX, which therefore need not wait for the two DI.
    dx = 0.0
    if share > 0.0 and up_average + down_average > 0.0:
        dx = 100.0 * math.fabs(up_average - down_average) / (up_average + down_average)
    adx = smoothed(s.average, period, weight, dx)
    return Movement(adx, share * up_average, share * down_average, dx, width)
