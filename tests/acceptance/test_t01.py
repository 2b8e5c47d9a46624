"""T1, martingale null: on driftless walks without costs no strategy earns, and none is quietly robbed.

A geometric walk of 4,140 steps a bar whose price is a martingale (its drift is minus half its variance). Costs,
funding, liquidation, guards and free equity are off, leverage is 1 and sizes do not compound, so the mean return over
many seeds must be zero within its standard error. 4,140 divides into the finer bars of every clock, so ``lower_tf``
resolves bars on finer bars of the same path.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from radar.engine.feed import Feed, load_feed
from tests.acceptance.harness import Market, begun
from tests.acceptance.shipped import FREE, SIDED, SIDES, fed, ready, shape
from tests.acceptance.subjects import subjects
from tests.nodes.markets import MINUTE, START, Bars, together

STEPS = 4140
BARS = 1500
CHUNK = 100
SEEDS, FEW = 40, 6


def fine_walk(seed: int, step: float, fine: int, interval: int) -> Bars:
    """``BARS * fine`` finer bars of a martingale with ``STEPS`` steps in each coarse bar and volumes of their own."""
    random = np.random.default_rng([seed, 1])
    inner = STEPS // fine
    sigma = step / np.sqrt(STEPS)
    columns: list[tuple[np.ndarray, ...]] = []
    level = np.log(100.0)
    for _ in range(0, BARS, CHUNK):
        moves = random.standard_normal(CHUNK * STEPS)
        moves *= sigma
        moves -= sigma * sigma / 2.0
        path = level + moves.cumsum()
        rows = path.reshape(-1, inner)
        opens = np.concatenate([[level], rows[:-1, -1]])
        highs, lows = np.maximum(rows.max(axis=1), opens), np.minimum(rows.min(axis=1), opens)
        columns.append((opens, highs, lows, rows[:, -1].copy()))
        level = float(path[-1])
    opens, highs, lows, closes = (np.exp(np.concatenate(parts)) for parts in zip(*columns, strict=True))
    times = START + interval // fine * np.arange(BARS * fine, dtype=np.int64)
    volume = np.repeat(np.exp(random.normal(0.0, 1.0, BARS)), fine)
    return Bars(times, opens, highs, lows, closes, volume)


@cache
def feeds(name: str, seed: int) -> dict[str, Feed]:
    """What the kernel reads of one seed, with and without finer bars."""
    clock = shape(name)
    unit, length = ("5m", 5 * MINUTE) if clock.interval > 15 * MINUTE else ("1m", MINUTE)
    fine = clock.interval // length
    finer = fine_walk(seed, subjects()[name].step, fine, clock.interval)
    market = Market({("BTC", str(clock.clock)): together(finer, fine, clock.interval), ("BTC", unit): finer})
    market = fed(name, market)
    return {
        policy: load_feed(ready(name, shape(name).values(account={"intrabar": policy})).plan, market)
        for policy in ("stop_first", "lower_tf")
    }


def null(name: str, side: int, policy: str, seeds: int) -> np.ndarray:
    """Return of each seed, open profit included, in percent."""
    its = shape(name)
    overrides = its.values(
        strategy={"sides": [SIDES[side]], "leverage": 1.0},
        sizing={"base": "initial"},
        gates={"max_margin_ratio": 1.0, "free_equity": False},
        account={**FREE, "intrabar": policy, "minimum_notional": 0.0},
    )
    if "cap_percent" in its.sizing_parameters:
        overrides |= its.values(sizing={"cap_percent": 100.0})
    plan = ready(name, overrides)
    returns = np.empty(seeds)
    traded = 0
    for seed in range(seeds):
        run = begun(plan, feeds(name, seed)[policy])
        run.finish()
        account = run.account(its.account)
        assert not account["ended"], "a run that ends early would hide what it lost"
        returns[seed] = (account["equity"] / account["initial"] - 1.0) * 100.0
        traded += int(account["trade_count"])
    assert traded > 5 * seeds, f"{name} hardly trades, so the test would say nothing"
    return returns


def judge(returns: np.ndarray, *, both: bool) -> None:
    """At most three standard errors above zero, and with ``both`` at most three below."""
    mean, error = returns.mean(), returns.std(ddof=1) / np.sqrt(len(returns))
    assert error > 0.0
    assert mean <= 3.0 * error, f"an optimistic bias of {mean:.3f} % with a standard error of {error:.3f} %"
    assert not both or mean >= -3.0 * error, (
        f"a loss out of nothing: {mean:.3f} % with a standard error of {error:.3f} %"
    )


@pytest.mark.parametrize(("name", "side"), SIDED)
def test_noise_earns_nothing_on_a_few_walks(name: str, side: int) -> None:
    """A gross look-ahead shows on six walks already."""
    judge(null(name, side, "stop_first", FEW), both=False)


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["stop_first", "lower_tf"])
@pytest.mark.parametrize(("name", "side"), SIDED)
def test_noise_earns_nothing(name: str, side: int, policy: str) -> None:
    """Forty walks: no optimistic bias under any policy, and no bias at all where finer bars resolve a bar."""
    judge(null(name, side, policy, SEEDS), both=policy == "lower_tf")
