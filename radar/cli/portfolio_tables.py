"""The portfolio of a result as tables for people: risk, who earned what, kill switches, months."""

from __future__ import annotations

from typing import Any

from radar.cli import screen
from radar.cli.screen import number

__all__ = ["show_attribution", "show_months", "show_risk", "show_switches"]

MOST_EVENTS = 10
"""Events of kill switches that are listed; a result file has all."""
FEW = 3
"""Strategies that are named in a line; of more their number is told."""
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def show_risk(content: dict[str, Any]) -> None:
    """What was at stake, how deep it fell, and how it compares with holding bitcoin."""
    portfolio = content["portfolio"]
    peaks, curve, against = portfolio["peaks"], portfolio["curve"], portfolio["against"]
    distance = min(one["min_liquidation_distance"] for one in content["exposure"].values())
    rows = [
        ("deepest drawdown", *_fall(portfolio["drawdown"])),
        ("margin at its peak", number(peaks["margin_ratio"], 1, " %"), "of initial capital, at a close"),
        ("all stops together", number(peaks["worst_case_stop_loss"], 1, " %"), "of initial capital, at worst"),
        ("liquidation distance", number(distance, 1, " %"), "of equity, at least"),
        ("positions at a time", number(peaks["positions"], 0), f"on {screen.count(peaks['assets'], 'asset')}, at most"),
        ("time in the market", number(peaks["time_in_market"], 1, " %"), "of bars with a position"),
        ("turnover", number(peaks["turnover"], 1, "x"), "traded notional over mean equity"),
        ("growth a year", number(curve["cagr"], 2, " %"), "compounded"),
        ("Sortino (daily)", number(curve["sortino_daily"]), ""),
        ("ulcer index", number(curve["ulcer_index"], 2, " %"), "root mean square of the drawdown"),
    ]
    if against is not None:
        asset = against["asset"]
        rows += [
            (f"excess over {asset}", number(against["excess_return"], 2, " %"), f"return less that of holding {asset}"),
            (f"alpha to {asset}", number(against["alpha"], 2, " %"), "a year, of daily returns"),
            (f"beta to {asset}", number(against["beta"]), f"correlation {number(against['correlation'])}"),
        ]
    totals = portfolio["totals"]
    if totals["forced_trades"]:
        note = f"{screen.count(totals['forced_trades'], 'trade')} closed because the data ended, in no metric"
        rows.append(("closed by force", number(totals["forced_net"]), note))
    rows += _sizes(portfolio["sizing"])
    screen.show_table(("portfolio", "value", "meaning"), rows, right=("value",), colours=True)
    for one in portfolio["liquidations"]:
        left = f"{number(one['equity'])} of {number(one['initial'])}"
        screen.say(f"LIQUIDATED: account {one['account']} at {_minute(one['time'])}, {left} left")


def show_attribution(content: dict[str, Any]) -> None:
    """Who earned what, where several strategies trade."""
    rows = content["portfolio"]["attribution"]
    if len({one["strategy"] for one in rows}) < 2:
        return
    columns = ("strategy", "asset", "trades", "won", "net", "costs", "funding", "forced", "forced net")
    shown = [
        (
            one["strategy"],
            one["asset"],
            number(one["trades"], 0),
            number(one["win_rate"], 1, " %"),
            number(one["net"]),
            number(one["fees"] + one["slippage"]),
            number(one["funding"]),
            number(one["forced_trades"], 0),
            number(one["forced_net"]),
        )
        for one in rows
    ]
    title = "By strategy and asset (forced: closed because the data ended)"
    screen.show_table(columns, shown, title=title, right=columns[2:], colours=True)


def show_switches(content: dict[str, Any]) -> None:
    """When kill switches tripped, and until when they refused entries."""
    events = content["portfolio"]["kill_switches"]
    columns = ("since", "switch", "loss", "equity", "of", "frozen until")
    rows = [
        (
            _minute(one["time"]),
            one["switch"],
            number(one["drawdown"], 2, " %"),
            number(one["equity"]),
            number(one["reference"]),
            ", ".join("the end" if each["to"] is None else _minute(each["to"]) for each in one["frozen"]),
        )
        for one in events[:MOST_EVENTS]
    ]
    title = f"Kill switches ({screen.count(len(events), 'event')}; no position began while frozen)"
    screen.show_table(columns, rows, title=title, right=("loss", "equity", "of"))
    if len(events) > MOST_EVENTS:
        screen.say(f"and {len(events) - MOST_EVENTS:,} more: --out FILE.json has all")


def show_months(content: dict[str, Any]) -> None:
    """Returns by month, a line a year, where there is more than one month."""
    months = content["portfolio"]["months"]
    if len(months) < 2:
        return
    years: dict[int, dict[int, float | None]] = {}
    for one in months:
        years.setdefault(one["year"], {})[one["month"]] = one["return"]
    rows = [
        (str(year), *(number(found[month], 1) if month in found else "" for month in range(1, 13)))
        for year, found in years.items()
    ]
    title = "Return by month in percent (the first and the last may be partial)"
    screen.show_table(("year", *MONTHS), rows, title=title, right=MONTHS, colours=True)


def _fall(fall: dict[str, Any] | None) -> tuple[str, str]:
    if fall is None:
        return "0.00 %", "equity never fell below its peak"
    begin = "the start" if fall["peak"] is None else _minute(fall["peak"])
    back = f"back {_minute(fall['recovered'])}" if fall["recovered"] else "not made good"
    return number(fall["depth"], 2, " %"), f"{begin} to {_minute(fall['trough'])}, {number(fall['hours'], 0)} h, {back}"


def _sizes(sizing: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """How entries are sized, a line for each way with its strategies where there are several ways."""
    ways: dict[tuple[str, str, int, str], list[str]] = {}
    for one in sizing:
        ways.setdefault((one["kind"], one["base"], one["assets"], one["mode"]), []).append(one["strategy"])
    rows = []
    for (kind, base, assets, mode), strategies in ways.items():
        kept = "grows with the account" if base == "equity" else "stays as the account began"
        few = len(strategies) <= FEW
        names = ", ".join(strategies) if few else f"{len(strategies)} strategies"
        whose = f" ({names})" if len(ways) > 1 else ""
        rows.append(("sizing", mode, f"{kind} over {screen.count(assets, 'asset')}: {kept}{whose}"))
    return rows


def _minute(instant: str) -> str:
    """``2025-03-01 08:00`` of an ISO instant."""
    return instant[:16].replace("T", " ")
