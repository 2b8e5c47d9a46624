"""Look-back is computed, so it must be honest: enough, not a bar more, and worth nothing beyond (design section 5)."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from radar.engine.feed import Feed, load_feed
from radar.engine.run import Run
from radar.kernel.build import build
from radar.market.instant import parse_instant
from radar.nodes.port import PortType
from radar.nodes.registry import kinds
from radar.plan.plan import Plan
from radar.plan.trace import trace_columns
from radar.spec.model import Node
from tests.conformance.cases import CASES, END, REST, params, prepared, rest_market, sample
from tests.engine.memory import Memory, between

REMEMBERING = {"adx", "atr", "ema", "regime", "rsi", "supertrend"}
"""Kinds whose value holds all of the past in ever smaller parts; every other indicator is a window and forgets."""

SETTLING = {"supertrend"}
"""Kinds that declare more than their first value needs, because that value is arbitrary (see their pages)."""

TOLERANCE = 1e-9

NAMES = params(quirky=False)


def clean(name: str, plan: Plan, skip: int, rows: int) -> Feed:
    """``rows`` bars of one asset without a hole, beginning ``skip`` bars into the piece, for a plan of that asset."""
    (asset,) = plan.assets
    base = str(plan.base)
    if name == REST:
        memory = rest_market()
        first = int(memory.bars[asset, base].time[skip])
        cut = {key: between(bars, first) for key, bars in memory.bars.items()}
        return load_feed(plan, Memory(cut, memory.rates, memory.interest))
    bars, data = between(sample(asset, base), None, parse_instant(END[base])), CASES[name].data
    return load_feed(plan, Memory({(asset, base): bars[len(bars) - rows + skip :]}, data.rates, data.interest))


@cache
def one_asset(name: str) -> Plan:
    """The case's plan with one asset that has a long history."""
    plan = prepared(name)[0].plan
    return CASES[name].prepare(assets=[plan.assets[0]]).plan


@cache
def traced(name: str, skip: int) -> Run:
    """An interpreted run of a case over clean bars, beginning ``skip`` bars later than the piece does."""
    plan = one_asset(name)
    run = Run.begin(plan, build(plan, "interpreted"), clean(name, plan, skip, plan.warm_up + 150), trace=True)
    run.finish()
    return run


def series_columns(plan: Plan, node: Node) -> list[int]:
    """The traced columns of an indicator that hold numbers which may be unknown."""
    return [
        index
        for index, column in enumerate(trace_columns(plan))
        if column.node == node.id and node.kind.outputs[column.port].type in (PortType.SERIES, PortType.BAR)
    ]


def indicators(plan: Plan) -> list[Node]:
    return [node for node in plan.nodes if node.kind.role == "indicator" and series_columns(plan, node)]


def upstream(plan: Plan, node: Node) -> list[Node]:
    """The node and everything that it reads, directly or not."""
    found = [node]
    for references in node.inputs.values():
        for reference in references:
            found += upstream(plan, plan.node(reference.node))
    return found


def depends_on_records(plan: Plan, node: Node) -> bool:
    """Whether a series with instants of its own decides when the node's values are known."""
    return any(one.kind.series in ("funding", "open_interest") for one in upstream(plan, node))


def ratio(plan: Plan) -> int:
    """Base bars in the slowest clock of a plan."""
    return max(plan.tick[node.id].clock.milliseconds for node in plan.nodes) // plan.base.milliseconds


@pytest.mark.parametrize("name", NAMES)
def test_outputs_are_known_exactly_when_the_plan_says(name: str) -> None:
    """The last output of a node becomes known at the declared bar (a slower one: from the worst hour to begin at), not
    a bar sooner, and every output stays known."""
    plan = one_asset(name)
    runs = [traced(name, skip) for skip in range(ratio(plan))]
    checked = 0
    for node in indicators(plan):
        if depends_on_records(plan, node):
            continue
        kinds_above = {one.kind.name for one in upstream(plan, node) if one.kind.role == "indicator"}
        latest = 0
        for column in series_columns(plan, node):
            known = [~np.isnan(run.trace[:, 0, column]) for run in runs]
            first = [int(np.argmax(each)) + 1 if each.any() else 10**9 for each in known]
            assert all(each[start - 1 :].all() for each, start in zip(known, first, strict=True)), node.id
            latest = max(latest, *first)
        assert latest <= plan.lookback[node.id], f"{node.id}: known at bar {latest} only"
        if not kinds_above & SETTLING:
            assert latest == plan.lookback[node.id], f"{node.id}: known at bar {latest} already"
            checked += 1
    assert checked


@pytest.mark.parametrize("name", NAMES)
def test_more_history_changes_nothing_for_a_window(name: str) -> None:
    """From its look-back on, a windowed value is that of a longer history, to a relative 1e-9 of its largest value."""
    plan = one_asset(name)
    whole = traced(name, 0)
    for skip in (ratio(plan), 17, 100):
        short = traced(name, skip)
        for node in indicators(plan):
            if {one.kind.name for one in upstream(plan, node)} & REMEMBERING or depends_on_records(plan, node):
                continue
            valid = plan.lookback[node.id] - 1
            for column in series_columns(plan, node):
                values = short.trace[valid:, 0, column]
                expected = whole.trace[skip + valid :, 0, column]
                floor = TOLERANCE * float(np.nanmax(np.abs(expected)))
                np.testing.assert_allclose(values, expected, rtol=TOLERANCE, atol=floor, err_msg=node.id)


def test_what_remembers_is_named() -> None:
    """The list of kinds that need not forget names kinds that exist, so that it cannot go stale."""
    assert {("indicator", name) for name in REMEMBERING | SETTLING} <= set(kinds())


@pytest.mark.parametrize("name", NAMES)
def test_a_strategy_waits_for_all_that_it_reads(name: str) -> None:
    """The history of a strategy covers every node that it reads, and its own statement in bars of its clock."""
    plan = one_asset(name)
    for chain in plan.chains:
        node = plan.node(chain.strategy)
        tick = plan.tick[node.id]
        own = node.kind.history(node.params, tick.clock.milliseconds)
        needed = max(plan.lookback[one.id] for one in upstream(plan, node))
        assert plan.history[chain.strategy, plan.assets[0]] == plan.lookback[node.id] == needed
        assert needed >= own * tick.clock.milliseconds // plan.base.milliseconds
