"""Metrics of a run, in total, by asset, by regime, and of buying and holding instead."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radar.engine.run import Run
from radar.kernel.curve import curve_statistics, trade_statistics
from radar.kernel.records import RecordView
from radar.market.metrics import METRICS, measure
from radar.market.reason import REFUSAL_TEXT, ExitReason, Refusal, Regime
from radar.market.statistics import STATISTICS, finish_statistics
from radar.plan.layout import field_name

Metrics = dict[str, float | int | None]

COUNTS = ("trades", "winning_trades", "losing_trades")
EQUITY_METRICS = ("equity_return", "final_equity", "max_drawdown", "max_drawdown_days", "sharpe_daily", "calmar")

CURVE_SUMS = STATISTICS.names[: STATISTICS.names.index("trades")] if STATISTICS.names else ()
"""Running sums that follow from the equity curve; the others follow from the trades."""


def as_metrics(record: Any) -> Metrics:
    """Metrics as plain data: what is not defined is None; ``no_losses`` says that a profit factor is infinite."""
    metrics: Metrics = {}
    for name in METRICS.names or ():
        value = float(getattr(record, name))
        metrics[name] = int(value) if name in COUNTS else (value if math.isfinite(value) else None)
    metrics["no_losses"] = int(math.isinf(float(record.profit_factor)))
    return metrics


def metrics_of(statistics: Any) -> Metrics:
    """Metrics of finished statistics."""
    metrics = np.zeros(1, METRICS)
    with np.errstate(all="ignore"):
        measure(statistics, RecordView(metrics[0]))
    return as_metrics(RecordView(metrics[0]))


def total_metrics(run: Run, executor: str) -> Metrics:
    """Metrics of an account over the whole run. Does not touch the run."""
    statistics = np.array([run.account(executor)["statistics"]], STATISTICS)
    finish_statistics(RecordView(statistics[0]))
    return metrics_of(RecordView(statistics[0]))


def account_metrics(run: Run) -> dict[str, Metrics]:
    """Metrics of every account by itself."""
    return {node.id: total_metrics(run, node.id) for node in run.plan.executors}


def run_metrics(run: Run, trades: np.ndarray, equity: NDArray[np.float64]) -> Metrics:
    """Metrics of a whole run: of its account, or of several as if they were one.

    ``trades`` of all accounts in the order in which they closed, ``equity`` their sum by tradable row.
    """
    if len(run.plan.executors) == 1:
        return total_metrics(run, run.plan.executors[0].id)
    capital = initial_capital(run)
    times = run.feed.times[run.feed.start : run.row]
    found = trade_statistics(trades[trades["reason"] != ExitReason.END_OF_DATA], capital)
    curve = curve_statistics(times, equity, capital)
    for name in CURVE_SUMS:
        setattr(found, name, getattr(curve, name))
    return metrics_of(found)


def initial_capital(run: Run) -> float:
    """What all accounts begin with."""
    return sum(float(run.account(node.id)["initial"]) for node in run.plan.executors)


def trade_metrics(trades: np.ndarray, initial: float, first_time: int, last_time: int) -> Metrics:
    """Metrics of some trades of an account; those that need an equity curve of their own are left out.

    Positions closed only because the data ended do not count (strategies spec 3.9).
    """
    record = trade_statistics(trades[trades["reason"] != ExitReason.END_OF_DATA], initial)
    record.first_time, record.last_time = first_time, last_time
    found = metrics_of(record)
    return {name: value for name, value in found.items() if name not in EQUITY_METRICS}


def held_curves(run: Run) -> dict[str, NDArray[np.float64]]:
    """What the capital becomes, bar by bar, when it is held in each asset from its first tradable close; without costs.

    A bar without a close carries the value of the bar before, and the capital itself before the first close. Of several
    assets ``all`` is the capital spread evenly. An asset without a close has no curve.
    """
    feed, start = run.feed, run.feed.start
    capital = initial_capital(run)
    curves: dict[str, NDArray[np.float64]] = {}
    for lane, asset in enumerate(run.plan.assets):
        closes = feed.market[start : run.row, lane, 3]
        known = ~np.isnan(closes)
        if known.any():
            last = np.maximum.accumulate(np.where(known, np.arange(len(closes)), -1))
            curves[asset] = np.where(last < 0, capital, capital * closes[np.maximum(last, 0)] / closes[known][0])
    if len(curves) > 1:
        curves["all"] = np.mean(list(curves.values()), axis=0)
    return curves


def buy_and_hold(run: Run) -> dict[str, Metrics]:
    """Metrics of :func:`held_curves`. Those of one asset are of the bars in which it has a close."""
    feed, start = run.feed, run.feed.start
    times = feed.times[start : run.row]
    capital = initial_capital(run)
    found: dict[str, Metrics] = {}
    for name, curve in held_curves(run).items():
        if name in run.plan.assets:
            closes = feed.market[start : run.row, run.plan.assets.index(name), 3]
            found[name] = _held(times, np.where(np.isnan(closes), np.nan, curve), capital)
        else:
            found[name] = _held(times, curve, capital)
    return found


def _held(times: np.ndarray, curve: np.ndarray, capital: float) -> Metrics:
    metrics = metrics_of(curve_statistics(times, curve, capital))
    return {name: metrics[name] for name in EQUITY_METRICS}


def refusals(run: Run) -> list[dict[str, Any]]:
    """Entries that were not taken, by strategy, asset and cause: why it did not trade."""
    found = []
    for chain in run.plan.chains:
        for lane, asset in enumerate(run.plan.assets):
            counts = run.state.lanes[lane][f"{field_name(chain.strategy)}_position"]["refusals"]
            for cause in Refusal:
                if cause and counts[cause]:
                    found.append(
                        {
                            "strategy": chain.strategy,
                            "asset": asset,
                            "cause": cause.name.lower(),
                            "count": int(counts[cause]),
                            "meaning": REFUSAL_TEXT[cause],
                        }
                    )
    return found


def by_regime(trades: np.ndarray) -> dict[str, list[dict[str, Any]]]:
    """Trades, win rate and net by market regime at entry and at exit."""
    result: dict[str, list[dict[str, Any]]] = {}
    for moment in ("entry", "exit"):
        rows = []
        for regime in Regime:
            chosen = trades[trades[f"{moment}_regime"] == regime]
            if len(chosen):
                wins = int((chosen["net"] > 0).sum())
                rows.append(
                    {
                        "regime": regime.name.lower(),
                        "trades": len(chosen),
                        "win_rate": wins / len(chosen) * 100.0,
                        "net": float(chosen["net"].sum()),
                    }
                )
        result[moment] = rows
    return result
