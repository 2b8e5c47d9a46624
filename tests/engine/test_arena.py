"""The shipped arena: strategies of two clocks on one feed, each on an account of its own and on none of the others."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ruamel.yaml import YAML

import radar
from radar.engine.load import load
from radar.engine.result import Result
from radar.plan.plan import Plan, make_plan
from tests.acceptance.subjects import PIPELINES, known
from tests.nodes.markets import DATA

ARENA = PIPELINES / "arena.yaml"
ROOT = PIPELINES.parent
PERIOD: dict[str, Any] = {
    "data": DATA / "sample",
    "config": ROOT / "config",
    "start": "2025-10-10",
    "end": "2025-10-20",
}
ACCOUNTS = tuple(node.id for node in load(ARENA).require().nodes if node.kind.role == "executor")


@cache
def together() -> Result:
    """All of them over the days of the cascade."""
    return radar.backtest(ARENA, **PERIOD)


def needed(plan: Plan, account: str) -> set[str]:
    """The nodes that an account reads, directly or not."""
    found: set[str] = set()
    waiting = [account]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += [reference.node for references in plan.node(node).inputs.values() for reference in references]
    return found


def alone(account: str, folder: Path) -> Path:
    """The pipeline of one account of the arena: what it reads, and nothing else."""
    yaml = YAML(typ="rt")
    document = yaml.load(ARENA.read_text(encoding="utf-8"))
    keep = needed(make_plan(load(ARENA).require()), account)
    for node in [node for node in document["nodes"] if node not in keep]:
        del document["nodes"][node]
    path = folder / "alone.yaml"
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(document, file)
    return path


def test_every_strategy_is_in_it() -> None:
    """Whoever is shipped takes part, but for the example to start from."""
    text = ARENA.read_text(encoding="utf-8")
    missing = [name for name in known() if f"strategies.{name}" not in text]
    assert len(missing) <= 1, missing
    assert len(ACCOUNTS) == 16


def test_all_begin_with_the_same_capital_at_the_same_bar() -> None:
    """Nobody has a longer run or more money than another, and the first bar is for all the same."""
    result = together()
    assert set(result.accounts) == set(ACCOUNTS)
    assert {float(result.run.account(account)["initial"]) for account in ACCOUNTS} == {10_000.0}
    assert not np.isnan(result.run.all_equity[:, result.run.feed.start : result.run.row]).any()


def test_most_of_them_trade() -> None:
    """Days of panic move nearly everybody, so that the equalities below compare something."""
    fills = [len(together().run.ledger(account)[0]) for account in ACCOUNTS]
    assert sum(count > 0 for count in fills) >= 12


@pytest.mark.slow
@pytest.mark.parametrize("account", ACCOUNTS)
def test_an_account_is_what_it_is_alone(account: str, tmp_path: Path) -> None:
    """The others change nothing: fills, trades and equity of the account alone, on bytes, from the same bar on."""
    run = together().run
    first = int(run.feed.times[run.feed.start])
    single = radar.backtest(alone(account, tmp_path), **{**PERIOD, "start": first}).run
    assert single.feed.times[single.feed.start] == first
    fills, trades, equity = run.ledger(account)
    own_fills, own_trades, own_equity = single.ledger(account)
    chains = {chain.strategy: chain.number for chain in single.plan.chains}
    order = np.array([chains.get(chain.strategy, -1) for chain in run.plan.chains])
    for found, expected in ((fills, own_fills), (trades, own_trades)):
        renumbered = found.copy()
        renumbered["strategy"] = order[found["strategy"]]
        assert renumbered.tobytes() == expected.tobytes()
    np.testing.assert_array_equal(equity[run.feed.start : run.row], own_equity[single.feed.start : single.row])
