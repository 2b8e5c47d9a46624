"""Combinations of a sweep are refused as the pipelines that they make: by the same checks, each made once for a choice
of the values that it reads.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radar.engine.load import find_config
from radar.nodes.registry import find
from radar.research.sweep.explore import explore
from radar.research.sweep.grid import Axis, Grid
from tests.research.refusals import DRAWN, numbers, same
from tests.research.sweeps import PIPELINES

CROSS = PIPELINES / "average_cross.yaml"


@settings(deadline=None, max_examples=12, phases=DRAWN)
@given(
    fast=numbers(5, 10, 50, 80),
    slow=numbers(10, 40, 60, 200),
    stop=numbers(1, 4, 9, 30),
    leverage=numbers(1, 5, 20, 60),
    most=numbers(4, 25, 50),
    mode=st.sampled_from((("cross", "isolated"), ("isolated", "cross"))),
    order=st.permutations(range(6)),
)
def test_two_averages(
    fast: Any, slow: Any, stop: Any, leverage: Any, most: Any, mode: tuple[str, ...], order: list[int]
) -> None:
    """Rules of the kind, stop against leverage and margin, leverage against the account: in any order."""
    axes = [
        Axis("strategies.average_cross.fast_period", fast),
        Axis("cross.slow_period", slow),
        Axis("cross.sl_percent", stop),
        Axis("cross.leverage", leverage),
        Axis("broker.max_leverage", most[:2]),
        Axis("broker.margin_mode", mode),
    ]
    chosen = [axes[one] for one in order[:4]]
    same(CROSS, Grid(tuple(chosen)), ["BTC"])


@settings(deadline=None, max_examples=6, phases=DRAWN)
@given(fast=numbers(5, 50, 80), own=numbers(10, 40, 100), slow=numbers(10, 60, 90), leverage=numbers(1, 5, 60))
def test_an_asset_of_its_own(fast: Any, own: Any, slow: Any, leverage: Any) -> None:
    """The words name the asset where, and only where, one has values of its own."""
    axes = (
        Axis("cross.slow_period", slow),
        Axis("cross.fast_period", fast),
        Axis("cross.per_asset.ETH.fast_period", own),
        Axis("cross.per_asset.BTC.leverage", leverage),
    )
    for chosen in (axes, axes[:2], axes[1:]):
        same(CROSS, Grid(chosen), ["BTC", "ETH"])


@pytest.mark.parametrize("stops", [2, 20, 60])
def test_a_check_is_made_once_for_what_it_reads(stops: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rule between two periods is asked once for each period swept, however many stops and leverages there are."""
    kind = find("strategy", "average_cross")
    assert kind is not None
    calls = []

    def counted(params: Any) -> list[tuple[str, str]]:
        calls.append(params)
        return check(params)

    check = kind.check
    monkeypatch.setitem(vars(kind), "check", counted)
    grid = Grid(
        (
            Axis("cross.fast_period", ("5", "10", "500")),
            Axis("cross.sl_percent", tuple(f"{1 + 0.1 * step:g}" for step in range(stops))),
            Axis("cross.leverage", ("1", "2")),
        )
    )
    found = explore(CROSS, grid, config=find_config(CROSS, None), assets=["BTC"])
    assert sum(found.refused.values()) == 2 * stops
    # Once to see what the rule reads, then for each of the three periods.
    assert len(calls) == 1 + 3
