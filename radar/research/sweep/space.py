"""The combinations of a sweep that share a structure, and the pipelines that they make."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from radar.nodes.params import NodeParams
from radar.research.sweep.grid import Grid, SweepError
from radar.spec.model import Node, Pipeline

MOST_COMBINATIONS = 5_000_000
"""Combinations of one sweep: each takes about a kilobyte of memory an asset."""

Changes = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Changed parameters by node and asset; those of assets without values of their own under :data:`ALL`. Where an asset
has none of its own, its changes are the same object as those."""

ALL = ""


@dataclass(frozen=True)
class Space:
    """Combinations of a grid that a pipeline would accept and that one plan can run.

    ``base`` is the pipeline with one valid value of every axis; ``variants[axis][value]`` the pipeline with that value
    instead, ``changes[axis][value]`` what it changes, both without the values that are refused by themselves.
    ``index[combination, axis]`` are the values of the combinations; ``fixed`` the overrides that all of them have,
    ``structure`` the axes whose value is the same in all of them because another one would make another plan.
    """

    grid: Grid
    base: Pipeline
    variants: tuple[Mapping[int, Pipeline], ...]
    changes: tuple[Mapping[int, Changes], ...]
    index: np.ndarray
    fixed: tuple[str, ...] = ()
    structure: tuple[int, ...] = ()

    @property
    def count(self) -> int:
        """Combinations that are run."""
        return len(self.index)

    @property
    def numbers(self) -> np.ndarray:
        """The number of each combination: its place in the whole grid, counted from 0, the last axis fastest."""
        numbers: np.ndarray = np.ravel_multi_index(tuple(self.index.T), self.grid.lengths)
        return numbers.astype(np.int64)

    @property
    def label(self) -> str:
        """The values of the axes that make this plan another than its neighbours', as overrides; mostly empty."""
        if not self.count:
            return ""
        return " ".join(self.grid.axes[axis].override(int(self.index[0, axis])) for axis in self.structure)

    def chosen(self, combination: int) -> list[Changes]:
        """What the values of a combination change."""
        return [axis[int(value)] for axis, value in zip(self.changes, self.index[combination], strict=True)]

    def overrides(self, combination: int) -> list[str]:
        """The overrides that make a combination, as after ``--set``."""
        values = self.index[combination]
        return [*self.fixed, *(axis.override(int(value)) for axis, value in zip(self.grid.axes, values, strict=True))]

    def take(self, rows: np.ndarray) -> Space:
        """The space with these combinations only, in this order."""
        return dataclasses.replace(self, index=self.index[rows])


def choose(grid: Grid, sample: int | None, seed: int) -> np.ndarray:
    """``index[combination, axis]`` of all combinations in order, or of ``sample``, drawn without replacement.

    Raises:
        SweepError: They are more than a sweep can hold.
    """
    count = grid.size if sample is None else min(sample, grid.size)
    if count > MOST_COMBINATIONS:
        raise SweepError(
            f"the grid has {grid.size:,} combinations, and {count:,} of them are to be run",
            expected=f"at most {MOST_COMBINATIONS:,}",
            next_step="draw some with --sample N, or leave values out",
            code="R6008",
        )
    if sample is None or sample >= grid.size:
        chosen = np.arange(grid.size)
    else:
        chosen = np.sort(np.random.default_rng(seed).choice(grid.size, sample, replace=False))
    return np.stack(np.unravel_index(chosen, grid.lengths), axis=1).astype(np.int64)


def combined(base: Pipeline, changes: Sequence[Changes]) -> Pipeline:
    """The pipeline with several values' changes applied."""
    return dataclasses.replace(base, nodes=tuple(combined_node(base, node, changes) for node in base.nodes))


def combined_node(base: Pipeline, node: Node, changes: Sequence[Changes]) -> Node:
    """A node with several values' changes applied to its parameters, those of single assets included."""
    mine = [change[node.id] for change in changes if node.id in change]
    if not mine:
        return node
    params = _updated(node.params, mine, ALL)
    per_asset: dict[str, NodeParams] = {}
    for asset in base.assets:
        name = asset.name
        if name in node.per_asset or any(one.get(name) is not one.get(ALL) for one in mine):
            own = _updated(node.params_for(name), mine, name)
            if own != params:
                per_asset[name] = own
    return dataclasses.replace(node, params=params, per_asset=per_asset)


def _updated(params: NodeParams, changes: Sequence[Mapping[str, Mapping[str, Any]]], asset: str) -> NodeParams:
    update = {name: value for one in changes for name, value in one.get(asset, {}).items()}
    return params.model_copy(update=update) if update else params


def difference(base: Pipeline, variant: Pipeline) -> Changes:
    """The parameters of ``variant`` that are not those of ``base``, which has the same nodes and assets."""
    changes: dict[str, Mapping[str, Mapping[str, Any]]] = {}
    for before, after in zip(base.nodes, variant.nodes, strict=True):
        if before is after:
            continue
        shared = _changed(before.params, after.params)
        found = {ALL: shared}
        for asset in base.assets:
            name = asset.name
            special = name in before.per_asset or name in after.per_asset
            found[name] = _changed(before.params_for(name), after.params_for(name)) if special else shared
        if any(found.values()):
            changes[before.id] = {asset: changed for asset, changed in found.items() if changed}
    return changes


def _changed(old: NodeParams, new: NodeParams) -> Mapping[str, Any]:
    if old is new or old == new:
        return {}
    return {name: getattr(new, name) for name in type(new).model_fields if getattr(new, name) != getattr(old, name)}
