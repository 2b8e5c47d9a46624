"""From a grid to the combinations that a pipeline would accept, by structure, and the reasons against the others.

Every value of every axis is loaded once by itself, through the same loader as a pipeline file; what it changes is the
difference of effective parameters. A combination is then the sum of its values' changes. Rules between parameters
(stop against leverage, a kind's own rules, clocks) are judged by the same checks as a file's, each for every distinct
choice of the values that it reads. An axis whose values make another plan is not mixed: every value of it is explored
anew, as if it had been fixed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from radar.plan.check import check
from radar.plan.graph import check_graph
from radar.research.sweep.grid import Grid, SweepError
from radar.research.sweep.judge import judge, reason
from radar.research.sweep.space import ALL, Changes, Space, choose, difference
from radar.research.sweep.structure import structure_of
from radar.spec.config import Config
from radar.spec.load import Loaded, Reader
from radar.spec.model import Pipeline

Parameter = tuple[str, str, str]
"""A node, an asset and a parameter; the clock of the pipeline is the parameter ``clock`` of no node."""

CLOCK: Parameter = ("", "", "clock")


@dataclass(frozen=True)
class Exploration:
    """What came of a grid: spaces that are run, each with one structure; ``chosen`` counts all combinations that were
    looked at, ``refused`` those that are left out by reason (code and message); ``swept`` are the parameters that any
    value of any axis changes."""

    grid: Grid
    spaces: tuple[Space, ...]
    chosen: int
    refused: Mapping[str, int]
    swept: frozenset[Parameter]


@dataclass
class _Explorer:
    reader: Reader
    fixed: tuple[str, ...]
    grid: Grid
    refused: Counter[str] = field(default_factory=Counter)
    swept: set[Parameter] = field(default_factory=set)

    def overrides(self, values: Mapping[int, int]) -> list[str]:
        return [*self.fixed, *(self.grid.axes[axis].override(values[axis]) for axis in sorted(values))]

    def read(self, values: Mapping[int, int]) -> Pipeline | str:
        """The pipeline with these values, whose meaning is not judged yet; or why there is none."""
        loaded = self._load(values)
        return loaded.pipeline if loaded.pipeline is not None else reason(loaded.diagnostics)

    def _load(self, values: Mapping[int, int]) -> Loaded:
        return self.reader.load(self.overrides(values))

    def require(self, values: Mapping[int, int]) -> Pipeline:
        return check(self._load(values)).require()

    def spaces(self, index: np.ndarray, given: Mapping[int, int]) -> Iterator[Space]:
        """The spaces of the combinations of ``index``, all of which have the values ``given``."""
        free = [axis for axis in range(len(self.grid.axes)) if axis not in given]
        base_values, base = self._base(free, given)
        if base is None:
            self._refuse(index, given, base_values)
            return
        variants: list[dict[int, Pipeline]] = [{} for _ in self.grid.axes]
        wrong: dict[tuple[int, int], str] = {}
        for axis in given:
            variants[axis] = {given[axis]: base}
        for axis in free:
            for value in range(len(self.grid.axes[axis].values)):
                found = self.read({**base_values, axis: value})
                if isinstance(found, str):
                    wrong[axis, value] = found
                else:
                    variants[axis][value] = found
        index = self._without(index, wrong)
        changes = tuple({value: difference(base, one) for value, one in axis.items()} for axis in variants)
        structures = [{value: structure_of(one) for value, one in axis.items()} for axis in variants]
        apart = [axis for axis in free if len(set(structures[axis].values())) > 1]
        self._note(free, changes, apart, variants)
        if not apart:
            keep = judge(base, changes, index, self.refused)
            structure = tuple(sorted(given))
            yield Space(self.grid, base, tuple(variants), changes, index[keep], self.fixed, structure)
            return
        for values in np.unique(index[:, apart], axis=0):
            rows = (index[:, apart] == values).all(axis=1)
            yield from self.spaces(index[rows], {**given, **dict(zip(apart, values.tolist(), strict=True))})

    def _base(self, free: Sequence[int], given: Mapping[int, int]) -> tuple[dict[int, int], Pipeline | None]:
        """The first values that can be read together, and their pipeline; without one when there are none.

        What is wrong with the value of one axis does not depend on the others, so each is chosen by itself.
        """
        values = {**given, **dict.fromkeys(free, 0)}
        found = self._load(values)
        for axis in free:
            for value in range(1, len(self.grid.axes[axis].values)):
                if found.pipeline is not None:
                    break
                tried = self._load({**values, axis: value})
                if _errors(tried) < _errors(found):
                    values[axis], found = value, tried
        return values, found.pipeline

    def _without(self, index: np.ndarray, wrong: Mapping[tuple[int, int], str]) -> np.ndarray:
        """The combinations without those that have a wrong value; each is counted once."""
        keep = np.ones(len(index), dtype=bool)
        for (axis, value), why in wrong.items():
            found = keep & (index[:, axis] == value)
            self.refused[why] += int(found.sum())
            keep &= ~found
        return index[keep]

    def _refuse(self, index: np.ndarray, given: Mapping[int, int], values: Mapping[int, int]) -> None:
        """Nothing of these combinations can be read: an error of the file when no structure was chosen yet."""
        if not given:
            self.require(values)
        why = self.read(values)
        self.refused[str(why)] += len(index)

    def _note(
        self,
        free: Sequence[int],
        changes: Sequence[Mapping[int, Changes]],
        apart: Sequence[int],
        variants: Sequence[Mapping[int, Pipeline]],
    ) -> None:
        """Remember what each axis changes; two axes may not change the same, and each must change something."""
        owner: dict[Parameter, str] = {}
        for axis in free:
            target = self.grid.axes[axis].target
            touched = {
                (node, asset, name)
                for change in changes[axis].values()
                for node, assets in change.items()
                for asset, parameters in assets.items()
                if asset != ALL
                for name in parameters
            }
            if len({one.clock for one in variants[axis].values()}) > 1:
                touched.add(CLOCK)
            if not touched and len(variants[axis]) > 1 and axis not in apart:
                raise SweepError(
                    f"{target} changes nothing: its values all make the same pipeline",
                    expected="a parameter that the pipeline uses, with different values",
                    next_step="a value written on the node wins over its block: sweep NODE.PARAM instead",
                    code="R6003",
                )
            for key in touched:
                if key in owner:
                    raise SweepError(
                        f"{target} and {owner[key]} set the same parameter {'.'.join(filter(None, key[::2]))}",
                        expected="one axis for a parameter",
                        next_step="leave one of them out",
                        code="R6003",
                    )
                owner[key] = target
        self.swept |= set(owner)


def _errors(loaded: Loaded) -> int:
    return sum(one.severity == "error" for one in loaded.diagnostics)


def explore(
    pipeline: Path | str,
    grid: Grid,
    *,
    config: Config,
    fixed: Sequence[str] = (),
    assets: Sequence[str] | None = None,
    sample: int | None = None,
    seed: int = 0,
) -> Exploration:
    """Load every value of ``grid`` and keep the combinations that pass; ``sample`` draws that many without replacement.

    Raises:
        SpecError: The pipeline is wrong whatever the values, or no combination passes: the errors of the first one.
        SweepError: An axis changes nothing, or two axes set the same parameter.
    """
    explorer = _Explorer(Reader(pipeline, config=config, assets=assets), tuple(fixed), grid)
    index = choose(grid, sample, seed)
    first = dict(enumerate(index[0].tolist()))
    draft = explorer.reader.load(explorer.overrides(first)).draft
    if draft is None or any(one.severity == "error" for one in check_graph(draft)):
        explorer.require(first)
    spaces = tuple(space for space in explorer.spaces(index, {}) if space.count)
    if not spaces:
        explorer.require(first)
    return Exploration(grid, spaces, len(index), dict(explorer.refused), frozenset(explorer.swept))
