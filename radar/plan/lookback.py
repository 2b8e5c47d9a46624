"""How much history each node needs, computed through the graph. No strategy declares such a number by hand.

Counted in bars of the base clock, the current one included: a node that looks ``n`` bars of its own clock back
needs ``(n - 1) * ratio`` base bars on top of what its inputs need, where ``ratio`` is its clock over the base
clock. A bar of a slower clock needs up to ``2 * ratio - 1`` base bars to be complete whatever the moment at which
the history begins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from radar.market.timeframe import Timeframe
from radar.plan.clock import Tick
from radar.spec.model import Node


def lookbacks(nodes: Sequence[Node], tick: Mapping[str, Tick], base: Timeframe, asset: str) -> dict[str, int]:
    """Base bars until each node's output is valid, on one asset."""
    needs: dict[str, int] = {}
    for node in nodes:
        ratio = tick[node.id].clock.milliseconds // base.milliseconds
        inputs = [needs[reference.node] for references in node.inputs.values() for reference in references]
        need = max(inputs, default=1)
        if tick[node.id].root == node.id:
            need += 2 * ratio - 2
        elif node.kind.role == "indicator":
            interval = tick[node.id].clock.milliseconds
            need += (node.kind.lookback(node.params_for(asset), interval) - 1) * ratio
        elif node.kind.role == "strategy":
            interval = tick[node.id].clock.milliseconds
            need = max(need, node.kind.history(node.params_for(asset), interval) * ratio)
        needs[node.id] = need
    return needs
