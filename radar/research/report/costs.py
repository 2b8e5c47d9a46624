"""From gross to net: what fees, slippage and funding took."""

from __future__ import annotations

from radar.engine.result import Result
from radar.research.report.columns import Column, column_chart
from radar.research.report.heading import quote_of
from radar.research.report.markup import Markup, section
from radar.research.report.number import number


def costs_section(result: Result) -> Markup:
    """The waterfall of the account's closed trades."""
    metrics = result.metrics
    quote = quote_of(result)
    steps = [
        ("Gross", metrics["gross"] or 0.0),
        ("Fees", -(metrics["fees"] or 0.0)),
        ("Slippage", -(metrics["slippage"] or 0.0)),
        ("Funding", metrics["funding"] or 0.0),
    ]
    columns, level = [], 0.0
    for name, change in steps:
        columns.append(_column(name, level, level + change, change, quote, whole=name == "Gross"))
        level += change
    columns.append(_column("Net", 0.0, metrics["net"] or 0.0, metrics["net"] or 0.0, quote, whole=True))
    chart = column_chart(
        columns, f"From gross {number(metrics['gross'])} to net {number(metrics['net'])} {quote}", joined=True
    )
    taken = (metrics["fees"] or 0.0) + (metrics["slippage"] or 0.0) - (metrics["funding"] or 0.0)
    note = f"Closed trades in {quote}. Costs took {number(taken)} in all."
    return section("costs", "From gross to net", chart, note=note)


def _column(name: str, start: float, end: float, change: float, quote: str, *, whole: bool = False) -> Column:
    kind = "gain" if change > 0 else "loss" if change < 0 else "bar"
    if whole:
        kind += " whole"
    return Column(
        label=name,
        low=min(start, end),
        high=max(start, end),
        figure=number(change, 0 if abs(change) >= 100 else 2, sign=True),
        hint=f"{name}: {number(change, sign=True)} {quote}",
        class_=kind,
        is_below=change < 0,
    )
