"""Give an asset a stated part of the account as margin.

``margin = weight * base / levels`` and ``quantity = margin * leverage / price``: what equal allocation does with equal
parts, with parts that are written down, per asset and (with a node each) per strategy. The base is the account's equity
when a cycle starts (``equity``) or the initial capital (``initial``) and stays frozen for the cycle. Weights need not
add up to 100 %: a margin guard holds the account. Source: research specification 4.2, sizing mode ``weights``.

Not for strategies with one entry and a tight stop: size those by what the stop may lose.

Example::

    sized: {risk: weighted_allocation, in: grid, weight_percent: 10, per_asset: {ETH: {weight_percent: 25}}}
"""

from __future__ import annotations

from typing import Any, Literal

from radar.market.approval import Entry
from radar.market.compiled import compiled
from radar.nodes.kind import Kind
from radar.nodes.params import NodeParams, param
from radar.nodes.port import Input, Output, PortType


class Params(NodeParams):
    """Parameters of weighted allocation."""

    weight_percent: float = param(
        10.0, "Margin that all levels of the asset take together, of the base.", unit="%", on_change="hot", gt=0, le=100
    )
    base: Literal["equity", "initial"] = param(
        "equity", "Capital that is allocated: equity at the start of a cycle, or the initial capital.", on_change="hot"
    )


@compiled
def approve(p: Any, s: Any, approval: Any, entry: Entry) -> None:
    """Set the margin of one level as a fraction of the base."""
    approval.margin_fraction = p.weight / entry.terms.levels
    approval.max_fraction = p.weight / entry.terms.levels
    approval.risk_fraction = 0.0
    approval.base = p.base


KIND = Kind(
    params=Params,
    inputs={"in": Input(PortType.INTENT, "The intent to size.", many=True)},
    outputs={"intent": Output(PortType.SIZED, "The intent with its allocation.")},
    approve=approve,
    sizes=True,
    stability="stable",
)
