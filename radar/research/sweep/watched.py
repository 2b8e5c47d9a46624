"""Which parameters a check or a computation reads: the axes that it depends on."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import ConfigDict

from radar.nodes.params import NodeParams
from radar.spec.model import Pipeline

if TYPE_CHECKING:
    from radar.research.sweep.space import Changes

Parameter = tuple[str, str]
"""A node and one of its parameters."""


_WHOLE = frozenset({"__dict__", "__iter__", "__repr__", "__str__", "model_copy", "model_dump", "model_dump_json"})
"""What reads every field."""


@cache
def _watching(kind: type[NodeParams]) -> type[NodeParams]:
    """A class of parameters that remember which of their fields were read; in all else they are those of ``kind``."""

    class Watched(kind):  # type: ignore[misc, valid-type]
        # Nothing is validated by it, so nothing need be built.
        model_config = ConfigDict(defer_build=True)

        def __getattribute__(self, name: str) -> Any:
            fields = kind.model_fields
            if name in fields or name in _WHOLE:
                watch = object.__getattribute__(self, "__dict__").get(_WATCH)
                if watch is not None:
                    node, read = watch
                    read.update((node, one) for one in ((name,) if name in fields else fields))
            return super().__getattribute__(name)

    return Watched


_WATCH = "_watch"


def _watched(params: NodeParams, node: str, read: set[Parameter]) -> NodeParams:
    kind = type(params)
    watched = _watching(kind).model_construct(**{name: getattr(params, name) for name in kind.model_fields})
    object.__setattr__(watched, _WATCH, (node, read))
    return watched


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
