"""Named conditions behind an entry: what is compared with what, and whether it holds."""

from __future__ import annotations

from typing import Any

import numpy as np

from radar.market.compiled import compiled

CONDITION_FIELDS = ("value", "threshold", "met")
"""What is told of each condition: the number that was looked at, the one it is compared with, and 1 or 0."""


@compiled
def known(value: float) -> float:
    """``value``, and of the many bit patterns that are not a number the one that everybody writes."""
    return value if value == value else np.nan


@compiled
def tell(found: Any, index: int, value: float, threshold: float, met: bool) -> None:
    """Write condition ``index`` of a judgement to ``found``, three numbers a condition."""
    found[3 * index] = known(value)
    found[3 * index + 1] = known(threshold)
    found[3 * index + 2] = 1.0 if met else 0.0


@compiled
def clamp01(value: float) -> float:
    """``value`` held between 0 and 1; NaN stays NaN (strategies spec 0.7)."""
    if value < 0.0:
        return 0.0
    return 1.0 if value > 1.0 else value


@compiled
def excess(distance: float, width: float, weight: float) -> float:
    """How far a price is beyond the edge of a band, at most 1: ``weight * distance / width`` (strategies spec 2.2).

    ``distance`` is positive beyond the edge and negative inside; the specification scores entries only, and this goes
    on inside. Of a band without width it is 0.5 beyond the edge, 0 on it and -1 on the other side.
    """
    if width > 0.0 or width != width:
        share = weight * distance / width
    elif distance > 0.0:
        share = 0.5
    elif distance < 0.0:
        share = -1.0
    else:
        share = distance
    return 1.0 if share > 1.0 else share


@compiled
def graded(x: float) -> float:
    """Score of a swing entry, ``max(0.1, min(1, 0.5 + 0.5 * x))`` (strategies spec 2.2); NaN stays NaN."""
    score = 0.5 + 0.5 * x
    if score < 0.1:
        return 0.1
    return 1.0 if score > 1.0 else score
