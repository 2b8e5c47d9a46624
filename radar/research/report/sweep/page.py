"""The page of a sweep, put together from its parts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from radar.research.files import write_file
from radar.research.report.document import contents, document, read, scope
from radar.research.report.markup import Markup, element, fragment, section, table
from radar.research.report.number import THIN, coloured, date, number
from radar.research.report.sweep.embedded import file_name, payload, short_names
from radar.research.sweep.laid_out import Sweep
from radar.research.sweep.ranking import Metric, metric, ranked
from radar.research.sweep.saved import metadata_of

if TYPE_CHECKING:
    import pyarrow as pa

SCRIPTS = ("combinations", "heat", "distribution", "best", "start")
CONTENTS = (
    ("map", "Heat map"),
    ("spread", "Distribution"),
    ("best", "Best"),
    ("grid", "Grid"),
    ("reproduce", "Digests"),
)
SHOWN = ("equity_return", "max_drawdown", "sharpe_daily", "calmar", "trades", "win_rate", "profit_factor")
"""Metrics of the table of the best, beside the one that it is sorted by."""

ROWS = 25
STATISTICS = (("best", "best"), ("median", "median"), ("worst", "worst"))


def write_sweep_report(sweep: Sweep, path: Path, sort: str) -> None:
    """Write the report of what is run of ``sweep`` to ``path``, replacing a file that is there.

    Raises:
        RadarError: The file cannot be written there.
    """
    write_file(path, render_sweep_report(sweep, sort).encode("utf-8"), "the report", "--report FILE.html")


def render_sweep_report(sweep: Sweep, sort: str) -> str:
    """The report as one HTML document that needs nothing else; it opens with the metric ``sort``."""
    rows = sweep.table()
    facts = metadata_of(rows) or {}
    main = element(
        "main",
        _heading(sweep, rows, facts),
        element("noscript", element("p", "The heat map and the distribution need JavaScript.", class_="quiet")),
        _controls(sweep),
        _heat(),
        section("spread", "Distribution", element("div", id="spread-plot"), note=_asked("spread-note")),
        _best(sweep, rows, sort),
        _grid(sweep),
    )
    return document(
        f"{facts['name']} – Radar sweep",
        [contents(main, CONTENTS, "reproduce"), main, _digests(sweep, facts)],
        payload(sweep, rows, sort),
        style=read("page.css") + read("sweep/sweep.css"),
        script=scope([*("script/decode", "script/format"), *(f"sweep/script/{name}" for name in SCRIPTS)]),
    )


def _asked(name: str) -> Markup:
    """Text that the script writes."""
    return element("span", "", id=name)


def _heading(sweep: Sweep, rows: pa.Table, facts: dict[str, Any]) -> Markup:
    starts = rows["start"].cast("int64").to_pylist()
    first, last = (_day(min(starts)), _day(max(starts))) if starts else ("–", "–")
    ends = [group.feed.times[-1] for group in sweep.groups]
    names = facts["assets"]["names"]
    shown = [
        ("Assets", ", ".join(names) + (" (each by itself)" if sweep.assets else " (one account)")),
        ("May trade from", first if first == last else f"{first} to {last}, each where it is ready"),
        ("Until", _day(int(max(ends)))),
        ("Grid", f"{sweep.grid.size:,} combinations"),
        ("Run", f"{sweep.finished:,}"),
        ("Refused", f"{sum(sweep.refused.values()):,}"),
    ]
    return element(
        "header",
        element("p", "Radar sweep", class_="eyebrow"),
        element("h1", facts["name"]),
        element("dl", *(element("div", element("dt", name), element("dd", value)) for name, value in shown)),
        _notices(sweep),
        class_="top",
    )


def _notices(sweep: Sweep) -> Markup:
    notices = [
        element(
            "li",
            f"The best of {sweep.finished:,} trials is the best partly by luck. Look for regions that are good as a "
            "whole, and judge what you choose on data that this sweep has not seen.",
        )
    ]
    if sweep.finished < sweep.count:
        text = f"{sweep.finished:,} of {sweep.count:,} combinations are finished; the others are not in this report."
        notices.insert(0, element("li", element("strong", "Stopped. "), text, class_="grave"))
    if sweep.common_start is not None:
        notices.append(element("li", "All combinations begin at the same bar, where the last of them is ready."))
    for reason, times in sorted(sweep.refused.items(), key=lambda item: -item[1]):
        code, _, message = reason.partition(" ")
        notices.append(element("li", element("code", code), f" {times:,} combinations are refused: {message}"))
    return element("ul", *notices, class_="notices", aria_label="Notes")


def _controls(sweep: Sweep) -> Markup:
    choices = [("metric", "Metric"), ("across", "Across"), ("down", "Down")]
    selects = [element("label", f"{title} ", element("select", id=f"choose-{name}")) for name, title in choices]
    options = [element("option", title, value=name) for name, title in STATISTICS]
    selects.append(
        element("label", "Of each cell ", element("select", *options, id="choose-statistic")),
    )
    tabs = [
        element("button", asset, type="button", role="tab", id=f"asset-{place}", aria_controls="map-table")
        for place, asset in enumerate(sweep.assets)
    ]
    return element(
        "div",
        element("div", *tabs, role="tablist", aria_label="Asset", class_="tabs") if tabs else None,
        element("div", *selects, class_="controls"),
        class_="choices",
    )


def _heat() -> Markup:
    note = fragment(
        _asked("map-note"),
        " Each cell stands for all combinations that share its two values; choose one to see them below.",
    )
    body = element("table", element("caption", "Heat map"), element("thead"), element("tbody"), id="map-table")
    return section(
        "map", "Heat map", element("div", body, class_="scroll", role="region", aria_label="Heat map"), note=note
    )


def _best(sweep: Sweep, rows: pa.Table, sort: str) -> Markup:
    metrics = [metric(name) for name in dict.fromkeys((sort, *SHOWN))]
    axes = [axis.target for axis in sweep.grid.axes]
    head: list[object] = ["Combination", *(["Asset"] if sweep.assets else []), *short_names(axes)]
    body: list[list[object]] = [
        [
            str(row["combination"]),
            *([row["asset"]] if sweep.assets else []),
            *(_value(row[name]) for name in axes),
            *(_figure(row[one.name], one) for one in metrics),
        ]
        for row in ranked(rows, sort).slice(0, ROWS).to_pylist()
    ]
    head += [one.title for one in metrics]
    found = table(head, body, caption="Best combinations", class_="wide")
    return section(
        "best",
        "Best combinations",
        element("div", found, id="best-table", data_metrics=" ".join(one.name for one in metrics)),
        element("p", "The back-test of the first, every trade included:", class_="quiet", id="best-command-about"),
        element("pre", element("code", "", id="best-command")),
        note=_asked("best-note"),
    )


def _figure(value: float | None, one: Metric) -> Markup:
    if value is not None and value == float("inf"):
        return element("td", "∞")
    text = number(value, one.digits) + (f"{THIN}{one.unit}" if one.unit and value is not None else "")
    return coloured(value, text, "td") if one.signed else element("td", text)


def _value(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _grid(sweep: Sweep) -> Markup:
    rows: list[list[object]] = [
        [axis.target, f"{len(axis.values):,}", element("td", ", ".join(axis.values), class_="word")]
        for axis in sweep.grid.axes
    ]
    rows += [
        [name, "1", element("td", value, class_="word")]
        for name, _, value in (one.partition("=") for one in sweep.request.fixed)
    ]
    head: list[object] = ["Parameter", "Values", element("th", "", scope="col", class_="word")]
    return section("grid", "Grid", table(head, rows, caption="Swept parameters and their values"))


def _digests(sweep: Sweep, facts: dict[str, Any]) -> Markup:
    found = [("pipeline", facts["pipeline"]), ("config", facts["config"])]
    for label, parts in facts["groups"].items():
        found += [(f"{name} {label}".strip(), digest) for name, digest in parts.items()]
    return element(
        "footer",
        element("h2", "What the rows follow from"),
        element("p", f"Radar {facts['radar']}, {file_name(sweep)}. Equal digests and parameters give equal rows."),
        element(
            "dl",
            *(fragment(element("dt", name), element("dd", element("code", digest))) for name, digest in found),
            class_="digests",
        ),
        id="reproduce",
    )


def _day(time: int) -> str:
    from radar.market.instant import format_instant

    return date(format_instant(time))
