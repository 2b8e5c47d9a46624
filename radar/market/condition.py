"""Named conditions behind an entry: what is compared with what, and whether it holds."""

from __future__ import annotations

from typing import Any

from radar.market.compiled import compiled

CONDITION_FIELDS = ("value", "threshold", "met")
"""What is told of each condition: the number that was looked at, the one it is compared with, and 1 or 0."""


@compiled
def tell(found: Any, index: int, value: float, threshold: float, met: bool) -> None:
    """Write condition ``index`` of a judgement to ``found``, three numbers a condition."""
    found[3 * index] = value
    found[3 * index + 1] = threshold
    found[3 * index + 2] = 1.0 if met else 0.0


@compiled
def clamp01(value: float) -> float:
    """``value`` held between 0 and 1; NaN stays NaN (strategies spec 0.7)."""
    if value < 0.0:
        return 0.0
    return 1.0 if value > 1.0 else value
