"""Closed trades in columns, for the table and the chart of the page."""

from __future__ import annotations

from typing import Any

import numpy as np

from radar.engine.result import Result
from radar.market.reason import ExitReason, Regime
from radar.research.report.packing import Floats, Whole, pack_steps

TRADES = 20_000
"""Most trades that a report lists; of more, those that won or lost most."""
DIGITS = 9
NUMBERS = (
    "average_entry",
    "exit_price",
    "quantity",
    "gross",
    "fees",
    "slippage",
    "funding",
    "net",
    "stop",
    "target",
)


def trade_columns(result: Result, most: int = TRADES) -> dict[str, Any]:
    """The trades of ``result``, prices and money at nine significant digits; ``count`` says how many there are.

    ``return`` is percent of the equity before the trade, ``worst`` the worst excursion in percent. ``levels``
    counts the entry fills of each trade, whose times (seconds) and prices follow one another in ``level_time`` and
    ``level_price``.
    """
    rows = result.trade_rows
    count = len(rows)
    if count > most:
        rows = rows[np.sort(np.argsort(-np.abs(rows["net"]), kind="stable")[:most])]
    with np.errstate(divide="ignore", invalid="ignore"):
        returns = np.where(rows["base"] > 0, rows["net"] / rows["base"] * 100.0, np.nan)
    levels, times, prices = _levels(result, rows["trade"])
    columns: dict[str, Any] = {
        "count": count,
        "listed": len(rows),
        "strategies": [chain.strategy for chain in result.run.plan.chains],
        "reasons": [reason.name.lower() for reason in ExitReason],
        "regimes": [regime.name.lower() for regime in Regime],
        "trade": pack_steps(rows["trade"]),
        "lane": pack_steps(rows["lane"]),
        "strategy": pack_steps(rows["strategy"]),
        "side": pack_steps(rows["side"]),
        "entry_time": pack_steps(rows["entry_time"] // 1000),
        "exit_time": pack_steps(rows["exit_time"] // 1000),
        "bars": pack_steps(rows["bars"]),
        "reason": pack_steps(rows["reason"]),
        "entry_regime": pack_steps(rows["entry_regime"]),
        "exit_regime": pack_steps(rows["exit_regime"]),
        "return": _short(returns, 5),
        "worst": _short(rows["worst"] * 100.0, 5),
        "levels": pack_steps(levels),
        "level_time": pack_steps(times // 1000),
        "level_price": _short(prices, DIGITS),
    }
    for name in NUMBERS:
        columns[name] = _short(rows[name], DIGITS)
    return columns


def _levels(result: Result, trades: Whole) -> tuple[Whole, Whole, Floats]:
    """Entry fills of the listed trades: how many each has, and their times and prices in the order of the trades."""
    fills = result.fill_rows
    fills = fills[(fills["opens"] != 0) & np.isin(fills["trade"], trades)]
    place = {int(trade): index for index, trade in enumerate(trades)}
    owner = np.array([place[int(trade)] for trade in fills["trade"]], np.int64)
    order = np.argsort(owner, kind="stable")
    return np.bincount(owner, minlength=len(trades)).astype(np.int64), fills["time"][order], fills["price"][order]


def _short(values: Floats, digits: int) -> list[float | int | None]:
    found: list[float | int | None] = []
    for value in values.tolist():
        if not np.isfinite(value):
            found.append(None)
            continue
        short = float(f"{value:.{digits}g}")
        found.append(int(short) if short.is_integer() and abs(short) < 2**53 else short)
    return found
