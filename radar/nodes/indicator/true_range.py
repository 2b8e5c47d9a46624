"""True range: how far price moved in a bar, the jump from the close before included.

Formula: ``max(H - L, |H - C'|, |L - C'|)`` with ``C'`` the close of the bar before. First valid at index 1: the first
bar has no close before it. Source: Wilder (1978); strategies specification 1.1.

Do not use it alone as a measure of volatility: one bar says little. ``atr`` averages it.

Example::

    reach: {indicator: true_range, in: candles}
"""

from __future__ import annotations

from typing import Any

from radar.market.bar import Bar
from radar.market.compiled import compiled
from radar.nodes.kind import VALUE, Kind
from radar.nodes.params import NodeParams
from radar.nodes.port import Input, PortType
from radar.nodes.wilder import RANGE, true_range


class Params(NodeParams):
    """The true range has no parameters."""


@compiled
def step(p: Any, s: Any, w: Any, bar: Bar) -> float:
    """Return the true range of ``bar``, NaN at the first bar."""
    return true_range(s, bar)


KIND = Kind(
    params=Params,
    inputs={"in": Input(PortType.BAR, "Candles to measure.")},
    outputs=VALUE,
    state=RANGE,
    lookback=lambda params, interval: 2,
    step=step,
)
