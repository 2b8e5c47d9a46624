"""At which bar each node ticks.

A node ticks on the clock of its inputs. Candles of a slower timeframe and resampled bars have a slower clock; a
node that takes a bar ticks with that bar, a node that takes only series ticks with the fastest of them, and a
slower value is held between its closes. A value is therefore visible only after the bar that made it has closed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from radar.market.timeframe import Timeframe
from radar.nodes.port import PortType
from radar.spec.model import Node


@dataclass(frozen=True)
class Tick:
    """When a node ticks: its clock, and the node whose close it waits for ('' on the base clock)."""

    clock: Timeframe
    root: str = ""


def ticks(nodes: Sequence[Node], base: Timeframe, decide: Timeframe | None = None) -> Mapping[str, Tick]:
    """The tick of every node.

    ``nodes`` are in topological order, ``base`` is the clock of the bars that orders are met on, ``decide`` that of
    candles which name none (absent: the base clock).
    """
    found: dict[str, Tick] = {}
    for node in nodes:
        found[node.id] = _tick(node, found, base, decide or base)
    return found


def _tick(node: Node, found: Mapping[str, Tick], base: Timeframe, decide: Timeframe) -> Tick:
    named = own_clock(node) or (decide if node.kind.series == "candles" else None)
    if named is not None:
        return Tick(base) if named == base else Tick(named, node.id)
    if node.kind.role in ("source", "risk", "executor", "sink"):
        return Tick(base)
    bars = [
        found[reference.node]
        for port, references in node.inputs.items()
        if PortType.BAR in node.kind.inputs[port].types
        for reference in references
    ]
    wired = bars or [found[reference.node] for references in node.inputs.values() for reference in references]
    return min(wired, key=lambda tick: tick.clock, default=Tick(base))


def own_clock(node: Node) -> Timeframe | None:
    """The clock that a node names itself: a source's ``timeframe`` or the target of a resampling kind."""
    name = node.kind.clock or ("timeframe" if node.kind.role == "source" else "")
    value = getattr(node.params, name, None) if name else None
    return Timeframe.parse(value) if isinstance(value, str) else None
