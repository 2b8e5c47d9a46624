"""Bollinger mean reversion: enter when the close is outside the band, exit when it is back at the mean.

Entry (C-decision, market at the close). Long: the close is below the lower band. Short: the close is above the upper
band. Both strictly; no regime filter. Stop: ``sl_percent`` from the entry close, and nothing else: there is no target
price, since the mean moves. Signal exit (C-decision): a long closes when the close is at the middle band or above it, a
short when it is at the middle band or below it, at a loss too. Source: strategies specification 2.2.1.

Score of a side: ``max(0.1, min(1, 0.5 + 0.5 * x))`` with ``x = min(1, 2 * d / (upper - lower))``, ``d`` being the
distance of the close beyond the band, negative inside it: 0.5 on the band, 0.1 from the middle band on.

Not for trends: a market that leaves its band and goes on is met at every close with an entry against it.

Example of an entry: 19 closes of 100 and one of 94 have the mean 99.7 and the population deviation sqrt(1.71) = 1.3077,
so with two deviations the lower band is 97.0847 and 94 is bought; with ``sl_percent: 5`` its stop is 89.3.

Example::

    candles: {source: candles}
    bands: {indicator: bollinger, in: candles.close, period: "${revert.bb_period}", deviations: "${revert.bb_std}"}
    revert:
      strategy: bollinger_mr
      in: {bar: candles, upper: bands.upper, mid: bands.mid, lower: bands.lower}
"""

from __future__ import annotations

from typing import Any

import numpy as np

from radar.market.bar import Bar
from radar.market.compiled import compiled
from radar.market.condition import excess, graded, tell
from radar.market.intent import Terms, enter, leave, may, withdraw
from radar.market.reason import ExitReason
from radar.nodes.kind import Kind
from radar.nodes.params import StrategyParams, param
from radar.nodes.port import Input, Output, PortType


class Params(StrategyParams):
    """Parameters of the Bollinger mean reversion."""

    bb_period: int = param(20, "Period of the bands that are wired in.", unit="bars", ge=2, le=5000)
    bb_std: float = param(2.0, "Width of the bands that are wired in, in standard deviations.", gt=0, le=10)
    sl_percent: float = param(5.0, "Stop distance from the entry close.", unit="%", on_change="hot", gt=0, lt=100)


@compiled
def terms(p: Any) -> Terms:
    """One entry, an absolute stop, no target."""
    return Terms(p.leverage, 0.0, 1, False, True)


@compiled
def step(p: Any, s: Any, w: Any, position: Any, intent: Any, bar: Bar, upper: float, mid: float, lower: float) -> None:
    """Leave when the close is back at the mean; enter against an excursion."""
    withdraw(intent)
    close = bar.close
    if position.side > 0:
        if close >= mid:
            leave(intent, ExitReason.SIGNAL)
    elif position.side < 0:
        if close <= mid:
            leave(intent, ExitReason.SIGNAL)
    elif close < lower and may(p.sides, 1):
        enter(intent, 1, close * (1.0 - p.sl), np.nan)
    elif close > upper and may(p.sides, -1):
        enter(intent, -1, close * (1.0 + p.sl), np.nan)


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
    side: int,
    found: Any,
) -> float:
    """How far the close is beyond the band of ``side``, as a share of the width of the bands."""
    band = lower if side > 0 else upper
    beyond = side * (band - bar.close)
    tell(found, 0, bar.close, band, beyond > 0.0)
    return graded(excess(beyond, upper - lower, 2.0))


KIND = Kind(
    params=Params,
    inputs={
        "bar": Input(PortType.BAR, "Candles of the strategy's clock."),
        "upper": Input(PortType.SERIES, "Upper band."),
        "mid": Input(PortType.SERIES, "Middle band, at which a position is closed."),
        "lower": Input(PortType.SERIES, "Lower band."),
    },
    outputs={"intent": Output(PortType.INTENT, "Entry, stop and signal exit.")},
    history=lambda params, interval: max(params.bb_period + 20, 50),
    terms=terms,
    step=step,
    judge=judge,
    conditions={"excursion": "The close, against the band that it must be beyond."},
    stability="stable",
)
