"""Why things happened: exit reasons, refusal causes, regimes, sides. The numbers are what a ledger stores."""

from __future__ import annotations

from enum import IntEnum


class Side(IntEnum):
    """Direction of a position; the sign enters every formula as ``s``."""

    SHORT = -1
    FLAT = 0
    LONG = 1


class ExitReason(IntEnum):
    """Why a position was closed."""

    NONE = 0
    TP = 1
    SL = 2
    TRAILING = 3
    SIGNAL = 4
    INVERSE = 5
    FLIP = 6
    TIME_STOP = 7
    FUNDING_TP = 8
    END_OF_DATA = 9
    LIQUIDATION = 10
    KILL_SWITCH = 11


class Refusal(IntEnum):
    """Why an entry that the market offered was not taken. Every refusal is counted under one of these causes."""

    NONE = 0
    WARM_UP = 1
    STALE_DATA = 2
    KILL_SWITCH = 3
    MARGIN_GUARD = 4
    INSUFFICIENT_MARGIN = 5
    BELOW_MINIMUM = 6
    INVALID_STOP = 7
    SAME_BAR = 8
    UNFILLED = 9
    COOLDOWN = 10
    MAX_CONCURRENT = 11
    CORRELATION = 12
    OWNER_CONFLICT = 13
    REGIME = 14
    NOT_ALLOWED = 15


REFUSAL_TEXT: dict[Refusal, str] = {
    Refusal.WARM_UP: "the history that the pipeline needs was not there yet",
    Refusal.STALE_DATA: "a gap in the candles; the history after it was still too short",
    Refusal.KILL_SWITCH: "a kill switch had tripped; it blocks entries, never stops",
    Refusal.MARGIN_GUARD: "locked margin would have passed the ceiling of the margin guard",
    Refusal.INSUFFICIENT_MARGIN: "free equity was below the margin that the entry needs",
    Refusal.BELOW_MINIMUM: "the order was below the smallest notional that the venue takes",
    Refusal.INVALID_STOP: "the entry had no usable stop",
    Refusal.SAME_BAR: "the same position had closed in this bar",
    Refusal.UNFILLED: "the bar reached the order, but the fill model says that it was not filled",
    Refusal.COOLDOWN: "the pause after the last exit was not over",
    Refusal.MAX_CONCURRENT: "the largest number of positions at a time was open",
    Refusal.CORRELATION: "the correlation group held as many positions on that side, or as much margin, as it may",
    Refusal.OWNER_CONFLICT: "another strategy already held this asset",
    Refusal.REGIME: "the market regime was not one that the gate lets through",
    Refusal.NOT_ALLOWED: "the selector did not allow this strategy on this asset",
}


class Regime(IntEnum):
    """Market regime of a bar (strategies spec 1.3)."""

    RANGING = 0
    TRENDING_UP = 1
    TRENDING_DOWN = 2
    HIGH_VOLATILITY = 3
    LOW_VOLATILITY = 4


class IntrabarPolicy(IntEnum):
    """What happened first in a bar that holds both the target and the stop (strategies spec 3.4)."""

    STOP_FIRST = 0
    PATH = 1
    LOWER_TF = 2
    COLOR_LEGACY = 3


class FillModel(IntEnum):
    """When a resting order counts as filled."""

    TOUCH = 0
    THROUGH = 1
    QUEUE = 2


class MarginMode(IntEnum):
    """What a position's losses may draw on before it is liquidated."""

    CROSS = 0
    ISOLATED = 1


class SizingBase(IntEnum):
    """The capital that sizes a position: the account's equity at the start of a cycle, or the initial capital."""

    EQUITY = 0
    INITIAL = 1
