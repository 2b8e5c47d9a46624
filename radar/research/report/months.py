"""Returns by calendar month and year, UTC."""

from __future__ import annotations

import numpy as np

from radar.engine.portfolio.curve import monthly_returns, yearly_returns
from radar.engine.result import Result
from radar.engine.summary import held_curves
from radar.research.report.curve import capital_of
from radar.research.report.markup import Markup, element, section, table
from radar.research.report.number import NOTHING, number

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


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
