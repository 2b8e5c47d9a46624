"""The engine and an independent simulator say the same about hundreds of random markets and accounts."""

from __future__ import annotations

from collections import Counter

import pytest

from radar.kernel.build import Mode
from tests.acceptance.differences import difference
from tests.acceptance.harness import finished, prepared
from tests.acceptance.oracle import Outcome, simulate
from tests.acceptance.random_cases import case
from tests.acceptance.shipped import NAMES
from tests.acceptance.subjects import subjects

QUICK = 4


def agree(pipeline: str, seed: int, mode: Mode) -> Outcome:
    """Put one case to both; fail with the first difference."""
    one = case(pipeline, seed)
    run = finished(prepared(pipeline, overrides=one.overrides, assets=one.assets), one.market, mode=mode)
    outcome = simulate(one.rules, list(one.oracle))
    found = difference(run, outcome, one.rules.initial)
    assert not found, f"{pipeline}, seed {seed}, {one.rules}: {found}"
    return outcome


@pytest.mark.parametrize("pipeline", NAMES)
def test_the_engine_agrees_with_the_oracle(pipeline: str) -> None:
    """Trades (time, side, reason, levels, prices, net) and equity at every bar, interpreted, on a few random cases."""
    trades = sum(len(agree(pipeline, seed, "interpreted").trades) for seed in range(1000, 1000 + QUICK))
    assert trades > 0


@pytest.mark.slow
@pytest.mark.parametrize("pipeline", NAMES)
def test_the_compiled_engine_agrees_with_the_oracle(pipeline: str) -> None:
    """The same of the compiled engine on many cases, which between them hold every way in which a position can end."""
    subject = subjects()[pipeline]
    reasons: Counter[str] = Counter()
    liquidated = refused = 0
    for seed in range(subject.seeds):
        outcome = agree(pipeline, seed, "compiled")
        reasons.update(trade.reason for trade in outcome.trades)
        liquidated += outcome.liquidated
        refused += outcome.refused
    assert {*subject.ends, "sl", "liquidation", "end_of_data"} <= set(reasons), reasons
    assert liquidated > 0 or not subject.ruinous
    assert refused > 0
    assert sum(reasons.values()) > 250, reasons
