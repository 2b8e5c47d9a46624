"""A ring of the last ``n`` values in a node's part of the float arena."""

from __future__ import annotations

from typing import Any

from radar.market.compiled import compiled


@compiled
def window_total(w: Any, start: int, size: int) -> float:
    """Sum of the ``size`` values that begin at ``start``, in order; NaN among them counts as 0."""
    total = 0.0
    for index in range(start, start + size):
        if w[index] == w[index]:
            total += w[index]
    return total
