"""``expect``: what must be true of a finished case, as read from the file. The plan is not known here yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from radar.engine.scenario.condition import TOLERANCE, BarReference, Condition, read_bar, read_condition, read_pattern
from radar.engine.scenario.reading import Instant, Reader
from radar.engine.scenario.tables import TABLES
from radar.spec.source import Place
from radar.spec.suggest import nearest
from radar.spec.tree import Entry, ListValue, MapValue, Scalar, Value

__all__ = ["Check", "Expectation", "Golden", "Output", "Pattern", "Rows", "Silence", "read_expectations"]

_AT = ("at", "asset", "bar", "bars", "time", "tolerance")
_OUTPUT_CHECKS = ("equals", "approx", "above", "below", "always", "never", "ever", "none")
_TABLE_CHECKS = ("count", "equals", "contains", "always", "never", "none")
_SHORT = ("refused", "silence", "golden")

Pattern = Mapping[str, Condition]


@dataclass(frozen=True)
class Check:
    """One check. ``conditions`` hold for an output, ``patterns`` for a table, ``count`` for its number of rows."""

    kind: str
    place: Place
    conditions: tuple[Condition, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    count: int = 0


@dataclass(frozen=True)
class Output:
    """Expectations at an output of a node.

    At the bars ``first`` to ``last`` or at ``time``; where all are None, at every bar or at the last one.
    """

    place: Place
    name: str
    checks: tuple[Check, ...]
    asset: Scalar | None
    first: BarReference | None
    last: BarReference | None
    time: Instant | None
    tolerance: float


@dataclass(frozen=True)
class Rows:
    """Expectations at a table of an account; ``node`` is empty where all accounts are meant."""

    place: Place
    node: str
    table: str
    checks: tuple[Check, ...]
    asset: Scalar | None
    tolerance: float


@dataclass(frozen=True)
class Silence:
    """Nothing is traded, nothing is open and nothing was refused."""

    place: Place


@dataclass(frozen=True)
class Golden:
    """The trades of the case equal a file, byte for byte."""

    place: Place
    path: Path


Expectation = Output | Rows | Silence | Golden


def read_expectations(value: Value, reader: Reader, folder: Path) -> tuple[Expectation, ...]:
    """Read the list of expectations."""
    items = reader.items(value, "expect", "a list of expectations, such as - at: broker.trades")
    found = [_read(item, reader, folder) for item in items or ()]
    return tuple(one for one in found if one is not None)


def _read(item: Value, reader: Reader, folder: Path) -> Expectation | None:
    if not isinstance(item, MapValue):
        reader.wrong(item, "an expectation", "a mapping, such as {at: broker.trades, count: 1}")
        return None
    short = [entry for entry in item if entry.name in _SHORT]
    if not short:
        return _at(item, reader)
    if len(item.entries) > 1:
        others = [entry for entry in item if entry is not short[0]]
        reader.findings.add(
            "R9001",
            f"{others[0].name} has no meaning beside {short[0].name}",
            others[0].key.place,
            fix="write it as an entry of its own",
        )
        return None
    return _short(short[0], item, reader, folder)


def _short(entry: Entry, item: MapValue, reader: Reader, folder: Path) -> Expectation | None:
    value = entry.value
    if entry.name == "silence":
        flag = reader.flag(value, "silence")
        if flag is False:
            reader.wrong(value, "silence", "true")
        return Silence(item.place) if flag else None
    if entry.name == "golden":
        return _golden(value, item, reader, folder)
    if isinstance(value, Scalar) and value.text == "none":
        return Rows(item.place, "", "refusals", (Check("none", value.place),), None, TOLERANCE)
    if not isinstance(value, MapValue):
        reader.wrong(value, "refused", "none, or a mapping such as {cause: stale_data}")
        return None
    pattern = read_pattern(value, "refusals", reader)
    return Rows(item.place, "", "refusals", (Check("contains", value.place, patterns=(pattern,)),), None, TOLERANCE)


def _golden(value: Value, item: MapValue, reader: Reader, folder: Path) -> Golden | None:
    name = reader.text(value, "golden", "the name of a file, such as NAME.golden.json")
    if name is None:
        return None
    parts = name.replace("\\", "/").split("/")
    if not name.endswith(".golden.json") or Path(name).is_absolute() or ".." in parts or ":" in name:
        reader.findings.add(
            "R9017", f"golden is {name}", value.place, expected="NAME.golden.json, beside the test file or below it"
        )
        return None
    return Golden(item.place, folder.joinpath(*parts))


def _at(item: MapValue, reader: Reader) -> Expectation | None:
    at = reader.need(item, "at", "an expectation", "at: NODE.OUTPUT, refused:, silence: true or golden:")
    name = reader.text(at, "at", "NODE.OUTPUT or NODE.trades") if at is not None else None
    if name is None:
        return None
    node, _, last = name.rpartition(".")
    is_table = last in TABLES and bool(node) and "." not in node
    kinds = _TABLE_CHECKS if is_table else _OUTPUT_CHECKS
    common = ("at", "asset", "tolerance") if is_table else _AT
    for entry in item:
        if entry.name in (*common, *kinds):
            continue
        known = entry.name in (*_AT, *_OUTPUT_CHECKS, *_TABLE_CHECKS)
        reader.findings.add(
            "R9013" if known else "R9001",
            f"{entry.name} has no meaning at {'the table' if is_table else 'the output'} {name}"
            if known
            else f"unknown key {entry.name} of an expectation",
            entry.key.place,
            expected=", ".join((*common, *kinds)),
            nearest=nearest(entry.name, [key for key in (*common, *kinds) if item.entry(key) is None]),
        )
    checks = [_check(entry, last if is_table else "", reader) for entry in item if entry.name in kinds]
    if not checks and all(entry.name in common for entry in item):
        reader.findings.add(
            "R9013", f"nothing is expected at {name}", item.place, expected=f"one of {', '.join(kinds)}"
        )
    tolerance = item.get("tolerance")
    allowed = reader.number(tolerance, "tolerance", least=0.0) if tolerance is not None else TOLERANCE
    asset = item.get("asset")
    chosen = asset if isinstance(asset, Scalar) and reader.text(asset, "asset") else None
    if asset is not None and not isinstance(asset, Scalar):
        reader.wrong(asset, "asset", "one asset")
    known_checks = tuple(check for check in checks if check is not None)
    assert at is not None
    if is_table:
        return Rows(at.place, node, last, known_checks, chosen, TOLERANCE if allowed is None else allowed)
    first, end, time = _bars(item, reader)
    return Output(at.place, name, known_checks, chosen, first, end, time, TOLERANCE if allowed is None else allowed)


def _bars(item: MapValue, reader: Reader) -> tuple[BarReference | None, BarReference | None, Instant | None]:
    given = [entry for entry in item if entry.name in ("bar", "bars", "time")]
    if len(given) > 1:
        reader.findings.add(
            "R9013",
            "several of bar, bars and time",
            given[1].key.place,
            expected="one of them",
            fix="remove the others",
        )
    for entry in given[:1]:
        if entry.name == "time":
            return None, None, reader.instant(entry.value, "time")
        if entry.name == "bar":
            bar = read_bar(entry.value, reader)
            return bar, bar, None
        items = entry.value.items if isinstance(entry.value, ListValue) else ()
        if len(items) != 2:
            reader.wrong(entry.value, "bars", "[FIRST, LAST]")
            return None, None, None
        return read_bar(items[0], reader), read_bar(items[1], reader), None
    return None, None, None


def _check(entry: Entry, table: str, reader: Reader) -> Check | None:
    value, place, kind = entry.value, entry.value.place, entry.name
    if kind == "none":
        flag = reader.flag(value, "none")
        if flag is False:
            reader.wrong(value, "none", "true")
        return Check(kind, place) if flag else None
    if table:
        return _table_check(kind, value, table, reader)
    kind_of_condition: Literal["equals", "approx", "above", "below"] = "approx"
    if kind in ("equals", "above", "below"):
        kind_of_condition = kind  # type: ignore[assignment]
    listed = isinstance(value, ListValue) and kind in ("equals", "approx")
    values = value.items if isinstance(value, ListValue) and listed else (value,)
    conditions = [
        read_condition(one, kind, reader, kind_of_condition, predicates=kind in ("always", "never", "ever"))
        for one in values
    ]
    if any(one is None for one in conditions):
        return None
    found = tuple(one for one in conditions if one is not None)
    return Check("list" if listed else kind, place, conditions=found)


def _table_check(kind: str, value: Value, table: str, reader: Reader) -> Check | None:
    if kind == "count":
        count = reader.whole(value, "count")
        return None if count is None else Check(kind, value.place, count=count)
    if kind == "equals" and not isinstance(value, ListValue):
        reader.wrong(value, "equals", "a list of rows, as many as the table has")
        return None
    patterns = []
    for item in reader.one_or_many(value):
        if isinstance(item, MapValue) and item.entries:
            patterns.append(read_pattern(item, table, reader))
        else:
            reader.wrong(item, f"a row of {table}", "a mapping, such as {reason: tp, side: long}")
    return Check(kind, value.place, patterns=tuple(patterns))
