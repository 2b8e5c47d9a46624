"""Which parameters a check or a computation reads: the axes that it depends on."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from radar.nodes.params import NodeParams
from radar.spec.model import Pipeline

if TYPE_CHECKING:
    from radar.research.sweep.space import Changes

Parameter = tuple[str, str]
"""A node and one of its parameters."""


class _Watched:
    """Parameters that remember which of their values were read; a method of theirs may read any."""

    def __init__(self, params: NodeParams, node: str, read: set[Parameter]) -> None:
        self._params, self._node, self._read = params, node, read

    def __getattr__(self, name: str) -> Any:
        fields = type(self._params).model_fields
        self._read.update((self._node, one) for one in ((name,) if name in fields else fields))
        return getattr(self._params, name)


def _watched(params: NodeParams, node: str, read: set[Parameter]) -> NodeParams:
    return cast(NodeParams, _Watched(params, node, read))


def parameters_read(variants: Sequence[Mapping[int, Pipeline]], use: Callable[[Pipeline], object]) -> set[Parameter]:
    """Run ``use`` on every pipeline and tell which parameters it looked at on any of them."""
    read: set[Parameter] = set()
    pipelines = {id(pipeline): pipeline for axis in variants for pipeline in axis.values()}
    for pipeline in pipelines.values():
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
