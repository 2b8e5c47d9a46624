"""Bollinger bands: a mean and the band of ordinary movement around it.

Formula: ``mid = mean(x[i - period + 1 .. i])``, ``upper = mid + deviations * sd``, ``lower = mid - deviations * sd``,
``sd`` being the population standard deviation (divisor ``period``) of the same window. First valid at index ``period
- 1``. ``spread`` is ``(upper - lower) / lower`` of the bar **before**, a fraction, first valid at index ``period``
and missing where that lower band is not positive. A missing value (NaN) makes all of it missing for as long as it is
inside the window (``spread`` one bar later). In a window of equal values both bands lie exactly on the mean. Source:
John Bollinger, Bollinger on Bollinger Bands (2001); strategies specification 1.1.

Do not read the bands as probabilities: returns have fat tails, and two deviations are left far more often than 5 %.

Example::

    band: {indicator: bollinger, in: candles.close, period: 20, deviations: 2.0}
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from radar.market.compiled import compiled
from radar.nodes.kind import Kind
from radar.nodes.params import NodeParams, param
from radar.nodes.port import Input, Output, PortType
from radar.nodes.sliding import MOMENTS, sliding_moments


class Params(NodeParams):
    """Parameters of the Bollinger bands."""

    period: int = param(20, "Bars in the window.", unit="bars", ge=2, le=5000)
    deviations: float = param(2.0, "Distance of a band from the mean, in standard deviations.", gt=0, le=100)


class Bands(NamedTuple):
    """The bands at this bar, and their relative width at the bar before (a fraction)."""

    upper: float
    mid: float
    lower: float
    spread: float


@compiled
def step(p: Any, s: Any, w: Any, x: float) -> Bands:
    """Push ``x`` and return the bands, NaN until the window is full of numbers."""
    spread = s.spread
    moments = sliding_moments(s.moments, w, p.window, p.period, x)
    half = p.deviations * math.sqrt(moments.variance)
    upper = moments.mean + half
    lower = moments.mean - half
    s.spread = np.nan
    if lower > 0.0:
        s.spread = (upper - lower) / lower
    if moments.mean != moments.mean:
        return Bands(np.nan, np.nan, np.nan, float(spread))
    return Bands(float(upper), float(moments.mean), float(lower), float(spread))


KIND = Kind(
    params=Params,
    inputs={"in": Input(PortType.SERIES, "Values to band.")},
    outputs={
        "mid": Output(PortType.SERIES, "Mean of the window.", "mid"),
        "upper": Output(PortType.SERIES, "Upper band.", "upper"),
        "lower": Output(PortType.SERIES, "Lower band.", "lower"),
        "spread": Output(PortType.SERIES, "Width over lower band at the bar before, a fraction.", "spread"),
    },
    state=(("spread", "f8"), ("moments", MOMENTS)),
    initial={"spread": math.nan},
    window=lambda params, interval: 2 * params.period,
    lookback=lambda params, interval: params.period + 1,
    step=step,
)
