"""How much an account had at stake, bar by bar: from its fills, its equity and the closes, after the run.

``distance to liquidation = (equity - maintenance) / equity`` with ``maintenance = rate * sum of notionals`` at the last
closes (operations specification 4.6).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from radar.engine.run import Run

Exposure = dict[str, float | int]


def notional(run: Run, executor: str) -> NDArray[np.float64]:
    """Notional of the open positions of an account at the close of each tradable row, both sides added up."""
    feed, start = run.feed, run.feed.start
    fills = run.ledger(executor)[0]
    rows = np.searchsorted(feed.times[: run.row], fills["time"])
    change = np.where(fills["opens"] != 0, fills["quantity"], -fills["quantity"])
    total = np.zeros(run.row - start)
    for lane in range(len(run.plan.assets)):
        mine = fills["lane"] == lane
        if mine.any():
            changes = np.zeros(run.row)
            np.add.at(changes, rows[mine], change[mine])
            closes = feed.market[: run.row, lane, 3]
            last = np.maximum.accumulate(np.where(np.isnan(closes), 0, np.arange(run.row)))
            total += np.nan_to_num(np.cumsum(changes) * closes[last])[start:]
    return total


def exposure(run: Run, executor: str) -> Exposure:
    """The most that an account had at stake, and how near it came to its liquidation.

    ``min_liquidation_distance`` percent of equity above the maintenance margin, the least over the marks and 0 for an
    account that was liquidated; ``max_leverage`` the largest notional over equity of the marks; ``max_margin`` percent
    of the initial capital that was locked; ``max_positions`` open at a time.
    """
    account = run.account(executor)
    equity = run.ledger(executor)[2][run.feed.start : run.row]
    rate = run.plan.node(executor).params.model_dump()["maintenance_margin_percent"] / 100.0
    alive = equity > 0.0
    leverage = float(np.max(notional(run, executor)[alive] / equity[alive], initial=0.0))
    distance = 0.0 if account["liquidated"] else (1.0 - rate * leverage) * 100.0
    return {
        "min_liquidation_distance": distance,
        "max_leverage": leverage,
        "max_margin": float(account["peak_locked"] / account["initial"] * 100.0),
        "max_positions": int(account["peak_positions"]),
    }
