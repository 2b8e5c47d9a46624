"""Returns by calendar month and year, UTC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from radar.engine.result import Result
from radar.engine.summary import held_curves
from radar.research.report.curve import capital_of
from radar.research.report.markup import Markup, element, section, table
from radar.research.report.number import NOTHING, number
from radar.research.report.packing import Floats, Whole

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


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
    """Change of ``values`` from month end to month end, starting from ``capital``.

    A bar belongs to the month in which it opens; its value is that of its close.
    """
    found = []
    before = capital
    for start, last in _periods(times, "M"):
        after = float(values[last])
        year, month = divmod(int(start), 12)
        found.append(Month(1970 + year, month + 1, (after / before - 1.0) * 100.0 if before > 0 else None))
        before = after
    return found


def yearly_returns(times: Whole, values: Floats, capital: float) -> dict[int, float | None]:
    """Change of ``values`` in each calendar year, percent."""
    found: dict[int, float | None] = {}
    before = capital
    for start, last in _periods(times, "Y"):
        after = float(values[last])
        found[1970 + int(start)] = (after / before - 1.0) * 100.0 if before > 0 else None
        before = after
    return found


def _periods(times: Whole, unit: str) -> list[tuple[int, int]]:
    """Number of each month or year since 1970, and the index of its last bar."""
    period = times.astype("datetime64[ms]").astype(f"datetime64[{unit}]").astype(np.int64)
    starts, first = np.unique(period, return_index=True)
    lasts = np.append(first[1:], len(period)) - 1
    return list(zip(starts.tolist(), lasts.tolist(), strict=True))


def months_section(result: Result) -> Markup:
    """The table of months, heat-coloured, with each year's total and buy-and-hold beside it."""
    capital = capital_of(result)
    months = monthly_returns(result.times, result.equity, capital)
    years = yearly_returns(result.times, result.equity, capital)
    curves = held_curves(result.run)
    held = curves.get("all", next(iter(curves.values()), None))
    held_years = yearly_returns(result.times, held, capital) if held is not None else {}
    largest = max((abs(month.percent) for month in months if month.percent is not None), default=0.0)
    by_place = {(month.year, month.month): month.percent for month in months}
    rows: list[list[object]] = []
    for year, total in years.items():
        cells: list[object] = [str(year)]
        for month in range(1, 13):
            cells.append(_heat(by_place[year, month], largest) if (year, month) in by_place else element("td"))
        cells.append(element("td", number(total, 1, sign=True), class_=f"total {_sign(total)}"))
        cells.append(element("td", number(held_years.get(year), 1, sign=True), class_="beside"))
        rows.append(cells)
    first, last = result.times[0], result.times[-1]
    note = "Change of equity in percent, from month end to month end, UTC. The first and the last month may be partial."
    caption = f"Monthly returns from {_day(first)} to {_day(last)}"
    head: list[object] = ["Year", *MONTHS, "Year total", "Buy and hold"]
    return section("months", "Monthly returns", table(head, rows, caption=caption, class_="months"), note=note)


def _heat(value: float | None, largest: float) -> Markup:
    if value is None:
        return element("td", NOTHING)
    share = abs(value) / largest if largest > 0 else 0.0
    return element("td", number(value, 1, sign=True), class_=f"heat {_sign(value)}", style=f"--heat:{share:.3f}")


def _sign(value: float | None) -> str:
    return "" if not value else "gain" if value > 0 else "loss"


def _day(time: int) -> str:
    return str(np.datetime64(int(time), "ms").astype("datetime64[D]"))
