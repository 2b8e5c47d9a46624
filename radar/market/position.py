"""An open position (or grid cycle) of one strategy on one asset, and the stop that protects it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from radar.market.compiled import compiled, inlined
from radar.market.intent import Terms
from radar.market.reason import ExitReason, MarginMode

REFUSALS = 16
"""Size of the refusal counters; larger than the largest :class:`radar.market.reason.Refusal`."""

POSITION = np.dtype(
    [
        ("side", "i8"),
        ("filled", "i8"),
        ("levels", "i8"),
        ("quantity", "f8"),
        ("average", "f8"),
        ("fill_value", "f8"),
        ("reference_value", "f8"),
        ("first_fill", "f8"),
        ("locked", "f8"),
        ("base", "f8"),
        ("equity_before", "f8"),
        ("fees", "f8"),
        ("slippage", "f8"),
        ("funding", "f8"),
        ("worst", "f8"),
        ("entry_time", "i8"),
        ("bars", "i8"),
        ("entry_regime", "i8"),
        ("trade", "i8"),
        ("closed_row", "i8"),
        ("closed_time", "i8"),
        ("released", "f8"),
        ("net", "f8"),
        ("refusals", "i8", (REFUSALS,)),
    ],
    align=True,
)
"""``filled`` has a bit for each filled level; ``average`` is built from fill prices, as an exchange reports it, and
``reference_value`` from the prices before slippage; ``locked`` is margin at reference prices; ``base`` is the capital
that sized the cycle, frozen at its start; ``bars`` counts closes since the first fill; ``closed_row`` is the row of the
last exit (-1: none) and ``closed_time`` the open of its bar; ``released`` is the margin that it freed if it was
inside the bar (0: at the close), negative of a short position; ``net`` is what it earned."""


class Stop(NamedTuple):
    """The protective price in force and the reason that an exit there carries."""

    price: float
    reason: int


@compiled
def liquidation_price(side: int, average: float, leverage: float, maintenance: float) -> float:
    """Price at which an isolated position is liquidated (strategies spec 3.8)."""
    return average * (1.0 - side / leverage) / (1.0 - side * maintenance)


@inlined
def stop_at(p: Any, terms: Terms, intent: Any, side: int, average: float) -> Stop:
    """The nearest of stop, trailing stop and (isolated margin) liquidation for a position at ``average``.

    At equal prices the order is stop, trailing, liquidation. ``p`` are the parameters of the account.
    """
    reason = ExitReason.SL.value
    if terms.stop_fraction > 0.0:
        price = average * (1.0 - side * terms.stop_fraction)
    else:
        price = intent.stop
    if side * (intent.trail - price) > 0.0:
        price = intent.trail
        reason = ExitReason.TRAILING.value
    if p.margin_mode == MarginMode.ISOLATED and p.liquidation:
        liquidation = liquidation_price(side, average, terms.leverage, p.maintenance_margin)
        if side * (liquidation - price) > 0.0:
            price = liquidation
            reason = ExitReason.LIQUIDATION.value
    return Stop(price, reason)


@inlined
def unrealised(position: Any, price: float) -> float:
    """Open profit at ``price``, before the costs of an exit."""
    if position.side == 0:
        return 0.0
    return float(position.side * (price - position.average) * position.quantity)


@compiled
def total_refusals(position: Any) -> int:
    """Entries that were not taken, whatever the cause."""
    total = 0
    for cause in range(REFUSALS):
        total += position.refusals[cause]
    return total
