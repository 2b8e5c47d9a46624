"""Files into a store: each is read whole, checked, and appended to its series in one step or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from radar.errors import DataError, InvalidValueError
from radar.market.timeframe import Timeframe
from radar.store.importing.columns import ROLES, Rows, candidates, read_rows
from radar.store.importing.headerless import with_header
from radar.store.importing.identity import Given, choose_kind, evidence_of, identify
from radar.store.importing.source_file import READABLE, SourceTable, read_source
from radar.store.instants import format_instant
from radar.store.layout import SeriesKey, read_kind, read_market
from radar.store.store import Store

__all__ = ["ImportReport", "find_importable", "import_file", "import_files"]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of one file.

    Attributes:
        path: The file.
        key: The series that it was added to; None when the import failed before that was known.
        rows: Its data rows.
        added, unchanged, replaced, repeated: What became of them; the four add up to `rows`.
        first, last: Its first and last time, milliseconds UTC as written.
        columns: The file's column behind each role.
        time_unit: How its times were written.
        notes: What was concluded or is remarkable, as sentences.
        error: Why nothing of the file was imported, or None.
    """

    path: Path
    key: SeriesKey | None = None
    rows: int = 0
    added: int = 0
    unchanged: int = 0
    replaced: int = 0
    repeated: int = 0
    first: int | None = None
    last: int | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    time_unit: str = ""
    notes: tuple[str, ...] = ()
    error: DataError | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values for ``-o json``."""
        return {
            "path": str(self.path),
            "series": None if self.key is None else str(self.key),
            "rows": self.rows,
            "added": self.added,
            "unchanged": self.unchanged,
            "replaced": self.replaced,
            "repeated": self.repeated,
            "first": self.first,
            "last": self.last,
            "columns": dict(self.columns),
            "time_unit": self.time_unit,
            "notes": list(self.notes),
            "error": None if self.error is None else self.error.to_json(),
        }


def import_files(
    store: Store,
    paths: Iterable[Path | str],
    *,
    kind: str | None = None,
    venue: str | None = None,
    asset: str | None = None,
    timeframe: Timeframe | str | None = None,
    market: str | None = None,
    quote: str | None = None,
    columns: Mapping[str, str] | None = None,
    origin: str | None = None,
    replace: bool = False,
) -> list[ImportReport]:
    """Import files, and every readable file below folders; one report each, in order.

    A file that fails leaves the store as it was and does not stop the others: look at each report's ``error``.

    Args:
        store: Where to.
        paths: Files and folders.
        kind: ``candles``, ``funding`` or ``open_interest``; None finds out by columns and name. So for the next four.
        venue: The exchange.
        asset: ``BTC``, ``XRP-BTC`` or a full symbol.
        timeframe: The bars' length.
        market: ``perp`` or ``spot``.
        quote: The quote coin; USDT when neither this nor the name tells.
        columns: Columns to take by role, such as ``{"time": "Unix"}``.
        origin: Where the data come from, kept in the store; None takes the file's name and folder.
        replace: Let the values of a file win over stored ones that differ.

    Raises:
        DataError: An option has no meaning (not a kind, not a market), or a path leads nowhere.
        InvalidValueError: `timeframe` is none.
    """
    unknown = [role for role in columns or {} if role not in ROLES]
    if unknown:
        raise DataError(f"{unknown[0]!r} is not the role of a column", expected=", ".join(ROLES), code="data-column")
    given = Given(
        None if kind is None else read_kind(kind),
        venue,
        None if market is None else read_market(market),
        asset,
        quote,
        Timeframe.parse(timeframe) if isinstance(timeframe, str) else timeframe,
    )
    reports = []
    for path in find_importable(paths):
        try:
            reports.append(import_file(store, path, given, columns=columns or {}, origin=origin, replace=replace))
        except DataError as error:
            reports.append(ImportReport(path, error=error))
        except InvalidValueError as error:
            reports.append(ImportReport(path, error=DataError(error.message, expected=error.expected, code=error.code)))
    return reports


def import_file(
    store: Store,
    path: Path,
    given: Given,
    *,
    columns: Mapping[str, str],
    origin: str | None = None,
    replace: bool = False,
) -> ImportReport:
    """Import one file; the arguments are those of `import_files`.

    Raises:
        DataError: The file cannot be read, is ambiguous, or contradicts the store; nothing of it was imported.
    """
    source = read_source(path)
    evidence = evidence_of(source)
    if not source.names and not columns:
        source = with_header(source, given.kind or evidence.kind)
    kind = choose_kind(source, given, evidence, columns)
    if kind == "funding" and evidence.rate_in_open and not candidates(source, "rate", columns):
        columns = {**columns, "rate": "open"}
    rows = read_rows(source, kind, columns)
    key = identify(source, kind, rows.time, given, evidence)
    result = store.append(
        key,
        {"time": rows.time, **rows.values},
        origin=origin or source.metadata.get("radar.origin") or _origin(path),
        replace=replace,
        describe_row=source.place,
    )
    notes = [*rows.notes, *_notes(source, rows, result.repeated, result.reordered)]
    return ImportReport(
        path,
        key,
        source.rows,
        result.added,
        result.unchanged,
        result.replaced,
        result.repeated,
        int(rows.time.min()),
        int(rows.time.max()),
        rows.used,
        rows.time_unit,
        tuple(notes),
    )


def find_importable(paths: Iterable[Path | str]) -> list[Path]:
    """The files among `paths` and every file of a readable format below the folders among them, hidden ones left out.

    Raises:
        DataError: A path does not exist, or a folder holds no such file.
    """
    found: list[Path] = []
    for path in map(Path, paths):
        if not path.is_dir():
            found.append(path)
            continue
        inside = sorted(
            one
            for one in path.rglob("*")
            if one.is_file()
            and not one.name.startswith(".")
            and one.name.lower().removesuffix(".gz").endswith(READABLE)
        )
        if not inside:
            raise DataError(
                f"{path} holds no file to import",
                expected="files ending in " + ", ".join(READABLE),
                code="data-no-file",
            )
        found += inside
    return found


def _origin(path: Path) -> str:
    # Two folders often carry venue and symbol; more of the path would tell of the user's machine, not of the data.
    return "/".join(part for part in path.parts[-3:] if part != path.anchor)


def _notes(source: SourceTable, rows: Rows, repeated: int, reordered: bool) -> list[str]:
    notes = []
    if reordered:
        notes.append("the rows were not in order of time and were sorted")
    if repeated:
        notes.append(f"{repeated} rows were in the file more than once and were stored once")
    ignored = [name for name in source.names if name not in rows.used.values()]
    if ignored:
        notes.append("columns not used: " + ", ".join(ignored))
    if rows.time_unit.startswith("ISO"):
        notes.append(
            f"times were read as UTC unless they carry a zone; the first is {format_instant(int(rows.time[0]))}"
        )
    return notes
