"""What every strategy of some pipelines thinks of every asset now: score, conditions, distance, and what refuses it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from radar.engine.backtest import Instant, Report, market_data, prepare
from radar.engine.feed import Feed, load_feed
from radar.engine.run import Run
from radar.engine.source import MarketData
from radar.kernel.build import Mode, build
from radar.market.instant import format_instant
from radar.market.intent import LEVELS
from radar.market.reason import REFUSAL_TEXT, Refusal, Regime, Side
from radar.plan.chain import Chain
from radar.plan.plan import Plan
from radar.plan.trace import SIDES, trace_columns
from radar.spec.config import Config

STRONG, MODERATE = 0.7, 0.4
"""Scores from which a signal counts as strong and as moderate (strategies spec 0.7)."""


@dataclass(frozen=True)
class Condition:
    """One named condition behind an entry: ``value`` against ``threshold`` (None: not known), and whether it holds."""

    name: str
    meaning: str
    value: float | None
    threshold: float | None
    met: bool


@dataclass(frozen=True)
class Opportunity:
    """One strategy on one asset and side at the close of the bar that opened at ``time``.

    ``score`` from 0 to 1 or None where it is not known; ``strength`` its class; ``distance`` from the close to the
    nearest resting level of the side, a fraction of the close, None without one; ``position`` the side that is held
    or ""; ``refusal`` the cause for which a new position would be refused or "".
    """

    pipeline: str
    strategy: str
    kind: str
    asset: str
    side: str
    time: str
    close: float
    score: float | None
    strength: str
    regime: str
    distance: float | None
    position: str
    refusal: str
    conditions: tuple[Condition, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

    @property
    def why_not(self) -> str:
        """What stands between this and an entry, in words: the refusal first, then the conditions that are not met."""
        missing = [condition.name for condition in self.conditions if not condition.met]
        refused = [REFUSAL_TEXT[Refusal[self.refusal.upper()]]] if self.refusal else []
        return "; ".join([*refused, *([f"not met: {', '.join(missing)}"] if missing else [])])


def scan(
    pipelines: Sequence[Path | str],
    *,
    data: Path | str | MarketData | None = None,
    candles: Mapping[str, Any] | None = None,
    config: Path | str | Config | None = None,
    at: Instant = None,
    assets: Sequence[str] | None = None,
    overrides: Sequence[str] = (),
    mode: Mode = "compiled",
    progress: Report | None = None,
) -> list[Opportunity]:
    """Every (strategy, asset, side) of ``pipelines`` at one instant, the highest score first.

    Args:
        pipelines: Pipeline files, or their texts.
        at: Look at the last bar that has closed by then; default: the last bar of each asset.

    The other arguments are those of :func:`radar.engine.backtest.backtest`. A run up to that bar decides what is held,
    so the answer is that of the account as it would stand.

    Raises:
        SpecError, DataError: As in a back-test.
    """
    found: list[Opportunity] = []
    for pipeline in pipelines:
        prepared = prepare(pipeline, config=config, overrides=overrides, assets=assets, end=at)
        plan = prepared.plan
        feed = load_feed(plan, market_data(plan, data, candles), end=prepared.request.end)
        run = Run.begin(plan, build(plan, mode, progress), feed, trace=True)
        run.finish(None if progress is None else lambda done, rows: progress(f"bar {done:,} of {rows:,}"))
        for chain in plan.chains:
            for lane, asset in enumerate(plan.assets):
                found += _look(plan, feed, run, chain, lane, asset)
    return sorted(found, key=lambda one: (-1.0 if one.score is None else -one.score, one.strategy, one.asset, one.side))


def _look(plan: Plan, feed: Feed, run: Run, chain: Chain, lane: int, asset: str) -> list[Opportunity]:
    """Both sides of one strategy on one asset, as far as its parameters allow them."""
    columns = {column.name: place for place, column in enumerate(trace_columns(plan))}
    row = int(np.flatnonzero(~np.isnan(feed.market[: run.row, lane, 3]))[-1])
    seen = run.trace[row, lane]
    node = plan.node(chain.strategy)
    close = float(feed.market[row, lane, 3])
    regime = plan.node(chain.executor).inputs.get("regime")
    mood = seen[columns[f"{regime[0].node}.{regime[0].port or 'value'}"]] if regime else Regime.RANGING
    held = int(seen[columns[f"{node.id}.position.side"]])
    allowed = node.params_for(asset).model_dump()["sides"]
    found = []
    for side in SIDES:
        if side not in allowed:
            continue
        refused = int(seen[columns[f"{node.id}.refusal.{side}"]])
        score = _known(seen[columns[f"{node.id}.score.{side}"]]) if node.kind.judge is not None else None
        found.append(
            Opportunity(
                pipeline=plan.pipeline.name,
                strategy=node.id,
                kind=node.kind.name,
                asset=asset,
                side=side,
                time=format_instant(int(feed.times[row])),
                close=close,
                score=score,
                strength=_strength(score),
                regime=Regime(int(mood)).name.lower(),
                distance=_distance(seen, columns, node.id, side, close),
                position={Side.LONG.value: "long", Side.SHORT.value: "short"}.get(held, ""),
                refusal=Refusal(refused).name.lower() if refused else "",
                conditions=tuple(
                    _condition(seen, columns, f"{node.id}.condition.{side}.{name}", name, meaning)
                    for name, meaning in node.kind.conditions.items()
                ),
            )
        )
    return found


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _strength(score: float | None) -> str:
    if score is None:
        return ""
    return "strong" if score >= STRONG else "moderate" if score >= MODERATE else "weak"


def _condition(seen: np.ndarray, columns: Mapping[str, int], prefix: str, name: str, meaning: str) -> Condition:
    value, threshold, met = (seen[columns[f"{prefix}.{field}"]] for field in ("value", "threshold", "met"))
    return Condition(name, meaning, _known(value), _known(threshold), bool(met == 1.0))


def _distance(seen: np.ndarray, columns: Mapping[str, int], node: str, side: str, close: float) -> float | None:
    """From the close to the nearest level that rests on a side."""
    word = "buy" if side == "long" else "sell"
    prices = [seen[columns[f"{node}.intent.{word}.{level}"]] for level in range(LEVELS)]
    away = [abs(close - price) / close for price in prices if math.isfinite(price) and price > 0.0]
    return float(min(away)) if away else None
