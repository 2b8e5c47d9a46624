"""What an account holds of a correlation group, counted from its positions."""

from __future__ import annotations

from typing import Any, NamedTuple

from radar.market.account import Moment
from radar.market.compiled import compiled


class Holdings(NamedTuple):
    """Open positions of a group on each side, and the margin that they lock."""

    longs: int
    shorts: int
    locked: float


@compiled
def with_position(holdings: Holdings, position: Any, moment: Moment) -> Holdings:
    """``holdings`` and ``position``, as an order of ``moment`` finds it.

    What a position gave back when it ended inside a bar is free from that bar's close on (strategies spec 8.1).
    """
    side = position.side
    locked = position.locked
    if side == 0 and position.closed_row == moment.row and not moment.at_close:
        side = (1 if position.released > 0.0 else 0) - (1 if position.released < 0.0 else 0)
        locked = abs(position.released)
    if side == 0:
        return holdings
    long = 1 if side > 0 else 0
    return Holdings(holdings.longs + long, holdings.shorts + 1 - long, holdings.locked + locked)
