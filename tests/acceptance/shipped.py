"""What the acceptance tests know of a pipeline without knowing its name: nodes by role, and values that make it quick.

A pipeline added to ``pipelines/`` is tested without a change here, as long as its defaults trade on a few thousand
bars; :data:`LIVELY` holds values for those that would need months of history.
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
from tests.acceptance.harness import PIPELINES, prepared
from tests.nodes.markets import START, Bars

NAMES = tuple(sorted(path.stem for path in PIPELINES.glob("*.yaml") if not path.name.endswith(".test.yaml")))
SIDES = {1: "long", -1: "short"}


def few_fast(values: Iterable[Any], fast: int) -> list[Any]:
    """Parameters of a test of which all but the first ``fast`` are slow."""
    return [value if k < fast else pytest.param(value, marks=pytest.mark.slow) for k, value in enumerate(values)]


LIVELY: Mapping[str, Mapping[str, Any]] = {
    "grid_atr": {
        "atr_multiplier_start": 1.0,
        "atr_multiplier_step": 0.5,
        "sl_percent": 6.0,
        "sides": ["long", "short"],
    },
    "boltrend": {"bol_window": 20, "long_ma_window": 40, "bol_std": 1.5, "sl_percent": 2.0},
    "vwap_rsi": {
        "rsi_long_threshold": 45.0,
        "rsi_short_threshold": 55.0,
        "volume_spike_multiplier": 0.7,
        "vwap_deviation_entry": 0.05,
        "trend_adx_threshold": 60.0,
    },
}
"""Parameters of each pipeline's strategy with which it trades often."""

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
    """A pipeline by its roles: node ids of strategy, sizing, gates and account, and its clock."""

    name: str
    strategy: str
    sizing: str
    gates: tuple[str, ...]
    account: str
    clock: Timeframe
    assets: tuple[str, ...]
    sizing_parameters: frozenset[str]

    def values(
        self, *, strategy: Any = None, sizing: Any = None, gates: Any = None, account: Any = None
    ) -> dict[str, Any]:
        """Overrides by role as overrides by node."""
        found: dict[str, Any] = {}
        for nodes, values in (
            ((self.strategy,), strategy),
            ((self.sizing,), sizing),
            (self.gates, gates),
            ((self.account,), account),
        ):
            found |= {f"{node}.{key}": value for node in nodes for key, value in (values or {}).items()}
        return found

    def lively(self, **changes: Any) -> dict[str, Any]:
        """Overrides with which the strategy trades often, and ``changes`` to the strategy's parameters."""
        return self.values(strategy={**LIVELY.get(self.name, {}), **changes})

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
    parameters = frozenset(plan.node(sizing).kind.params.model_fields)
    return Shape(name, chain.strategy, sizing, gates, chain.executor, plan.base, plan.assets, parameters)


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
