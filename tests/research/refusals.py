"""Whether a sweep refuses what single pipelines refuse."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import Phase
from hypothesis import strategies as st

from radar.engine.load import find_config, load
from radar.errors import RadarError
from radar.research.sweep.explore import explore
from radar.research.sweep.grid import Grid
from radar.research.sweep.judge import reason

DRAWN = (Phase.explicit, Phase.reuse, Phase.generate)
"""Grids are small as they are drawn; to make them smaller takes minutes."""


def numbers(*values: float) -> st.SearchStrategy[tuple[str, ...]]:
    """Some distinct ones of these, at least two."""
    return st.lists(st.sampled_from(values), min_size=2, max_size=3, unique=True).map(
        lambda chosen: tuple(f"{one:g}" for one in chosen)
    )


def refusals(pipeline: Any, grid: Grid, assets: list[str]) -> Counter[str]:
    """How often each reason refuses a combination, each loaded and checked as a pipeline by itself."""
    config = find_config(pipeline, None)
    found: Counter[str] = Counter()
    for number in range(grid.size):
        loaded = load(pipeline, config=config, overrides=grid.overrides(number), assets=assets)
        if loaded.pipeline is None:
            found[reason(loaded.diagnostics)] += 1
    return found


def same(pipeline: Any, grid: Grid, assets: list[str]) -> None:
    """The sweep refuses what single pipelines refuse, by the same words; or all are refused, by an error."""
    expected = refusals(pipeline, grid, assets)
    try:
        found = explore(pipeline, grid, config=find_config(pipeline, None), assets=assets)
    except RadarError:
        assert expected.total() == grid.size
        return
    assert found.refused == expected
    assert sum(space.count for space in found.spaces) == grid.size - expected.total()
