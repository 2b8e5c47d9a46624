"""Whether the last bar of a series was still open when it was stored."""

from __future__ import annotations

from typing import Final

import numpy as np

from radar.store.instants import format_duration, format_instant
from radar.store.series import Candles
from radar.store.verifying.finding import Finding

__all__ = ["check_last_bar"]

_HISTORY: Final = 168
_LOW_SHARE: Final = 0.25
_LOW_RANK: Final = 0.02


def check_last_bar(candles: Candles, now: int) -> list[Finding]:
    """The last bar, when the clock or its volume speaks against it. The proof by finer bars is in `timeframe_checks`.

    - It closes after `now` (milliseconds UTC): it is open for certain.
    - Its volume is below a quarter of the median of the 168 bars before and among their lowest 2 %: it may have been
      stored early. A bar that was cut off late has nearly its whole volume, and is not found this way.
    """
    timeframe = candles.key.timeframe
    if not len(candles) or timeframe is None:
        return []
    opened = int(candles.time[-1])
    left = timeframe.close_of(opened) - now
    if left > 0:
        message = f"the last bar, {format_instant(opened)}, is still open for {format_duration(left)}"
        return [Finding("data-open-bar", "warning", str(candles.key), opened, message)]
    before, volume = candles.volume[-_HISTORY - 1 : -1], float(candles.volume[-1])
    if len(before) < _HISTORY // 2:
        return []
    median = float(np.median(before))
    if volume < _LOW_SHARE * median and float(np.mean(before < volume)) <= _LOW_RANK:
        message = (
            f"the last bar, {format_instant(opened)}, may have been stored before it closed: "
            f"its volume is {volume / median:.1%} of the median before it"
        )
        return [Finding("data-open-bar", "info", str(candles.key), opened, message)]
    return []
