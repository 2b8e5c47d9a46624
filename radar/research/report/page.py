"""The page, put together from its parts."""

from __future__ import annotations

from typing import Any

from radar.engine.portfolio.curve import monthly_returns
from radar.engine.result import Result
from radar.research.report.appendix import data_section, open_section, parameters_section, reproduce_section
from radar.research.report.behaviour import behaviour_sections
from radar.research.report.candles import Drawn, candles_of
from radar.research.report.curve import Curve, curve_of
from radar.research.report.document import contents, document, read, scope
from radar.research.report.drawn import equity_section, market_section
from radar.research.report.heading import heading, quote_of
from radar.research.report.markup import Markup, element
from radar.research.report.months import months_section
from radar.research.report.portfolio import portfolio_section
from radar.research.report.refused import refusals_section
from radar.research.report.scorecard import scorecard
from radar.research.report.trade_columns import trade_columns

FORMAT = "radar.report/1"
SCRIPTS = ("decode", "format", "scale", "plot", "equity", "market", "marks", "trades", "start")
CONTENTS = (
    ("equity", "Equity"),
    ("metrics", "Metrics"),
    ("months", "Months"),
    ("portfolio", "Portfolio"),
    ("behaviour", "Trades"),
    ("costs", "Costs"),
    ("refusals", "Refusals"),
    ("market", "Candles"),
    ("parameters", "Parameters"),
    ("reproduce", "Reproduce"),
)


def render_report(result: Result) -> str:
    """The report of ``result`` as one HTML document that needs nothing else. Equal results give equal text."""
    curve, candles = curve_of(result), candles_of(result)
    trades = trade_columns(result)
    main = element("main", *_parts(result, curve, candles, trades))
    parts = [contents(main, CONTENTS, "reproduce"), main, reproduce_section(result)]
    return document(
        f"{result.name} – Radar back-test",
        parts,
        payload(result, curve, candles, trades),
        style=read("page.css"),
        script=script_text(),
    )


def payload(result: Result, curve: Curve, candles: Drawn, trades: dict[str, Any]) -> dict[str, Any]:
    """What the page's script draws, and every figure of the result as plain data."""
    plain = result.to_json()
    left_out = ("format", "mode", "request", "trades")
    months = monthly_returns(result.times, result.equity, curve.capital)
    return {
        "format": FORMAT,
        "result": {name: value for name, value in plain.items() if name not in left_out},
        "quote": quote_of(result),
        "months": [month.to_json() for month in months],
        "curve": curve.to_json(),
        "candles": candles.to_json(),
        "trades": trades,
    }


def script_text() -> str:
    """The page's script: its files in one scope, so that nothing of it is global."""
    return scope(f"script/{name}" for name in SCRIPTS)


def _parts(result: Result, curve: Curve, candles: Drawn, trades: dict[str, Any]) -> list[Markup]:
    return [
        heading(result),
        element("noscript", element("p", "The charts and the table of trades need JavaScript.", class_="quiet")),
        equity_section(result, curve),
        scorecard(result),
        months_section(result),
        portfolio_section(result),
        behaviour_sections(result),
        refusals_section(result),
        market_section(result, candles, trades["count"], trades["listed"]),
        open_section(result),
        parameters_section(result),
        data_section(result),
    ]
