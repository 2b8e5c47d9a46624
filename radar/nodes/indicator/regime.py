"""Market regime: what kind of market this bar is in, from ADX(14), ATR(14) and the 20-bar mean of that ATR.

First match wins: high volatility if ``ATR > 2 * mean``; low volatility if ``ATR < 0.5 * mean``; trending if ``ADX >
25``, up if ``DI+ > DI-``, else down; otherwise ranging. The volatility tests are skipped where the mean is not
positive. Any input that is not known yet makes the regime ranging. The periods are fixed: a regime means the same in
every pipeline. The mean runs over the known ATR values only. First informed at index 33. Source: strategies
specification 1.3.

Do not use it to predict: it names what the last bars were.

Example::

    regime: {indicator: regime, in: candles}
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from radar.market.bar import Bar
from radar.market.compiled import compiled
from radar.market.reason import Regime
from radar.nodes.kind import Kind
from radar.nodes.params import NodeParams
from radar.nodes.port import Input, Output, PortType
from radar.nodes.sliding import MEAN, sliding_mean
from radar.nodes.wilder import DIRECTION, directional_movement

PERIOD = 14
AVERAGED = 20
TRENDING_ABOVE = 25.0
HIGH_ABOVE = 2.0
LOW_BELOW = 0.5

RANGING = Regime.RANGING.value
TRENDING_UP = Regime.TRENDING_UP.value
TRENDING_DOWN = Regime.TRENDING_DOWN.value
HIGH_VOLATILITY = Regime.HIGH_VOLATILITY.value
LOW_VOLATILITY = Regime.LOW_VOLATILITY.value


class Params(NodeParams):
    """The regime has no parameters."""


class Market(NamedTuple):
    """The regime (a number of :class:`radar.market.reason.Regime`) and what it was judged by."""

    value: int
    adx: float
    plus: float
    minus: float
    atr: float
    atr_average: float


@compiled
def classify(adx: float, plus: float, minus: float, atr: float, average: float) -> int:
    """The regime of these measures; ranging when one of them is not known."""
    if adx != adx or plus != plus or minus != minus or atr != atr or average != average:
        return RANGING
    if average > 0.0:
        if atr > HIGH_ABOVE * average:
            return HIGH_VOLATILITY
        if atr < LOW_BELOW * average:
            return LOW_VOLATILITY
    if adx > TRENDING_ABOVE:
        if plus > minus:
            return TRENDING_UP
        return TRENDING_DOWN
    return RANGING


@compiled
def step(p: Any, s: Any, w: Any, bar: Bar) -> Market:
    """Push ``bar`` and return its regime."""
    movement = directional_movement(s.movement, PERIOD, bar)
    average = np.nan
    if movement.atr == movement.atr:
        average = sliding_mean(s.average, w, p.window, AVERAGED, movement.atr)
    value = classify(movement.adx, movement.plus, movement.minus, movement.atr, average)
    return Market(value, movement.adx, movement.plus, movement.minus, movement.atr, float(average))


KIND = Kind(
    params=Params,
    inputs={"in": Input(PortType.BAR, "Candles to judge.")},
    outputs={
        "value": Output(PortType.REGIME, "The regime of the bar.", "value"),
        "adx": Output(PortType.SERIES, "ADX(14), 0 to 100.", "adx"),
        "plus": Output(PortType.SERIES, "DI+(14), 0 to 100.", "plus"),
        "minus": Output(PortType.SERIES, "DI-(14), 0 to 100.", "minus"),
        "atr": Output(PortType.SERIES, "ATR(14), in quote currency.", "atr"),
        "atr_average": Output(PortType.SERIES, "Mean of the last 20 ATR(14).", "atr_average"),
    },
    state=(("movement", DIRECTION), ("average", MEAN)),
    window=lambda params, interval: AVERAGED,
    lookback=lambda params, interval: max(2 * PERIOD, PERIOD + AVERAGED),
    step=step,
)
