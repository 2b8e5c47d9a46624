"""Average directional index (Wilder): how strongly price trends, with the two directional indicators.

Formula: with ``up = H[i] - H[i - 1]`` and ``down = L[i - 1] - L[i]``, the movement up is ``up`` if ``up > down`` and
``up > 0``, else 0, and the movement down mirrors it. ``DI = 100 * S(movement) / S(true range)`` with Wilder's sums of
``period``, seeded at index ``period`` with the plain sum of items 1 to ``period``; ``DX = 100 * |DI+ - DI-| / (DI+ +
DI-)``; ADX is Wilder's average of DX, seeded at index ``2 * period - 1``. DI is 0 where the sum of true ranges is 0,
and DX where both DI are 0. Sums are kept as averages; their ratio is the same. A bar with a missing value (NaN), and
the bar after it, are passed over. Source: Wilder (1978); strategies specification 1.1.

Do not read its height as a direction: it rises in a fall as it does in a rise. Direction is in ``plus`` and
``minus``.

Example::

    trend: {indicator: adx, in: candles, period: 14}
"""

from __future__ import annotations

from typing import Any

from radar.market.bar import Bar
from radar.market.compiled import compiled
from radar.nodes.kind import Kind
from radar.nodes.params import NodeParams, param
from radar.nodes.port import Input, Output, PortType
from radar.nodes.wilder import DIRECTION, Movement, directional_movement


class Params(NodeParams):
    """Parameters of the average directional index."""

    period: int = param(14, "Wilder's smoothing period.", unit="bars", ge=2, le=2500)


@compiled
def step(p: Any, s: Any, w: Any, bar: Bar) -> Movement:
    """Push ``bar`` and return ADX, DI+, DI-, DX (0 to 100) and the average true range."""
    return directional_movement(s, p.period, bar)


KIND = Kind(
    params=Params,
    inputs={"in": Input(PortType.BAR, "Candles to measure.")},
    outputs={
        "adx": Output(PortType.SERIES, "Strength of the trend, 0 to 100.", "adx"),
        "plus": Output(PortType.SERIES, "Directional indicator up (DI+), 0 to 100.", "plus"),
        "minus": Output(PortType.SERIES, "Directional indicator down (DI-), 0 to 100.", "minus"),
        "dx": Output(PortType.SERIES, "Directional index of the bar, not averaged, 0 to 100.", "dx"),
    },
    state=DIRECTION,
    lookback=lambda params, interval: 2 * params.period,
    step=step,
)
