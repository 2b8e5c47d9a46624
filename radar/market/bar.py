"""One closed candle, as the nodes of a kernel see it."""

from __future__ import annotations

from typing import NamedTuple


class Bar(NamedTuple):
    """A closed candle. Prices are in quote currency, ``volume`` in base units.

    ``time`` is the bar's open time in milliseconds UTC; the bar is known at ``time + clock``.
    """

    time: int
    open: float
    high: float
    low: float
    close: float
    volume: float


class ClockedBar(NamedTuple):
    """A bar of a slower clock and whether it has just closed.

    Between closes the values are those of the last complete bar (NaN before the first one).
    """

    closed: bool
    time: int
    open: float
    high: float
    low: float
    close: float
    volume: float
