"""The path of an intent: strategy, the risk nodes that cut it, executor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from radar.spec.model import Node


@dataclass(frozen=True)
class Chain:
    """One strategy's way to an executor. ``number`` identifies it in the ledger; ``risks`` in the order they speak."""

    number: int
    strategy: str
    risks: tuple[str, ...]
    executor: str


def share_asset(first: Node, second: Node) -> bool:
    """Whether two strategies may hold one asset of an account at once: they are slots of one rule (``Kind.slots``)."""
    return first.kind.slots and first.kind.name == second.kind.name


def chains(nodes: Sequence[Node]) -> tuple[Chain, ...]:
    """Every chain of a graph that passed its checks, in the order of the executors' inputs."""
    by_id = {node.id: node for node in nodes}
    found: list[Chain] = []
    for node in nodes:
        if node.kind.role == "executor":
            for reference in node.inputs.get("in", ()):
                for strategy, risks in _upstream(reference.node, by_id):
                    found.append(Chain(len(found), strategy, risks, node.id))
    return tuple(found)


def _upstream(start: str, by_id: Mapping[str, Node]) -> list[tuple[str, tuple[str, ...]]]:
    node = by_id[start]
    if node.kind.role == "strategy":
        return [(start, ())]
    found = []
    for reference in node.inputs.get("in", ()):
        for strategy, risks in _upstream(reference.node, by_id):
            found.append((strategy, (*risks, start)))
    return found
