"""A seeded random walk of candles that is the same on every machine, Python and numpy.

A golden file made of it must not change with a library, so nothing here calls one: uniform numbers come from the
Mersenne Twister of the standard library, whose sequence is part of its documentation, and everything else is addition
and multiplication. The sum of twelve uniform numbers less six has mean 0 and variance 1 and stands for a normal one.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

__all__ = ["STEPS", "walk"]

STEPS = 16
"""Steps inside a bar; its high and low are the extremes among them."""

Row = tuple[float, float, float, float, float]


def walk(bars: int, seed: int, start: float, volatility: float, drift: float, volume: float) -> Iterator[Row]:
    """Yield ``bars`` rows of open, high, low, close, volume.

    Args:
        bars: How many.
        seed: The same seed gives the same walk.
        start: Open of the first bar; each bar opens at the close before it.
        volatility: Standard deviation of a bar's return, a fraction.
        drift: Mean of a bar's return, a fraction; 0 makes the walk fair.
        volume: Mean volume; each bar has between half and one and a half of it.
    """
    source = random.Random(seed)
    step = volatility / 4.0  # the square root of STEPS
    price = start
    for _ in range(bars):
        opened = high = low = price
        for _ in range(STEPS):
            normal = -6.0
            for _ in range(12):
                normal += source.random()
            price *= 1.0 + step * normal + drift / STEPS
            # A fair walk may fall for long; it may not reach zero, where no market is.
            price = max(price, start * 1e-6)
            high = max(high, price)
            low = min(low, price)
        yield opened, high, low, price, volume * (0.5 + source.random())
