"""The ladder of a grid: levels at multiples of a width from a centre, and how near the market is to one of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from radar.market.compiled import compiled, inlined
from radar.market.condition import clamp01, tell
from radar.market.intent import first_free


@inlined
def rung(side: int, level: int, centre: float, width: float, first: float, step: float) -> float:
    """Price of a level: ``centre - side * width * (first + level * step)``."""
    return float(centre - side * (width * (first + level * step)))


@inlined
def upcoming(position: Any, side: int) -> int:
    """The level of ``side`` that is filled next; as many as the ladder has where all of them are."""
    return first_free(position.filled) if position.side == side else 0


@compiled
def nearness(close: float, centre: float, level: float) -> float:
    """1 at ``level`` or beyond it, 0 at ``centre`` or on its other side, in between by distance; NaN if unknown."""
    whole = centre - level
    if not (whole < 0.0 or whole > 0.0):
        return np.nan
    return clamp01(1.0 - (close - level) / whole)


@compiled
def tell_distance(found: Any, index: int, side: int, close: float, level: float) -> None:
    """Write how far ``close`` is from ``level``, a fraction of the close, as a condition that is met at the level.

    ``level`` is NaN where no level is free.
    """
    distance = side * (close - level) / close if close > 0.0 else np.nan
    tell(found, index, distance, 0.0, distance <= 0.0)
