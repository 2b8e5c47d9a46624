"""Bollinger breakout with a long-average filter: enter when the close leaves the band, exit when it is back inside.

Entry (C-decision, market at the close). Long: the previous close was below the previous upper band, this close is
above the upper band and above the long average, and the previous bandwidth was above ``min_bol_spread``. Short is
the mirror. All inequalities are strict. Stop: ``sl_percent`` from the entry close. Inverse exit: a long closes when
the close is below the middle band, a short when it is above. No fixed target. Source: strategies specification
2.2.4.

Score of a side: ``max(0.1, min(1, 0.5 + 0.5 * x))`` with ``x = min(1, 2 * d / (upper - lower))``, ``d`` being the
distance of the close beyond the band, negative inside it: 0.5 on the band, 0.1 from the middle band on.

Not for ranges: every false breakout pays the way back to the middle band.

Example::

    candles: {source: candles}
    bands: {indicator: bollinger, in: candles.close, period: "${trend.bol_window}", deviations: "${trend.bol_std}"}
    average: {indicator: sma, in: candles.close, period: "${trend.long_ma_window}"}
    trend:
      strategy: boltrend
      in: {bar: candles, upper: bands.upper, mid: bands.mid, lower: bands.lower, spread: bands.spread, average: average}
"""

from __future__ import annotations

from typing import Any

import numpy as np

from radar.market.bar import Bar
from radar.market.compiled import compiled
from radar.market.intent import Terms, enter, leave, withdraw
from radar.market.reason import ExitReason
from radar.nodes.breakout import (
    BREAKOUT,
    BREAKOUT_CONDITIONS,
    BREAKOUT_INITIAL,
    breakout,
    exhausted,
    judge_breakout,
    remember,
)
from radar.nodes.kind import Kind
from radar.nodes.params import StrategyParams, param
from radar.nodes.port import Input, Output, PortType


class Params(StrategyParams):
    """Parameters of the Bollinger breakout."""

    leverage: float = param(2.0, "Leverage of every order.", unit="x", on_change="hot", ge=1, le=125)
    bol_window: int = param(100, "Period of the bands that are wired in.", unit="bars", ge=2, le=5000)
    bol_std: float = param(2.2, "Width of the bands that are wired in, in standard deviations.", gt=0, le=10)
    long_ma_window: int = param(550, "Period of the long average that is wired in.", unit="bars", ge=2, le=5000)
    min_bol_spread: float = param(
        0.0, "Least bandwidth before a breakout, as a fraction of the lower band.", on_change="hot", ge=0
    )
    sl_percent: float = param(15.0, "Stop distance from the entry close.", unit="%", on_change="hot", gt=0, lt=100)


@compiled
def terms(p: Any) -> Terms:
    """One entry, an absolute stop, no target."""
    return Terms(p.leverage, 0.0, 1, False, True)


@compiled
def step(
    p: Any,
    s: Any,
    w: Any,
    position: Any,
    intent: Any,
    bar: Bar,
    upper: float,
    mid: float,
    lower: float,
    spread: float,
    average: float,
) -> None:
    """Leave when the breakout is exhausted; enter when a new one starts."""
    withdraw(intent)
    close = bar.close
    remember(s, close, upper, lower)
    if position.side != 0:
        if exhausted(position.side, close, mid):
            leave(intent, ExitReason.INVERSE)
        return
    side = breakout(s, p.sides, p.min_bol_spread, spread, average)
    if side != 0:
        enter(intent, side, close * (1.0 - side * p.sl), np.nan)


@compiled
def judge(
    p: Any,
    s: Any,
    w: Any,
    position: Any,
    intent: Any,
    bar: Bar,
    upper: float,
    mid: float,
    lower: float,
    spread: float,
    average: float,
    side: int,
    found: Any,
) -> float:
    """How far the close is beyond the band of ``side``, as a share of the width; NaN while an input is not known."""
    return judge_breakout(s, found, side, bar.close, upper, lower, p.min_bol_spread, spread, average)


KIND = Kind(
    params=Params,
    inputs={
        "bar": Input(PortType.BAR, "Candles of the strategy's clock."),
        "upper": Input(PortType.SERIES, "Upper band."),
        "mid": Input(PortType.SERIES, "Middle band."),
        "lower": Input(PortType.SERIES, "Lower band."),
        "spread": Input(PortType.SERIES, "Bandwidth of the bar before, as a fraction of the lower band."),
        "average": Input(PortType.SERIES, "Long moving average."),
    },
    outputs={"intent": Output(PortType.INTENT, "Entry, stop and inverse exit.")},
    state=BREAKOUT,
    initial=BREAKOUT_INITIAL,
    history=lambda params, interval: max(params.bol_window, params.long_ma_window) + 20,
    terms=terms,
    step=step,
    judge=judge,
    conditions=BREAKOUT_CONDITIONS,
    stability="stable",
)
