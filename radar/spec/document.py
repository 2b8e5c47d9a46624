"""The top level of a pipeline file."""

from __future__ import annotations

from dataclasses import dataclass

from radar.errors import InvalidValueError
from radar.market.timeframe import Timeframe
from radar.spec.entries import IDENTIFIER, NodeEntry, read_entry
from radar.spec.findings import Findings
from radar.spec.model import Clock
from radar.spec.source import Place, Source
from radar.spec.suggest import nearest
from radar.spec.tree import MapValue, Scalar, Value, describe
from radar.spec.values import refuse_references

__all__ = ["KEYS", "Document", "read_clock", "read_document", "read_timeframe"]

KEYS = ("radar", "pipeline", "about", "assets", "clock", "nodes")
"""Every key of the top level."""
_REQUIRED = ("radar", "pipeline", "assets", "clock", "nodes")

_HOUR = Timeframe.parse("1h")
FALLBACK_CLOCK = Clock(_HOUR, _HOUR)
"""Stands for a clock that could not be read, so that the rest can still be checked."""


@dataclass(frozen=True)
class Document:
    """A pipeline file, nodes not yet given their values."""

    name: str
    name_place: Place
    about: str
    assets: Value | None
    assets_place: Place
    clock: Clock
    nodes: tuple[NodeEntry, ...]


def read_document(root: Value, source: Source, findings: Findings, *, assets_given: bool = False) -> Document | None:
    """Read the top level; None when it is no mapping at all. ``assets_given``: the file need not name assets."""
    if not isinstance(root, MapValue):
        if not (isinstance(root, Scalar) and root.faulty):
            findings.add(
                "R2003", f"the file is {describe(root)}", root.place, expected="a mapping that begins radar: 1"
            )
        return None
    for entry in root:
        if entry.name not in KEYS:
            findings.add(
                "R2001",
                f"unknown key {entry.name}",
                entry.key.place,
                expected=f"one of {', '.join(KEYS)}",
                nearest=nearest(entry.name, [key for key in KEYS if root.entry(key) is None]),
            )
    for key in _REQUIRED:
        if root.entry(key) is None and not (key == "assets" and assets_given):
            findings.add("R2002", f"the key {key} is missing", _start(source), fix=f"add {_SAMPLES[key]}")
    _read_format(root, findings)
    name, name_place = _read_name(root, source, findings)
    assets = root.entry("assets")
    return Document(
        name=name,
        name_place=name_place,
        about=_read_about(root, findings),
        assets=assets.value if assets else None,
        assets_place=assets.key.place if assets else _start(source),
        clock=read_clock(root.get("clock"), findings),
        nodes=_read_nodes(root.get("nodes"), findings),
    )


_SAMPLES = {
    "radar": "radar: 1",
    "pipeline": "pipeline: NAME",
    "assets": "assets: [BTC, ETH]",
    "clock": "clock: 1h",
    "nodes": "nodes: and the nodes below it",
}


def _start(source: Source) -> Place:
    return source.place(1, 1)


def _read_format(root: MapValue, findings: Findings) -> None:
    value = root.get("radar")
    if value is None or (isinstance(value, Scalar) and value.faulty):
        return
    if not isinstance(value, Scalar) or value.value != 1 or isinstance(value.value, bool):
        findings.add("R2004", f"radar is {describe(value)}", value.place, expected="1, the format of this version")


def _read_name(root: MapValue, source: Source, findings: Findings) -> tuple[str, Place]:
    value = root.get("pipeline")
    if value is None:
        return "pipeline", _start(source)
    if isinstance(value, Scalar) and value.faulty:
        return "pipeline", value.place
    if not isinstance(value, Scalar) or not IDENTIFIER.fullmatch(value.text):
        expected = "a name of lower-case letters, digits and _, beginning with a letter"
        findings.add("R2005", f"pipeline is {describe(value)}", value.place, expected=expected)
        return "pipeline", value.place
    return value.text, value.place


def _read_about(root: MapValue, findings: Findings) -> str:
    value = root.get("about")
    if value is None:
        return ""
    if not isinstance(value, Scalar):
        findings.add("R2003", f"about is {describe(value)}", value.place, expected="text")
        return ""
    return "" if value.faulty or refuse_references(value, findings) else value.text.strip()


def read_timeframe(value: Value, what: str, findings: Findings) -> Timeframe | None:
    """A timeframe such as ``1h``, or None after a diagnostic."""
    if isinstance(value, Scalar):
        if value.faulty or refuse_references(value, findings):
            return None
        try:
            return Timeframe.parse(value.text)
        except InvalidValueError as error:
            expected = error.expected
    else:
        expected = "a timeframe: 1m, 5m, 15m, 1h, 4h, 1d"
    findings.add("R2013", f"{what} is {describe(value)}", value.place, expected=expected)
    return None


def read_clock(value: Value | None, findings: Findings) -> Clock:
    """The clock of a pipeline: one timeframe, or ``{decide: ..., fill: ...}``."""
    if value is None:
        return FALLBACK_CLOCK
    if not isinstance(value, MapValue):
        decide = read_timeframe(value, "clock", findings)
        return Clock(decide, decide) if decide else FALLBACK_CLOCK
    for entry in value:
        if entry.name not in ("decide", "fill"):
            close = nearest(entry.name, ("decide", "fill"))
            findings.add(
                "R2001",
                f"unknown key {entry.name} of clock",
                entry.key.place,
                expected="decide and fill",
                nearest=close,
            )
    given = value.get("decide")
    if given is None:
        findings.add("R2002", "clock has no decide", value.place, fix="write clock: {decide: 1h, fill: 1m}")
    decide = read_timeframe(given, "decide", findings) if given is not None else None
    finer = value.get("fill")
    fill = read_timeframe(finer, "fill", findings) if finer is not None else decide
    if decide is None:
        return FALLBACK_CLOCK
    if finer is not None and fill is not None and not decide.is_multiple_of(fill):
        findings.add(
            "R2029",
            f"fills on {fill} bars do not make up a decision on {decide}",
            finer.place,
            expected=f"a timeframe that divides {decide}",
        )
        fill = None
    return Clock(decide, fill or decide)


def _read_nodes(value: Value | None, findings: Findings) -> tuple[NodeEntry, ...]:
    if value is None or (isinstance(value, Scalar) and value.faulty):
        return ()
    if not isinstance(value, MapValue) or not value.entries:
        shown = "an empty mapping" if isinstance(value, MapValue) else describe(value)
        findings.add("R2003", f"nodes is {shown}", value.place, expected="a mapping: name: {role: kind, ...}")
        return ()
    entries = tuple(read_entry(entry, findings) for entry in value)
    ids = {entry.id for entry in entries}
    claimed: dict[str, str] = {}
    for entry in entries:
        if not entry.was or entry.was_place is None:
            continue
        if entry.was in ids:
            findings.add("R2027", f"was names {entry.was}, which is still a node", entry.was_place, fix="remove was")
        elif entry.was in claimed:
            other = claimed[entry.was]
            findings.add(
                "R2027", f"both {other} and {entry.id} were {entry.was}", entry.was_place, expected="one of them"
            )
        claimed.setdefault(entry.was, entry.id)
    return entries
