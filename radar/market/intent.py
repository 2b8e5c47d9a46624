"""What a strategy wants to be true: resting entry levels, an entry or exit at this close, a stop, a target.

An intent is a record that a strategy rewrites at each close of its clock. A strategy never sends an order; the
executor makes reality match the intent that the risk nodes let through. Levels are numbered from 0 (nearest to the
centre) to ``LEVELS - 1`` on each side.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from radar.market.compiled import compiled, inlined
from radar.market.reason import Side

LEVELS = 6
"""Most levels that one side of a ladder may have (``num_levels`` is bounded by it)."""

INTENT = np.dtype(
    [
        ("highest_buy", "f8"),
        ("lowest_sell", "f8"),
        ("buy_count", "i8"),
        ("sell_count", "i8"),
        ("extend_only", "i8"),
        ("stop", "f8"),
        ("trail", "f8"),
        ("target", "f8"),
        ("anchor", "f8"),
        ("spacing", "f8"),
        ("enter", "i8"),
        ("enter_levels", "i8"),
        ("leave", "i8"),
        ("buy", "f8", (LEVELS,)),
        ("sell", "f8", (LEVELS,)),
    ],
    align=True,
)
"""Fields of an intent.

``anchor`` and ``spacing`` what the strategy's levels are made from. ``buy[k]``, ``sell[k]`` price of the resting
entry of level k; only the first ``buy_count`` and ``sell_count`` are read, and of those only the ones that are
positive and not filled yet. ``highest_buy``, ``lowest_sell`` the levels that the market reaches first.
``extend_only`` 1: levels may add to an open position but not start one. ``stop`` absolute stop price or NaN;
``trail`` trailing stop or NaN; ``target`` take-profit price or NaN. ``enter`` side of an entry at this close or 0,
``enter_levels`` a bit for each level that it opens. ``leave`` an exit reason that closes the position at this
close, or 0.
"""


class Terms(NamedTuple):
    """What a strategy's parameters say about every order of it."""

    leverage: float
    stop_fraction: float  #: stop distance as a fraction of the average entry price; 0 where the intent names a price
    levels: int  #: entries that share the allocation of one position
    entry_limit: bool  #: a touched level is a resting limit order (maker) instead of a market order on touch (taker)
    target_limit: bool  #: the target is a resting limit order (maker) instead of a market order on touch (taker)


@inlined
def withdraw(intent: Any) -> None:
    """Take back every resting level. Stop and target stay as they are."""
    intent.highest_buy = -np.inf
    intent.lowest_sell = np.inf
    intent.buy_count = 0
    intent.sell_count = 0
    intent.extend_only = 0


@inlined
def arm(intent: Any, side: int, count: int, nearest: float) -> None:
    """Let ``count`` levels of ``side`` rest; ``nearest`` is the price of the one that the market reaches first.

    The prices themselves are put by the strategy's ``levels`` when a bar comes as far as ``nearest``. A price that
    is not positive, or NaN, rests nowhere.
    """
    if side > 0:
        intent.buy_count = count
        if nearest > 0.0:
            intent.highest_buy = nearest
    else:
        intent.sell_count = count
        if nearest > 0.0:
            intent.lowest_sell = nearest


@inlined
def first_free(filled: int) -> int:
    """The first level that is not ``filled`` (a bit for each level)."""
    level = 0
    while (filled >> level) & 1 != 0:
        level += 1
    return level


@inlined
def rest(intent: Any, side: int, level: int, price: float) -> None:
    """Put the price of one level of a ladder."""
    if side > 0:
        intent.buy[level] = price
    else:
        intent.sell[level] = price


@inlined
def enter(intent: Any, side: int, stop: float, target: float) -> None:
    """Enter at this close, with the stop and the target (NaN for none) that protect the position from then on."""
    intent.enter = side
    intent.enter_levels = 1
    intent.stop = stop
    intent.trail = np.nan
    intent.target = target


@inlined
def leave(intent: Any, reason: int) -> None:
    """Close the position at this close."""
    intent.leave = reason


@inlined
def may(sides: int, side: int) -> bool:
    """Whether ``side`` is among the allowed ``sides`` (bit 1 long, bit 2 short)."""
    if side == Side.LONG:
        return (sides & 1) != 0
    return (sides & 2) != 0


@compiled
def fresh_intent(intent: Any) -> None:
    """Set a record of zeros to "wants nothing"."""
    withdraw(intent)
    intent.enter = 0
    intent.enter_levels = 0
    intent.leave = 0
    intent.stop = np.nan
    intent.trail = np.nan
    intent.target = np.nan
