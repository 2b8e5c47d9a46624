"""One check of a pipeline's meaning, apart from the values that it judges, so that a verdict can be shared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from radar.spec.findings import Findings
from radar.spec.model import Node, Pipeline
from radar.spec.source import Place

__all__ = ["Check", "place_of"]


@dataclass(frozen=True)
class Check:
    """One question.

    ``nodes`` are those whose parameters it may read; ``ask`` gets them in that order and adds what it finds. Of the
    pipeline that it was made for it knows all else: wires, assets, kinds, places and the clock of the pipeline. What it
    finds in one pipeline therefore holds for every other that has the same of these and agrees in the parameters read.
    """

    nodes: tuple[str, ...]
    ask: Callable[[Sequence[Node], Findings], None]


def place_of(pipeline: Pipeline, node: Node, parameter: str) -> Place:
    """Where a parameter is written, or the node's name when it has its default."""
    return node.places.get(parameter) or pipeline.place(node.span)
