"""Donchian breakout: enter when the close leaves the channel of the bars before, with a target and a stop in ATR.

Entry (C-decision, market at the close). Long: the close is above the highest high of the ``entry_lookback`` bars before
this one. Short: it is below their lowest low. Both strictly, and only where the ATR is known and above zero. Target:
``atr_tp_multiple`` ATR from the entry close, a resting limit. Stop: ``atr_sl_multiple`` ATR from it. Both are frozen at
the entry; there is no other exit. A long whose stop would not be above zero is refused. Source: strategies
specification 2.2.2.

Score of a side: ``max(0.1, min(1, 0.5 + 0.5 * x))`` with ``x = min(1, 5 * d / (high - low))``, ``d`` being the distance
of the close beyond the channel, negative inside it: 0.5 on its edge, 0.1 from a sixth of its width inside it on.

Not for ranges: most breaks of a channel there come back to the stop.

Example of an entry: in a channel from 99 to 102 a close of 103 is bought; with an ATR of 2 its target is 109 and its
stop is 100.

Example::

    candles: {source: candles}
    channel: {indicator: donchian, in: candles, period: "${breakout.entry_lookback}"}
    width: {indicator: atr, in: candles, period: "${breakout.atr_period}"}
    breakout:
      strategy: donchian_breakout
      in: {bar: candles, high: channel.high, low: channel.low, width: width}
"""

from __future__ import annotations

from typing import Any

from radar.market.bar import Bar
from radar.market.compiled import compiled
from radar.market.condition import excess, graded, tell
from radar.market.intent import Terms, enter, may, withdraw
from radar.nodes.kind import Kind
from radar.nodes.params import StrategyParams, param
from radar.nodes.port import Input, Output, PortType


class Params(StrategyParams):
    """Parameters of the Donchian breakout."""

    entry_lookback: int = param(20, "Period of the channel that is wired in.", unit="bars", ge=2, le=5000)
    atr_period: int = param(14, "Period of the ATR that is wired in.", unit="bars", ge=2, le=5000)
    atr_tp_multiple: float = param(3.0, "Target distance from the entry close, in ATR.", on_change="hot", gt=0)
    atr_sl_multiple: float = param(1.5, "Stop distance from the entry close, in ATR.", on_change="hot", gt=0)


@compiled
def terms(p: Any) -> Terms:
    """One entry, absolute stop, a target that rests as a limit order."""
    return Terms(p.leverage, 0.0, 1, False, True)


@compiled
def step(p: Any, s: Any, w: Any, position: Any, intent: Any, bar: Bar, high: float, low: float, width: float) -> None:
    """Enter when the close breaks the channel; stop and target do the rest."""
    withdraw(intent)
    if position.side != 0 or not width > 0.0:
        return
    close = bar.close
    if close > high and may(p.sides, 1):
        enter(intent, 1, close - width * p.atr_sl_multiple, close + width * p.atr_tp_multiple)
    elif close < low and may(p.sides, -1):
        enter(intent, -1, close + width * p.atr_sl_multiple, close - width * p.atr_tp_multiple)


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
    side: int,
    found: Any,
) -> float:
    """How far the close is beyond the channel on ``side``, as a share of the channel's width; NaN without an ATR."""
    edge = high if side > 0 else low
    beyond = side * (bar.close - edge)
    tell(found, 0, bar.close, edge, beyond > 0.0)
    tell(found, 1, width, 0.0, width > 0.0)
    if width != width:
        return width
    return graded(excess(beyond, high - low, 5.0))


KIND = Kind(
    params=Params,
    inputs={
        "bar": Input(PortType.BAR, "Candles of the strategy's clock."),
        "high": Input(PortType.SERIES, "Highest high of the bars before this one."),
        "low": Input(PortType.SERIES, "Lowest low of the bars before this one."),
        "width": Input(PortType.SERIES, "Volatility that target and stop are measured in (ATR)."),
    },
    outputs={"intent": Output(PortType.INTENT, "Entry, stop and target.")},
    history=lambda params, interval: max(params.entry_lookback + 20, 50),
    terms=terms,
    step=step,
    judge=judge,
    conditions={
        "breakout": "The close, against the edge of the channel that it must be beyond.",
        "volatility": "The ATR, which must be known and above zero.",
    },
    stability="stable",
)
