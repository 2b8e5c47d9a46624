"""Range grid of independent slots: each buys or sells one step of ATR further from a mean and leaves by itself.

A node is one slot. With ``w = width * atr_spacing_mult`` the slot ``slot`` of a side rests at
``mean - side * (slot + 1) * w`` while it is flat and moves with each close (an R-decision: bar i meets the price made
from bars up to i - 1). A filled slot has its own exits and rests again from the bar after its exit. Target: touch of
the mean of the bar before (``dynamic_sma``), or of the mean that the slot was filled with (``fixed_center``). Stop:
``sl_percent`` from the entry. There is no common exit: slots meet only in the margin of the account. A slot that is
``num_levels`` or more, or whose side is not among ``sides``, rests nothing, so the number of slots is a value like
others. Source: strategies specification 2.3.4.

A pipeline lists its slots as nodes that share their values, the nearest first and buys and sells in turn: where the
margin of an account is not enough for all that fill in one bar, the earlier node is served first. The allocation of an
asset is divided by ``num_levels`` times the number of allowed sides.

Slots hold an asset long and short at the same time: an exchange needs hedge mode or internal netting for that.

Score: 1 at the slot's price or beyond it, 0 at the mean or on its other side, in between by distance; 0 for a slot that
is filled or may not rest.

Not for trends: slots on the wrong side of one fill one after the other and end at their stops.

Example::

    candles: {source: candles}
    mean: {indicator: sma, in: candles.close, period: "${buy_0.ma_period}"}
    width: {indicator: atr, in: candles, period: "${buy_0.atr_period}"}
    buy_0: {strategy: grid_range_atr, in: {bar: candles, mean: mean, width: width}, side: long, slot: 0}
    sell_0: {strategy: grid_range_atr, in: {bar: candles, mean: mean, width: width}, side: short, slot: 0}
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from radar.market.bar import Bar
from radar.market.compiled import compiled, inlined
from radar.market.condition import tell
from radar.market.intent import Terms, arm, may, rest, withdraw
from radar.nodes.kind import Kind
from radar.nodes.ladder import nearness, rung, tell_distance
from radar.nodes.params import GridParams, param
from radar.nodes.port import Input, Output, PortType

FIXED_CENTER = 1
"""Index of ``fixed_center`` among the choices of ``tp_mode``."""


class Params(GridParams):
    """Parameters of one slot of the range grid."""

    side: Literal["long", "short"] = param("long", "Side of this slot.", on_change="locked")
    slot: int = param(0, "Number of this slot on its side, 0 nearest to the mean.", on_change="locked", ge=0, le=5)
    ma_period: int = param(20, "Period of the mean that is wired in.", unit="bars", ge=2, le=50)
    atr_period: int = param(14, "Period of the ATR that is wired in.", unit="bars", ge=2, le=50)
    atr_spacing_mult: float = param(0.3, "Distance between slots, in ATR.", on_change="hot", gt=0)
    num_levels: int = param(2, "Slots on a side.", on_change="hot", ge=1, le=6)
    sl_percent: float = param(10.0, "Stop distance from the entry.", unit="%", on_change="hot", gt=0, lt=100)
    tp_mode: Literal["dynamic_sma", "fixed_center"] = param(
        "dynamic_sma", "Target: the mean of the bar before, or the mean that the slot was filled with.", on_change="hot"
    )


@compiled
def terms(p: Any) -> Terms:
    """Stop, leverage and order types of a slot, and how many slots share the allocation."""
    allowed = (p.sides & 1) + ((p.sides >> 1) & 1)
    slots = p.num_levels * allowed if allowed > 0 else p.num_levels
    return Terms(p.leverage, p.sl, slots, p.entry_order == 1, p.target_order == 1)


@inlined
def direction(p: Any) -> int:
    """1 for a slot that buys, -1 for one that sells."""
    return 1 if p.side == 0 else -1


@inlined
def price(p: Any, mean: float, width: float) -> float:
    """Price of the slot."""
    return rung(direction(p), p.slot, mean, width * p.atr_spacing_mult, 1.0, 1.0)


@inlined
def is_used(p: Any) -> bool:
    """Whether the slot may rest at all."""
    return bool(p.slot < p.num_levels and may(p.sides, direction(p)))


@compiled
def step(p: Any, s: Any, w: Any, position: Any, intent: Any, bar: Bar, mean: float, width: float) -> None:
    """Rest while flat; aim at the mean while filled. What the slot was filled with stays in ``anchor``."""
    withdraw(intent)
    if position.side != 0:
        intent.target = intent.anchor if p.tp_mode == FIXED_CENTER else mean
        return
    intent.anchor = mean
    intent.spacing = width
    intent.target = mean
    if width > 0.0 and mean == mean and is_used(p):
        arm(intent, direction(p), 1, price(p, mean, width))


@compiled
def levels(p: Any, intent: Any) -> None:
    """Put the price of the slot where it rests."""
    if intent.buy_count + intent.sell_count > 0:
        rest(intent, direction(p), 0, price(p, intent.anchor, intent.spacing))


@compiled
def judge(
    p: Any, s: Any, w: Any, position: Any, intent: Any, bar: Bar, mean: float, width: float, side: int, found: Any
) -> float:
    """How near the slot's price is: 1 at it, 0 at the mean."""
    free = is_used(p) and direction(p) == side and position.side == 0
    tell(found, 0, 1.0 if free else 0.0, 1.0, free)
    tell(found, 1, width, 0.0, width > 0.0)
    tell_distance(found, 2, side, bar.close, price(p, mean, width) if free else np.nan)
    if not free:
        return 0.0
    return nearness(bar.close, mean, price(p, mean, width))


KIND = Kind(
    params=Params,
    inputs={
        "bar": Input(PortType.BAR, "Candles of the strategy's clock."),
        "mean": Input(PortType.SERIES, "Centre of the grid and target."),
        "width": Input(PortType.SERIES, "Volatility that spaces the slots (ATR)."),
    },
    outputs={"intent": Output(PortType.INTENT, "The resting slot, its stop and its target.")},
    history=lambda params, interval: max(params.ma_period + 20, params.atr_period + 20, 50),
    terms=terms,
    levels=levels,
    step=step,
    judge=judge,
    conditions={
        "slot": "The slot is of this side, in use and free: 1, or 0 where it is not.",
        "volatility": "The ATR that spaces the slots is known and above zero.",
        "distance": "Distance of the close to the slot, a fraction of the close; met at the slot or beyond.",
    },
    slots=True,
)
