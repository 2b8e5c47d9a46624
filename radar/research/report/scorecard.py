"""The metrics: in total, by strategy, by asset, and of buying and holding."""

from __future__ import annotations

import numpy as np

from radar.engine.result import Result
from radar.engine.summary import Metrics, trade_metrics
from radar.market.timeframe import DAY
from radar.research.report.curve import capital_of
from radar.research.report.heading import benchmark_of, quote_of
from radar.research.report.markup import Markup, element, section, table
from radar.research.report.number import NOTHING, coloured, duration, number, percent


def scorecard(result: Result) -> Markup:
    """Figures of the account, and the table of who earned what."""
    quote = quote_of(result)
    note = (
        f"Money in {quote}. Net is gross less fees and slippage, plus funding. Buy and hold carries no costs. "
        "Positions still open at the end are in equity, not in the trades."
    )
    return section("metrics", "Metrics", _figures(result), _by_asset(result), note=note)


def _figures(result: Result) -> Markup:
    metrics, held = result.metrics, benchmark_of(result)
    beside = held[1] if held is not None else {}
    figures: list[tuple[str, str, str | None]] = [
        ("Sharpe, daily", number(metrics["sharpe_daily"]), _beside(beside, "sharpe_daily")),
        ("Calmar", number(metrics["calmar"]), _beside(beside, "calmar")),
        ("Largest drawdown", percent(_negative(metrics["max_drawdown"])), _drawdown(beside)),
        ("Longest below a peak", _days(metrics["max_drawdown_days"]), _time_below(beside)),
        ("Profit factor", profit_factor(metrics), "won over lost, net"),
        ("Expectancy", number(metrics["expectancy"], sign=True), "net a trade"),
        ("Risk to reward", number(metrics["risk_reward"]), "average win over average loss"),
        ("Fee drag", percent(metrics["fee_drag"], 1), "fees over gross gains"),
        ("Sharpe, trades", number(metrics["sharpe_trades"]), "yearly"),
        ("Sortino, trades", number(metrics["sortino_trades"]), "yearly"),
        ("Trades a year", number(metrics["trades_per_year"], 0), None),
        ("Final equity", number(metrics["final_equity"]), _beside(beside, "final_equity")),
    ]
    return element("dl", *(_tile(*figure) for figure in figures), class_="tiles")


def _tile(name: str, value: str, note: str | None) -> Markup:
    return element(
        "div", element("dt", name), element("dd", value), element("dd", note, class_="note") if note else None
    )


def _by_asset(result: Result) -> Markup:
    rows = [_row("Total", result.metrics, result, "all", kind="total")]
    chains = result.run.plan.chains
    if len(chains) > 1:
        for chain in chains:
            rows.append(_row(chain.strategy, _of_strategy(result, chain.number), result, None, kind="strategy"))
    rows.extend(_row(asset, metrics, result, asset) for asset, metrics in result.per_asset.items())
    head: list[object] = [
        "",
        "Trades",
        "Won",
        "Gross",
        "Fees",
        "Slippage",
        "Funding",
        "Net",
        "Net return",
        "Buy and hold",
        "its drawdown",
        "Profit factor",
        "Average win",
        "Average loss",
        "Sharpe, trades",
    ]
    return table(head, rows, caption="Closed trades in total and by asset, with buy and hold beside", class_="wide")


def _row(name: str, metrics: Metrics, result: Result, asset: str | None, kind: str = "") -> list[object]:
    held = result.benchmark.get(asset, {}) if asset is not None else {}
    if asset == "all" and not held:
        compared = benchmark_of(result)
        held = compared[1] if compared is not None else {}
    head = element("th", name, scope="row", class_=kind or None)
    net, earned = metrics["net"], metrics["net_return"]
    return [
        head,
        number(metrics["trades"], 0),
        percent(metrics["win_rate"], 1),
        number(metrics["gross"]),
        number(_negative(metrics["fees"])),
        number(_negative(metrics["slippage"])),
        number(metrics["funding"]),
        coloured(net, number(net), "td"),
        coloured(earned, percent(earned, sign=True), "td"),
        element("td", percent(held.get("equity_return"), sign=True), class_="beside"),
        element("td", percent(_negative(held.get("max_drawdown"))), class_="beside"),
        profit_factor(metrics),
        number(metrics["average_win"]),
        number(metrics["average_loss"]),
        number(metrics["sharpe_trades"]),
    ]


def _of_strategy(result: Result, strategy: int) -> Metrics:
    rows = result.trade_rows
    with np.errstate(all="ignore"):
        return trade_metrics(
            rows[rows["strategy"] == strategy], capital_of(result), int(result.times[0]), int(result.times[-1])
        )


def profit_factor(metrics: Metrics) -> str:
    """The profit factor, infinite where nothing was lost."""
    if metrics["no_losses"]:
        return "∞"
    return number(metrics["profit_factor"]) if metrics["trades"] else NOTHING


def _beside(beside: Metrics, name: str) -> str | None:
    return f"buy and hold {number(beside[name])}" if beside else None


def _drawdown(beside: Metrics) -> str | None:
    return f"buy and hold {percent(_negative(beside['max_drawdown']))}" if beside else None


def _time_below(beside: Metrics) -> str | None:
    return f"buy and hold {_days(beside['max_drawdown_days'])}" if beside else None


def _days(value: float | int | None) -> str:
    return duration(value * DAY) if value is not None else NOTHING


def _negative(value: float | int | None) -> float | None:
    return -value if value is not None else None
