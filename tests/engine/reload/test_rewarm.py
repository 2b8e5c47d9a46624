"""Strategies that are made anew while they trade: whatever they hold, they go on as if they had run all along."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pytest

from radar.engine.feed import Feed, load_feed
from radar.engine.reload.carry import carry
from radar.engine.reload.invariants import stop_of
from radar.engine.reload.possible import open_positions
from radar.engine.run import Run
from radar.kernel.build import build
from radar.market.reason import ExitReason
from radar.nodes.registry import kinds
from radar.plan.check import check
from radar.plan.diff import Fate, compare_plans
from radar.plan.layout import field_name
from radar.plan.plan import Plan, make_plan
from radar.spec.load import load_pipeline
from tests.conformance.cases import CASES, CONFIG, begin, finished, ledger, params, prepared
from tests.engine.reload.edits import named, read, renamed, write

every_case = pytest.mark.parametrize("name", params(quirky=False))


@cache
def again(name: str) -> Plan:
    """The pipeline of a case with every source and indicator under another name that nobody has told of: the same
    numbers, and strategies that read what is new."""
    case = CASES[name]
    content = read(case.text)
    for node in named(content, "source", "indicator"):
        content = renamed(content, node, f"{node}_anew", was=False)
    found = load_pipeline(write(content), config=CONFIG, overrides=case.overrides, assets=case.assets)
    used = [f"{one}_anew" if f"{one}_anew" in content["nodes"] else one for one in case.used]
    return make_plan(check(found, used).require())


@cache
def fresh(name: str) -> tuple[Plan, Feed]:
    """That plan and its market."""
    plan = again(name)
    return plan, load_feed(plan, CASES[name].data)


def rows_of(run: Run, count: int) -> list[int]:
    """Rows after which something had just happened, and others, from the first tradable one on."""
    chain = run.plan.chains[0]
    fills = run.ledger(chain.executor)[0]
    events = np.unique(np.searchsorted(run.feed.times, fills["time"]))
    near = np.unique(np.concatenate([events, events + 1, events + 3]))
    near = near[(near > run.feed.start) & (near < run.feed.rows - 1)]
    chosen = near[:: max(len(near) // count, 1)][:count]
    return [int(row) + 1 for row in chosen]


@every_case
def test_a_strategy_made_anew_from_the_same_numbers_trades_on_as_it_did(name: str) -> None:
    """At rows at which positions open, fill levels and close: the ledger after it is that of the uninterrupted run, and
    so is everything that the strategies remember and want, but for prices of a ladder that are put when a bar comes."""
    plan, feed = fresh(name)
    fates = {one.node: one.fate for one in compare_plans(prepared(name)[0].plan, plan).nodes}
    anew = [chain.strategy for chain in plan.chains if fates[chain.strategy] is Fate.REWARM]
    assert anew
    whole = finished(name, "interpreted")
    after, changed = build(plan, "interpreted"), 0
    for row in rows_of(whole, 6):
        run = begin(name, "interpreted", trace=False)
        run.advance(row)
        taken = carry(run, plan, after, feed)
        for strategy in anew:
            field = field_name(strategy)
            for ending in ("", "_position"):
                if f"{field}{ending}" in (run.state.lanes.dtype.names or ()):
                    theirs, ours = run.state.lanes[f"{field}{ending}"], taken.state.lanes[f"{field}{ending}"]
                    assert theirs.tobytes() == ours.tobytes(), (row, strategy, ending, theirs, ours)
            for lane in range(len(plan.assets)):
                _same_wishes(run.state.lanes[lane], taken.state.lanes[lane], field)
        changed += int((run.state.lanes[f"{field_name(anew[0])}_position"]["side"] != 0).any())
        taken.finish()
        assert [part for part in ("fills", "trades", "equity") if ledger(taken)[part] != ledger(whole)[part]] == []
    assert changed


def _same_wishes(theirs: np.void, ours: np.void, strategy: str) -> None:
    position, before, after = theirs[f"{strategy}_position"], theirs[f"{strategy}_intent"], ours[f"{strategy}_intent"]
    names = ["highest_buy", "lowest_sell", "buy_count", "sell_count", "anchor", "spacing", "extend_only"]
    names += ["stop", "trail", "target"] if position["side"] != 0 else []
    for name in names:
        assert before[name].tobytes() == after[name].tobytes(), (name, before, after)


@pytest.mark.slow
def test_the_suite_looks_at_trailing_stops() -> None:
    """Among the cases there is a strategy whose stop follows its best price: that memory is the hard part."""
    own = [name for name in CASES if not name.endswith("quirks")]
    assert any((finished(name, "interpreted").trades["reason"] == ExitReason.TRAILING).any() for name in own)


def at_the_close(name: str) -> bool:
    """Whether the strategies of a case enter at a close, and so name a stop and a target once."""
    used = re.findall(r"\bstrategy: *(\w+)", CASES[name].text)
    return all(kinds()["strategy", kind].levels is None for kind in used)


@pytest.mark.parametrize("name", [one for one in params(quirky=False) if at_the_close(str(one.values[0]))])
def test_a_stop_that_was_named_at_the_entry_stays(name: str) -> None:
    """The new periods would never have entered there. The position keeps the stop and the target of its entry."""
    case, run = CASES[name], begin(name, "interpreted", trace=False)
    before = run.plan
    periods = [
        f"{node.id}.{key}={value + 3}"
        for node in before.nodes
        if node.kind.role == "indicator"
        for key, value in node.params.model_dump().items()
        if key == "period"
    ]
    found = load_pipeline(case.text, config=CONFIG, overrides=(*case.overrides, *periods), assets=case.assets)
    plan, looked = make_plan(found.require()), 0
    feed, after = load_feed(plan, case.data), build(plan, "interpreted")
    for row in rows_of(finished(name, "interpreted"), 8):
        run.advance(row)
        taken = carry(run, plan, after, feed)
        for chain, _, lane in open_positions(run):
            assert stop_of(taken, chain, lane) == stop_of(run, chain, lane)
            field = f"{field_name(chain.strategy)}_intent"
            ours, theirs = taken.state.lanes[lane][field]["target"], run.state.lanes[lane][field]["target"]
            assert ours == theirs or (np.isnan(ours) and np.isnan(theirs))
            looked += 1
    assert looked
