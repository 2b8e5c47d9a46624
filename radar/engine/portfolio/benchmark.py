"""A run against holding one asset over the same days."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from radar.engine.portfolio.curve import YEAR_DAYS, Floats, Whole, daily, daily_returns
from radar.market.metrics import LEAST_DAYS, TINY

ASSET = "BTC"
"""What a portfolio is held against."""


def against(times: Whole, equity: Floats, held: NDArray[np.float64], capital: float) -> dict[str, Any]:
    """How ``equity`` compares with the curve ``held``, which begins with the same capital.

    ``excess_return`` is the plain difference of the two returns in percent points. ``alpha`` (percent a year) and
    ``beta`` are of the least-squares line through the UTC daily returns, ``correlation`` is Pearson's; all three need
    30 days and are None without, or where the asset did not move.
    """
    ours, theirs = (daily_returns(daily(times, values)[1], capital) for values in (equity, held))
    both = ~(np.isnan(ours) | np.isnan(theirs))
    ours, theirs = ours[both], theirs[both]
    alpha = beta = correlation = None
    if len(ours) >= LEAST_DAYS:
        spread, moved = float(ours.std()), float(theirs.std())
        together = float(np.mean((ours - ours.mean()) * (theirs - theirs.mean())))
        if moved > TINY:
            beta = together / moved**2
            alpha = (float(ours.mean()) - beta * float(theirs.mean())) * YEAR_DAYS * 100.0
            correlation = max(-1.0, min(1.0, together / (spread * moved))) if spread > TINY else None
    return {
        "asset": ASSET,
        "days": len(ours),
        "return": float(held[-1] / capital - 1.0) * 100.0,
        "excess_return": float((equity[-1] - held[-1]) / capital) * 100.0,
        "alpha": alpha,
        "beta": beta,
        "correlation": correlation,
    }
