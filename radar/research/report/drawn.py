"""The parts of the page that its script draws: equity, candles, and the table of trades."""

from __future__ import annotations

from radar.engine.result import Result
from radar.market.reason import ExitReason
from radar.research.report.behaviour import reason_word
from radar.research.report.candles import Drawn
from radar.research.report.curve import Curve
from radar.research.report.markup import Markup, element, fragment, section

KEYS = "Drag to zoom, double-click to reset. Keys: ← → move, + − zoom, 0 reset."


def equity_section(result: Result, curve: Curve) -> Markup:
    """Equity over time with buy-and-hold, and drawdown below on the same axis."""
    names = [name for name in ("all", *result.run.plan.assets) if name in curve.held]
    words = {"all": "all assets in equal parts"}
    choices = [element("option", words.get(name, name), value=name) for name in names]
    controls = element(
        "div",
        _zoom_buttons(),
        element("label", element("input", type="checkbox", id="equity-log"), " Logarithmic"),
        element(
            "label",
            "Buy and hold ",
            element("select", *choices, element("option", "hide", value=""), id="equity-held"),
        ),
        class_="controls",
    )
    note = (
        "Marked at the close of every bar; the dashed line is the initial capital. Buy and hold starts with the same "
        "capital at the first tradable close and carries no costs."
    )
    if curve.is_thinned:
        note += (
            f" Drawn from {len(curve.times):,} of {curve.bars:,} points: of every stretch the first, the last, the "
            "lowest, the highest, and the deepest drawdown."
        )
    plot = _plot("equity", "Equity and drawdown over time")
    return section("equity", "Equity and drawdown", controls, plot, note=note)


def market_section(result: Result, candles: Drawn, trades: int, listed: int) -> Markup:
    """Candles with the trades of one asset at a time, and the table of trades."""
    assets = result.run.plan.assets
    tabs = [
        element(
            "button",
            asset,
            type="button",
            role="tab",
            id=f"asset-{index}",
            aria_controls="market-plot",
            data_lane=index,
        )
        for index, asset in enumerate(assets)
    ]
    note = "A line joins average entry and exit. Zoom in, or choose a trade below, for entry levels, stop and target."
    if candles.is_thinned:
        note += f" Candles of {candles.clock} are stored as {candles.timeframe} here, to keep this file small."
    return section(
        "market",
        "Candles and trades",
        element("div", *tabs, role="tablist", aria_label="Asset", class_="tabs"),
        element(
            "div", _zoom_buttons(), element("span", "", class_="thickness", id="market-thickness"), class_="controls"
        ),
        _plot("market", "Candles with entries and exits"),
        _legend(),
        _table(result, trades, listed),
        note=note,
    )


def _legend() -> Markup:
    entries = (
        ("●", "gain", "exit with a gain"),
        ("✕", "loss", "exit with a loss"),
        ("▸", "entry", "entry, each level"),
        ("┄", "entry", "average entry"),
        ("┄", "gain", "target at the exit"),
        ("┄", "loss", "stop at the exit"),
    )
    return element(
        "p",
        *(
            fragment(element("span", element("i", sign, class_=kind, aria_hidden="true"), f" {text}"))
            for sign, kind, text in entries
        ),
        class_="legend",
    )


def _zoom_buttons() -> Markup:
    buttons = (("in", "+", "Zoom in"), ("out", "−", "Zoom out"), ("left", "←", "Earlier"), ("right", "→", "Later"))
    found = [
        element("button", sign, type="button", data_zoom=name, aria_label=label, title=label)
        for name, sign, label in buttons
    ]
    return element("span", *found, element("button", "Reset", type="button", data_zoom="reset"), class_="buttons")


def _plot(name: str, label: str) -> Markup:
    return element(
        "div",
        element("p", "", class_="readout", id=f"{name}-readout"),
        element(
            "div",
            element("canvas"),
            element("canvas"),
            class_=f"plot {name}",
            id=f"{name}-plot",
            tabindex="0",
            role="application",
            aria_label=f"{label}. {KEYS}",
        ),
        element("p", KEYS, class_="keys"),
        class_="drawing",
    )


def _table(result: Result, trades: int, listed: int) -> Markup:
    reasons = [reason.name.lower() for reason in ExitReason if (result.trade_rows["reason"] == reason).any()]
    words = {reason.name.lower(): reason_word(reason) for reason in ExitReason}
    strategies = [chain.strategy for chain in result.run.plan.chains]
    filters = [
        _filter(
            "asset", "Asset", [("", "all"), *((str(lane), asset) for lane, asset in enumerate(result.run.plan.assets))]
        ),
        _filter("side", "Side", [("", "all"), ("1", "long"), ("-1", "short")]),
        _filter("reason", "Reason", [("", "all"), *((reason, words[reason]) for reason in reasons)]),
        _filter("outcome", "Outcome", [("", "all"), ("won", "won"), ("lost", "lost")]),
    ]
    if len(strategies) > 1:
        filters.append(
            _filter("strategy", "Strategy", [("", "all"), *((str(n), name) for n, name in enumerate(strategies))])
        )
    thinned = None
    if listed < trades:
        text = (
            f"The {listed:,} of {trades:,} trades that won or lost most are listed and drawn, to keep this file small; "
            "every figure above counts all. The JSON result holds each trade."
        )
        thinned = element("p", text, class_="quiet")
    return fragment(
        element("h3", "Trades"),
        thinned,
        element("div", *filters, element("span", "", id="trade-count", aria_live="polite"), class_="controls"),
        element(
            "div",
            element("table", element("thead"), element("tbody"), id="trade-table", class_="trades"),
            class_="scroll",
            role="region",
            aria_label="Trades",
        ),
        element("div", class_="controls pages", id="trade-pages"),
        element("p", "Keys in the table: ↑ ↓ choose a row, Enter shows it in the chart.", class_="keys"),
    )


def _filter(name: str, label: str, choices: list[tuple[str, str]]) -> Markup:
    options = [element("option", text, value=value) for value, text in choices]
    return element("label", f"{label} ", element("select", *options, id=f"filter-{name}"))
