"""Fixed envelopes around a moving average: enter in steps away from it, leave at the average.

Level k lies ``e = envelope_start + k * envelope_step`` from the mean, k = 0 .. ``num_levels`` - 1. Buys rest at
``mean * (1 - e)``. Sells rest at ``mean * (1 + u)``, as far in logarithms: ``u = 1 / (1 - e) - 1`` rounded to three
decimals (5 % gives 0.053, 20 % gives 0.25). Unfilled levels move with each close (an R-decision: bar i meets levels
made from bars up to i - 1). The first side to fill locks the other out for the cycle. Target: touch of the mean of the
bar before. Stop: ``sl_percent`` from the average entry. The target is unconditional: where the mean has drifted through
the average entry, the cycle closes at a loss. Source: strategies specification 2.3.1 and 2.3.2.

Score: 1 at the next level, 0 at the mean or beyond it, in between by distance; 0 where the side has no level to fill.

Not for markets whose hours are wider than the first envelope: they fill every level and stop out.

Example::

    candles: {source: candles}
    mean: {indicator: sma, in: candles.close, period: "${envelope.ma_period}"}
    envelope: {strategy: envelope_dca, in: {bar: candles, mean: mean}, sides: [long]}
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from radar.market.bar import Bar
from radar.market.compiled import compiled, inlined
from radar.market.condition import tell
from radar.market.intent import Terms, arm, first_free, may, rest, withdraw
from radar.nodes.kind import Kind
from radar.nodes.ladder import nearness, tell_distance
from radar.nodes.params import GridParams, param
from radar.nodes.port import Input, Output, PortType

HALVES = 134217729.0
"""2 ** 27 + 1: splits a float into two of 26 bits, whose products with small integers are exact (Dekker)."""


class Params(GridParams):
    """Parameters of the envelopes."""

    sides: tuple[Literal["long", "short"], ...] = param(
        ("long",), "Sides that may be traded.", on_change="hot", min_length=1
    )
    ma_period: int = param(5, "Period of the mean that is wired in.", unit="bars", ge=2, le=50)
    num_levels: int = param(4, "Entry levels on a side.", on_change="hot", ge=1, le=6)
    envelope_start: float = param(
        0.05, "Distance of level 0 from the mean, a fraction of it.", on_change="hot", gt=0, lt=1
    )
    envelope_step: float = param(0.05, "Distance between levels, a fraction of the mean.", on_change="hot", gt=0, lt=1)
    sl_percent: float = param(25.0, "Stop distance from the average entry.", unit="%", on_change="hot", gt=0, lt=100)


def check(params: Any) -> list[tuple[str, str]]:
    """The last level must have a price above zero; a sell level must not be rounded onto the mean."""
    last = params.envelope_start + (params.num_levels - 1) * params.envelope_step
    if last >= 1.0:
        return [
            ("envelope_step", f"level {params.num_levels - 1} would be {last:g} of the mean away from it, not below 1")
        ]
    if "short" in params.sides and thousandths(1.0 / (1.0 - params.envelope_start) - 1.0) == 0.0:
        return [("envelope_start", "sell levels are rounded to 0.001 of the mean, and level 0 would lie on the mean")]
    return []


@compiled
def terms(p: Any) -> Terms:
    """Stop, leverage and order types of every order of this grid."""
    return Terms(p.leverage, p.sl, p.num_levels, p.entry_order == 1, p.target_order == 1)


@compiled
def thousandths(value: float) -> float:
    """``value``, not negative, rounded to three decimals by what its bits say, half to even: Python's ``round``.

    Compared with the middle between two thousandths instead of multiplied, for a product is rounded itself; where it
    is the float nearest to the middle, the exact remainder of that float decides.
    """
    lower = np.floor(value * 1000.0)
    middle = (2.0 * lower + 1.0) / 2000.0
    above = value - middle
    if above == 0.0:
        high = HALVES * middle - (HALVES * middle - middle)
        above = (high * 2000.0 - (2.0 * lower + 1.0)) + (middle - high) * 2000.0
    if above > 0.0 or (above == 0.0 and lower % 2.0 == 1.0):
        lower += 1.0
    return float(lower / 1000.0)


@inlined
def price(p: Any, side: int, level: int, mean: float) -> float:
    """Price of a level."""
    offset = p.envelope_start + level * p.envelope_step
    if side > 0:
        return float(mean * (1.0 - offset))
    return float(mean * (1.0 + thousandths(1.0 / (1.0 - offset) - 1.0)))


@compiled
def step(p: Any, s: Any, w: Any, position: Any, intent: Any, bar: Bar, mean: float) -> None:
    """Rest the unfilled levels of the open side, or of every allowed side while flat; aim at the mean."""
    withdraw(intent)
    intent.target = mean
    intent.anchor = mean
    if mean != mean:
        return
    for side in (1, -1):
        if position.side == side or (position.side == 0 and may(p.sides, side)):
            level = first_free(position.filled)
            if level < p.num_levels:
                arm(intent, side, p.num_levels, price(p, side, level, mean))


@compiled
def levels(p: Any, intent: Any) -> None:
    """Put the prices of the levels that rest."""
    for level in range(intent.buy_count):
        rest(intent, 1, level, price(p, 1, level, intent.anchor))
    for level in range(intent.sell_count):
        rest(intent, -1, level, price(p, -1, level, intent.anchor))


@compiled
def judge(p: Any, s: Any, w: Any, position: Any, intent: Any, bar: Bar, mean: float, side: int, found: Any) -> float:
    """How near the next level is: 1 at the level, 0 at the mean."""
    level = first_free(position.filled) if position.side == side else 0
    free = p.num_levels - level if position.side == side or (position.side == 0 and may(p.sides, side)) else 0
    tell(found, 0, free, 1.0, free > 0)
    if free <= 0:
        tell(found, 1, np.nan, 0.0, False)
        return 0.0 if mean == mean else np.nan
    near = price(p, side, level, mean)
    tell_distance(found, 1, side, bar.close, near)
    return nearness(bar.close, mean, near)


KIND = Kind(
    params=Params,
    inputs={
        "bar": Input(PortType.BAR, "Candles of the strategy's clock."),
        "mean": Input(PortType.SERIES, "Centre of the envelopes and target."),
    },
    outputs={"intent": Output(PortType.INTENT, "Resting levels, stop and target.")},
    history=lambda params, interval: max(params.ma_period + 20, 50),
    terms=terms,
    levels=levels,
    step=step,
    judge=judge,
    conditions={
        "levels": "Levels of this side that are free to fill: none where the side is not allowed or locked out.",
        "distance": "Distance of the close to the next level, a fraction of the close; met at the level or beyond.",
    },
    check=check,
    stability="stable",
)
