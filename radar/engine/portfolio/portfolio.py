"""Everything that a result says of its portfolio, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from radar.engine.portfolio.attribution import attribution, totals
from radar.engine.portfolio.benchmark import ASSET, against
from radar.engine.portfolio.curve import curve_figures, daily, deepest, monthly_returns
from radar.engine.portfolio.sizing import sizing
from radar.engine.portfolio.snapshots import Snapshots
from radar.engine.portfolio.switches import switch_events
from radar.engine.run import Run
from radar.engine.summary import held_curves, initial_capital
from radar.market.instant import format_instant
from radar.market.statistics import DAY


def portfolio(run: Run, trades: np.ndarray, equity: np.ndarray, accounts: Mapping[str, Snapshots]) -> dict[str, Any]:
    """The portfolio of a finished run. ``trades`` and ``equity`` are of all accounts together.

    ``peaks`` are the largest values that all accounts reached together at the close of a bar.
    """
    times = run.feed.times[run.feed.start : run.row]
    capital = initial_capital(run)
    fall = deepest(times, equity, capital)
    held = held_curves(run).get(ASSET)
    days, values = daily(times, equity)
    return {
        "initial_capital": capital,
        "curve": curve_figures(times, equity, capital),
        "drawdown": None if fall is None else fall.to_json(),
        "peaks": _peaks(run, list(accounts.values()), capital),
        "kill_switches": [event.to_json() for event in switch_events(run)],
        "liquidations": _liquidations(run, accounts),
        "totals": totals(trades),
        "attribution": attribution(run, trades),
        "against": None if held is None else against(times, equity, held, capital),
        "sizing": sizing(run),
        "months": [month.to_json() for month in monthly_returns(times, equity, capital)],
        "daily": {"days": [format_instant(day * DAY)[:10] for day in days.tolist()], "equity": values.tolist()},
    }


def _peaks(run: Run, accounts: list[Snapshots], capital: float) -> dict[str, Any]:
    """Largest values of all accounts together."""

    def summed(name: str) -> np.ndarray:
        total: np.ndarray = np.sum([getattr(one, name) for one in accounts], axis=0)
        return total

    fills = [run.ledger(one.account)[0] for one in accounts]
    traded = sum(float((one["price"] * one["quantity"]).sum()) for one in fills)
    equity, positions = summed("equity"), summed("positions")
    return {
        "margin_ratio": float(summed("margin").max()) / capital * 100.0,
        "positions": int(positions.max()),
        "assets": int(np.any([one.held for one in accounts], axis=0).sum(axis=0).max()),
        "worst_case_stop_loss": float(summed("stop_loss").max()) / capital * 100.0,
        "time_in_market": float((positions > 0).mean()) * 100.0,
        "turnover": traded / float(equity.mean()) if equity.mean() > 0.0 else None,
    }


def _liquidations(run: Run, accounts: Mapping[str, Snapshots]) -> list[dict[str, Any]]:
    """When accounts were liquidated, and what was left of them."""
    found = []
    for name, one in accounts.items():
        if run.account(name)["liquidated"]:
            # Its last trade is the one that the liquidation closed; other accounts may have gone on.
            last = int(run.ledger(name)[1]["exit_time"].max())
            left = float(run.account(name)["equity"])
            found.append({"account": name, "time": format_instant(last), "equity": left, "initial": one.initial})
    return found
