"""Give every level of every asset the same margin (grid sizing).

``margin = min(base / assets, cap * base) / levels`` and ``quantity = margin * leverage / price``. The base is the
account's equity when a cycle starts (``equity``) or the initial capital (``initial``: no compounding) and stays frozen
for the cycle, so all its levels have the same margin. The stop does not influence the size. Source: strategies
specification 3.7.

Not for strategies with one entry and a tight stop: size those by what the stop may lose.

Example::

    sized: {risk: equal_allocation, in: grid, cap_percent: 25}
"""

from __future__ import annotations

from typing import Any, Literal

from radar.market.approval import Entry
from radar.market.compiled import compiled
from radar.nodes.kind import Kind
from radar.nodes.params import NodeParams, param
from radar.nodes.port import Input, Output, PortType


class Params(NodeParams):
    """Parameters of equal allocation."""

    cap_percent: float = param(
        25.0, "Most margin that one asset may take, of the base.", unit="%", on_change="hot", gt=0, le=100
    )
    assets: int | None = param(
        None, "Assets that share the account; absent: those of the run.", on_change="hot", ge=1, le=1000
    )
    base: Literal["equity", "initial"] = param(
        "equity", "Capital that is allocated: equity at the start of a cycle, or the initial capital.", on_change="hot"
    )


@compiled
def approve(p: Any, s: Any, approval: Any, entry: Entry) -> None:
    """Set the margin of one level as a fraction of the base."""
    assets = p.assets if p.assets == p.assets else float(entry.account.assets)
    share = 1.0 / assets
    if share > p.cap:
        share = p.cap
    approval.margin_fraction = share / entry.terms.levels
    approval.max_fraction = p.cap / entry.terms.levels
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
