"""Let new positions begin only in some market regimes.

The regime is that of the last closed bar: for an order that rests, of the bar before; for an entry at a close, of that
bar. Running cycles fill their levels, and exits are never held up. An indicator that has not seen its whole history yet
says RANGING. Source: operations specification 2.9, strategies specification 3.9 (there the list follows from results
out of sample; here it is stated).

Not a filter of a strategy's own signals: a strategy that needs the regime for its rules reads it itself.

Example::

    regime: {indicator: regime, in: candles}
    sized: {risk: equal_allocation, in: grid}
    gate: {risk: regime_gate, in: {in: sized, regime: regime}, regimes: [ranging, low_volatility]}
"""

from __future__ import annotations

from typing import Any, Literal

from radar.market.approval import Entry, refuse_cycle
from radar.market.compiled import compiled
from radar.market.reason import Refusal
from radar.nodes.kind import Kind
from radar.nodes.params import NodeParams, param
from radar.nodes.port import Input, Output, PortType


class Params(NodeParams):
    """Parameters of the regime gate. The choices stand in the order of :class:`radar.market.reason.Regime`."""

    regimes: tuple[Literal["ranging", "trending_up", "trending_down", "high_volatility", "low_volatility"], ...] = (
        param(
            ("ranging", "trending_up", "trending_down", "low_volatility"),
            "Regimes in which a new position may begin.",
            on_change="hot",
            min_length=1,
        )
    )


@compiled
def approve(p: Any, s: Any, approval: Any, entry: Entry, regime: int) -> None:
    """Refuse new positions in a regime that is not listed."""
    if (p.regimes >> regime) & 1 == 0:
        refuse_cycle(approval, Refusal.REGIME.value)


KIND = Kind(
    params=Params,
    inputs={
        "in": Input(PortType.SIZED, "The sized intent.", many=True),
        "regime": Input(PortType.REGIME, "The market regime that decides."),
    },
    outputs={
        "intent": Output(PortType.APPROVED, "The intent, new positions refused outside the regimes."),
        "refused": Output(PortType.REFUSALS, "Entries that another regime refused."),
    },
    approve=approve,
    gate=True,
    stability="stable",
)
