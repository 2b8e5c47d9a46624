"""Which parameters a check reads is seen, however it reads them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from radar.engine.load import load
from radar.nodes.params import NodeParams
from radar.research.sweep.watched import parameters_read
from radar.spec.model import Pipeline
from tests.research.sweeps import GRID


def pipeline() -> Pipeline:
    """The shipped grid on one asset."""
    return load(GRID, assets=["BTC"]).require()


def of_grid(use: Callable[[NodeParams], object]) -> set[str]:
    """The parameters of the grid that ``use`` reads."""
    read = parameters_read([{0: pipeline()}], lambda one: use(one.node("grid").params_for("BTC")))
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


def test_every_variant_is_looked_at() -> None:
    """What is read only where another value stands is seen where that value stands."""
    other = load(GRID, assets=["BTC"], overrides=["grid.leverage=2"]).require()

    def use(one: Pipeline) -> object:
        params: Any = one.node("grid").params_for("BTC")
        return params.num_levels if params.leverage == 2 else None

    found = parameters_read([{0: pipeline()}, {0: pipeline(), 1: other}], use)
    assert {name for node, name in found if node == "grid"} == {"leverage", "num_levels"}
