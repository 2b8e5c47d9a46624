"""Refuse an entry that would put too many eggs into one basket: assets that rise and fall together.

An asset's correlation group and the limits of the group stand in ``config/assets.yaml``. Two limits, over all
strategies of the account: as many positions and cycles of the group as ``max_concurrent_same_direction`` may be open
on one side, and the margin of the group may be ``max_exposure_percent`` of the account's equity at its last mark. The
first is about new positions, the second is held for every level. A limit of the node itself takes the place of that of
the group. An asset without a group has no limit. What an exit inside a bar gives back is free from that bar's close on.
Source: operations specification 4.4 and 4.5, strategies specification 3.7 and 8.1.

Example::

    sized: {risk: equal_allocation, in: grid}
    spread: {risk: correlation, in: sized}
"""

from __future__ import annotations

from typing import Any

from radar.market.account import locked_for_resting
from radar.market.approval import Entry, limit_locked, refuse_side
from radar.market.compiled import compiled
from radar.market.reason import Refusal
from radar.nodes.kind import Kind
from radar.nodes.params import NodeParams, param
from radar.nodes.port import Input, Output, PortType


class Params(NodeParams):
    """Parameters of the limit on correlation groups."""

    max_concurrent_same_direction: int | None = param(
        None, "Most open positions of one side in a group; absent: as the group says.", on_change="hot", ge=1
    )
    max_exposure_percent: float | None = param(
        None, "Most margin in a group, of equity; absent: as the group says.", unit="%", on_change="hot", gt=0, le=100
    )


@compiled
def approve(p: Any, s: Any, approval: Any, entry: Entry) -> None:
    """Refuse a side that is full, and more margin than the group may lock."""
    asset, held, account = entry.asset, entry.holdings, entry.account
    if asset.group < 0:
        return
    most = p.max_concurrent_same_direction
    if most != most:
        most = asset.group_positions
    if held.longs >= most:
        refuse_side(approval, 1, Refusal.CORRELATION.value)
    if held.shorts >= most:
        refuse_side(approval, -1, Refusal.CORRELATION.value)
    exposure = p.max_exposure
    if exposure != exposure:
        exposure = asset.group_exposure
    locked = account.locked if entry.moment.at_close else locked_for_resting(account, entry.moment.row)
    limit_locked(approval, locked + exposure * account.equity - held.locked)


KIND = Kind(
    params=Params,
    inputs={"in": Input(PortType.SIZED, "The sized intent.", many=True)},
    outputs={
        "intent": Output(PortType.APPROVED, "The intent, refused where its group is full."),
        "refused": Output(PortType.REFUSALS, "Entries for which the group had no room."),
    },
    approve=approve,
    counts_group=True,
    gate=True,
    stability="stable",
)
