"""What an equity curve says beside the metrics: its deepest drawdown, its days and months, its ulcer index.

``times`` are bar opens in milliseconds UTC, ``values`` the equity at each bar's close, ``capital`` what was there
before the first. A bar belongs to the day and month in which it opens. Percentages are in percent points.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radar.market.instant import format_instant
from radar.market.metrics import LEAST_DAYS
from radar.market.statistics import DAY

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

HOUR = 3_600_000
YEAR_DAYS = 365.0


@dataclass(frozen=True)
class Drawdown:
    """The deepest fall below a running peak that begins at the capital.

    ``depth`` in percent of the peak; ``peak`` the last bar that stood at it (None: the capital itself), ``trough`` the
    lowest bar and ``recovered`` the first bar that is back (None: none was).
    """

    depth: float
    peak: int | None
    trough: int
    recovered: int | None
    hours: float

    def to_json(self) -> dict[str, Any]:
        """Plain data; ``hours`` from peak to trough."""
        return {
            "depth": self.depth,
            "peak": None if self.peak is None else format_instant(self.peak),
            "trough": format_instant(self.trough),
            "recovered": None if self.recovered is None else format_instant(self.recovered),
            "hours": self.hours,
        }


def drawdowns(values: Floats, capital: float) -> Floats:
    """Percent below the highest equity so far, which starts at ``capital``; positive, and 100 when all is lost."""
    peak = np.maximum(np.maximum.accumulate(values), capital)
    found: Floats = np.where(peak > 0, (peak - values) / np.where(peak > 0, peak, 1.0), 1.0) * 100.0
    return found


def deepest(times: Whole, values: Floats, capital: float) -> Drawdown | None:
    """The deepest drawdown, the first of equals; None where equity never fell below its peak."""
    below = drawdowns(values, capital)
    trough = int(np.argmax(below))
    if below[trough] <= 0.0:
        return None
    height = max(float(values[:trough].max(initial=capital)), capital)
    at_peak = np.flatnonzero(values[:trough] >= height)
    back = np.flatnonzero(values[trough:] >= height)
    peak = int(times[at_peak[-1]]) if len(at_peak) else None
    since = int(times[0]) if peak is None else peak
    recovered = int(times[trough + back[0]]) if len(back) else None
    return Drawdown(float(below[trough]), peak, int(times[trough]), recovered, (int(times[trough]) - since) / HOUR)


def daily(times: Whole, values: Floats) -> tuple[Whole, Floats]:
    """The UTC days since 1970 that have a bar, and the last value of each."""
    days, first = np.unique(times // DAY, return_index=True)
    lasts = np.append(first[1:], len(times)) - 1
    return days, values[lasts]


def daily_returns(values: Floats, capital: float) -> Floats:
    """Returns from day to day as fractions, the first against the capital; NaN from a day that began with nothing."""
    before = np.concatenate([[capital], values[:-1]])
    found: Floats = np.where(before > 0.0, values / np.where(before > 0.0, before, 1.0) - 1.0, np.nan)
    return found


@dataclass(frozen=True)
class Month:
    """``percent`` is the change of equity over the month, None when it began with nothing left."""

    year: int
    month: int
    percent: float | None

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"year": self.year, "month": self.month, "return": self.percent}


def monthly_returns(times: Whole, values: Floats, capital: float) -> list[Month]:
    """Change of ``values`` from month end to month end, starting from ``capital``."""
    return [
        Month(1970 + start // 12, start % 12 + 1, change) for start, change in _changes(times, values, capital, "M")
    ]


def yearly_returns(times: Whole, values: Floats, capital: float) -> dict[int, float | None]:
    """Change of ``values`` in each calendar year, percent."""
    return {1970 + start: change for start, change in _changes(times, values, capital, "Y")}


def _changes(times: Whole, values: Floats, capital: float, unit: str) -> list[tuple[int, float | None]]:
    """Number of each month or year since 1970, and the change over it in percent."""
    period = times.astype("datetime64[ms]").astype(f"datetime64[{unit}]").astype(np.int64)
    starts, first = np.unique(period, return_index=True)
    lasts = np.append(first[1:], len(period)) - 1
    found: list[tuple[int, float | None]] = []
    before = capital
    for start, last in zip(starts.tolist(), lasts.tolist(), strict=True):
        after = float(values[last])
        found.append((start, (after / before - 1.0) * 100.0 if before > 0 else None))
        before = after
    return found


def curve_figures(times: Whole, values: Floats, capital: float) -> dict[str, float | None]:
    """Figures of the whole curve; None where they are not defined.

    ``cagr`` percent a year, compounded, and ``sortino_daily`` (mean over root mean square of the losses of UTC days,
    times sqrt(365)) need 30 days; ``ulcer_index`` is the root mean square of the drawdown in percent (Martin 1987).
    """
    _, last = daily(times, values)
    returns = daily_returns(last, capital)
    returns = returns[~np.isnan(returns)]
    days = (int(times[-1]) - int(times[0])) / DAY
    cagr = sortino = None
    if days >= LEAST_DAYS and values[-1] > 0.0:
        cagr = (math.exp(math.log(float(values[-1]) / capital) * YEAR_DAYS / days) - 1.0) * 100.0
    if len(returns) >= LEAST_DAYS:
        downside = math.sqrt(float(np.mean(np.minimum(returns, 0.0) ** 2)))
        sortino = float(returns.mean()) / downside * math.sqrt(YEAR_DAYS) if downside > 0.0 else None
    return {
        "cagr": cagr,
        "ulcer_index": math.sqrt(float(np.mean(drawdowns(values, capital) ** 2))),
        "sortino_daily": sortino,
    }
