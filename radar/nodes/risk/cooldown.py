"""Refuse a new position for some bars after the strategy's last exit on the same asset.

An exit in bar i, for whatever reason, lets the next cycle begin in bar ``i + cooldown_candles``. The bars are those of
the pipeline's base clock, counted by their opens: a gap in the candles counts as the time it lasts. Running cycles
fill their levels, and exits are never held up. Source: strategies specification 2.3.3 and 8.2, operations specification
3.11.

Example::

    sized: {risk: equal_allocation, in: grid}
    pause: {risk: cooldown, in: sized, cooldown_candles: 3}
"""

from __future__ import annotations

from typing import Any

from radar.market.approval import Entry, refuse_cycle
from radar.market.compiled import compiled
from radar.market.reason import Refusal
from radar.nodes.kind import Kind
from radar.nodes.params import NodeParams, param
from radar.nodes.port import Input, Output, PortType


class Params(NodeParams):
    """Parameters of the cooldown."""

    cooldown_candles: int = param(
        3, "Bars from an exit to the first new entry; 0: none.", unit="bars", on_change="hot", ge=0, le=100_000
    )


@compiled
def approve(p: Any, s: Any, approval: Any, entry: Entry) -> None:
    """Refuse new positions while the pause lasts."""
    position = entry.position
    if position.closed_row >= 0 and entry.moment.time - position.closed_time < p.cooldown_candles * p.interval:
        refuse_cycle(approval, Refusal.COOLDOWN.value)


KIND = Kind(
    params=Params,
    inputs={"in": Input(PortType.SIZED, "The sized intent.", many=True)},
    outputs={
        "intent": Output(PortType.APPROVED, "The intent, new positions refused for a while after an exit."),
        "refused": Output(PortType.REFUSALS, "Entries that came too soon after an exit."),
    },
    approve=approve,
    gate=True,
    stability="stable",
)
