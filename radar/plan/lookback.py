"""How much history each node needs, computed through the graph. No strategy declares such a number by hand.

Counted in bars of the base clock, the current one included: a node that looks ``n`` bars of its own clock back
needs ``(n - 1) * ratio`` base bars on top of what its inputs need, where ``ratio`` is its clock over the base
clock. A bar of a slower clock needs up to ``2 * ratio - 1`` base bars to be complete whatever the moment at which
the history begins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from radar.market.timeframe import Timeframe
from radar.plan.clock import Tick
from radar.spec.model import Node


def lookbacks(nodes: Sequence[Node], tick: Mapping[str, Tick], base: Timeframe, asset: str) -> dict[str, int]:
    """Base bars until each node's output is valid, on one asset."""
    own = {node.id: own_bars(node, tick[node.id], asset) for node in nodes}
    return {node: int(bars) for node, bars in carried(nodes, tick, base, own).items()}


def own_bars(node: Node, tick: Tick, asset: str) -> int:
    """Bars of its own clock that a node looks at by itself, whatever its inputs need."""
    interval = tick.clock.milliseconds
    if node.kind.role == "indicator" and tick.root != node.id:
        return node.kind.lookback(node.params_for(asset), interval)
    if node.kind.role == "strategy":
        return node.kind.history(node.params_for(asset), interval)
    return 1


def carried(nodes: Sequence[Node], tick: Mapping[str, Tick], base: Timeframe, own: Mapping[str, Any]) -> dict[str, Any]:
    """Base bars until each node's output is valid, from the bars that each looks at itself.

    ``nodes`` are in topological order. ``own`` are numbers, or arrays of equal length, one item a combination.
    """
    needs: dict[str, Any] = {}
    for node in nodes:
        ratio = tick[node.id].clock.milliseconds // base.milliseconds
        need: Any = 1
        for references in node.inputs.values():
            for reference in references:
                need = np.maximum(need, needs[reference.node])
        if tick[node.id].root == node.id:
            need = need + 2 * ratio - 2
        elif node.kind.role == "indicator":
            need = need + (own[node.id] - 1) * ratio
        elif node.kind.role == "strategy":
            need = np.maximum(need, own[node.id] * ratio)
        needs[node.id] = need
    return needs
