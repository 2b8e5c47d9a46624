"""What each value of an axis changes, and which values and combinations a pipeline would refuse.

Every value of every axis is loaded once by itself, through the same loader and checks as a pipeline file; what it
changes is the difference of effective parameters. A combination is then the sum of its values' changes. Rules
between parameters of different axes (stop against leverage, a kind's own rules) are judged by the same checks for
every distinct set of the values that those checks read.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from radar.engine.load import load
from radar.nodes.params import NodeParams
from radar.plan.safety import check_safety
from radar.research.sweep.grid import Grid, SweepError
from radar.research.sweep.watched import axes_reading, parameters_read
from radar.spec.config import Config
from radar.spec.model import Node, Pipeline
from radar.spec.tree import plain_value

Changes = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Changed parameters by node and asset."""


@dataclass(frozen=True)
class Space:
    """The combinations of a sweep that a pipeline would accept.

    ``base`` is the pipeline with the first value of every axis; ``variants[axis][value]`` the pipeline with that value
    instead; ``changes[axis][value]`` what it changes; ``index[combination, axis]`` the values of the combinations that
    are run; ``size`` counts all of the grid, ``refused`` the ones left out by reason.
    """

    grid: Grid
    base: Pipeline
    variants: tuple[tuple[Pipeline, ...], ...]
    changes: tuple[tuple[Changes, ...], ...]
    index: np.ndarray
    size: int
    refused: Mapping[str, int] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Combinations that are run."""
        return len(self.index)

    def chosen(self, combination: int) -> list[Changes]:
        """What the values of a combination change."""
        return [axis[value] for axis, value in zip(self.changes, self.index[combination], strict=True)]

    def values(self, axis: int) -> list[Any]:
        """The values of an axis as a table shows them: numbers, or the text of anything else."""
        texts = self.grid.axes[axis].values
        numbers = [value for value in map(plain_value, texts) if type(value) in (int, float)]
        if len(numbers) < len(texts):
            return list(texts)
        whole = all(isinstance(value, int) for value in numbers)
        return numbers if whole else [float(str(value)) for value in numbers]

    def overrides(self, combination: int) -> list[str]:
        """The overrides that make a combination, as after ``--set``."""
        return [axis.override(int(value)) for axis, value in zip(self.grid.axes, self.index[combination], strict=True)]


def explore(
    pipeline: Path | str,
    grid: Grid,
    *,
    config: Config,
    fixed: Sequence[str] = (),
    assets: Sequence[str] | None = None,
    sample: int | None = None,
    seed: int = 0,
) -> Space:
    """Load every value of ``grid`` and keep the combinations that pass; ``sample`` draws that many without replacement.

    Raises:
        SpecError: The pipeline is wrong whatever the values.
        SweepError: No value of an axis is valid, or two axes set the same parameter.
    """
    refused: Counter[str] = Counter()
    valid, variants = _valid_values(pipeline, grid, config, fixed, assets, refused)
    kept = Grid(
        tuple(
            dataclasses.replace(axis, values=tuple(axis.values[value] for value in values))
            for axis, values in zip(grid.axes, valid, strict=True)
        )
    )
    base = variants[0][0]
    changes = tuple(tuple(_difference(base, variant) for variant in axis) for axis in variants)
    _check_overlap(kept, changes)
    index = _combinations(kept, sample, seed)
    keep = _judge(base, kept, changes, index, refused)
    return Space(kept, base, variants, changes, index[keep], grid.size, dict(refused))


def _valid_values(
    pipeline: Path | str,
    grid: Grid,
    config: Config,
    fixed: Sequence[str],
    assets: Sequence[str] | None,
    refused: Counter[str],
) -> tuple[list[list[int]], tuple[tuple[Pipeline, ...], ...]]:
    """Valid values by axis, and the pipelines that they make of the base (the first valid value of the others)."""
    first = [axis.override(0) for axis in grid.axes]
    load(pipeline, config=config, overrides=[*fixed, *first], assets=assets)
    chosen = list(first)
    for number, axis in enumerate(grid.axes):
        for value in range(len(axis.values)):
            overrides = [*fixed, *chosen[:number], axis.override(value), *chosen[number + 1 :]]
            if load(pipeline, config=config, overrides=overrides, assets=assets).pipeline is not None:
                chosen[number] = axis.override(value)
                break
    load(pipeline, config=config, overrides=[*fixed, *chosen], assets=assets).require()
    valid: list[list[int]] = []
    variants: list[tuple[Pipeline, ...]] = []
    for number, axis in enumerate(grid.axes):
        good: list[int] = []
        found: list[Pipeline] = []
        for value in range(len(axis.values)):
            overrides = [*fixed, *chosen[:number], axis.override(value), *chosen[number + 1 :]]
            loaded = load(pipeline, config=config, overrides=overrides, assets=assets)
            if loaded.pipeline is None:
                error = next(one for one in loaded.diagnostics if one.severity == "error")
                refused[f"{error.code} {error.message}"] += grid.size // len(axis.values)
            else:
                good.append(value)
                found.append(loaded.pipeline)
        valid.append(good)
        variants.append(tuple(found))
    return valid, tuple(variants)


def _difference(base: Pipeline, variant: Pipeline) -> Changes:
    changes: dict[str, dict[str, dict[str, Any]]] = {}
    for before, after in zip(base.nodes, variant.nodes, strict=True):
        for asset in base.assets:
            old, new = before.params_for(asset.name), after.params_for(asset.name)
            if old is new or old == new:
                continue
            changed = {
                name: getattr(new, name) for name in type(new).model_fields if getattr(new, name) != getattr(old, name)
            }
            changes.setdefault(before.id, {})[asset.name] = changed
    return changes


def _check_overlap(grid: Grid, changes: Sequence[Sequence[Changes]]) -> None:
    owner: dict[tuple[str, str, str], str] = {}
    for axis, values in zip(grid.axes, changes, strict=True):
        touched = {
            (node, asset, name)
            for change in values
            for node, assets in change.items()
            for asset, parameters in assets.items()
            for name in parameters
        }
        if not touched and len(axis.values) > 1:
            raise SweepError(
                f"{axis.target} changes nothing: its values all make the same pipeline",
                expected="a parameter that the pipeline uses, with different values",
                next_step="a value written on the node wins over its block: sweep NODE.PARAM instead",
                code="R6003",
            )
        for key in touched:
            if key in owner:
                raise SweepError(
                    f"{axis.target} and {owner[key]} set the same parameter {key[0]}.{key[2]}",
                    expected="one axis for a parameter",
                    next_step="leave one of them out",
                    code="R6003",
                )
            owner[key] = axis.target


def _combinations(grid: Grid, sample: int | None, seed: int) -> np.ndarray:
    lengths = [len(axis.values) for axis in grid.axes]
    size = grid.size
    if sample is None or sample >= size:
        chosen = np.arange(size)
    else:
        chosen = np.sort(np.random.default_rng(seed).choice(size, sample, replace=False))
    return np.stack(np.unravel_index(chosen, lengths), axis=1).astype(np.int64)


def combined(base: Pipeline, changes: Sequence[Changes]) -> Pipeline:
    """The pipeline with several values' changes applied."""
    return dataclasses.replace(base, nodes=tuple(combined_node(base, node, changes) for node in base.nodes))


def combined_node(base: Pipeline, node: Node, changes: Sequence[Changes]) -> Node:
    """A node with several values' changes applied to the parameters of each asset."""
    mine = [change[node.id] for change in changes if node.id in change]
    if not mine:
        return node
    per_asset: dict[str, NodeParams] = {}
    for asset in base.assets:
        update = {name: value for change in mine for name, value in change.get(asset.name, {}).items()}
        per_asset[asset.name] = node.params_for(asset.name).model_copy(update=update)
    return dataclasses.replace(node, params=next(iter(per_asset.values())), per_asset=per_asset)


def _judge(
    base: Pipeline, grid: Grid, changes: Sequence[Sequence[Changes]], index: np.ndarray, refused: Counter[str]
) -> np.ndarray:
    """Which combinations pass the checks of a pipeline's meaning."""
    relevant = axes_reading(changes, parameters_read(base, check_safety))
    verdicts: dict[tuple[int, ...], str] = {}
    for choice in itertools.product(*(range(len(grid.axes[number].values)) for number in relevant)):
        chosen = [changes[number][value] for number, value in zip(relevant, choice, strict=True)]
        errors = [one for one in check_safety(combined(base, chosen)) if one.severity == "error"]
        verdicts[choice] = f"{errors[0].code} {errors[0].message}" if errors else ""
    keep = np.ones(len(index), dtype=bool)
    for row, values in enumerate(index[:, relevant]):
        verdict = verdicts[tuple(int(value) for value in values)]
        if verdict:
            keep[row] = False
            refused[verdict] += 1
    return keep
