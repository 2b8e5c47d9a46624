"""Sweeps: a row is the back-test of its combination, to the bit, however it is run."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np
import pytest

import radar
from radar.market.metrics import METRICS
from radar.research.sweep.grid import make_grid, split_values
from radar.research.sweep.group import Group
from radar.research.sweep.space import combined
from radar.research.sweep.sweep import Sweep, lay_out_sweep
from tests.research.sweeps import GRID, SAMPLE

OPTIONS = (
    "strategies.grid_atr.ma_period=7,14",
    "grid.atr_period=10,14",
    "grid.num_levels=2,3",
    "grid.sl_percent=10,20",
)
PERIOD: dict[str, Any] = {"data": SAMPLE, "assets": ["BTC"], "start": "2025-02-01", "end": "2025-05-01"}


@cache
def laid_out() -> Sweep:
    """Sixteen combinations of the shipped grid on three months of one asset."""
    return lay_out_sweep(GRID, options=OPTIONS, **PERIOD)


def test_values_are_split_outside_brackets() -> None:
    """A list is one value."""
    assert split_values("1, 2.5,[long, short],'a,b'") == ("1", "2.5", "[long, short]", "'a,b'")


def test_a_value_that_a_pipeline_refuses_is_counted() -> None:
    """The rest of the grid is laid out; the reason has the code that `check` would give."""
    from radar.engine.load import find_config
    from radar.research.sweep.explore import explore

    config = find_config(GRID, None)
    grid, fixed = make_grid(config, [], ["grid.num_levels=2,3,9", "grid.sl_percent=10,20"])
    found = explore(GRID, grid, config=config, fixed=fixed, assets=["BTC"])
    assert (found.spaces[0].count, found.chosen) == (4, 6)
    assert sum(found.refused.values()) == 2
    assert all(reason.startswith("R2010") for reason in found.refused)


def anew() -> tuple[Sweep, Group]:
    """The sweep and its one group, with nothing done."""
    sweep = laid_out()
    (group,) = sweep.groups
    group.done[:] = False
    return sweep, group


class Noting(ThreadPoolExecutor):
    """Threads that note the combinations that each call of theirs runs."""

    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        self.blocks: list[tuple[int, int]] = []

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        """As of any executor."""
        self.blocks.append(args[:2])
        return super().submit(fn, *args, **kwargs)


@pytest.mark.parametrize(("stops", "most"), [(9, 1), (450, 29)])
def test_threads_get_many_blocks(stops: int, most: int) -> None:
    """The last block that one thread runs is a small part of its work, so that the other does not wait for it."""
    options = ["grid.num_levels=2,3", "grid.sl_percent=" + ",".join(f"{1 + 0.1 * step:g}" for step in range(stops))]
    sweep = lay_out_sweep(GRID, options=options, **{**PERIOD, "end": "2025-02-10"})
    with Noting(2) as pool:
        assert sweep.run(2, pool)
    assert (min(pool.blocks)[0], max(pool.blocks)[1], sweep.count) == (0, 2 * stops, 2 * stops)
    assert max(last - first for first, last in pool.blocks) == most


@pytest.mark.slow
def test_a_row_is_the_back_test_of_its_combination() -> None:
    """Every metric of every combination, to the bit."""
    sweep, group = anew()
    assert sweep.run()
    for combination, number in enumerate(group.space.numbers):
        result = sweep.backtest(int(number))
        for name in METRICS.names or ():
            expected = result.metrics[name]
            actual = float(group.metrics[combination][name])
            assert (expected is None and not np.isfinite(actual)) or actual == expected, (combination, name)


@pytest.mark.slow
def test_threads_change_nothing() -> None:
    """One thread and two give the same bytes."""
    sweep, group = anew()
    sweep.run(1)
    alone = group.metrics.tobytes()
    anew()
    sweep.run(2)
    assert group.metrics.tobytes() == alone


@pytest.mark.slow
def test_a_column_is_what_the_fused_kernel_computes() -> None:
    """Each distinct mean and width once, and equal to the values of a run."""
    group = anew()[1]
    assert group.needed.counts == {"mean": 2, "width": 2, "regime": 1}
    group.compute(0, group.space.count)
    last = group.space.count - 1
    values = radar.evaluate(GRID, ["mean", "width"], overrides=group.space.overrides(last), **PERIOD)
    first = int(np.searchsorted(group.feed.times, values["time"][0].value))
    for name, place in (("mean.value", "mean_value_column"), ("width.value", "width_value_column")):
        column = group.columns[group.params["hoist"][place][last, 0], 0, first:]
        assert np.array_equal(values[name].to_numpy(), column)
    pipeline = combined(group.space.base, group.space.chosen(last))
    assert pipeline.node("mean").params_for("BTC").model_dump() == {"period": 14}
