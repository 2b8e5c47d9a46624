"""The exponential average that starts from a plain mean: EMA, Wilder's averages and what is built on them.

``e_i = e_{i-1} + weight * (x_i - e_{i-1})``, which is ``weight * x_i + (1 - weight) * e_{i-1}`` written so that equal
values stay exactly equal. The seed is the arithmetic mean of the first ``seed`` values that are known. Wilder's
average of ``n`` is ``weight = 1 / n``: ``(e_{i-1} * (n - 1) + x_i) / n``. Wilder's *sums* are ``n`` times his
averages, so a ratio of two sums is the ratio of the two averages.

A missing value (NaN) is passed over: it changes nothing, and the result of its own bar is NaN. Source: J. Welles
Wilder, New Concepts in Technical Trading Systems (1978); strategies specification 1.1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from radar.market.compiled import inlined
from radar.nodes.kind import StateFields

SMOOTHED: StateFields = (("count", "i8"), ("value", "f8"))
"""State of :func:`smoothed`: values seen while seeding, and the average (while seeding: their mean so far)."""


@inlined
def smoothed(s: Any, seed: int, weight: float, x: float) -> float:
    """Push ``x`` and return the average; NaN for a missing ``x`` and until ``seed`` values have come."""
    if x != x:
        return np.nan
    if s.count < seed:
        s.count += 1
        s.value += (x - s.value) / s.count
        if s.count < seed:
            return np.nan
    else:
        s.value += weight * (x - s.value)
    return float(s.value)
