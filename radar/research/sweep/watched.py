"""Which parameters a check or a computation reads: the axes that it depends on."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

from radar.nodes.params import NodeParams
from radar.spec.model import Pipeline

if TYPE_CHECKING:
    from radar.research.sweep.effects import Changes

Parameter = tuple[str, str]
"""A node and one of its parameters."""


class _Watched:
    """Parameters that remember which of their values were read."""

    def __init__(self, params: NodeParams, node: str, read: set[Parameter]) -> None:
        self._params, self._node, self._read = params, node, read

    def __getattr__(self, name: str) -> Any:
        self._read.add((self._node, name))
        return getattr(self._params, name)


def _watched(params: NodeParams, node: str, read: set[Parameter]) -> NodeParams:
    return cast(NodeParams, _Watched(params, node, read))


def parameters_read(pipeline: Pipeline, use: Callable[[Pipeline], object]) -> set[Parameter]:
    """Run ``use`` on a pipeline and tell which parameters it looked at."""
    read: set[Parameter] = set()
    nodes = tuple(
        dataclasses.replace(
            node,
            params=_watched(node.params, node.id, read),
            per_asset={asset: _watched(one, node.id, read) for asset, one in node.per_asset.items()},
        )
        for node in pipeline.nodes
    )
    use(dataclasses.replace(pipeline, nodes=nodes))
    return read


def axes_reading(changes: Sequence[Sequence[Changes]], read: set[Parameter]) -> list[int]:
    """The axes that change one of the parameters ``read``."""
    return [
        number
        for number, values in enumerate(changes)
        if any(
            (node, name) in read
            for change in values
            for node, assets in change.items()
            for parameters in assets.values()
            for name in parameters
        )
    ]
