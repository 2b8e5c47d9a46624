"""Which node, asset and chain of a plan was which of the plan before, and where each gets its state from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from radar.plan.chain import Chain
from radar.plan.diff import Fate, NodeDifference, PlanDifference, compare_plans
from radar.plan.layout import side_inputs
from radar.plan.plan import Plan
from radar.spec.model import Node

__all__ = ["Origin", "Pairing", "pair"]

_FROM_MARKET = ("source", "indicator", "strategy")


class Origin(Enum):
    """Where the state of a node comes from."""

    BEFORE = "the run before"
    MARKET = "stored history"
    LEDGER = "what the accounts have done"
    NOWHERE = "nowhere: it starts as in a new run"
    NONE = "it has none"


@dataclass(frozen=True)
class Pairing:
    """Two plans, side by side.

    ``was`` old names of the nodes that are the same ones, by their new names; ``origin`` by new name; ``lanes`` the old
    lane of each new one, -1 for an asset that is new.
    """

    before: Plan
    after: Plan
    difference: PlanDifference
    was: Mapping[str, str]
    origin: Mapping[str, Origin]
    lanes: tuple[int, ...]

    @property
    def reads_history(self) -> bool:
        """Whether anything is made anew from the history of the market."""
        return -1 in self.lanes or any(
            self.origin[node.id] is Origin.MARKET or self.inputs_anew(node) for node in self.after.nodes
        )

    def inputs_anew(self, node: Node) -> bool:
        """Whether what a risk node or an account keeps of the market since the last close is another thing now."""
        if node.kind.role == "executor":
            ports = [port for port in node.kind.inputs if port != "in"]
        elif node.kind.role == "risk":
            ports = list(side_inputs(node.kind))
        else:
            return False
        references = [one for port in ports for one in node.inputs.get(port, ())]
        if any(self.origin[one.node] is Origin.MARKET for one in references):
            return True
        old = self.was.get(node.id)
        if old is None:
            return bool(references)
        there = self.before.node(old)
        theirs = [one for port in ports for one in there.inputs.get(port, ())]
        read = [(one.node, _port(self.before.node(one.node), one.port)) for one in theirs]
        return read != [(self.was.get(one.node), _port(self.after.node(one.node), one.port)) for one in references]

    def keeps(self, node: Node) -> bool:
        """Whether the state of a node is that of the run before, to the byte."""
        return self.origin[node.id] is Origin.BEFORE

    def chain_before(self, chain: Chain) -> Chain | None:
        """The way to an account that a chain of the new plan was."""
        ends = (self.was.get(chain.strategy), self.was.get(chain.executor))
        return next((one for one in self.before.chains if (one.strategy, one.executor) == ends), None)

    def kept_strategy(self, chain: Chain) -> str | None:
        """The old name of a chain's strategy where its positions are still its own, else None."""
        old = self.chain_before(chain)
        if old is None or self.before.node(old.strategy).kind.name != self.after.node(chain.strategy).kind.name:
            return None
        return old.strategy


def pair(before: Plan, after: Plan) -> Pairing:
    """Put ``after`` beside ``before``."""
    difference = compare_plans(before, after)
    found = {one.node: one for one in difference.nodes if one.fate is not Fate.REMOVE}
    was: dict[str, str] = {}
    origin: dict[str, Origin] = {}
    for node in after.nodes:
        one = found[node.id]
        if one.fate is not Fate.ADD:
            was[node.id] = one.was or node.id
        origin[node.id] = _origin(node, one)
    lanes = tuple(before.assets.index(asset) if asset in before.assets else -1 for asset in after.assets)
    return Pairing(before, after, difference, was, origin, lanes)


def _origin(node: Node, one: NodeDifference) -> Origin:
    role = node.kind.role
    if role == "sink":
        return Origin.NONE
    if one.fate in (Fate.KEEP, Fate.HOT):
        return Origin.BEFORE
    if role in _FROM_MARKET:
        return Origin.MARKET
    if role == "risk":
        return Origin.LEDGER
    return Origin.NOWHERE


def _port(node: Node, port: str) -> str:
    output = node.output(port)
    return output[0] if output else ""
