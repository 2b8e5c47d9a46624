"""Donchian channel: the highest high and the lowest low of the bars before this one.

Formula: ``high = max(H[i - period .. i - 1])``, ``low = min(L[i - period .. i - 1])``. This bar is left out, so its
close can break the channel. First valid at index ``period``. A missing value (NaN) makes its side missing for as long
as it is inside the window. Source: Richard Donchian's four-week rule; strategies specification 1.1.

Do not use it in ranges: most breaks of a channel there fail.

Example::

    channel: {indicator: donchian, in: candles, period: 20}
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from radar.market.bar import Bar
from radar.market.compiled import compiled
from radar.nodes.kind import Kind
from radar.nodes.params import NodeParams, param
from radar.nodes.port import Input, Output, PortType
from radar.nodes.sliding import HIGHEST, sliding_highest


class Params(NodeParams):
    """Parameters of the Donchian channel."""

    period: int = param(20, "Bars in the window, this one not counted.", unit="bars", ge=1, le=5000)


class Channel(NamedTuple):
    """Highest high and lowest low of the bars before this one."""

    high: float
    low: float


@compiled
def step(p: Any, s: Any, w: Any, bar: Bar) -> Channel:
    """Return the channel of the bars before ``bar``, then push it."""
    channel = Channel(float(s.high), float(s.low))
    s.high = sliding_highest(s.highs, w, p.window, p.period, bar.high)
    s.low = -sliding_highest(s.lows, w, p.window + p.period, p.period, -bar.low)
    if s.low != s.low:
        s.low = math.nan
    return channel


KIND = Kind(
    params=Params,
    inputs={"in": Input(PortType.BAR, "Candles to measure.")},
    outputs={
        "high": Output(PortType.SERIES, "Highest high of the bars before this one.", "high"),
        "low": Output(PortType.SERIES, "Lowest low of the bars before this one.", "low"),
    },
    state=(("high", "f8"), ("low", "f8"), ("highs", HIGHEST), ("lows", HIGHEST)),
    initial={"high": math.nan, "low": math.nan},
    window=lambda params, interval: 2 * params.period,
    lookback=lambda params, interval: params.period + 1,
    step=step,
)
