"""Give more than the equal share to what has done better than the rest of the account, and less to what has not.

``share = won / (won + lost)``, the part of the turned-over profit that was won, is a half where wins and losses cancel
and needs no special case without losses. The size of the node's strategies is the equal share times
``1 + strength * (their share - share of the account)``, held between ``min_factor`` and ``max_factor``; it is 1 with
fewer than ``min_trades`` trades, and always where the account has no other strategy. The factor of the last mark
counts. A cycle keeps the margin with which it began, and an asset the cap of equal allocation. Source: operations
specification 2.11 (``allocation_mode: performance``, 0.5 to 1.5 of the equal share); the formula is Radar's own.

Past results are weak evidence: leave this out unless a walk-forward shows that it helps.

Example::

    sized: {risk: equal_allocation, in: grid}
    tilted: {risk: performance_tilt, in: sized, min_trades: 20}
    margin: {risk: margin_guard, in: tilted}
"""

from __future__ import annotations

from typing import Any

from radar.market.approval import Entry
from radar.market.compiled import compiled
from radar.nodes.earned import EARNED, learn
from radar.nodes.kind import Kind
from radar.nodes.params import NodeParams, param
from radar.nodes.port import Input, Output, PortType


class Params(NodeParams):
    """Parameters of the tilt."""

    min_trades: int = param(10, "Closed trades before the share is tilted.", on_change="hot", ge=1, le=100_000)
    strength: float = param(1.0, "Tilt for a whole point of share.", on_change="hot", ge=0, le=10)
    min_factor: float = param(0.5, "Least part of the equal share.", unit="x", on_change="hot", ge=0.5, le=1)
    max_factor: float = param(1.5, "Most of the equal share.", unit="x", on_change="hot", ge=1, le=1.5)


@compiled
def approve(p: Any, s: Any, approval: Any, entry: Entry) -> None:
    """Multiply the size."""
    position = entry.position
    if position.side == 0:
        fraction = approval.margin_fraction * s.factor
        approval.margin_fraction = fraction if fraction < approval.max_fraction else approval.max_fraction
        approval.risk_fraction *= s.factor
    elif approval.margin_fraction > 0.0:
        # What a level of this cycle has locked, of the base that the cycle keeps.
        approval.margin_fraction = position.locked / (position.levels * position.base)


@compiled
def won_share(won: float, lost: float) -> float:
    """Won over won and lost; a half without either."""
    return won / (won + lost) if won + lost > 0.0 else 0.5


@compiled
def observe(p: Any, s: Any, w: Any, account: Any, time: int) -> None:
    """The factor from this mark on."""
    s.factor = 1.0
    if s.trades < p.min_trades:
        return
    sums = account.statistics
    factor = 1.0 + p.strength * (won_share(s.won, s.lost) - won_share(sums.won, sums.lost))
    factor = factor if factor > p.min_factor else p.min_factor
    s.factor = factor if factor < p.max_factor else p.max_factor


KIND = Kind(
    params=Params,
    inputs={"in": Input(PortType.SIZED, "The sized intent.", many=True)},
    outputs={"intent": Output(PortType.SIZED, "The intent with its tilted allocation.")},
    state=(*EARNED, ("factor", "f8")),
    initial={"factor": 1.0},
    approve=approve,
    learn=learn,
    observe=observe,
    stability="experimental",
)
