"""Which values of which parameters a sweep goes through."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from radar.errors import RadarError
from radar.spec.config import Config
from radar.spec.suggest import nearest
from radar.spec.tree import ListValue, MapValue, Scalar, Value, plain_value

GRIDS = "param_grids"
"""The configuration file of grids: ``param_grids.yaml``."""

DEFAULT = "default"


class SweepError(RadarError):
    """A sweep that cannot be made as it was asked for."""


@dataclass(frozen=True)
class Axis:
    """One swept parameter: ``target`` as after ``--set`` (``grid.sl_percent`` or ``strategies.NAME.sl_percent``),
    ``values`` as YAML texts."""

    target: str
    values: tuple[str, ...]

    @property
    def cells(self) -> list[Any]:
        """The values as a table shows them: numbers, or the text of anything else."""
        numbers = [value for value in map(plain_value, self.values) if type(value) in (int, float)]
        if len(numbers) < len(self.values):
            return list(self.values)
        return numbers if all(isinstance(value, int) for value in numbers) else [float(str(value)) for value in numbers]

    def override(self, index: int) -> str:
        """The override that sets value ``index``."""
        return f"{self.target}={self.values[index]}"


@dataclass(frozen=True)
class Grid:
    """The axes of a sweep, in the order in which the last one varies fastest."""

    axes: tuple[Axis, ...]

    @property
    def size(self) -> int:
        """Number of combinations."""
        return math.prod(self.lengths)

    @property
    def lengths(self) -> tuple[int, ...]:
        """Number of values of each axis."""
        return tuple(len(axis.values) for axis in self.axes)

    def overrides(self, number: int) -> list[str]:
        """The overrides that make combination ``number``, counted from 0, the last axis fastest.

        Raises:
            SweepError: The grid has no such combination.
        """
        if not 0 <= number < self.size:
            raise SweepError(
                f"there is no combination {number}",
                expected=f"a number of the column combination, from 0 to {self.size - 1}",
                next_step="run the sweep without --trades to see them",
                code="R6007",
            )
        overrides = []
        for axis in reversed(self.axes):
            number, value = divmod(number, len(axis.values))
            overrides.append(axis.override(value))
        return overrides[::-1]


def split_values(text: str) -> tuple[str, ...]:
    """``1,2,[long, short]`` as its values: commas inside brackets, braces and quotes do not separate."""
    parts, depth, quote, current = [], 0, "", ""
    for letter in text:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter in "[{":
            depth += 1
        elif letter in "]}":
            depth -= 1
        if letter == "," and depth == 0 and not quote:
            parts.append(current.strip())
            current = ""
        else:
            current += letter
    parts.append(current.strip())
    return tuple(parts)


def axis_of(option: str) -> Axis:
    """An axis from ``TARGET=V1,V2,...``.

    Raises:
        SweepError: There is no target or no value.
    """
    target, found, values = option.partition("=")
    if not found or not target.strip() or not values.strip():
        raise SweepError(
            f"'{option}' sets nothing",
            expected="NODE.PARAM=VALUE or NODE.PARAM=VALUE,VALUE,...",
            next_step="for example --set grid.sl_percent=10,15,20",
            code="R6001",
        )
    return _distinct(Axis(target.strip(), split_values(values)))


def _distinct(axis: Axis) -> Axis:
    """The axis, whose values must differ."""
    seen: set[Any] = set()
    for cell, text in zip(axis.cells, axis.values, strict=True):
        if cell in seen:
            raise SweepError(
                f"{axis.target} has the value {text} twice",
                expected="every value once",
                next_step="leave one of the two out",
                code="R6003",
            )
        seen.add(cell)
    return axis


def make_grid(config: Config, grids: Sequence[str], options: Sequence[str]) -> tuple[Grid, tuple[str, ...]]:
    """The grid of ``--grid`` and ``--set`` options, and the overrides that hold for every combination.

    ``grids`` are block paths such as ``strategies.NAME``, or ``strategies.NAME:ALTERNATIVE`` for a named alternative
    that is laid over the default one. An option with several values is an axis and takes the place of an axis of the
    same target; with one value it is fixed.

    Raises:
        SweepError: A grid is not there, or an option cannot be read.
    """
    axes: dict[str, Axis] = {}
    fixed: list[str] = []
    for name in grids:
        for axis in _named(config, name):
            axes[axis.target] = axis
    for option in options:
        axis = axis_of(option)
        if len(axis.values) > 1:
            axes[axis.target] = axis
        else:
            axes.pop(axis.target, None)
            fixed.append(option)
    if not axes:
        raise SweepError(
            "there is nothing to sweep",
            expected="a grid, or a parameter with several values",
            next_step="name one: --grid strategies.NAME, or --set NODE.PARAM=V1,V2",
            code="R6001",
        )
    return Grid(tuple(axes.values())), tuple(fixed)


def _named(config: Config, name: str) -> list[Axis]:
    block, _, alternative = name.partition(":")
    kind = block.rpartition(".")[2]
    root = config.blocks.get(GRIDS)
    known = [entry.name for entry in root] if isinstance(root, MapValue) else []
    grids = root.get(kind) if isinstance(root, MapValue) else None
    if not isinstance(grids, MapValue):
        raise SweepError(
            f"there is no grid for {block}",
            expected=f"an entry {kind} in {config.folder}/{GRIDS}.yaml",
            next_step=_suggest(kind, known) or "sweep single parameters by --set NODE.PARAM=V1,V2",
            code="R6002",
        )
    chosen = grids.get(DEFAULT)
    merged = dict(_lists(chosen, f"{kind}.{DEFAULT}")) if chosen is not None else {}
    if alternative:
        other = grids.get(alternative)
        if other is None:
            raise SweepError(
                f"the grid of {kind} has no alternative {alternative}",
                expected=f"one of {', '.join(entry.name for entry in grids)}",
                next_step=_suggest(alternative, [entry.name for entry in grids]) or "leave the alternative out",
                code="R6002",
            )
        merged.update(_lists(other, f"{kind}.{alternative}"))
    return [_distinct(Axis(f"{block}.{parameter}", values)) for parameter, values in merged.items()]


def _suggest(name: str, known: Sequence[str]) -> str:
    close = nearest(name, known)
    return f"did you mean {', '.join(close)}?" if close else ""


def _lists(value: Value, where: str) -> list[tuple[str, tuple[str, ...]]]:
    if not isinstance(value, MapValue):
        raise SweepError(f"{where} of {GRIDS}.yaml is no mapping", expected="PARAMETER: [values]", code="R6002")
    found = []
    for entry in value:
        items = entry.value
        if not isinstance(items, ListValue):
            raise SweepError(
                f"{where}.{entry.name} of {GRIDS}.yaml is no list", expected="a list of values", code="R6002"
            )
        found.append((entry.name, tuple(_text(item) for item in items.items)))
    return found


def _text(value: Any) -> str:
    """A value as flow YAML."""
    if isinstance(value, Scalar):
        return value.text
    if isinstance(value, ListValue):
        return "[" + ", ".join(_text(item) for item in value.items) + "]"
    raise SweepError("a grid holds numbers, words and lists only", code="R6002")
