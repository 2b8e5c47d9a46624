"""What was at stake over time, who earned what, and when kill switches held entries back."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from radar.engine.result import Result
from radar.research.report.columns import Column, column_chart
from radar.research.report.markup import Markup, element, fragment, section, table
from radar.research.report.number import coloured, date, number, percent
from radar.research.report.packing import Floats

COLUMNS = 96
"""Columns of the chart of margin; each is the most of its stretch, so that no peak is lost."""
LABELS = 6
MOST_EVENTS = 50


def portfolio_section(result: Result) -> Markup:
    """Peaks and comparison, locked margin over time, closed trades by strategy and asset, kill switches."""
    note = (
        "At the close of every bar, in percent of the initial capital. All stops together: what all open positions "
        "would lose against their entries if every stop were met at its price."
    )
    return section(
        "portfolio", "Portfolio", _tiles(result), _margin(result), _attribution(result), _switches(result), note=note
    )


def _tiles(result: Result) -> Markup:
    portfolio = result.portfolio
    peaks, curve, against, fall = (portfolio[name] for name in ("peaks", "curve", "against", "drawdown"))
    distance = min(one["min_liquidation_distance"] for one in result.exposure.values())
    figures: list[tuple[str, str, str | None]] = [
        ("Most margin", percent(peaks["margin_ratio"], 1), "of initial capital"),
        ("All stops together", percent(peaks["worst_case_stop_loss"], 1), "of initial capital, at worst"),
        ("Liquidation distance", percent(distance, 1), "of equity, at least"),
        (
            "Most positions",
            number(peaks["positions"], 0),
            f"on {peaks['assets']} asset{'' if peaks['assets'] == 1 else 's'} at a time",
        ),
        ("Time in the market", percent(peaks["time_in_market"], 1), "of bars with a position"),
        ("Turnover", f"{number(peaks['turnover'], 1)} x", "traded notional over mean equity"),
        ("Growth a year", percent(curve["cagr"]), "compounded"),
        ("Ulcer index", percent(curve["ulcer_index"]), "root mean square of the drawdown"),
    ]
    if fall is not None:
        back = f"made good {date(fall['recovered'])}" if fall["recovered"] else "not made good"
        figures.append(("Deepest drawdown", percent(-fall["depth"]), f"to {date(fall['trough'])}, {back}"))
    if against is not None:
        asset = against["asset"]
        figures += [
            (f"Excess over {asset}", percent(against["excess_return"], sign=True), "return less that of holding it"),
            (f"Alpha to {asset}", percent(against["alpha"], sign=True), "a year, of daily returns"),
            (f"Beta to {asset}", number(against["beta"]), f"correlation {number(against['correlation'])}"),
        ]
    if portfolio["totals"]["forced_trades"]:
        count = portfolio["totals"]["forced_trades"]
        figures.append(
            ("Closed by force", number(portfolio["totals"]["forced_net"]), f"{count} at the end of the data")
        )
    return element("dl", *(_tile(*figure) for figure in figures), class_="tiles")


def _tile(name: str, value: str, note: str | None) -> Markup:
    return element("div", element("dt", name), element("dd", value), element("dd", note, class_="note"))


def _margin(result: Result) -> Markup:
    """Locked margin of all accounts: of every stretch of bars the most."""
    accounts = list(result.over_time.values())
    capital = result.portfolio["initial_capital"]
    margin: Floats = np.sum([one.margin for one in accounts], axis=0) / capital * 100.0
    edges = np.unique(np.linspace(0, len(margin), COLUMNS + 1).astype(np.int64)).tolist()
    every = -(-(len(edges) - 1) // LABELS)
    columns: list[Column] = []
    most_of_all = float(margin.max())
    for index, (start, end) in enumerate(pairwise(edges)):
        most = float(margin[start:end].max())
        day = str(np.datetime64(int(result.times[start]), "ms"))[:10]
        hint = f"from {day}: {percent(most, 1)} locked at most"
        is_first_peak = most == most_of_all > 0.0 and not any(column.figure for column in columns)
        figure = percent(most, 1) if is_first_peak else ""
        columns.append(Column(day if index % every == 0 else "", 0.0, most, figure, hint, "bar"))
    peak = percent(most_of_all, 1)
    chart = column_chart(columns, f"Locked margin over time, at most {peak} of the initial capital", crowded=True)
    return fragment(element("h3", "Locked margin"), chart)


def _attribution(result: Result) -> Markup | None:
    found = result.portfolio["attribution"]
    if len({one["strategy"] for one in found}) <= 1:
        return None
    rows: list[list[object]] = [
        [
            element("th", f"{one['strategy']} on {one['asset']}", scope="row"),
            number(one["trades"], 0),
            percent(one["win_rate"], 1),
            coloured(one["net"], number(one["net"]), "td"),
            number(-one["fees"] - one["slippage"]),
            number(one["funding"]),
            number(one["forced_trades"], 0),
            coloured(one["forced_net"], number(one["forced_net"]), "td"),
        ]
        for one in found
    ]
    head: list[object] = ["", "Trades", "Won", "Net", "Fees, slippage", "Funding", "Forced", "Forced net"]
    caption = "Closed trades by strategy and asset; forced: closed because the data ended"
    return fragment(element("h3", "Who earned what"), table(head, rows, caption=caption, class_="wide"))


def _switches(result: Result) -> Markup | None:
    events = result.portfolio["kill_switches"]
    if not events:
        return None
    rows = [_event(event) for event in events[:MOST_EVENTS]]
    head: list[object] = ["Since", "Switch", "Loss", "Equity", "Of", "Frozen until"]
    caption = "Kill switches that tripped; no position began while entries were frozen"
    if len(events) > MOST_EVENTS:
        caption += f" (the first {MOST_EVENTS} of {len(events):,})"
    return fragment(element("h3", "Kill switches"), table(head, rows, caption=caption, class_="wide"))


def _event(event: dict[str, Any]) -> list[object]:
    until = ", ".join("the end" if one["to"] is None else date(one["to"]) for one in event["frozen"])
    return [
        date(event["time"]),
        event["switch"],
        percent(event["drawdown"]),
        number(event["equity"]),
        number(event["reference"]),
        until,
    ]
