"""The metrics of a run, from the running sums of :mod:`radar.market.statistics` (strategies spec 5.1 and 8.3).

NaN stands for "not defined" (too few trades or days) and is null in JSON.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from radar.market.compiled import compiled
from radar.market.statistics import DAY

LEAST_TRADES = 3
LEAST_DAYS = 30
SHARPE_CAP = 100.0
TINY = 1e-10

METRICS = np.dtype(
    [
        ("trades", "f8"),
        ("winning_trades", "f8"),
        ("losing_trades", "f8"),
        ("win_rate", "f8"),
        ("gross", "f8"),
        ("fees", "f8"),
        ("slippage", "f8"),
        ("funding", "f8"),
        ("net", "f8"),
        ("net_return", "f8"),
        ("equity_return", "f8"),
        ("final_equity", "f8"),
        ("profit_factor", "f8"),
        ("gross_profit_factor", "f8"),
        ("average_win", "f8"),
        ("average_loss", "f8"),
        ("risk_reward", "f8"),
        ("expectancy", "f8"),
        ("fee_drag", "f8"),
        ("max_drawdown", "f8"),
        ("max_drawdown_days", "f8"),
        ("trades_per_year", "f8"),
        ("sharpe_daily", "f8"),
        ("sharpe_trades", "f8"),
        ("sortino_trades", "f8"),
        ("calmar", "f8"),
    ],
    align=True,
)
"""Rates (``win_rate``, ``net_return``, ``equity_return``, ``fee_drag``, ``max_drawdown``) are percentages.

``profit_factor`` and ``gross_profit_factor`` are infinite without losses and 0 without trades. ``sharpe_daily`` is
mean/std (ddof 1) of UTC daily equity returns times sqrt(365) and needs 30 of them; ``sharpe_trades`` is mean/std
(ddof 0) of trade returns times sqrt(trades per year), capped at 100, and needs 3 trades. ``calmar`` is the equity
return per 365 days over the largest drawdown.
"""


@compiled
def _ratio(won: float, lost: float) -> float:
    if lost > 0.0:
        return won / lost
    return math.inf if won > 0.0 else 0.0


@compiled
def _per_risk(mean: float, risk: float, factor: float) -> float:
    if risk < TINY:
        return 0.0
    value = mean / risk * factor
    return value if value < SHARPE_CAP else SHARPE_CAP


@compiled
def measure(statistics: Any, metrics: Any) -> None:
    """Fill ``metrics`` (a :data:`METRICS` record) from finished ``statistics``."""
    trades = statistics.trades
    losses = trades - statistics.wins
    initial = statistics.initial
    days = (statistics.last_time - statistics.first_time) / DAY
    metrics.trades = trades
    metrics.winning_trades = statistics.wins
    metrics.losing_trades = losses
    metrics.win_rate = statistics.wins / trades * 100.0 if trades > 0 else math.nan
    metrics.gross = statistics.gross
    metrics.fees = statistics.fees
    metrics.slippage = statistics.slippage
    metrics.funding = statistics.funding
    metrics.net = statistics.net
    metrics.net_return = statistics.net / initial * 100.0
    metrics.equity_return = (statistics.equity / initial - 1.0) * 100.0
    metrics.final_equity = statistics.equity
    metrics.profit_factor = _ratio(statistics.won, statistics.lost)
    metrics.gross_profit_factor = _ratio(statistics.gross_won, statistics.gross_lost)
    metrics.average_win = statistics.won / statistics.wins if statistics.wins > 0 else math.nan
    metrics.average_loss = -statistics.lost / losses if losses > 0 else math.nan
    metrics.risk_reward = math.nan
    if statistics.wins > 0 and losses > 0 and statistics.lost > 0.0:
        metrics.risk_reward = metrics.average_win / -metrics.average_loss
    metrics.expectancy = statistics.net / trades if trades > 0 else math.nan
    metrics.fee_drag = 0.0
    if statistics.gross_won > 0.0:
        metrics.fee_drag = statistics.fees / statistics.gross_won * 100.0
    elif statistics.fees > 0.0:
        metrics.fee_drag = 100.0
    metrics.max_drawdown = statistics.drawdown * 100.0
    metrics.max_drawdown_days = statistics.duration / DAY
    metrics.trades_per_year = trades / (days if days > 1.0 else 1.0) * 365.0
    metrics.sharpe_daily = math.nan
    if statistics.days >= LEAST_DAYS:
        deviation = math.sqrt(statistics.day_square / (statistics.days - 1))
        metrics.sharpe_daily = 0.0 if deviation < TINY else statistics.day_mean / deviation * math.sqrt(365.0)
    metrics.sharpe_trades = math.nan
    metrics.sortino_trades = math.nan
    if statistics.returns >= LEAST_TRADES:
        factor = math.sqrt(metrics.trades_per_year)
        deviation = math.sqrt(statistics.return_square / statistics.returns)
        downside = math.sqrt(statistics.return_downside / statistics.returns)
        metrics.sharpe_trades = _per_risk(statistics.return_mean, deviation, factor)
        metrics.sortino_trades = _per_risk(statistics.return_mean, downside, factor)
    metrics.calmar = math.nan
    if statistics.drawdown > 0.0 and days > 0.0:
        metrics.calmar = metrics.equity_return / days * 365.0 / metrics.max_drawdown
