"""Slower candles from faster ones: complete buckets only, aligned to UTC.

A bucket begins at every whole multiple of ``to`` since 1970-01-01 00:00 UTC (4h: 00, 04, 08, ...). Its candle is the
first open, the highest high, the lowest low, the last close and the summed volume of its members, stamped with the
start of the bucket. It exists from the close of its last member on; nodes that read it run only then. A bucket with a
member missing, the one in which the data begin included, is dropped and counted in the state field ``dropped``; it is
never completed from what is there. Source: strategies specification 1.4 and 0.3.

Do not use it where the slower candles are stored and the faster ones begin later: read them with a source of their
own.

Example::

    four_hours: {indicator: resample, in: candles, to: 4h}
    trend: {indicator: supertrend, in: four_hours}
"""

from __future__ import annotations

from typing import Any

import numpy as np

from radar.errors import InvalidValueError
from radar.market.bar import Bar, ClockedBar
from radar.market.compiled import compiled
from radar.market.timeframe import Timeframe
from radar.nodes.kind import Kind
from radar.nodes.params import NodeParams, param
from radar.nodes.port import Input, Output, PortType
from radar.nodes.sliding import higher


class Params(NodeParams):
    """Parameters of the resampler."""

    to: str = param("4h", "Timeframe of the slower candles: 15m, 1h, 4h, 1d.", on_change="rewarm")


def check(params: Params) -> list[tuple[str, str]]:
    """The target must be a timeframe. That it is slower than the candles is known only where the node is wired."""
    try:
        Timeframe.parse(params.to)
    except InvalidValueError as error:
        return [("to", str(error))]
    return []


def members(params: Params, interval: int) -> int:
    """Candles of ``interval`` milliseconds in a bucket."""
    return Timeframe.parse(params.to).milliseconds // interval


@compiled
def step(p: Any, s: Any, w: Any, bar: Bar) -> ClockedBar:
    """Add ``bar`` to its bucket and return the last complete candle, closed at this bar or before."""
    start = bar.time - bar.time % p.to
    if s.count > 0 and start != s.start:
        s.dropped += 1
        s.count = 0
    if s.count == 0:
        s.start = start
        s.open = bar.open
        s.high = bar.high
        s.low = bar.low
        s.volume = 0.0
    s.count += 1
    s.high = higher(s.high, bar.high)
    s.low = -higher(-s.low, -bar.low)
    s.volume += bar.volume
    closed = s.count == p.to // p.interval
    if closed:
        s.count = 0
        s.time = s.start
        s.last_open = s.open
        s.last_high = s.high
        s.last_low = s.low
        s.last_close = bar.close
        s.last_volume = s.volume
    return ClockedBar(
        closed,
        s.time,
        s.last_open,
        s.last_high,
        s.last_low,
        s.last_close,
        s.last_volume,
    )


KIND = Kind(
    params=Params,
    inputs={"in": Input(PortType.BAR, "Candles to join.")},
    outputs={
        "bar": Output(PortType.BAR, "The slower candle."),
        "open": Output(PortType.SERIES, "Its open.", "open"),
        "high": Output(PortType.SERIES, "Its high.", "high"),
        "low": Output(PortType.SERIES, "Its low.", "low"),
        "close": Output(PortType.SERIES, "Its close.", "close"),
        "volume": Output(PortType.SERIES, "Its volume, in base units.", "volume"),
    },
    state=(
        ("count", "i8"),
        ("start", "i8"),
        ("open", "f8"),
        ("high", "f8"),
        ("low", "f8"),
        ("volume", "f8"),
        ("time", "i8"),
        ("last_open", "f8"),
        ("last_high", "f8"),
        ("last_low", "f8"),
        ("last_close", "f8"),
        ("last_volume", "f8"),
        ("dropped", "i8"),
    ),
    initial=dict.fromkeys(("last_open", "last_high", "last_low", "last_close", "last_volume"), np.nan),
    lookback=lambda params, interval: 2 * members(params, interval) - 1,
    clock="to",
    step=step,
    check=check,
)
