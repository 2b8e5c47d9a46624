"""What a check or a computation makes of many combinations, once for every choice of the parameters that it reads."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

import numpy as np
from pydantic import ConfigDict

from radar.nodes.params import NodeParams
from radar.research.sweep.distinct import distinct_rows
from radar.research.sweep.space import Changes, combined_node
from radar.spec.model import Node, Pipeline

Parameter = tuple[str, str]
"""A node and one of its parameters."""

Answer = TypeVar("Answer")

_WHOLE = frozenset({"__dict__", "__iter__", "__repr__", "__str__", "model_copy", "model_dump", "model_dump_json"})
"""What reads every field."""

_WATCH = "_watch"


def answer_each(
    base: Pipeline,
    nodes: Sequence[Node],
    changes: Sequence[Mapping[int, Changes]],
    index: np.ndarray,
    ask: Callable[[Sequence[Node]], Answer],
) -> tuple[list[Answer], np.ndarray]:
    """``ask(nodes)`` for the nodes as every combination of ``index[combination, axis]`` has them.

    It is asked once for every distinct choice of the values that it reads. That is watched each time, so that what it
    reads only beside certain values of others is not missed.

    Returns:
        The distinct answers, and for each combination the place of its own among them.
    """
    read: set[Parameter] = set()
    known: set[Parameter] = set()
    watched = [watch(node, read) for node in nodes]
    relevant: list[int] = []
    while True:
        choices, place = distinct_rows(index[:, relevant])
        answers: list[Answer] = []
        for choice in choices.tolist():
            chosen = [changes[axis][value] for axis, value in zip(relevant, choice, strict=True)]
            given = [combined_node(base, node, chosen) for node in watched]
            read.clear()
            answers.append(ask(given))
            if not read <= known:
                known |= read
                if axes_reading(changes, known) != relevant:
                    break
        else:
            return answers, place
        relevant = axes_reading(changes, known)


def watch(node: Node, read: set[Parameter]) -> Node:
    """The node with parameters that add themselves to ``read`` when they are looked at."""
    per_asset = {asset: _watched(params, node.id, read) for asset, params in node.per_asset.items()}
    return dataclasses.replace(node, params=_watched(node.params, node.id, read), per_asset=per_asset)


def _watched(params: NodeParams, node: str, read: set[Parameter]) -> NodeParams:
    kind = type(params)
    watched = _watching(kind).model_construct(**{name: getattr(params, name) for name in kind.model_fields})
    object.__setattr__(watched, _WATCH, (node, read, frozenset((node, name) for name in kind.model_fields)))
    return watched


@cache
def _watching(kind: type[NodeParams]) -> type[NodeParams]:
    """A class of parameters that remember which of their fields were read; in all else they are those of ``kind``."""
    fields = frozenset(kind.model_fields)
    noticed = fields | _WHOLE
    plain = kind.__getattribute__

    class Watched(kind):  # type: ignore[misc, valid-type]
        # Nothing is validated by it, so nothing need be built.
        model_config = ConfigDict(defer_build=True)

        def __getattribute__(self, name: str) -> Any:
            if name in noticed:
                watch = plain(self, "__dict__").get(_WATCH)
                if watch is not None:
                    node, read, whole = watch
                    if name in fields:
                        read.add((node, name))
                    else:
                        read |= whole
            return plain(self, name)

    return Watched


def axes_reading(changes: Sequence[Mapping[int, Changes]], read: set[Parameter]) -> list[int]:
    """The axes that change one of the parameters ``read``."""
    return [
        number
        for number, values in enumerate(changes)
        if any(
            (node, name) in read
            for change in values.values()
            for node, assets in change.items()
            for parameters in assets.values()
            for name in parameters
        )
    ]
