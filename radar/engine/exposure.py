"""How much an account had at stake, and how near it came to its liquidation (operations specification 4.6)."""

from __future__ import annotations

import numpy as np

from radar.engine.portfolio.snapshots import Snapshots
from radar.engine.run import Run

Exposure = dict[str, float | int]


def exposure(run: Run, account: Snapshots) -> Exposure:
    """The most that an account had at stake, and how near it came to its liquidation.

    ``min_liquidation_distance`` percent of equity above the maintenance margin, the least over the marks and 0 for an
    account that was liquidated; ``max_leverage`` the largest notional over equity of the marks; ``max_margin`` percent
    of the initial capital that was locked; ``max_positions`` open at a time.
    """
    books = run.account(account.account)
    alive = account.equity > 0.0
    leverage = float(np.max(account.notional[alive] / account.equity[alive], initial=0.0))
    distance = 0.0 if books["liquidated"] else (1.0 - account.rate * leverage) * 100.0
    return {
        "min_liquidation_distance": distance,
        "max_leverage": leverage,
        "max_margin": float(books["peak_locked"] / books["initial"] * 100.0),
        "max_positions": int(books["peak_positions"]),
    }
