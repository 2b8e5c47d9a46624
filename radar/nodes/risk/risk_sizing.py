"""Size an entry by what its stop may lose.

``notional = base * risk / (stop distance + costs)``, where the distance is ``|entry - stop| / entry`` and the costs are
those that ``include`` lists (the specification's default: one taker fee and one slippage; ``entry_fee`` adds the second
taker fee and makes the worst case exact). At most ``base * leverage * max margin ratio``. Source: strategies
specification 3.7.

Not for grids: their levels share one stop that no single entry knows.

Example::

    sized: {risk: risk_sizing, in: trend, risk_percent: 2}
"""

from __future__ import annotations

from typing import Any, Literal

from radar.market.approval import Entry
from radar.market.compiled import compiled
from radar.nodes.kind import Kind
from radar.nodes.params import NodeParams, param
from radar.nodes.port import Input, Output, PortType


class Params(NodeParams):
    """Parameters of risk sizing."""

    risk_percent: float = param(2.0, "Loss at the stop, of the base.", unit="%", on_change="hot", gt=0, le=100)
    base: Literal["equity", "initial"] = param(
        "equity", "Capital at risk: equity at the entry, or the initial capital.", on_change="hot"
    )
    include: tuple[Literal["taker_fee", "slippage", "entry_fee"], ...] = param(
        ("taker_fee", "slippage"), "Costs that count as part of the loss at the stop.", on_change="hot"
    )


@compiled
def approve(p: Any, s: Any, approval: Any, entry: Entry) -> None:
    """Set the fraction of the base at risk and the costs that go with the stop distance."""
    extra = 0.0
    if p.include & 1 != 0:
        extra += entry.costs.taker_fee
    if p.include & 2 != 0:
        extra += entry.costs.slippage
    if p.include & 4 != 0:
        extra += entry.costs.taker_fee
    approval.risk_fraction = p.risk
    approval.cost_fraction = extra
    approval.base = p.base


KIND = Kind(
    params=Params,
    inputs={"in": Input(PortType.INTENT, "The intent to size.", many=True)},
    outputs={"intent": Output(PortType.SIZED, "The intent with its allocation.")},
    approve=approve,
    sizes=True,
    stability="stable",
)
