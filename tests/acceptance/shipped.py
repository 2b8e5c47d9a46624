"""What the acceptance tests know of a pipeline without its name: nodes by role, its data, and what its subject says.

A strategy that is added is tested without a change here: its own test file has a ``SUBJECT`` (see ``subject.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest

from radar.engine.backtest import Prepared
from radar.market.timeframe import Timeframe
from tests.acceptance.harness import Market, prepared
from tests.acceptance.subjects import subjects
from tests.nodes.markets import HOUR, START, Bars, made_interest, made_rates

NAMES = tuple(subjects())
"""Every strategy with a pipeline and a subject."""
SIDES = {1: "long", -1: "short"}
SIDED = [(name, side) for name, subject in subjects().items() for side, word in SIDES.items() if word in subject.sides]
"""Every strategy with each of its sides."""


def few_fast(values: Iterable[Any], fast: int) -> list[Any]:
    """Parameters of a test of which all but the first ``fast`` are slow."""
    return [value if k < fast else pytest.param(value, marks=pytest.mark.slow) for k, value in enumerate(values)]


FREE = {
    "maker_fee_percent": 0.0,
    "taker_fee_percent": 0.0,
    "slippage_percent": 0.0,
    "liquidation": False,
    "funding": False,
}
"""Account values of a world without costs, funding and liquidation."""


@dataclass(frozen=True)
class Shape:
    """A pipeline by its roles: node ids of strategy, sizing, gates and account, and its clock.

    ``strategies`` are the shipped values of its strategy, by node: one, or a node for each of its slots. ``strategy``
    is the first of them and ``parameters`` its values; ``own`` are the parameters that tell slots apart, which are part
    of the wiring. ``reads`` are the external series that it cannot do without.
    """

    name: str
    sizing: str
    gates: tuple[str, ...]
    account: str
    clock: Timeframe
    assets: tuple[str, ...]
    sizing_parameters: frozenset[str]
    strategies: Mapping[str, Mapping[str, Any]]
    reads: frozenset[str]

    @property
    def strategy(self) -> str:
        return next(iter(self.strategies))

    @property
    def parameters(self) -> Mapping[str, Any]:
        return self.strategies[self.strategy]

    @property
    def own(self) -> frozenset[str]:
        every = self.strategies.values()
        return frozenset(name for name, value in self.parameters.items() if any(one[name] != value for one in every))

    def values(
        self, *, strategy: Any = None, sizing: Any = None, gates: Any = None, account: Any = None
    ) -> dict[str, Any]:
        """Overrides by role as overrides by node."""
        found: dict[str, Any] = {}
        for nodes, values in (
            (self.strategies, strategy),
            ((self.sizing,), sizing),
            (self.gates, gates),
            ((self.account,), account),
        ):
            found |= {f"{node}.{key}": value for node in nodes for key, value in (values or {}).items()}
        return found

    def lively(self, **changes: Any) -> dict[str, Any]:
        """Overrides with which the strategy trades often, and ``changes`` to the strategy's parameters."""
        return self.values(strategy={**subjects()[self.name].lively, **changes})

    @property
    def spacing(self) -> int:
        """Time between settlements of a made market that has some within a few hundred bars: 8 h, 1 h on short bars."""
        return 8 * HOUR if self.interval >= HOUR else HOUR

    @property
    def interval(self) -> int:
        """Bar length in milliseconds."""
        return self.clock.milliseconds


@cache
def shape(name: str) -> Shape:
    """The shape of a shipped pipeline."""
    plan = prepared(name).plan
    chain = plan.chains[0]
    sizing = next(node for node in chain.risks if plan.node(node).kind.sizes)
    gates = tuple(node for node in chain.risks if plan.node(node).kind.gate)
    sizing_parameters = frozenset(plan.node(sizing).kind.params.model_fields)
    strategies = {one.strategy: plan.node(one.strategy).params.model_dump() for one in plan.chains}
    reads = frozenset(node.kind.series for node in plan.nodes if node.kind.role == "source") - {"candles"}
    return Shape(
        name,
        sizing,
        gates,
        chain.executor,
        plan.base,
        plan.assets,
        sizing_parameters,
        strategies,
        reads,
    )


def fed(name: str, market: Market, *, still: tuple[str, ...] = ()) -> Market:
    """The market with the series that the pipeline reads besides candles; nothing happens in those of ``still``.

    Funding is one series an asset, whatever its candles; open interest follows the volume of the bars before.
    """
    its = shape(name)
    lanes = {asset: bars for (asset, clock), bars in market.bars.items() if clock == str(its.clock)}
    rates, interest = dict(market.rates), dict(market.interest)
    for asset, bars in lanes.items():
        if "funding" in its.reads:
            made = made_rates(asset, its.spacing)
            rates[asset] = dict.fromkeys(made, 0.0) if asset in still else made
        if "open_interest" in its.reads:
            grown = made_interest(bars)
            interest[asset] = dict.fromkeys(grown, 1e6) if asset in still else grown
    return Market(market.bars, rates, interest)


def ready(name: str, overrides: Mapping[str, Any] | None = None, assets: tuple[str, ...] = ("BTC",)) -> Prepared:
    """The pipeline, lively unless the overrides say otherwise."""
    return prepared(name, overrides={**shape(name).lively(), **(overrides or {})}, assets=assets)


def lively_bars(name: str, seed: int, count: int, *, gaps: tuple[int, ...] = ()) -> Bars:
    """A random walk with jumps of price and volume, at the pipeline's clock, without the bars at ``gaps``."""
    random = np.random.default_rng([seed, 7])
    interval = shape(name).interval
    step = 0.012 * np.sqrt(interval / 3_600_000)
    moves = random.normal(0.0, step / 4.0, (count, 16))
    jumps = random.random(count) < 0.02
    moves[jumps, random.integers(0, 16)] += random.normal(0.0, 4.0 * step, int(jumps.sum()))
    # A slow pull back to the start keeps prices in a range whatever the length.
    path = np.empty((count, 16))
    level = 0.0
    for i in range(count):
        path[i] = level * 0.99 + moves[i].cumsum()
        level = path[i, -1]
    prices = 100.0 * np.exp(path)
    opens = np.concatenate([[100.0], prices[:-1, -1]])
    volume = np.exp(random.normal(3.0, 1.0, count))
    bars = Bars(
        START + interval * np.arange(count, dtype=np.int64),
        opens,
        np.maximum(prices.max(axis=1), opens),
        np.minimum(prices.min(axis=1), opens),
        prices[:, -1].copy(),
        volume,
    )
    return bars.without(*gaps) if gaps else bars
