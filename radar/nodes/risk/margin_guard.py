"""Refuse an entry that would lock too much of the account as margin.

An entry passes only if ``locked margin of the account + its margin <= max_margin_ratio * base``, tested before it
opens and for every level; with ``free_equity`` the account must also hold ``equity - locked >= margin``. A refused
level stays armed. Source: strategies specification 3.7 and 8.1. Stops and exits are never refused. Several guards in
one chain are as strict as the strictest of them: the lowest ceiling, and free equity if one of them asks for it.

Example::

    sized: {risk: equal_allocation, in: grid}
    margin: {risk: margin_guard, in: sized, max_margin_ratio: 0.7}
"""

from __future__ import annotations

from typing import Any

from radar.market.approval import Entry, limit_margin
from radar.market.compiled import compiled
from radar.nodes.kind import Kind
from radar.nodes.params import NodeParams, param
from radar.nodes.port import Input, Output, PortType


class Params(NodeParams):
    """Parameters of the margin guard."""

    max_margin_ratio: float = param(
        0.7, "Most margin that may be locked, as a fraction of the sizing base.", on_change="hot", ge=0.1, le=1
    )
    free_equity: bool = param(True, "Also demand free equity for the margin of the entry.", on_change="hot")


@compiled
def approve(p: Any, s: Any, approval: Any, entry: Entry) -> None:
    """Lower the ceiling on locked margin."""
    limit_margin(approval, p.max_margin_ratio, p.free_equity != 0)


KIND = Kind(
    params=Params,
    inputs={"in": Input(PortType.SIZED, "The sized intent.", many=True)},
    outputs={
        "intent": Output(PortType.APPROVED, "The intent under a margin ceiling."),
        "refused": Output(PortType.REFUSALS, "Entries that the ceiling refused."),
    },
    approve=approve,
    gate=True,
    stability="stable",
)
