"""The end of the page: what is still open, the values in effect, the data, and how to run it again."""

from __future__ import annotations

from typing import Any

from radar.engine.result import Result
from radar.research.report.heading import quote_of
from radar.research.report.markup import Markup, element, fragment, section, table
from radar.research.report.number import coloured, date, number, percent, price


def open_section(result: Result) -> Markup:
    """Positions that are open at the end."""
    if not result.open_positions:
        return section("open", "Open at the end", element("p", "Nothing is open at the end.", class_="quiet"))
    rows: list[list[object]] = []
    for row in result.open_positions:
        away = (row["stop"] / row["mark"] - 1.0) * 100.0 if row["mark"] else None
        rows.append(
            [
                row["asset"],
                element("td", row["strategy"], class_="word"),
                element("td", row["side"], class_="word"),
                date(row["entry_time"]),
                price(row["quantity"]),
                price(row["average_entry"]),
                price(row["mark"]),
                price(row["stop"]),
                percent(away, 1, sign=True),
                number(row["fees"]),
                number(row["funding"]),
                coloured(row["unrealised"], number(row["unrealised"], sign=True), "td"),
            ]
        )
    head: list[object] = [
        "Asset",
        element("th", "Strategy", scope="col", class_="word"),
        element("th", "Side", scope="col", class_="word"),
        "Entered, UTC",
        "Quantity",
        "Average entry",
        "Last close",
        "Stop",
        "from here",
        "Fees",
        "Funding",
        "Unrealised",
    ]
    note = f"Marked at the last close, in {quote_of(result)}. Part of final equity, not of the trades."
    return section("open", "Open at the end", table(head, rows, caption="Open positions"), note=note)


def parameters_section(result: Result) -> Markup:
    """Every parameter of every node as it was in effect, defaults included."""
    cards = [_node(node, values) for node, values in result.parameters.items()]
    note = "Every value in effect, defaults included. Values of single assets stand below those of the node."
    return section("parameters", "Parameters of each node", element("div", *cards, class_="cards"), note=note)


def _node(node: str, values: dict[str, Any]) -> Markup:
    entries = [fragment(element("dt", name), element("dd", _value(value))) for name, value in values["params"].items()]
    for asset, params in values.get("per_asset", {}).items():
        for name, value in params.items():
            entries.append(fragment(element("dt", f"{asset}: {name}"), element("dd", _value(value))))
    body = element("dl", *entries) if entries else element("p", "No parameters.", class_="quiet")
    return element("article", element("h3", node, " ", element("small", values["kind"])), body)


def _value(value: object) -> str:
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}" if abs(value) < 1e6 else f"{value:,.0f}"
    if isinstance(value, list | tuple):
        return ", ".join(_value(item) for item in value)
    return str(value)


def data_section(result: Result) -> Markup:
    """Candles and funding that the run had, by asset."""
    rows: list[list[object]] = []
    for asset, quality in result.run.feed.quality.items():
        rows.append(
            [
                asset,
                f"{quality.bars:,}",
                f"{quality.gaps:,}",
                f"{quality.missing_bars:,}",
                f"{quality.settlements:,}",
                f"{quality.missing_settlements:,}",
                date(quality.funding_until) if quality.funding_until else "none",
            ]
        )
    head: list[object] = [
        "Asset",
        "Bars",
        "Gaps",
        "Missing bars",
        "Settlements",
        "Without a rate",
        "Funding until, UTC",
    ]
    return section("data", "Data", table(head, rows, caption="Market data by asset"))


def reproduce_section(result: Result) -> Markup:
    """Digests, the request, and the command that gives the same result again."""
    request = result.request
    digests = [
        fragment(element("dt", name), element("dd", element("code", value))) for name, value in result.digests.items()
    ]
    asked = [f"--set {override}" for override in request.overrides]
    asked += [f"--asset {asset}" for asset in request.assets or ()]
    plain = request.to_json()
    asked += [f"--{name} {plain[name]}" for name in ("from", "to") if plain[name]]
    command = " ".join(["radarctl backtest", request.pipeline_file, *asked, "-o json > RESULT.json"])
    command += "\nradarctl reproduce RESULT.json"
    return element(
        "footer",
        element("h2", "How to reproduce this"),
        element("p", "The same pipeline, values, data and kernel give the same result, byte for byte."),
        element("pre", element("code", command)),
        element("dl", *digests, class_="digests"),
        element(
            "details",
            element("summary", f"The pipeline file, {request.pipeline_file}"),
            element("pre", element("code", request.pipeline)),
        ),
        id="reproduce",
    )
