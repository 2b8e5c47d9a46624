"""Mean reversion in ranges on five-minute bars: oversold below VWAP on high volume, filtered by the 15-minute trend.

Entry (C-decision), all true: the filter ADX is at most ``trend_adx_threshold``; the regime is RANGING or
LOW_VOLATILITY; volume exceeds its 20-bar average (this bar included) times ``volume_spike_multiplier``; and, long,
RSI below ``rsi_long_threshold``, the close more than ``vwap_deviation_entry`` below VWAP and the filter not bearish
(ADX above 20 with DI- above DI+), or the mirror for short. Missing filter values let the entry pass. Stop and
target are percentages of the entry close, the target a resting limit. Signal exit: in profit at the close and RSI
back beyond 50. Source: strategies specification 2.1.1.

Not for trends, and not where the spread eats a target below one percent.

Example::

    candles: {source: candles}
    slow: {indicator: resample, in: candles, to: 15m}
    rsi: {indicator: rsi, in: candles.close, period: "${scalp.rsi_period}"}
    vwap: {indicator: vwap, in: candles, vwap_hours: "${scalp.vwap_hours}"}
    volume: {indicator: sma, in: candles.volume, period: 20}
    regime: {indicator: regime, in: candles}
    trend: {indicator: adx, in: slow, period: 14}
    scalp:
      strategy: vwap_rsi
      in:
        bar: candles
        rsi: rsi
        deviation: vwap.deviation
        volume: volume
        regime: regime
        filter_adx: trend.adx
        filter_plus: trend.plus
        filter_minus: trend.minus
"""

from __future__ import annotations

from typing import Any

import numpy as np

from radar.market.bar import Bar
from radar.market.compiled import compiled
from radar.market.condition import clamp01, tell
from radar.market.intent import Terms, enter, leave, may, withdraw
from radar.market.reason import ExitReason, Regime
from radar.nodes.kind import Kind
from radar.nodes.params import StrategyParams, param
from radar.nodes.port import Input, Output, PortType

FILTER_ADX = 20.0
"""ADX of the filter timeframe above which its direction counts (fixed by the specification)."""

NEUTRAL_RSI = 50.0

FILTER_BARS = 50
FILTER_INTERVAL = 900_000


class Params(StrategyParams):
    """Parameters of the VWAP and RSI scalp."""

    rsi_period: int = param(14, "Period of the RSI that is wired in.", unit="bars", ge=2, le=500)
    vwap_hours: int = param(24, "Hours of the VWAP that is wired in.", unit="h", ge=1, le=168)
    rsi_long_threshold: float = param(30.0, "RSI below which a long may start.", on_change="hot", ge=0, le=100)
    rsi_short_threshold: float = param(70.0, "RSI above which a short may start.", on_change="hot", ge=0, le=100)
    volume_spike_multiplier: float = param(2.0, "Volume over its average.", unit="x", on_change="hot", gt=0)
    vwap_deviation_entry: float = param(
        0.3, "Least distance of the close from VWAP.", unit="%", on_change="hot", gt=0, lt=100
    )
    trend_adx_threshold: float = param(25.0, "Largest ADX of the filter timeframe.", on_change="hot", ge=0, le=100)
    tp_percent: float = param(0.8, "Target distance from the entry close.", unit="%", on_change="hot", gt=0, lt=100)
    sl_percent: float = param(0.3, "Stop distance from the entry close.", unit="%", on_change="hot", gt=0, lt=100)


@compiled
def terms(p: Any) -> Terms:
    """One entry, absolute stop, a target that rests as a limit order."""
    return Terms(p.leverage, 0.0, 1, False, True)


@compiled
def step(
    p: Any,
    s: Any,
    w: Any,
    position: Any,
    intent: Any,
    bar: Bar,
    rsi: float,
    deviation: float,
    volume: float,
    regime: int,
    filter_adx: float,
    filter_plus: float,
    filter_minus: float,
) -> None:
    """Leave in profit when RSI is back beyond 50; enter on an excursion that volume confirms."""
    withdraw(intent)
    close = bar.close
    if position.side > 0:
        if close > position.average and rsi > NEUTRAL_RSI:
            leave(intent, ExitReason.SIGNAL)
        return
    if position.side < 0:
        if close < position.average and rsi < NEUTRAL_RSI:
            leave(intent, ExitReason.SIGNAL)
        return
    if filter_adx > p.trend_adx_threshold:
        return
    if regime != Regime.RANGING and regime != Regime.LOW_VOLATILITY:
        return
    if not (volume > 0.0 and bar.volume > volume * p.volume_spike_multiplier):
        return
    bearish = filter_adx > FILTER_ADX and filter_minus > filter_plus
    bullish = filter_adx > FILTER_ADX and filter_plus > filter_minus
    if rsi < p.rsi_long_threshold and deviation < -p.vwap_deviation_entry and not bearish and may(p.sides, 1):
        enter(intent, 1, close * (1.0 - p.sl), close * (1.0 + p.tp))
    elif rsi > p.rsi_short_threshold and deviation > p.vwap_deviation_entry and not bullish and may(p.sides, -1):
        enter(intent, -1, close * (1.0 + p.sl), close * (1.0 - p.tp))


@compiled
def judge(
    p: Any,
    s: Any,
    w: Any,
    position: Any,
    intent: Any,
    bar: Bar,
    rsi: float,
    deviation: float,
    volume: float,
    regime: int,
    filter_adx: float,
    filter_plus: float,
    filter_minus: float,
    side: int,
    found: Any,
) -> float:
    """``0.35 a + 0.25 b + 0.2 c + 0.2 e``: how far RSI is beyond its threshold, the close from VWAP, volume over its
    average, and 1 where the filter's trend agrees with the side, else 0.5 (strategies specification 2.1.1)."""
    threshold = p.rsi_long_threshold if side > 0 else p.rsi_short_threshold
    room = threshold if side > 0 else 100.0 - threshold
    needed = volume * p.volume_spike_multiplier
    ahead = filter_plus if side > 0 else filter_minus
    behind = filter_minus if side > 0 else filter_plus
    directed = filter_adx > FILTER_ADX
    calm = regime == Regime.RANGING or regime == Regime.LOW_VOLATILITY
    tell(found, 0, filter_adx, p.trend_adx_threshold, not filter_adx > p.trend_adx_threshold)
    tell(found, 1, 1.0 if calm else 0.0, 1.0, calm)
    tell(found, 2, bar.volume, needed, volume > 0.0 and bar.volume > needed)
    tell(found, 3, rsi, threshold, side * (threshold - rsi) > 0.0)
    tell(found, 4, -side * deviation, p.vwap_deviation_entry, -side * deviation > p.vwap_deviation_entry)
    tell(found, 5, behind, ahead, not (directed and behind > ahead))
    if not volume > 0.0:
        return np.nan
    beyond = clamp01(side * (threshold - rsi) / room) if room > 0.0 else 0.0
    away = clamp01(abs(deviation) / (3.0 * p.vwap_deviation_entry))
    spike = clamp01((bar.volume / volume - 1.0) / (2.0 * p.volume_spike_multiplier))
    agreement = 1.0 if directed and ahead > behind else 0.5
    return float(0.35 * beyond + 0.25 * away + 0.20 * spike + 0.20 * agreement)


KIND = Kind(
    params=Params,
    inputs={
        "bar": Input(PortType.BAR, "Candles of the strategy's clock."),
        "rsi": Input(PortType.SERIES, "RSI of the close."),
        "deviation": Input(PortType.SERIES, "Distance of the close from VWAP, a fraction."),
        "volume": Input(PortType.SERIES, "Average volume, this bar included."),
        "regime": Input(PortType.REGIME, "Market regime of the main clock.", optional=True),
        "filter_adx": Input(PortType.SERIES, "ADX of the filter timeframe.", optional=True),
        "filter_plus": Input(PortType.SERIES, "DI+ of the filter timeframe.", optional=True),
        "filter_minus": Input(PortType.SERIES, "DI- of the filter timeframe.", optional=True),
    },
    outputs={"intent": Output(PortType.INTENT, "Entry, stop, target and signal exit.")},
    history=lambda params, interval: max(300, -(-FILTER_BARS * FILTER_INTERVAL // interval)),
    terms=terms,
    step=step,
    judge=judge,
    conditions={
        "trend": "The ADX of the filter timeframe is at most trend_adx_threshold, or unknown.",
        "regime": "The regime is RANGING or LOW_VOLATILITY (value 1).",
        "volume": "Volume is above its average times volume_spike_multiplier.",
        "rsi": "RSI is below rsi_long_threshold, for a short above rsi_short_threshold.",
        "deviation": "The close is further from VWAP than vwap_deviation_entry, on the side that reverts.",
        "direction": "The trend of the filter timeframe is not against the side.",
    },
    stability="stable",
)
