"""Let a strategy trade only some of the assets of a run.

The strategies of a portfolio share its assets; what one of them is not meant for is switched off per asset. New
positions on such an asset are refused and counted. Presets write these values for the strategies that they name
(``config/portfolios.yaml``). Source: research specification 4.8, lists of assets by strategy.

Not for a pipeline of one strategy: name its assets under ``assets``.

Example::

    chosen: {risk: asset_gate, in: grid, per_asset: {ETH: {allowed: false}}}
    sized: {risk: equal_allocation, in: chosen}
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
    """Parameters of the asset gate."""

    allowed: bool = param(True, "Whether new positions may begin on the asset.", on_change="hot")


@compiled
def approve(p: Any, s: Any, approval: Any, entry: Entry) -> None:
    """Refuse new positions on an asset that is switched off."""
    if p.allowed == 0:
        refuse_cycle(approval, Refusal.NOT_ALLOWED.value)


KIND = Kind(
    params=Params,
    inputs={"in": Input(PortType.INTENT, "The intent of a strategy.", many=True)},
    outputs={"intent": Output(PortType.INTENT, "The intent, new positions refused on assets that are switched off.")},
    approve=approve,
    stability="stable",
)
