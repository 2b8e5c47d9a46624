"""``radarctl data``: market data into the store, what is in it, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radar.cli import screen
from radar.cli.failures import FAILED
from radar.cli.options import DataFolder, Format, Output, examples, group, key_values
from radar.errors import DataError

if TYPE_CHECKING:
    from radar.store import SeriesKey
    from radar.store.importing import ImportReport
    from radar.store.store import Coverage
    from radar.store.verifying import Finding

app = group("Import, list and verify market data.")

Kind = Annotated[
    str | None, typer.Option("--kind", metavar="KIND", help="candles, funding or open_interest.", show_default=False)
]
Venue = Annotated[str | None, typer.Option("--venue", metavar="NAME", help="The exchange, such as binance.")]
Market = Annotated[str | None, typer.Option("--market", metavar="MARKET", help="perp or spot.")]
Asset = Annotated[str | None, typer.Option("--asset", metavar="NAME", help="BTC, or XRP-BTC when not in USDT.")]
Length = Annotated[str | None, typer.Option("--timeframe", metavar="LENGTH", help="1m, 5m, 15m, 1h, 4h, 1d.")]


@app.command(
    "import",
    epilog=examples(
        "radarctl data import BTC-USDT-PERP-1h.csv --venue binance --data data",
        "radarctl data import downloads --venue bitget --market perp",
        "radarctl data import prices.csv --asset ETH --timeframe 1h --market perp --venue bitget --column time=Unix",
    ),
)
def import_(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE", help="CSV, Parquet, Feather or Arrow files, or folders of them.", show_default=False
        ),
    ],
    kind: Kind = None,
    venue: Venue = None,
    market: Market = None,
    asset: Asset = None,
    quote: Annotated[str | None, typer.Option("--quote", metavar="COIN", help="The quote coin.")] = None,
    timeframe: Length = None,
    columns: Annotated[
        list[str] | None,
        typer.Option("--column", metavar="ROLE=NAME", help="The column that plays a role. May be repeated."),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Let new values win over stored ones.")] = False,
    data: DataFolder = None,
    output: Output = Format.TABLE,
) -> None:
    """Add files to the store.

    What they hold is found out from their columns and names; options say what cannot be.

    A file is added as a whole or not at all, and a file that fails does not stop the others. Exit code 1 when one
    failed. Repeating an import changes nothing.
    """
    from radar.engine.places import named_data_folder
    from radar.store import Store
    from radar.store.importing import import_files

    reports = import_files(
        Store(named_data_folder(data)),
        files,
        kind=kind,
        venue=venue,
        asset=asset,
        timeframe=timeframe,
        market=market,
        quote=quote,
        columns=key_values(columns, "--column", "ROLE=NAME"),
        replace=replace,
    )
    if output == Format.JSON:
        screen.write_json([report.to_json() for report in reports])
    else:
        _show_reports(reports)
    if any(report.error for report in reports):
        raise typer.Exit(FAILED)


def _show_reports(reports: Sequence[ImportReport]) -> None:
    from radar.store.instants import format_instant

    amounts = ("rows", "added", "unchanged", "replaced", "repeated")
    rows = []
    for report in reports:
        if report.error is None:
            period = [format_instant(time) if time is not None else "" for time in (report.first, report.last)]
            numbers = [f"{getattr(report, name):,}" for name in amounts]
            rows.append((report.path.name, str(report.key), *numbers, *period))
    screen.show_table(("file", "series", *amounts, "first (UTC)", "last (UTC)"), rows, right=amounts)
    screen.say()
    for report in reports:
        for remark in report.notes:
            screen.say(f"{report.path.name}: {remark}")
    failed = [report for report in reports if report.error is not None]
    for report in failed:
        assert report.error is not None
        screen.say(f"error {report.error.code}: {report.error}")
    done = screen.count(len(reports) - len(failed), "file")
    screen.say(f"{done} imported, {len(failed)} failed" if failed else f"{done} imported")


@app.command("list", epilog=examples("radarctl data list --data tests/data/sample", "radarctl data list -o json"))
def list_series(data: DataFolder = None, output: Output = Format.TABLE) -> None:
    """List what is stored."""
    from radar.engine.places import data_folder
    from radar.store import Store

    folder = data_folder(data)
    found = Store(folder).coverage()
    if output == Format.JSON:
        screen.write_json([coverage.to_json() for coverage in found])
    elif found:
        _show_coverage(found)
    else:
        screen.say(f"{folder} holds no series\n  next: radarctl data import FILE --data {folder}")


def _show_coverage(found: Sequence[Coverage]) -> None:
    from radar.store.instants import format_instant

    rows = []
    for one in found:
        first, last = (format_instant(time) if time is not None else "" for time in (one.first, one.last))
        origin = one.origins[0] if one.origins else ""
        more = f" and {len(one.origins) - 1} more" if len(one.origins) > 1 else ""
        rows.append((str(one.key), f"{one.rows:,}", first, last, f"{one.size_bytes / 1024:,.0f}", origin + more))
    screen.show_table(("series", "rows", "first (UTC)", "last (UTC)", "KiB", "origin"), rows, right=("rows", "KiB"))


@app.command(
    "verify",
    epilog=examples(
        "radarctl data verify --data tests/data/sample",
        "radarctl data verify --asset BTC --kind candles",
        "radarctl data verify --now 2026-01-01T00:00     (as if it were then)",
    ),
)
def verify_series(
    kind: Kind = None,
    venue: Venue = None,
    market: Market = None,
    asset: Asset = None,
    timeframe: Length = None,
    now: Annotated[
        str | None,
        typer.Option("--now", metavar="DATE", help="The instant by which a last bar must have closed, UTC."),
    ] = None,
    data: DataFolder = None,
    output: Output = Format.TABLE,
) -> None:
    """Report every fault of what is stored.

    Gaps, duplicates, open last bars, broken or unlikely prices.

    Nothing is repaired. Exit code 1 when there is an error; warnings do not fail.
    """
    from radar.engine.places import data_folder
    from radar.market.instant import parse_instant
    from radar.market.timeframe import Timeframe
    from radar.store import Store
    from radar.store.verifying import verify

    store = Store(data_folder(data))
    length = None if timeframe is None else Timeframe.parse(timeframe)
    asked = (kind, venue, market, None if asset is None else asset.upper(), length)
    checked = list(filter(partial(_matches, asked), store.keys()))
    if not checked and any(part is not None for part in asked):
        raise DataError(
            f"{store.path} holds no series of {' '.join(str(part) for part in asked if part is not None)}",
            expected="a kind, venue, market, asset and timeframe that are stored",
            next_step=f"radarctl data list --data {store.path} shows what there is",
            code="data-missing",
        )
    instant = None if now is None else parse_instant(now)
    findings = verify(store, kind=kind, venue=venue, market=market, asset=asset, timeframe=length, now=instant)
    if output == Format.JSON:
        screen.write_json(
            {"series": [str(key) for key in checked], "findings": [finding.to_json() for finding in findings]}
        )
    else:
        _show_findings(findings, len(checked))
    if any(finding.severity == "error" for finding in findings):
        raise typer.Exit(FAILED)


def _matches(asked: Sequence[object], key: SeriesKey) -> bool:
    parts = (key.kind, key.venue, key.market, key.asset, key.timeframe)
    return all(wanted is None or wanted == part for wanted, part in zip(asked, parts, strict=True))


def _show_findings(findings: Sequence[Finding], checked: int) -> None:
    from radar.store.instants import format_instant

    rows = [
        (
            finding.series,
            finding.severity,
            finding.code,
            format_instant(finding.time) if finding.time is not None else "",
            f"{finding.count:,}",
            finding.message,
        )
        for finding in findings
    ]
    screen.show_table(("series", "severity", "code", "at (UTC)", "places", "what"), rows, right=("places",))
    amounts = [
        screen.count(number, word)
        for severity, word in (("error", "error"), ("warning", "warning"), ("info", "remark"))
        if (number := sum(finding.severity == severity for finding in findings))
    ]
    screen.say(f"\n{checked:,} series checked: {', '.join(amounts) or 'nothing to report'}")
    if findings:
        screen.say(f"next: radarctl explain {findings[0].code}")
