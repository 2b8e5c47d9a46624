"""The running sums behind every metric, fed one equity point and one closed trade at a time.

Back-test, sweep, arena and live use these same sums, so a metric has one definition. Memory does not grow with the
run. Means and squared deviations follow Welford (1962), which keeps its precision over long runs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from radar.market.compiled import compiled, inlined

DAY = 86_400_000
"""Milliseconds of a UTC day."""

STATISTICS = np.dtype(
    [
        ("initial", "f8"),
        ("peak", "f8"),
        ("peak_time", "i8"),
        ("below", "i8"),
        ("drawdown", "f8"),
        ("drawdown_time", "i8"),
        ("duration", "i8"),
        ("first_time", "i8"),
        ("last_time", "i8"),
        ("points", "i8"),
        ("equity", "f8"),
        ("day_end", "i8"),
        ("day_equity", "f8"),
        ("days", "i8"),
        ("day_mean", "f8"),
        ("day_square", "f8"),
        ("trades", "i8"),
        ("wins", "i8"),
        ("gross", "f8"),
        ("fees", "f8"),
        ("slippage", "f8"),
        ("funding", "f8"),
        ("net", "f8"),
        ("won", "f8"),
        ("lost", "f8"),
        ("gross_won", "f8"),
        ("gross_lost", "f8"),
        ("returns", "i8"),
        ("return_mean", "f8"),
        ("return_square", "f8"),
        ("return_downside", "f8"),
    ],
    align=True,
)


@compiled
def start_statistics(statistics: Any, initial: float) -> None:
    """Begin a run with ``initial`` capital; the running peak starts there. The record must be zero."""
    statistics.initial = initial
    statistics.peak = initial
    statistics.equity = initial
    statistics.day_equity = initial


@inlined
def _close_day(statistics: Any) -> None:
    if statistics.day_equity > 0.0:
        change = statistics.equity / statistics.day_equity - 1.0
        statistics.days += 1
        delta = change - statistics.day_mean
        statistics.day_mean += delta / statistics.days
        statistics.day_square += delta * (change - statistics.day_mean)
    statistics.day_equity = statistics.equity


@inlined
def observe_equity(statistics: Any, time: int, equity: float) -> None:
    """Add the equity point of the bar that opened at ``time`` (milliseconds UTC)."""
    if time >= statistics.day_end:
        if statistics.points == 0:
            statistics.first_time = time
            statistics.last_time = time
        else:
            _close_day(statistics)
        statistics.day_end = (time // DAY + 1) * DAY
    before = statistics.last_time
    statistics.points += 1
    statistics.last_time = time
    if equity == statistics.equity:
        return
    statistics.equity = equity
    if equity >= statistics.peak:
        if statistics.below != 0:
            if time - statistics.peak_time > statistics.duration:
                statistics.duration = time - statistics.peak_time
            statistics.below = 0
        statistics.peak = equity
    else:
        if statistics.below == 0:
            statistics.below = 1
            statistics.peak_time = before
        if statistics.peak - equity > statistics.drawdown * statistics.peak:
            statistics.drawdown = (statistics.peak - equity) / statistics.peak if statistics.peak > 0.0 else 1.0
            statistics.drawdown_time = time


@compiled
def observe_trade(
    statistics: Any, gross: float, fees: float, slippage: float, funding: float, net: float, base: float
) -> None:
    """Add a closed trade. ``base`` is the account equity before the trade, the base of its return."""
    statistics.trades += 1
    statistics.gross += gross
    statistics.fees += fees
    statistics.slippage += slippage
    statistics.funding += funding
    statistics.net += net
    if net > 0.0:
        statistics.wins += 1
        statistics.won += net
    else:
        statistics.lost -= net
    if gross > 0.0:
        statistics.gross_won += gross
    else:
        statistics.gross_lost -= gross
    if base > 0.0:
        change = net / base
        statistics.returns += 1
        delta = change - statistics.return_mean
        statistics.return_mean += delta / statistics.returns
        statistics.return_square += delta * (change - statistics.return_mean)
        if change < 0.0:
            statistics.return_downside += change * change


@compiled
def finish_statistics(statistics: Any) -> None:
    """Close the last day and an unfinished drawdown. Call once, after the last bar."""
    if statistics.points > 0:
        _close_day(statistics)
        if statistics.below != 0 and statistics.last_time - statistics.peak_time > statistics.duration:
            statistics.duration = statistics.last_time - statistics.peak_time
