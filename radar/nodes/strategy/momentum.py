"""Volume breakout with the trend: enter on five-minute bars when the close leaves its channel on high volume.

Entry (C-decision, market at the close), all true: the ADX of the filter timeframe is at least 25; volume exceeds its
20-bar average (this bar included) times ``volume_confirmation_multiplier``; and, long, the close is above the channel
of the ``breakout_lookback`` bars before it and DI+ of the filter above its DI-, or the mirror for short. Target and
stop lie ``ATR * atr_multiplier_tp`` and ``ATR * atr_multiplier_sl`` from the close, at most ``tp_percent`` and
``sl_percent`` of it (and just there where the ATR is 0); the target is a resting limit. Signal exit: the ADX of the
main timeframe is below 20 at a close, in profit or not. A missing ATR, channel, average volume or filter makes no
entry; a missing ADX no exit. Source: strategies specification 2.1.2.

Not for ranges, where most breaks of a channel fail, and not where fees and spread eat a target below one percent.

Checked example: a close of 100 on an ATR of 0.2 is bought with a stop at 99.8 (one ATR, less than 0.3 %) and a target
at 100.4 (two ATR, less than 0.6 %); on an ATR of 0.5 the percentages decide: 99.7 and 100.6.

Example::

    candles: {source: candles}
    slow: {indicator: resample, in: candles, to: 15m}
    channel: {indicator: donchian, in: candles, period: "${breakout.breakout_lookback}"}
    width: {indicator: atr, in: candles, period: 14}
    volume: {indicator: sma, in: candles.volume, period: 20}
    strength: {indicator: adx, in: candles, period: 14}
    trend: {indicator: adx, in: slow, period: 14}
    breakout:
      strategy: momentum
      in:
        bar: candles
        high: channel.high
        low: channel.low
        width: width
        volume: volume
        strength: strength.adx
        filter_adx: trend.adx
        filter_plus: trend.plus
        filter_minus: trend.minus
"""

from __future__ import annotations

from typing import Any

import numpy as np

from radar.market.bar import Bar
from radar.market.compiled import compiled, inlined
from radar.market.condition import tell
from radar.market.intent import Terms, enter, leave, may, withdraw
from radar.market.reason import ExitReason
from radar.nodes.kind import Kind
from radar.nodes.params import StrategyParams, param
from radar.nodes.port import Input, Output, PortType

FILTER_ADX = 25.0
"""Least ADX of the filter timeframe for an entry (fixed by the specification)."""

FADED_ADX = 20.0
"""ADX of the main timeframe below which a position is left (fixed by the specification)."""

FILTER_BARS = 50
FILTER_INTERVAL = 900_000


class Params(StrategyParams):
    """Parameters of the volume breakout."""

    breakout_lookback: int = param(20, "Period of the channel that is wired in.", unit="bars", ge=2, le=5000)
    volume_confirmation_multiplier: float = param(2.0, "Volume over its average.", unit="x", on_change="hot", gt=0)
    atr_multiplier_tp: float = param(2.0, "Target distance from the entry close, in ATR.", on_change="hot", gt=0)
    atr_multiplier_sl: float = param(1.0, "Stop distance from the entry close, in ATR.", on_change="hot", gt=0)
    tp_percent: float = param(
        0.6, "Largest target distance from the entry close.", unit="%", on_change="hot", gt=0, lt=100
    )
    sl_percent: float = param(
        0.3, "Largest stop distance from the entry close.", unit="%", on_change="hot", gt=0, lt=100
    )


@compiled
def terms(p: Any) -> Terms:
    """One entry, absolute stop, a target that rests as a limit order."""
    return Terms(p.leverage, 0.0, 1, False, True)


@inlined
def distance(width: float, multiplier: float, cap: float) -> float:
    """``width * multiplier``, at most ``cap``; the cap itself where the width is 0."""
    wanted = width * multiplier
    return wanted if 0.0 < wanted < cap else cap


@compiled
def step(
    p: Any,
    s: Any,
    w: Any,
    position: Any,
    intent: Any,
    bar: Bar,
    high: float,
    low: float,
    width: float,
    volume: float,
    strength: float,
    filter_adx: float,
    filter_plus: float,
    filter_minus: float,
) -> None:
    """Leave when the trend has faded; enter on a break of the channel that volume and the slower trend confirm."""
    withdraw(intent)
    if position.side != 0:
        if strength < FADED_ADX:
            leave(intent, ExitReason.SIGNAL)
        return
    close = bar.close
    if not (filter_adx >= FILTER_ADX and width >= 0.0 and bar.volume > volume * p.volume_confirmation_multiplier):
        return
    stop = distance(width, p.atr_multiplier_sl, close * p.sl)
    target = distance(width, p.atr_multiplier_tp, close * p.tp)
    if close > high and filter_plus > filter_minus and may(p.sides, 1):
        enter(intent, 1, close - stop, close + target)
    elif close < low and filter_minus > filter_plus and may(p.sides, -1):
        enter(intent, -1, close + stop, close - target)


@compiled
def judge(
    p: Any,
    s: Any,
    w: Any,
    position: Any,
    intent: Any,
    bar: Bar,
    high: float,
    low: float,
    width: float,
    volume: float,
    strength: float,
    filter_adx: float,
    filter_plus: float,
    filter_minus: float,
    side: int,
    found: Any,
) -> float:
    """``0.24 + 0.3 * min(1, (V / average - 1) / 3) + 0.3 * min(1, filter ADX / 40)``, the same for both sides."""
    bound = high if side > 0 else low
    ahead = filter_plus if side > 0 else filter_minus
    behind = filter_minus if side > 0 else filter_plus
    needed = volume * p.volume_confirmation_multiplier
    tell(found, 0, bar.close, bound, side * (bar.close - bound) > 0.0)
    tell(found, 1, bar.volume, needed, bar.volume > needed)
    tell(found, 2, filter_adx, FILTER_ADX, filter_adx >= FILTER_ADX)
    tell(found, 3, ahead, behind, ahead > behind)
    tell(found, 4, width, 0.0, width >= 0.0)
    if not (volume > 0.0 and filter_adx >= 0.0):
        return np.nan
    return float(0.24 + 0.3 * min(1.0, (bar.volume / volume - 1.0) / 3.0) + 0.3 * min(1.0, filter_adx / 40.0))


KIND = Kind(
    params=Params,
    inputs={
        "bar": Input(PortType.BAR, "Candles of the strategy's clock."),
        "high": Input(PortType.SERIES, "Highest high of the bars before."),
        "low": Input(PortType.SERIES, "Lowest low of the bars before."),
        "width": Input(PortType.SERIES, "Volatility that spaces stop and target (ATR)."),
        "volume": Input(PortType.SERIES, "Average volume, this bar included."),
        "strength": Input(PortType.SERIES, "ADX of the main clock."),
        "filter_adx": Input(PortType.SERIES, "ADX of the filter timeframe."),
        "filter_plus": Input(PortType.SERIES, "DI+ of the filter timeframe."),
        "filter_minus": Input(PortType.SERIES, "DI- of the filter timeframe."),
    },
    outputs={"intent": Output(PortType.INTENT, "Entry, stop, target and signal exit.")},
    history=lambda params, interval: max(
        params.breakout_lookback + 50, 100, -(-FILTER_BARS * FILTER_INTERVAL // interval)
    ),
    terms=terms,
    step=step,
    judge=judge,
    conditions={
        "breakout": "The close is beyond the channel of the bars before.",
        "volume": "Volume is above its average times volume_confirmation_multiplier.",
        "trend": "The ADX of the filter timeframe is at least 25.",
        "direction": "The filter's directional indicator of the side is above the other.",
        "width": "The ATR is known.",
    },
)
