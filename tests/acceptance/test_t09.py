"""T9, gates never disarm stops: with any entry gate forced shut in the middle of a position, it ends as it would have.

One level a cycle and, of a strategy made of slots, one slot, so nothing but its exit can follow an entry. The gate is
shut the moment a position is open, by each of the means that there are; the same position must end at the same instant,
price and reason as without.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

from radar.engine.run import Run
from radar.plan.layout import field_name
from tests.acceptance.harness import PIPELINES, Market, fills_of, prepared, started, trades_of
from tests.acceptance.holding import position_of
from tests.acceptance.shipped import NAMES, fed, few_fast, lively_bars, shape
from tests.acceptance.subjects import subjects

COUNT = 640
AFTER = 40
"""Rows after the exit in which the gate must hold."""

GATED = """
  switch: {risk: kill_switch, in: GUARD, max_session_loss_percent: 99, max_daily_loss_percent: 99}
"""


def with_switch(name: str) -> str:
    """The shipped pipeline with a kill switch behind its guard."""
    its = shape(name)
    text = (PIPELINES / f"{name}.yaml").read_text(encoding="utf-8")
    return text.replace(f"in: {{in: {its.gates[-1]},", "in: {in: switch,") + GATED.replace("GUARD", its.gates[-1])


def kill_switch(run: Run) -> None:
    """The session switch has tripped."""
    run.state.shared[0]["switch"]["session"] = 1


def margin_guard(run: Run) -> None:
    """No margin may be locked."""
    for gate in (chain.risks for chain in run.plan.chains):
        for node in gate:
            field = field_name(node)
            if "max_margin_ratio" in (run.state.params.dtype[field].names or ()):
                run.state.params[field]["max_margin_ratio"] = 0.0


def minimum_notional(run: Run) -> None:
    """No order is large enough."""
    run.state.params[run.plan.executors[0].id]["minimum_notional"] = 1e12


def stale(run: Run) -> None:
    """The history that entries need will not be there again in this run."""
    run.state.lanes["series"]["bars"] = -(10**9)


def no_side(run: Run) -> None:
    """The strategy may trade neither side."""
    for chain in run.plan.chains:
        run.state.params[chain.strategy]["sides"] = 0


GATES: dict[str, Callable[[Run], None]] = {
    gate.__name__: gate for gate in (kill_switch, margin_guard, minimum_notional, stale, no_side)
}


def run_of(name: str) -> Run:
    """A run of the pipeline with a kill switch and one level a cycle, or one slot."""
    its = shape(name)
    levels: dict[str, Any] = {"num_levels": 1} if "num_levels" in its.parameters else {}
    if len(its.strategies) > 1:
        levels["sides"] = [subjects()[name].sides[0]]
    plan = prepared(with_switch(name), overrides=its.lively(**levels), assets=["BTC"])
    bars = lively_bars(name, 21, COUNT)
    return started(plan, fed(name, Market({("BTC", str(its.clock)): bars})), mode="interpreted")


@cache
def free_trades(name: str) -> np.ndarray:
    """The trades of the run in which no gate shuts."""
    run = run_of(name)
    run.finish()
    return trades_of(run)


@pytest.mark.parametrize("gate", few_fast(GATES, 1))
@pytest.mark.parametrize("name", NAMES)
def test_a_shut_gate_leaves_the_exit_as_it_is(name: str, gate: str) -> None:
    """The position open when the gate shuts ends as in the open run; after it there is no other."""
    ends = free_trades(name)
    checked = 0
    for number in range(1, len(ends), max(len(ends) // 3, 1)):
        expected = ends[number]
        run = run_of(name)
        run.advance(int(np.searchsorted(run.feed.times, expected["entry_time"])) + 1)
        if position_of(run, "BTC", int(expected["strategy"])).side == 0:
            continue  # it ended in the bar of its entry
        GATES[gate](run)
        run.advance(min(int(np.searchsorted(run.feed.times, expected["exit_time"])) + AFTER, run.feed.rows))
        assert trades_of(run)[: number + 1].tobytes() == ends[: number + 1].tobytes()
        assert len(trades_of(run)) == number + 1, "the gate did not hold"
        assert np.all(fills_of(run)["time"] <= expected["exit_time"])
        checked += 1
    assert checked, "no position was open long enough to shut a gate on it"
