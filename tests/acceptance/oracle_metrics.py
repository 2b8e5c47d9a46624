"""The metrics of section 5 (with 8.3), from trades and one equity point a bar: numpy, one definition a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

DAY = 86_400_000
YEAR = 365.0


@dataclass(frozen=True)
class Closed:
    """What the metrics need of a closed trade."""

    gross: float
    fees: float
    slippage: float
    funding: float
    net: float
    base: float


def drawdown(initial: float, equity: np.ndarray) -> float:
    """Largest fall from the running peak, %; the peak starts at the initial capital."""
    peak = np.maximum.accumulate(np.concatenate([[initial], equity]))[1:]
    return float(np.max((peak - equity) / peak * 100.0, initial=0.0))


def drawdown_bars(initial: float, equity: np.ndarray) -> int:
    """Longest run of bars below the running peak."""
    peak = np.maximum.accumulate(np.concatenate([[initial], equity]))[1:]
    longest = run = 0
    for below in equity < peak:
        run = run + 1 if below else 0
        longest = max(longest, run)
    return longest


def daily_returns(initial: float, time: np.ndarray, equity: np.ndarray) -> np.ndarray:
    """Return of each UTC day of the bars' opens; the first against the initial capital."""
    day = time // DAY
    last = [equity[np.flatnonzero(day == one)[-1]] for one in np.unique(day)]
    ends = np.concatenate([[initial], last])
    return ends[1:] / ends[:-1] - 1.0


def metrics(
    initial: float, trades: Sequence[Closed], time: np.ndarray, equity: np.ndarray, interval: int
) -> dict[str, float | None]:
    """Every figure of 5.1; None where it is not defined."""
    net = np.array([trade.net for trade in trades])
    gross = np.array([trade.gross for trade in trades])
    fees = float(sum(trade.fees for trade in trades))
    wins, losses = net[net > 0.0], net[net <= 0.0]
    up, down = gross[gross > 0.0], gross[gross <= 0.0]
    days = max((time[-1] - time[0]) / DAY, 1.0)
    ratio = np.array([trade.net / trade.base for trade in trades if trade.base > 0.0])
    year = np.sqrt(len(trades) / days * YEAR)
    result: dict[str, float | None] = {
        "trades": len(net),
        "winning": len(wins),
        "losing": len(losses),
        "win_rate": 100.0 * len(wins) / len(net) if len(net) else 0.0,
        "gross": float(gross.sum()),
        "fees": fees,
        "slippage": float(sum(trade.slippage for trade in trades)),
        "funding": float(sum(trade.funding for trade in trades)),
        "net": float(net.sum()),
        "net_return": float(net.sum() / initial * 100.0),
        "equity_return": float(equity[-1] / initial - 1.0) * 100.0,
        "max_drawdown": drawdown(initial, equity),
        "drawdown_bars": drawdown_bars(initial, equity),
    }
    average_win = float(wins.mean()) if len(wins) else 0.0
    average_loss = float(losses.mean()) if len(losses) else 0.0
    result["average_win"], result["average_loss"] = average_win, average_loss
    # The mean of no win is not defined, and a ratio of it neither.
    result["risk_reward"] = abs(average_win / average_loss) if len(wins) and average_loss != 0.0 else None
    result["expectancy"] = float(net.mean()) if len(net) else 0.0
    result["profit_factor"] = _factor(wins, losses, len(net))
    result["gross_profit_factor"] = _factor(up, down, len(net))
    result["fee_drag"] = fees / float(up.sum()) * 100.0 if up.sum() > 0.0 else (100.0 if fees > 0.0 else 0.0)
    result["sharpe_trades"] = result["sortino_trades"] = None
    if len(ratio) >= 3:
        deviation = float(ratio.std(ddof=0))
        result["sharpe_trades"] = min(ratio.mean() / deviation * year, 100.0) if deviation >= 1e-10 else 0.0
        below = float(np.sqrt(np.mean(np.minimum(ratio, 0.0) ** 2)))
        result["sortino_trades"] = min(ratio.mean() / below * year, 100.0) if below >= 1e-10 else 0.0
    daily = daily_returns(initial, time, equity)
    result["sharpe_daily"] = None
    if len(daily) >= 30:
        deviation = float(daily.std(ddof=1))
        result["sharpe_daily"] = float(daily.mean() / deviation * np.sqrt(YEAR)) if deviation > 0.0 else 0.0
    fall = result["max_drawdown"]
    assert fall is not None
    annual = (equity[-1] / initial - 1.0) * 100.0 / ((time[-1] - time[0]) / DAY / YEAR)
    result["calmar"] = float(annual / fall) if fall > 0.0 else None
    return result


def _factor(up: np.ndarray, down: np.ndarray, count: int) -> float | None:
    if count == 0:
        return 0.0
    lost = abs(float(down.sum()))
    return float(up.sum()) / lost if lost > 0.0 else None
