"""The breakout from a Bollinger band in the direction of a long average, and its end (strategies spec 2.2.4).

A strategy that trades it has the fields of :data:`BREAKOUT` in its state and calls :func:`remember` once at each close,
before anything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from radar.market.compiled import compiled, inlined
from radar.market.condition import excess, graded, tell
from radar.market.intent import may
from radar.nodes.kind import StateFields

_NAMES = ("close", "upper", "lower", "before_close", "before_upper", "before_lower")

BREAKOUT: StateFields = tuple((name, "f8") for name in _NAMES)
"""Close and bands of the last bar, and of the one before it, which the last bar is held against."""

BREAKOUT_INITIAL: Mapping[str, float] = dict.fromkeys(_NAMES, np.nan)
"""Nothing is known at the start."""

BREAKOUT_CONDITIONS: Mapping[str, str] = {
    "inside": "The close before, against its band: it was not beyond it yet.",
    "breakout": "The close, against the band that it must be beyond.",
    "trend": "The close, against the long average, which it must be beyond on the same side.",
    "bandwidth": "The bandwidth before, against min_bol_spread.",
}
"""What :func:`judge_breakout` tells, in its order."""


@inlined
def remember(s: Any, close: float, upper: float, lower: float) -> None:
    """Take in the close and the bands of a bar; those of the bar before stay at hand."""
    s.before_close = s.close
    s.before_upper = s.upper
    s.before_lower = s.lower
    s.close = close
    s.upper = upper
    s.lower = lower


@inlined
def breakout(s: Any, sides: int, least: float, spread: float, average: float) -> int:
    """The side of ``sides`` to which the remembered close breaks out, or 0. All comparisons are strict; long wins.

    ``spread`` is the bandwidth of the bar before, which must be above ``least``; ``average`` the long average.
    """
    if spread > least:
        if s.before_close < s.before_upper and s.close > s.upper and s.close > average and may(sides, 1):
            return 1
        if s.before_close > s.before_lower and s.close < s.lower and s.close < average and may(sides, -1):
            return -1
    return 0


@inlined
def exhausted(side: int, close: float, mid: float) -> bool:
    """Whether a breakout to ``side`` is over: the close is back beyond the middle band."""
    return bool(side * (close - mid) < 0.0)


@compiled
def judge_breakout(
    s: Any,
    found: Any,
    side: int,
    close: float,
    upper: float,
    lower: float,
    least: float,
    spread: float,
    average: float,
) -> float:
    """How far the close is beyond the band of ``side``, as a share of the width; NaN while an input is not known.

    Called after :func:`remember` of the same bar.
    """
    band = upper if side > 0 else lower
    before = s.before_upper if side > 0 else s.before_lower
    beyond = side * (close - band)
    tell(found, 0, s.before_close, before, side * (s.before_close - before) < 0.0)
    tell(found, 1, close, band, beyond > 0.0)
    tell(found, 2, close, average, side * (close - average) > 0.0)
    tell(found, 3, spread, least, spread > least)
    if spread != spread or average != average:
        return np.nan
    return graded(excess(beyond, upper - lower, 2.0))
