"""Every risk gate in one chain, on real markets: with the shipped values, compiled, and as a row of a sweep."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

import radar
from radar.engine.result import Result
from radar.kernel.build import Mode
from radar.market.metrics import METRICS
from radar.nodes.registry import kinds
from radar.research.sweep.sweep import lay_out_sweep
from tests.conformance.cases import CONFIG, ledger
from tests.nodes.markets import DATA

GATES = [name for (role, name), kind in kinds().items() if role == "risk" and kind.gate]


def chained() -> str:
    """Two strategies that share an account, behind every gate there is, with the values of ``risk.yaml``."""
    lines = [
        "radar: 1",
        "pipeline: chained",
        "assets: [BTC, ETH, SOL]",
        "clock: 1h",
        "nodes:",
        "  candles: {source: candles}",
        "  mood: {indicator: regime, in: candles}",
        '  mean: {indicator: sma, in: candles.close, period: "${grid.ma_period}"}',
        '  width: {indicator: atr, in: candles, period: "${grid.atr_period}"}',
        "  grid:",
        "    strategy: grid_atr",
        "    in: {bar: candles, mean: mean, width: width}",
        "    sides: [long]",
        "    atr_multiplier_start: 1",
        "    sl_percent: 5",
        "  bands: {indicator: bollinger, in: candles.close, period: 20, deviations: 1.5}",
        "  average: {indicator: sma, in: candles.close, period: 50}",
        "  trend:",
        "    strategy: boltrend",
        "    in: {bar: candles, upper: bands.upper, mid: bands.mid, lower: bands.lower, spread: bands.spread,",
        "      average: average}",
        "    sides: [short]",
        "    bol_window: 20",
        "    bol_std: 1.5",
        "    long_ma_window: 50",
        "    sl_percent: 3",
        "  sized: {risk: equal_allocation, in: grid, with: risk.sizing}",
        "  risked: {risk: risk_sizing, in: trend, with: risk.trade}",
    ]
    ends = []
    for strategy, sized in (("grid", "sized"), ("trend", "risked")):
        last = f"{strategy}_tilt"
        lines.append(f"  {last}: {{risk: performance_tilt, in: {sized}, with: risk.performance_tilt}}")
        for gate in GATES:
            wire = last
            if "regime" in kinds()["risk", gate].inputs:
                wire = f"{{in: {last}, regime: mood}}"
            last = f"{strategy}_{gate}"
            lines.append(f"  {last}: {{risk: {gate}, in: {wire}, with: risk.{gate}}}")
        ends.append(last)
    lines.append(f"  broker: {{executor: account, in: {{in: [{', '.join(ends)}], regime: mood}}, with: risk.account}}")
    lines.append("  journal: {sink: journal, in: broker}")
    return "\n".join(lines) + "\n"


TIGHT = (
    "grid_max_positions.max_concurrent_positions=2",
    "trend_max_positions.max_concurrent_positions=2",
    "grid_correlation.max_concurrent_same_direction=1",
    "grid_regime_gate.regimes=[ranging, trending_up, low_volatility]",
    "trend_cooldown.cooldown_candles=24",
    "grid_selector.force=true",
    "trend_selector.min_profit_factor=100",
    "grid_tilt.min_trades=2",
    "grid_tilt.strength=4",
)
PERIOD: dict[str, Any] = {"data": DATA / "sample", "start": "2025-02-15", "end": "2025-05-01", "config": CONFIG}


@cache
def run(mode: Mode) -> Result:
    """The back-test, with limits that bite."""
    return radar.backtest(chained(), overrides=TIGHT, mode=mode, **PERIOD)


def test_the_shipped_values_pass_every_check() -> None:
    """Each gate has a block of its name in ``risk.yaml``."""
    result = radar.backtest(chained(), mode="interpreted", **{**PERIOD, "end": "2025-02-17"})
    assert not [one for one in result.warnings if "R4" in one]


@pytest.mark.slow
def test_every_limit_bites_and_the_account_still_trades() -> None:
    """Each of the limits that were made tight is the cause of some refusal, and both strategies trade."""
    result = run("interpreted")
    causes = {one["cause"] for one in result.refusals}
    assert causes >= {"max_concurrent", "correlation", "regime", "cooldown", "not_allowed"}
    assert {trade["strategy"] for trade in result.trades()} == {"grid", "trend"}


@pytest.mark.slow
def test_what_the_nodes_learn_is_what_the_trades_say() -> None:
    """Count, wins and losses of each strategy, to the last bit: each in the order in which its positions closed."""
    result = run("interpreted")
    shared = result.run.state.shared[0]
    for strategy in ("grid", "trend"):
        nets = [trade["net"] for trade in result.trades() if trade["strategy"] == strategy]
        for node in (f"{strategy}_selector", f"{strategy}_tilt"):
            assert shared[node]["trades"] == len(nets) > 0
            assert shared[node]["won"] == sum(net for net in nets if net > 0)
            assert shared[node]["lost"] == -sum(net for net in nets if net <= 0)


@pytest.mark.slow
def test_a_tilted_cycle_keeps_its_margin_and_the_bounds_hold() -> None:
    """Levels of one cycle lock the same; cycles lock from half to one and a half of the equal share, and never 25 %."""
    result = run("interpreted")
    margins: dict[int, list[float]] = {}
    bases = {int(trade["trade"]): float(trade["base"]) for trade in result.trade_rows if trade["strategy"] == 0}
    for fill in result.fill_rows:
        if fill["opens"] and int(fill["trade"]) in bases:
            margins.setdefault(int(fill["trade"]), []).append(float(fill["reference"] * fill["quantity"]) / 6)
    parts = []
    for trade, locked in margins.items():
        np.testing.assert_allclose(locked, locked[0], rtol=1e-12)
        parts.append(locked[0] / (bases[trade] * 0.25 / 3))
    assert max(parts) <= 1 + 1e-9, "the cap of an asset is 25 %, less than a third"
    assert 0.5 - 1e-9 <= min(parts) < 0.99


@pytest.mark.slow
def test_compiled_equals_interpreted() -> None:
    """Every byte of state and ledger."""
    compiled, interpreted = (ledger(run(mode).run) for mode in ("compiled", "interpreted"))
    assert [name for name in compiled if compiled[name] != interpreted[name]] == []


@pytest.mark.slow
def test_a_row_of_a_sweep_is_the_back_test_of_its_combination() -> None:
    """Limits, regimes and pauses are swept like any other value."""
    options = (
        "grid_max_positions.max_concurrent_positions=1,3",
        "grid_cooldown.cooldown_candles=0,12",
        "grid_correlation.max_concurrent_same_direction=1,2",
    )
    sweep = lay_out_sweep(chained(), options=options, **PERIOD)
    assert sweep.run(1)
    rows = sweep.table().to_pylist()
    assert len({row["net"] for row in rows}) > 2
    for row in rows:
        result = sweep.backtest(row["combination"])
        for name in METRICS.names or ():
            assert (row[name] if row[name] is None or np.isfinite(row[name]) else None) == result.metrics[name], name
        assert row["refusals"] == sum(one["count"] for one in result.refusals)
