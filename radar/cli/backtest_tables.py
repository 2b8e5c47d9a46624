"""A result as tables for people: how it did, asset by asset, why it closed and why it did not trade."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from radar.cli import screen
from radar.cli.portfolio_tables import show_attribution, show_months, show_risk, show_switches
from radar.cli.screen import number

if TYPE_CHECKING:
    from radar.engine.result import Result

__all__ = ["show"]

DIGEST = 12
"""Characters of a digest that tell two runs apart at a glance."""

FIGURES = (
    ("final equity", "final_equity", 2, ""),
    ("return", "equity_return", 2, " %"),
    ("max drawdown", "max_drawdown", 2, " %"),
    ("longest drawdown", "max_drawdown_days", 1, " days"),
    ("Sharpe (daily)", "sharpe_daily", 2, ""),
    ("Calmar", "calmar", 2, ""),
    ("trades", "trades", 0, ""),
    ("win rate", "win_rate", 1, " %"),
    ("profit factor", "profit_factor", 2, ""),
    ("risk/reward", "risk_reward", 2, ""),
    ("net a trade", "expectancy", 2, ""),
    ("Sharpe (trades)", "sharpe_trades", 2, ""),
    ("Sortino (trades)", "sortino_trades", 2, ""),
    ("gross", "gross", 2, ""),
    ("fees", "fees", 2, ""),
    ("slippage", "slippage", 2, ""),
    ("funding", "funding", 2, ""),
    ("net", "net", 2, ""),
    ("fees of gross profit", "fee_drag", 1, " %"),
)
"""Figures of the whole account: title, metric, digits, unit."""


def show(result: Result) -> None:
    """Print a result."""
    content = result.to_json()
    _show_head(content)
    _show_total(content)
    show_risk(content)
    _show_accounts(content)
    _show_assets(content)
    show_attribution(content)
    show_months(content)
    show_switches(content)
    _show_exits(content)
    _show_refusals(content)
    _show_open(content)
    _show_data(content)
    screen.say()
    for warning in content["warnings"]:
        screen.say(f"warning: {warning}")
    digests = " ".join(f"{name} {digest[:DIGEST]}" for name, digest in content["digests"].items())
    screen.say(f"digests: {digests}")


def _show_head(content: dict[str, Any]) -> None:
    period = content["period"]
    screen.say(
        f"{content['pipeline']}: {', '.join(content['assets'])}; {period['bars']:,} bars of {content['clock']} "
        f"from {_minute(period['from'])} to {_minute(period['to'])} UTC"
    )
    if content["was_liquidated"]:
        screen.say("THE ACCOUNT WAS LIQUIDATED: the run ended there")


def _show_total(content: dict[str, Any]) -> None:
    metrics, held = content["metrics"], content["buy_and_hold"]
    whole: dict[str, float | None] = held.get("all") or next(iter(held.values()), {})
    rows = [
        (
            title,
            _figure(metrics, name, digits, unit),
            number(whole[name], digits, unit) if name in whole else "",
        )
        for title, name, digits, unit in FIGURES
    ]
    screen.show_table(("account", "pipeline", "buy and hold"), rows, right=("pipeline", "buy and hold"), colours=True)


def _figure(metrics: dict[str, Any], name: str, digits: int, unit: str = "") -> str:
    if name.endswith("profit_factor") and metrics[name] is None and metrics["no_losses"]:
        return "no losses"
    return number(metrics[name], digits, unit)


def _show_accounts(content: dict[str, Any]) -> None:
    """Several accounts ranked by what each made of its capital."""
    ranked = sorted(content.get("accounts", {}).items(), key=lambda one: -one[1]["net_return"])
    columns = ("rank", "account", "trades", "won", "factor", "net", "return", "drawdown", "Sharpe")
    rows = [
        (
            str(place),
            name,
            number(metrics["trades"], 0),
            number(metrics["win_rate"], 1, " %"),
            _figure(metrics, "profit_factor", 2),
            number(metrics["net"]),
            number(metrics["net_return"], 2, " %"),
            number(metrics["max_drawdown"], 2, " %"),
            number(metrics["sharpe_daily"]),
        )
        for place, (name, metrics) in enumerate(ranked, 1)
    ]
    title = "By account, the best first (each against its own capital)"
    screen.show_table(columns, rows, title=title, right=[one for one in columns if one != "account"], colours=False)


def _show_assets(content: dict[str, Any]) -> None:
    # Narrow enough for a terminal of 80 columns: a number that is broken over two lines cannot be read.
    columns = ("asset", "trades", "won", "factor", "net", "return", "held", "costs", "funding")
    rows = []
    for asset, metrics in content["per_asset"].items():
        held = content["buy_and_hold"].get(asset, {})
        rows.append(
            (
                asset,
                number(metrics["trades"], 0),
                number(metrics["win_rate"], 1, " %"),
                _figure(metrics, "profit_factor", 2),
                number(metrics["net"]),
                number(metrics["net_return"], 2, " %"),
                number(held.get("equity_return"), 2, " %"),
                number(metrics["fees"] + metrics["slippage"]),
                number(metrics["funding"]),
            )
        )
    title = "By asset (return and held: on the whole capital; costs: fees and slippage)"
    screen.show_table(columns, rows, title=title, right=columns[1:], colours=True)


def _show_exits(content: dict[str, Any]) -> None:
    counts: dict[str, int] = defaultdict(int)
    nets: dict[str, float] = defaultdict(float)
    for trade in content["trades"]:
        counts[trade["reason"]] += 1
        nets[trade["reason"]] += trade["net"]
    rows = [
        (reason, f"{counts[reason]:,}", number(nets[reason])) for reason in sorted(counts, key=lambda one: -counts[one])
    ]
    screen.show_table(
        ("exit", "trades", "net"), rows, title="Why positions closed", right=("trades", "net"), colours=True
    )


def _show_refusals(content: dict[str, Any]) -> None:
    counts: dict[tuple[str, str, str], dict[str, int]] = defaultdict(dict)
    for one in content["refusals"]:
        counts[one["strategy"], one["cause"], one["meaning"]][one["asset"]] = one["count"]
    order = sorted(counts, key=lambda key: (key[0], -sum(counts[key].values())))
    rows = [
        (
            strategy,
            cause,
            f"{sum(counts[strategy, cause, meaning].values()):,}",
            " ".join(f"{asset} {count:,}" for asset, count in counts[strategy, cause, meaning].items()),
            meaning,
        )
        for strategy, cause, meaning in order
    ]
    title = "Why it did not trade (entries that the market offered and that were refused)"
    screen.show_table(("strategy", "cause", "times", "by asset", "meaning"), rows, title=title, right=("times",))
    if not rows and not content["trades"]:
        screen.say("\nIt did not trade, and no entry was refused: its conditions were never met in this period.")
        file = content["request"]["pipeline_file"]
        screen.say(f"next: radarctl evaluate {file} --node NODE shows what a node gave")


def _show_open(content: dict[str, Any]) -> None:
    names = ("quantity", "average_entry", "mark", "stop", "unrealised")
    rows = [
        (
            one["strategy"],
            one["asset"],
            one["side"],
            _minute(one["entry_time"]),
            *(f"{one[name]:,.6g}" for name in names[:-1]),
            number(one["unrealised"]),
        )
        for one in content["open_positions"]
    ]
    heads = ("quantity", "entry", "mark", "stop", "unrealised")
    screen.show_table(
        ("strategy", "asset", "side", "since", *heads), rows, title="Open at the end", right=heads, colours=True
    )


def _show_data(content: dict[str, Any]) -> None:
    names = ("bars", "gaps", "missing_bars", "settlements", "missing_settlements")
    heads = tuple(name.replace("_", " ") for name in names)
    rows = [
        (
            asset,
            *(f"{quality[name]:,}" for name in names),
            _minute(quality["funding_until"]) if quality["funding_until"] else "-",
        )
        for asset, quality in content["data_quality"].items()
    ]
    screen.show_table(("asset", *heads, "funding until"), rows, title="Data", right=heads)


def _minute(instant: str) -> str:
    """``2025-03-01 08:00`` of an ISO instant."""
    return instant[:16].replace("T", " ")
