"""What becomes of every node when one plan takes the place of another. Pure: two plans in, a comparison out.

A node is the same node when it has the same name, or is said to have been one (``was``) that is gone. What a change of
a parameter does is declared by its kind (``on_change``); what is wired otherwise, or reads a node that is made anew, is
made anew with it. What holds positions is never made anew from the market's history: it needs to be flat.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from radar.nodes.port import INTENTS
from radar.plan.fate import ParameterDifference, changed_parameters, fate_of_parameter, written
from radar.plan.plan import Plan
from radar.spec.model import Node

__all__ = ["Fate", "NodeDifference", "PlanDifference", "compare_plans"]


class Fate(StrEnum):
    """What becomes of a node's state, the mildest first."""

    KEEP = "keep"
    HOT = "hot"
    MIGRATE = "migrate"
    REWARM = "rewarm"
    NEEDS_FLAT = "needs_flat"
    REFUSED = "refused"
    ADD = "add"
    REMOVE = "remove"


_RANK = {fate: rank for rank, fate in enumerate(Fate)}
_FROM_HISTORY = ("source", "indicator", "strategy")
"""Roles whose state follows from the market alone, so that it can be made anew from stored history."""
_HOLDS = ("strategy", "risk", "executor")
"""Roles whose state is about positions."""


@dataclass(frozen=True)
class NodeDifference:
    """One node: ``was`` its name before where it was renamed, ``wiring`` what it reads otherwise, ``rewarm_bars`` of
    the base clock that making it anew takes; ``needs_approval`` where it trades with money."""

    node: str
    kind: str
    fate: Fate
    was: str = ""
    reasons: tuple[str, ...] = ()
    parameters: tuple[ParameterDifference, ...] = ()
    wiring: tuple[str, ...] = ()
    rewarm_bars: int = 0
    needs_approval: bool = False


@dataclass(frozen=True)
class PlanDifference:
    """All nodes, those of the new plan in the order in which they run, then those that go. ``obstacles`` say why it
    cannot take over from a plan that runs; from one that does not, it can."""

    nodes: tuple[NodeDifference, ...]
    added_assets: tuple[str, ...]
    removed_assets: tuple[str, ...]
    obstacles: tuple[str, ...]

    @property
    def changed(self) -> bool:
        """Whether anything is not as it was."""
        renamed = any(one.fate is not Fate.KEEP or one.was for one in self.nodes)
        return renamed or bool(self.added_assets or self.removed_assets or self.obstacles)


def compare_plans(before: Plan, after: Plan) -> PlanDifference:
    """What becomes of every node of ``before`` and ``after`` when ``after`` takes its place."""
    added = tuple(asset for asset in after.assets if asset not in before.assets)
    removed = tuple(asset for asset in before.assets if asset not in after.assets)
    refused = tuple(_refusals(before, after, removed))
    comparer = _Comparer(before, after)
    nodes = [comparer.node(node, refused) for node in after.nodes]
    nodes += [_gone(node, refused) for node in before.nodes if node.id not in comparer.names]
    obstacles = list(refused)
    if not refused:
        obstacles += [f"{one.node}: {reason}" for one in nodes if one.fate is Fate.REFUSED for reason in one.reasons]
    return PlanDifference(tuple(nodes), added, removed, tuple(obstacles))


def _refusals(before: Plan, after: Plan, removed: tuple[str, ...]) -> Iterable[str]:
    """Why a run cannot go on with the new plan at all."""
    if before.pipeline.name != after.pipeline.name:
        yield f"it is another pipeline: {after.pipeline.name} instead of {before.pipeline.name}"
    clocks = [(str(one.pipeline.clock.decide), str(one.base)) for one in (before, after)]
    for what, old, new in zip(("clock", "clock of orders"), *clocks, strict=True):
        if old != new:
            yield f"the {what} changes from {old} to {new}, which takes a new run"
    if removed:
        yield f"{', '.join(removed)} {'goes' if len(removed) == 1 else 'go'}, which takes a new run"


def _gone(node: Node, refused: tuple[str, ...]) -> NodeDifference:
    fate, reason = Fate.REMOVE, "it is there no more"
    if node.kind.role == "strategy":
        fate, reason = Fate.NEEDS_FLAT, "the strategy goes, and what it holds must be closed before"
    elif node.kind.role == "executor":
        fate, reason = Fate.NEEDS_FLAT, "the account goes, and what it holds must be closed before"
    elif node.kind.role == "risk":
        reason = "it is there no more, and refuses nothing any more"
    if refused:
        fate, reason = Fate.REFUSED, refused[0]
    return NodeDifference(node.id, _kind(node), fate, reasons=(reason,), needs_approval=node.kind.role in _HOLDS)


class _Comparer:
    """Two plans, and the fates of nodes as far as they are known: nodes are asked for in the order of the plan."""

    def __init__(self, before: Plan, after: Plan) -> None:
        self.before, self.after = before, after
        self._old = {node.id: node for node in before.nodes}
        now = {node.id for node in after.nodes}
        self.names: dict[str, str] = {}
        """New names by old ones, of the nodes that stay."""
        for node in after.nodes:
            if node.id in self._old:
                self.names[node.id] = node.id
            elif node.was in self._old and node.was not in now:
                self.names[node.was] = node.id
        self._was = {new: old for old, new in self.names.items()}
        self._anew: set[str] = set()
        self._assets = tuple(asset for asset in after.assets if asset in before.assets)

    def node(self, node: Node, refused: tuple[str, ...]) -> NodeDifference:
        """What becomes of a node of the new plan."""
        old = self._old.get(self._was.get(node.id, ""))
        if old is None:
            self._anew.add(node.id)
            bars = self.after.lookback[node.id] if node.kind.role in _FROM_HISTORY else 0
            fate, reasons = (Fate.REFUSED, refused) if refused else (Fate.ADD, ("it is new",))
            return NodeDifference(
                node.id, _kind(node), fate, reasons=reasons, rewarm_bars=bars, needs_approval=node.kind.role in _HOLDS
            )
        parameters: tuple[ParameterDifference, ...] = ()
        wiring = self._wiring(old, node)
        found: list[tuple[Fate, str]] = []
        if _kind(old) != _kind(node):
            found.append(_of_kind(old, node))
        else:
            parameters = changed_parameters(old, node, self._assets)
            found += [_of_parameter(one) for one in parameters]
        found += self._of_inputs(node, wiring)
        found += self._of_account(old, node)
        found += self._of_lanes(node)
        fate = max((one for one, _ in found), key=_RANK.__getitem__, default=Fate.KEEP)
        if _RANK[fate] <= _RANK[Fate.HOT] and self._size(self.before, old) != self._size(self.after, node):
            fate = Fate.MIGRATE
            found.append((fate, "its state is laid out otherwise and is carried over"))
        if fate is Fate.REWARM or (_kind(old) != _kind(node) and node.kind.role in _FROM_HISTORY):
            self._anew.add(node.id)
        reasons = tuple(dict.fromkeys(reason for _, reason in found))
        return NodeDifference(
            node=node.id,
            kind=_kind(node),
            fate=Fate.REFUSED if refused else fate,
            was=old.id if old.id != node.id else "",
            reasons=(*refused, *reasons),
            parameters=parameters,
            wiring=wiring,
            rewarm_bars=self.after.lookback[node.id] if node.id in self._anew else 0,
            needs_approval=fate is Fate.NEEDS_FLAT or (bool(wiring) and node.kind.role in ("risk", "executor")),
        )

    def _wiring(self, old: Node, new: Node) -> tuple[str, ...]:
        """The inputs that read something else, such as ``mean: sma.value to ema.value``."""
        found = []
        for port in dict.fromkeys((*old.inputs, *new.inputs)):
            read = [
                self.names.get(one.node, one.node) + _port(self._old[one.node], one.port)
                for one in old.inputs.get(port, ())
            ]
            reads = [one.node + _port(self.after.node(one.node), one.port) for one in new.inputs.get(port, ())]
            if read != reads:
                found.append(f"{port}: {', '.join(read) or 'nothing'} to {', '.join(reads) or 'nothing'}")
        return tuple(found)

    def _of_inputs(self, node: Node, wiring: tuple[str, ...]) -> list[tuple[Fate, str]]:
        """What comes of other inputs, and of inputs that are made anew."""
        if node.kind.role not in _FROM_HISTORY:
            return [(Fate.HOT, f"it is wired otherwise: {one}") for one in wiring]
        found = [(Fate.REWARM, f"it is wired otherwise: {one}") for one in wiring]
        for references in node.inputs.values():
            for one in references:
                output = self.after.node(one.node).output(one.port)
                if one.node in self._anew and output is not None and output[1].type not in INTENTS:
                    found.append((Fate.REWARM, f"it reads {one.node}, which is made anew"))
        was = self.before.tick[self._was[node.id]].clock
        if was != self.after.tick[node.id].clock:
            found.append((Fate.REWARM, f"it ticks every {self.after.tick[node.id].clock} instead of every {was}"))
        return found

    def _of_account(self, old: Node, new: Node) -> list[tuple[Fate, str]]:
        """A strategy whose positions are in one account and would be in another."""
        if new.kind.role != "strategy":
            return []
        theirs = sorted(
            self.names.get(one.executor, one.executor) for one in self.before.chains if one.strategy == old.id
        )
        ours = sorted(one.executor for one in self.after.chains if one.strategy == new.id)
        if theirs == ours or not theirs:
            return []
        return [(Fate.NEEDS_FLAT, f"it trades in {', '.join(ours) or 'no account'} instead of {', '.join(theirs)}")]

    def _of_lanes(self, node: Node) -> list[tuple[Fate, str]]:
        """What an account is told of its assets: steps of price and quantity, smallest orders, limits of groups."""
        if node.kind.role != "executor":
            return []
        were = {asset.name: asset.to_json() for asset in self.before.pipeline.assets}
        return [
            (Fate.HOT, f"{asset.name}: {name} is {written(value)} instead of {written(were[asset.name][name])}")
            for asset in self.after.pipeline.assets
            if asset.name in were
            for name, value in asset.to_json().items()
            if were[asset.name][name] != value
        ]

    def _size(self, plan: Plan, node: Node) -> list[int]:
        """Numbers of the window of a node, for each asset that stays."""
        interval = plan.tick[node.id].clock.milliseconds
        return [node.kind.window(node.params_for(asset), interval) for asset in self._assets]


def _of_kind(old: Node, new: Node) -> tuple[Fate, str]:
    reason = f"it is {_kind(new)} instead of {_kind(old)}"
    if old.kind.role in _HOLDS or new.kind.role in _HOLDS:
        return Fate.NEEDS_FLAT, f"{reason}, which cannot take over what the other holds"
    if new.kind.role == "sink":
        return Fate.HOT, f"{reason}, and is opened anew"
    return Fate.REWARM, reason


def _of_parameter(one: ParameterDifference) -> tuple[Fate, str]:
    fate, words = fate_of_parameter(one)
    return Fate(fate), words


def _port(node: Node, port: str) -> str:
    output = node.output(port)
    return f".{output[0]}" if output else ""


def _kind(node: Node) -> str:
    return f"{node.kind.role}.{node.kind.name}"
