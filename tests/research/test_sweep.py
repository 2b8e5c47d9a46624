"""Sweeps: a row is the back-test of its combination, to the bit, however it is run."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

import radar
from radar.market.metrics import METRICS
from radar.research.sweep.effects import combined
from radar.research.sweep.grid import SweepError, axis_of, make_grid, split_values
from radar.research.sweep.sweep import Sweep, lay_out_sweep
from radar.spec.config import Config

ROOT = Path(__file__).resolve().parents[2]
GRID = ROOT / "pipelines" / "grid_atr.yaml"
SAMPLE = ROOT / "tests" / "data" / "sample"
OPTIONS = (
    "strategies.grid_atr.ma_period=7,14",
    "grid.atr_period=10,14",
    "grid.num_levels=2,3",
    "grid.sl_percent=10,20",
)
PERIOD = {"data": SAMPLE, "assets": ["BTC"], "start": "2025-02-01", "end": "2025-05-01"}


@cache
def laid_out() -> Sweep:
    """Sixteen combinations of the shipped grid on three months of one asset."""
    return lay_out_sweep(GRID, options=OPTIONS, **PERIOD)


def test_values_are_split_outside_brackets() -> None:
    """A list is one value."""
    assert split_values("1, 2.5,[long, short],'a,b'") == ("1", "2.5", "[long, short]", "'a,b'")


@pytest.mark.parametrize("option", ["grid.sl_percent", "=1,2", "grid.sl_percent="])
def test_an_option_that_sets_nothing(option: str) -> None:
    """R6001 says what an option looks like."""
    with pytest.raises(SweepError) as raised:
        axis_of(option)
    assert raised.value.code == "R6001"


def test_a_grid_that_is_not_there() -> None:
    """R6002 names the file that would hold it."""
    with pytest.raises(SweepError) as raised:
        make_grid(Config(), ["strategies.nothing"], [])
    assert raised.value.code == "R6002"


def test_two_axes_of_one_parameter() -> None:
    """R6003: the block's value and the node's are the same parameter."""
    options = ("strategies.grid_atr.sl_percent=10,20", "grid.sl_percent=10,20")
    with pytest.raises(SweepError) as raised:
        lay_out_sweep(GRID, options=options, **PERIOD)
    assert raised.value.code == "R6003"


def test_a_value_that_a_pipeline_refuses_is_counted() -> None:
    """The rest of the grid is laid out; the reason has the code that `check` would give."""
    from radar.engine.load import find_config
    from radar.research.sweep.effects import explore

    config = find_config(GRID, None)
    grid, fixed = make_grid(config, [], ["grid.num_levels=2,3,9", "grid.sl_percent=10,20"])
    space = explore(GRID, grid, config=config, fixed=fixed, assets=["BTC"])
    assert (space.count, space.size) == (4, 6)
    assert sum(space.refused.values()) == 2
    assert all(reason.startswith("R2010") for reason in space.refused)


@pytest.mark.slow
def test_a_row_is_the_back_test_of_its_combination() -> None:
    """Every metric of every combination, to the bit."""
    sweep = laid_out()
    sweep.done[:] = False
    assert sweep.run()
    for combination in range(sweep.space.count):
        result = radar.backtest(GRID, overrides=sweep.space.overrides(combination), **PERIOD)
        for name in METRICS.names or ():
            expected = result.metrics[name]
            actual = float(sweep.metrics[combination][name])
            assert (expected is None and not np.isfinite(actual)) or actual == expected, (combination, name)


@pytest.mark.slow
def test_threads_change_nothing() -> None:
    """One thread and two give the same bytes."""
    sweep = laid_out()
    sweep.done[:] = False
    sweep.run(1)
    alone = sweep.metrics.tobytes()
    sweep.done[:] = False
    sweep.run(2)
    assert sweep.metrics.tobytes() == alone


@pytest.mark.slow
def test_a_column_is_what_the_fused_kernel_computes() -> None:
    """Each distinct mean and width once, and equal to the values of a run."""
    sweep = laid_out()
    assert sweep.columns.blocks == {"mean": 2, "width": 2, "regime": 1}
    last = sweep.space.count - 1
    values = radar.evaluate(GRID, ["mean", "width"], overrides=sweep.space.overrides(last), **PERIOD)
    first = int(np.searchsorted(sweep.feed.times, values["time"][0].value))
    for place, name in enumerate(("mean.value", "width.value")):
        column = sweep.columns.values[sweep.columns.index[last, place], 0, first:]
        assert np.array_equal(values[name].to_numpy(), column)
    assert combined(sweep.space.base, sweep.space.chosen(last)).node("mean").params_for("BTC").model_dump() == {
        "period": 14
    }
