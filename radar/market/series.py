"""What a kernel knows about the candles of one asset: how many in a row, and the last of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from radar.market.compiled import inlined
from radar.market.reason import Refusal

SERIES = np.dtype(
    [("bars", "i8"), ("time", "i8"), ("gaps", "i8"), ("close", "f8")],
    align=True,
)
"""``bars`` counts candles since the start or the last gap; ``time`` is the open of the last one, ``close`` its
close."""


@inlined
def arrive(series: Any, time: int, interval: int) -> None:
    """A candle opened at ``time``: after a gap the count starts again, and with it the history that entries need."""
    if series.time != 0 and time - series.time != interval:
        series.bars = 0
        series.gaps += 1
    series.time = time


@inlined
def complete(series: Any, close: float) -> None:
    """The candle closed at ``close`` and counts."""
    series.bars += 1
    series.close = close


@inlined
def history_refusal(bars: int, gaps: int, history: int) -> int:
    """Why entries are refused for want of history, or 0: warming up, or stale after a gap.

    ``bars`` and ``gaps`` are those of the series, ``history`` what is needed.
    """
    if bars >= history:
        return Refusal.NONE.value
    if gaps > 0:
        return Refusal.STALE_DATA.value
    return Refusal.WARM_UP.value
