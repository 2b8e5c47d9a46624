"""What a risk node remembers of the trades of its strategies: their number, and what they won and lost."""

from __future__ import annotations

from typing import Any

from radar.market.compiled import compiled

EARNED = (("trades", "i8"), ("won", "f8"), ("lost", "f8"))
"""Fields of the state. ``won`` and ``lost`` are sums of net results, both positive; a trade of zero is a loss."""


@compiled
def learn(p: Any, s: Any, net: float) -> None:
    """Add a closed trade."""
    s.trades += 1
    if net > 0.0:
        s.won += net
    else:
        s.lost -= net
