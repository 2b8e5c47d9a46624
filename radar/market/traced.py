"""What a traced run writes down of a strategy: its intent, its position, what is refused to it."""

from __future__ import annotations

from typing import Any

import numpy as np

from radar.market.approval import approval_refusal
from radar.market.compiled import compiled
from radar.market.intent import LEVELS
from radar.market.reason import Side

INTENT_COLUMNS = (
    "enter",
    "leave",
    "stop",
    "target",
    "trail",
    *(f"{side}.{level}" for side in ("buy", "sell") for level in range(LEVELS)),
)
"""What :func:`trace_intent` writes, in order."""

POSITION_COLUMNS = ("side", "quantity", "average")
"""What :func:`trace_position` writes, in order."""

FIRST_LEVEL = 5
"""Where the prices of the levels begin in :data:`INTENT_COLUMNS`."""

LONG, SHORT = Side.LONG.value, Side.SHORT.value


@compiled
def trace_intent(intent: Any, out: Any) -> None:
    """Write an intent to ``out``; a level that does not rest is NaN."""
    out[0] = float(intent.enter)
    out[1] = float(intent.leave)
    out[2] = intent.stop
    out[3] = intent.target
    out[4] = intent.trail
    for level in range(LEVELS):
        out[FIRST_LEVEL + level] = intent.buy[level] if level < intent.buy_count else np.nan
        out[FIRST_LEVEL + LEVELS + level] = intent.sell[level] if level < intent.sell_count else np.nan


@compiled
def trace_position(position: Any, out: Any) -> None:
    """Write a position to ``out``."""
    out[0] = float(position.side)
    out[1] = position.quantity
    out[2] = position.average


@compiled
def trace_refusals(approval: Any, out: Any) -> None:
    """Write to ``out`` what refuses a new position of either side, long first; margin apart, for it depends on size."""
    out[0] = float(approval_refusal(approval, LONG, True))
    out[1] = float(approval_refusal(approval, SHORT, True))
