"""Which parameters a check reads is seen, however it reads them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from radar.engine.load import find_config, load
from radar.nodes.params import NodeParams
from radar.research.sweep.explore import explore
from radar.research.sweep.grid import Axis, Grid
from radar.research.sweep.space import Space
from radar.research.sweep.watched import answer_each, watch
from radar.spec.model import Node, Pipeline
from tests.research.sweeps import GRID


def pipeline() -> Pipeline:
    """The shipped grid on one asset."""
    return load(GRID, assets=["BTC"]).require()


def of_grid(use: Callable[[NodeParams], object]) -> set[str]:
    """The parameters of the grid that ``use`` reads."""
    read: set[tuple[str, str]] = set()
    use(watch(pipeline().node("grid"), read).params_for("BTC"))
    assert {node for node, _ in read} <= {"grid"}
    return {name for _, name in read}


def test_a_field_that_is_read() -> None:
    """Only that one, by its name or through getattr; looking at the class reads nothing."""
    assert of_grid(lambda params: params.leverage) == {"leverage"}  # type: ignore[attr-defined]
    assert of_grid(lambda params: getattr(params, "sl_percent", None)) == {"sl_percent"}
    assert of_grid(lambda params: type(params).model_fields) == set()
    assert of_grid(lambda params: isinstance(params, NodeParams)) == set()


@pytest.mark.parametrize(
    "use",
    [NodeParams.model_dump, dict, repr, vars, lambda params: params == params.model_copy()],
    ids=["dump", "dict", "repr", "vars", "equal"],
)
def test_what_reads_all_of_them(use: Callable[[NodeParams], object]) -> None:
    """A whole record that is taken counts as every field."""
    assert of_grid(use) == set(type(pipeline().node("grid").params).model_fields)


def space_of(grid: Grid) -> Space:
    """All combinations of a grid of the shipped pipeline, which has one structure."""
    (space,) = explore(GRID, grid, config=find_config(GRID, None), assets=["BTC"]).spaces
    return space


def asked(grid: Grid, use: Callable[[Any], object]) -> tuple[int, list[object]]:
    """How often ``use`` is asked for all combinations of a grid, and its answer for each of them."""
    space = space_of(grid)
    calls = []

    def ask(nodes: Sequence[Node]) -> object:
        calls.append(nodes)
        return use(nodes[0].params_for("BTC"))

    answers, place = answer_each(space.base, [space.base.node("grid")], space.changes, space.index, ask)
    return len(calls), [answers[one] for one in place]


LEVERAGE = Axis("grid.leverage", ("1", "2", "3"))
LEVELS = Axis("grid.num_levels", ("2", "3", "4"))
STEPS = Axis("grid.atr_multiplier_step", tuple(f"{0.5 + 0.01 * step:g}" for step in range(50)))


def test_a_value_that_is_not_read_is_not_asked_about_again() -> None:
    """One look at the first values shows what is read; then every distinct choice of that is asked about once."""
    grid = Grid((LEVERAGE, STEPS))
    assert asked(grid, lambda params: 7) == (1, [7] * 150)
    count, answers = asked(grid, lambda params: params.leverage)
    assert count == 1 + 3
    assert answers == [float(leverage) for leverage in (1, 2, 3) for _ in range(50)]


def test_what_is_read_beside_other_values_only_is_not_missed() -> None:
    """A parameter that is read only where two others have certain values, neither of them the first one."""

    def use(params: Any) -> object:
        return params.atr_multiplier_step if params.leverage == 2 and params.num_levels == 4 else None

    count, answers = asked(Grid((LEVERAGE, LEVELS, STEPS)), use)
    expected = [
        0.5 + 0.01 * step if leverage == 2 and levels == 4 else None
        for leverage in (1, 2, 3)
        for levels in (2, 3, 4)
        for step in range(50)
    ]
    assert [one is None for one in answers] == [one is None for one in expected]
    assert [one for one in answers if one is not None] == pytest.approx([one for one in expected if one is not None])
    assert count <= 1 + 3 + 9 + 450
