"""Whether one result is better than another, or might as well be chance: paired stationary bootstrap of daily returns.

Both results lived through the same days, so what is resampled is the difference of their returns, day by day. Blocks of
random length (geometric, ``BLOCK`` days in the mean) are drawn with replacement, which keeps what follows from day to
day. Source: Politis and Romano (1994), The stationary bootstrap.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radar.engine.portfolio.curve import YEAR_DAYS, daily_returns
from radar.market.metrics import LEAST_DAYS

SIMULATIONS = 5000
BLOCK = 7.0
SEED = 42
LEVEL = 0.05

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Significance:
    """``other`` against ``first`` over the ``days`` that both have.

    ``difference`` of their mean daily returns, in percent points a year, with its 95 % interval ``low`` to ``high``;
    ``p_value`` two-sided, of a difference at least as large if there were none. All are None with fewer than 30 days.
    """

    first: str
    other: str
    days: int
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None

    @property
    def is_significant(self) -> bool:
        """Whether chance alone would show such a difference less than once in twenty times."""
        return self.p_value is not None and self.p_value < LEVEL

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "first": self.first,
            "other": self.other,
            "days": self.days,
            "difference": self.difference,
            "low": self.low,
            "high": self.high,
            "p_value": self.p_value,
            "significant": self.is_significant,
            "simulations": SIMULATIONS,
            "block_days": BLOCK,
            "seed": SEED,
        }


def significance(first: str, one: Mapping[str, Any], other: str, two: Mapping[str, Any]) -> Significance:
    """Hold result ``two`` against result ``one`` (plain data of results)."""
    ours, theirs = _returns(one), _returns(two)
    days = [day for day in ours if day in theirs]
    differences = np.array([theirs[day] - ours[day] for day in days])
    differences = differences[~np.isnan(differences)]
    if len(differences) < LEAST_DAYS:
        return Significance(first, other, len(differences))
    means = resampled_means(differences)
    mean = float(differences.mean())
    low, high = np.quantile(means, (LEVEL / 2.0, 1.0 - LEVEL / 2.0)) * YEAR_DAYS * 100.0
    # A difference without any spread, such as that of a result to itself, is no evidence.
    extreme = int((np.abs(means - mean) >= abs(mean)).sum())
    p_value = (extreme + 1) / (SIMULATIONS + 1)
    return Significance(
        first, other, len(differences), mean * YEAR_DAYS * 100.0, float(low), float(high), float(p_value)
    )


def resampled_means(values: Floats) -> Floats:
    """Means of :data:`SIMULATIONS` stationary bootstrap samples of ``values``, always the same for the same values."""
    random = np.random.default_rng(SEED)
    count = len(values)
    place = random.integers(0, count, SIMULATIONS)
    total = values[place].copy()
    for _ in range(count - 1):
        fresh = random.random(SIMULATIONS) < 1.0 / BLOCK
        place = np.where(fresh, random.integers(0, count, SIMULATIONS), (place + 1) % count)
        total += values[place]
    means: Floats = total / count
    return means


def _returns(content: Mapping[str, Any]) -> dict[str, float]:
    """Daily returns of a result by date; none where it was kept before results had their days."""
    portfolio = content.get("portfolio")
    if portfolio is None:
        return {}
    kept = portfolio["daily"]
    returns = daily_returns(np.array(kept["equity"]), float(portfolio["initial_capital"]))
    return dict(zip(kept["days"], returns.tolist(), strict=True))
