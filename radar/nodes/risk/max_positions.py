"""Refuse a new position while the account holds as many as it may.

A slot is one open position or one grid cycle of the account, whatever its strategy, its asset and its number of levels:
a running cycle may go on filling. A slot that an exit inside a bar gives back is free from that bar's close on, as its
margin is, because nothing says whether it came before an entry of the same bar. Source: operations specification 4.1
and 4.4, strategies specification 8.1.

Example::

    sized: {risk: equal_allocation, in: grid}
    slots: {risk: max_positions, in: sized, max_concurrent_positions: 4}
"""

from __future__ import annotations

from typing import Any

from radar.market.account import positions_for_resting
from radar.market.approval import Entry, refuse_cycle
from radar.market.compiled import compiled
from radar.market.reason import Refusal
from radar.nodes.kind import Kind
from radar.nodes.params import NodeParams, param
from radar.nodes.port import Input, Output, PortType


class Params(NodeParams):
    """Parameters of the limit on positions."""

    max_concurrent_positions: int = param(3, "Most open positions and cycles at a time.", on_change="hot", ge=1)


@compiled
def approve(p: Any, s: Any, approval: Any, entry: Entry) -> None:
    """Refuse new positions while no slot is free."""
    if positions_for_resting(entry.account, entry.moment) >= p.max_concurrent_positions:
        refuse_cycle(approval, Refusal.MAX_CONCURRENT.value)


KIND = Kind(
    params=Params,
    inputs={"in": Input(PortType.SIZED, "The sized intent.", many=True)},
    outputs={
        "intent": Output(PortType.APPROVED, "The intent, new positions refused while all slots are taken."),
        "refused": Output(PortType.REFUSALS, "Entries for which no slot was free."),
    },
    approve=approve,
    gate=True,
    stability="stable",
)
