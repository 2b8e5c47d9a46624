"""Mean, variance and extreme of the last ``size`` values in constant time, without ever subtracting a value out.

A running sum that adds the new value and subtracts the oldest drifts, and keeps a residue of what has left: after
large values a window of zeros sums to something else than zero. So a window is held in two parts. The *older* part is
what is left of the last full block, folded from its end, so that each slot holds the result of all values from there
on. The *newer* part is folded as values come. A result is the fold of one slot and of the newer part; when the newer
part has filled the block it becomes the older one. That costs ``size`` steps once in ``size`` values.

What follows from it: a missing value (NaN) makes the result missing for exactly as long as it is inside the window; a
window of equal values has exactly that mean and a variance of exactly 0; a variance is never negative.

Every function takes its own record ``s`` (declared with the fields that stand beside it), the arena ``w`` and the
place of its window there, and returns NaN until ``size`` values have come. Source of the two-part window: the queue
made of two stacks, applied to a fold; of the merged moments: Welford (1962) and Chan, Golub, LeVeque (1983).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from radar.market.compiled import compiled, inlined
from radar.nodes.kind import StateFields

MEAN: StateFields = (("head", "i8"), ("full", "i8"), ("origin", "f8"), ("total", "f8"))
"""State of :func:`sliding_mean`; it owns ``size`` floats of the arena."""

MOMENTS: StateFields = (("head", "i8"), ("full", "i8"), ("mean", "f8"), ("squares", "f8"))
"""State of :func:`sliding_moments`; it owns ``2 * size`` floats of the arena."""

HIGHEST: StateFields = (("head", "i8"), ("full", "i8"), ("highest", "f8"))
"""State of :func:`sliding_highest`; it owns ``size`` floats of the arena."""


class Moments(NamedTuple):
    """Mean and population variance (divisor ``size``) of a window."""

    mean: float
    variance: float


@inlined
def higher(a: float, b: float) -> float:
    """The larger of two numbers; NaN when one of them is."""
    if a != a or a > b:
        return a
    return b


@inlined
def sliding_mean(s: Any, w: Any, start: int, size: int, x: float) -> float:
    """Push ``x`` and return the arithmetic mean of the last ``size`` values.

    Both parts are summed as differences from one value that is still in the window: the last of the older part, or the
    first of all while there is no older part.
    """
    if x != x:
        x = np.nan
    if s.head == 0:
        s.total = 0.0
        if s.full == 0:
            s.origin = x if x == x else 0.0
    w[start + s.head] = x
    s.total += x - s.origin
    s.head += 1
    mean = np.nan
    if s.head == size:
        s.origin = x if x == x else s.origin
        total = 0.0
        for slot in range(start + size - 1, start - 1, -1):
            total += w[slot] - s.origin
            w[slot] = total
        mean = s.origin + total / size
        s.head = 0
        s.full = 1
    elif s.full == 1:
        mean = s.origin + (w[start + s.head] + s.total) / size
    if mean != mean:
        return np.nan
    return float(mean)


@compiled
def sliding_moments(s: Any, w: Any, start: int, size: int, x: float) -> Moments:
    """Push ``x`` and return mean and population variance of the last ``size`` values."""
    if x != x:
        x = np.nan
    if s.head == 0:
        s.mean = 0.0
        s.squares = 0.0
    w[start + s.head] = x
    s.head += 1
    away = x - s.mean
    s.mean += away / s.head
    s.squares += away * (x - s.mean)
    mean = np.nan
    squares = np.nan
    if s.head == size:
        mean = s.mean
        squares = s.squares
        older_mean = 0.0
        older_squares = 0.0
        for slot in range(start + size - 1, start - 1, -1):
            value = w[slot]
            away = value - older_mean
            older_mean += away / (start + size - slot)
            older_squares += away * (value - older_mean)
            w[slot] = older_mean
            w[slot + size] = older_squares
        s.head = 0
        s.full = 1
    elif s.full == 1:
        slot = start + s.head
        share = s.head / size
        apart = s.mean - w[slot]
        mean = w[slot] + apart * share
        squares = s.squares + w[slot + size] + apart * apart * share * (size - s.head)
    if mean != mean:
        return Moments(np.nan, np.nan)
    return Moments(float(mean), float(squares / size))


@compiled
def sliding_highest(s: Any, w: Any, start: int, size: int, x: float) -> float:
    """Push ``x`` and return the highest of the last ``size`` values (the lowest: push ``-x``, negate the result)."""
    if x != x:
        x = np.nan
    if s.head == 0:
        s.highest = x
    else:
        s.highest = higher(s.highest, x)
    w[start + s.head] = x
    s.head += 1
    result = np.nan
    if s.head == size:
        result = s.highest
        highest = x
        for slot in range(start + size - 1, start - 1, -1):
            highest = higher(w[slot], highest)
            w[slot] = highest
        s.head = 0
        s.full = 1
    elif s.full == 1:
        result = higher(s.highest, w[start + s.head])
    if result != result:
        return np.nan
    return float(result)
