"""How the trades behaved: their returns, how they ended, how long they lasted, in which market."""

from __future__ import annotations

import math

import numpy as np

from radar.engine.result import Result
from radar.market.reason import ExitReason
from radar.market.timeframe import DAY, HOUR, MINUTE
from radar.research.report.columns import Column, column_chart
from radar.research.report.costs import costs_section
from radar.research.report.markup import Markup, element, fragment, section, table
from radar.research.report.number import THIN, coloured, duration, number, percent
from radar.research.report.packing import Floats

BINS = 44
OUTER = 1.0
"""Percent of trades on either side that share the outermost column, so that one outlier does not flatten the rest."""


def behaviour_sections(result: Result) -> Markup:
    """Distribution, exit reasons, holding time, regimes; a line instead where no trade was closed."""
    if not len(result.trade_rows):
        text = element("p", "No trade was closed.", class_="quiet")
        return section("behaviour", "How the trades behaved", text)
    return fragment(
        element("div", _returns(result), _holding(result), class_="pair"),
        element("div", costs_section(result), reasons_section(result), class_="pair"),
        regimes_section(result),
    )


def trade_returns(result: Result) -> Floats:
    """Net over the equity before the trade, percent, of the trades that count in the metrics."""
    rows = result.trade_rows
    rows = rows[(rows["reason"] != ExitReason.END_OF_DATA) & (rows["base"] > 0)]
    returns: Floats = np.multiply(rows["net"] / rows["base"], 100.0, dtype=np.float64)
    return returns


def _returns(result: Result) -> Markup:
    returns = trade_returns(result)
    if not len(returns):
        return section("behaviour", "Returns of trades", element("p", "No trade counts here.", class_="quiet"))
    edges = bin_edges(returns)
    inside = np.clip(returns, edges[0], edges[-1])
    counts, _ = np.histogram(inside, edges)
    places = 3 if edges[1] - edges[0] < 0.01 else 2
    zero = int(np.argmin(np.abs(edges)))
    every = -(-len(counts) // 9)
    columns = []
    for index, count in enumerate(counts.tolist()):
        low, high = float(edges[index]), float(edges[index + 1])
        label = number(low, places - 1, sign=True) if (index - zero) % every == 0 else ""
        word = f"{number(low, places)} to {number(high, places)}{THIN}%"
        if index == 0 and returns.min() < edges[0]:
            word = f"below {number(high, places)}{THIN}%"
        if index == len(counts) - 1 and returns.max() > edges[-1]:
            word = f"above {number(low, places)}{THIN}%"
        kind = "gain" if low >= 0 else "loss" if high <= 0 else "bar"
        columns.append(Column(label, 0, count, "", f"{word}: {count:,} trades", kind))
    mean, median = float(returns.mean()), float(np.median(returns))
    note = (
        f"Net in percent of the equity before the trade. Mean {percent(mean, 3, sign=True)}, median "
        f"{percent(median, 3, sign=True)}, best {percent(returns.max(), sign=True)}, worst "
        f"{percent(returns.min(), sign=True)}. The outermost columns hold everything beyond."
    )
    chart = column_chart(columns, "Distribution of the returns of trades", crowded=True)
    return section("behaviour", "Returns of trades", chart, note=note)


def bin_edges(values: Floats) -> Floats:
    """Edges of about :data:`BINS` bins of a round width; zero is one of them, so that no bin mixes gains and losses."""
    low, high = (float(value) for value in np.percentile(values, [OUTER, 100.0 - OUTER]))
    low, high = min(low, 0.0), max(high, 0.0)
    raw = (high - low) / BINS
    if raw <= 0:
        return np.array([-1.0, 0.0, 1.0])
    power = 10.0 ** math.floor(math.log10(raw))
    width = next(power * factor for factor in (1.0, 2.0, 2.5, 5.0, 10.0) if power * factor >= raw * (1 - 1e-12))
    edges: Floats = np.arange(math.floor(low / width), math.ceil(high / width) + 1, dtype=np.float64) * width
    return edges


def _holding(result: Result) -> Markup:
    rows = result.trade_rows
    bars, interval = rows["bars"], result.run.plan.base.milliseconds
    won = rows["net"] > 0
    columns = []
    for low, high in holding_bins(int(bars.max())):
        inside = (bars >= low) & (bars <= high)
        count = int(inside.sum())
        label = "same bar" if high == 0 else _span(low, high, interval)
        rate = f"{won[inside].mean() * 100:.0f}{THIN}% won" if count else "none"
        columns.append(Column(label, 0, count, f"{count:,}", f"{label}: {count:,} trades, {rate}", "bar"))
    held = rows["exit_time"] - rows["entry_time"]
    parts = [f"Median {duration(float(np.median(held)))}", f"longest {duration(float(held.max()))}"]
    for name, chosen in (("winners", won), ("losers", ~won)):
        if chosen.any():
            parts.append(f"{name} {duration(float(held[chosen].mean()))} on average")
    return section("holding", "Holding time", column_chart(columns, "Holding times"), note=", ".join(parts) + ".")


def holding_bins(longest: int) -> list[tuple[int, int]]:
    """Ranges of bars held, inclusive, each twice as long as the one before."""
    bins = [(0, 0)]
    low = 1
    while low <= longest:
        bins.append((low, 2 * low - 1))
        low *= 2
    return bins


def _span(low: int, high: int, interval: int) -> str:
    if low == high:
        return duration(low * interval)
    units = ((DAY, 4, "d"), (HOUR, 2, "h"), (MINUTE, 0, "min"))
    unit, name = next((unit, name) for unit, least, name in units if low * interval >= least * unit)
    return f"{round(low * interval / unit, 1):g}–{round(high * interval / unit, 1):g}{THIN}{name}"


def reasons_section(result: Result) -> Markup:
    """Exit reasons with how often each won, what it earned and how long its trades lasted."""
    rows = result.trade_rows
    found: list[list[object]] = []
    for reason in ExitReason:
        chosen = rows[rows["reason"] == reason]
        if not len(chosen):
            continue
        net = float(chosen["net"].sum())
        won = float((chosen["net"] > 0).mean() * 100.0)
        held = float((chosen["exit_time"] - chosen["entry_time"]).mean())
        share = len(chosen) / len(rows)
        found.append(
            [
                reason_word(reason),
                share_cell(share, f"{len(chosen):,}"),
                percent(won, 1),
                coloured(net, number(net), "td"),
                duration(held),
            ]
        )
    head: list[object] = ["Reason", "Trades", "Won", "Net", "Held on average"]
    return section("reasons", "How trades ended", table(head, found, caption="Exit reasons"))


REASON_WORDS = {
    ExitReason.TP: "target",
    ExitReason.SL: "stop",
    ExitReason.FUNDING_TP: "funding target",
    ExitReason.TIME_STOP: "time stop",
    ExitReason.END_OF_DATA: "end of the data (not in the metrics)",
}


def reason_word(reason: ExitReason) -> str:
    """An exit reason in words."""
    return REASON_WORDS.get(reason, reason.name.lower().replace("_", " "))


def share_cell(share: float, text: str) -> Markup:
    """A cell whose bar shows a share from 0 to 1."""
    return element("td", element("span", text), class_="share", style=f"--share:{share:.4f}")


def regimes_section(result: Result) -> Markup:
    """Trades, win rate and net by the market regime at entry and at exit."""
    tables = []
    for moment in ("entry", "exit"):
        rows: list[list[object]] = []
        for row in result.regimes.get(moment, []):
            rate = row["win_rate"]
            rows.append(
                [
                    row["regime"].replace("_", " "),
                    f"{row['trades']:,}",
                    share_cell(rate / 100.0, percent(rate, 1)),
                    coloured(row["net"], number(row["net"]), "td"),
                ]
            )
        head: list[object] = [f"At {moment}", "Trades", "Won", "Net"]
        tables.append(table(head, rows, caption=f"Trades by the market regime at {moment}"))
    return section("regimes", "By market regime", element("div", *tables, class_="pair"))
