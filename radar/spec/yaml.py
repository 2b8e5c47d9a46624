"""YAML 1.2 text to a tree in which every key and value knows its place. Nothing here raises on bad text.

The scanner and parser are ruamel.yaml's; the tree is built here from their events, because a constructor would lose
places and a library's resolver would bring back the words of YAML 1.1. Depth and size are bounded while it grows.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from radar.spec.diagnostic import Diagnostic, Related
from radar.spec.findings import Findings
from radar.spec.source import Place, Source
from radar.spec.tree import Entry, ListValue, MapValue, Scalar, Value, describe

__all__ = ["read_source", "read_yaml"]

MOST_BYTES = 512 * 1024
MOST_DEPTH = 32
MOST_VALUES = 20_000
MOST_KEPT = 128
"""Texts whose trees are kept, the latest ones."""

# What ruamel.yaml raises beside its own errors on some malformed texts (escapes beyond Unicode, odd tags and marks).
_PARSER_FAILURES = (ValueError, TypeError, IndexError, KeyError, AttributeError, AssertionError, RecursionError)


class _StopError(Exception):
    """A diagnostic was given after which the rest of the text has no meaning."""


@dataclass
class _Open:
    """A collection that is being read."""

    place: Place
    is_map: bool
    anchor: str | None
    items: list[Value] = field(default_factory=list)
    entries: dict[str, Entry] = field(default_factory=dict)
    key: Scalar | None = None
    expects_key: bool = True
    size: int = 1
    depth: int = 0


def read_source(path: Path, findings: Findings) -> Source | None:
    """Read a file as UTF-8 text, or say why that is impossible and return None."""
    name = path.as_posix()
    nowhere = Source(name, "").place(1, 1)
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= MOST_BYTES else b""
    except OSError as error:
        reason = error.strerror or type(error).__name__
        findings.add("R1001", f"cannot read {name}: {reason}", nowhere, expected="a readable YAML file")
        return None
    if size > MOST_BYTES:
        findings.add("R1010", f"{name} has {size} bytes", nowhere, expected=f"at most {MOST_BYTES} bytes")
        return None
    try:
        return Source(name, content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", "replace")
        line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
        findings.add(
            "R1002",
            f"byte 0x{content[error.start]:02x} is not UTF-8",
            Source(name, content.decode("utf-8", "replace")).place(line, column),
            expected="text in UTF-8",
            fix="save the file as UTF-8",
        )
        return None


def read_yaml(source: Source, findings: Findings, text: str | None = None) -> Value | None:
    """The one document of ``source``, or None when there is none or its syntax is broken (a diagnostic says why).

    ``text`` is read in place of the source's own text; its lines and columns must be those of the source.
    """
    content = source.text if text is None else text
    if len(content) > MOST_BYTES:
        findings.add("R1010", f"the text has {len(content)} characters", source.place(1, 1))
        return None
    value, found = _read(source, content)
    for diagnostic in found:
        findings.keep(diagnostic)
    return value


@lru_cache(maxsize=MOST_KEPT)
def _read(source: Source, content: str) -> tuple[Value | None, tuple[Diagnostic, ...]]:
    """The tree of a text, which nobody changes: a sweep reads one pipeline for every value of its axes."""
    findings = Findings()
    try:
        value = _Builder(source, findings).build(content)
    except _StopError:
        value = None
    return value, findings.sorted()


class _Builder:
    def __init__(self, source: Source, findings: Findings) -> None:
        self.source = source
        self.findings = findings
        self.open: list[_Open] = []
        self.anchors: dict[str, tuple[Value, int, int]] = {}
        self.root: Value | None = None
        self.documents = 0
        self.values = 0
        self.last = source.place(1, 1)

    def build(self, text: str) -> Value | None:
        for event in self.events(text):
            self.last = self.place(event)
            self.take(event)
        if self.root is None:
            self.findings.add(
                "R1009",
                "the file is empty",
                self.source.place(1, 1),
                expected="one YAML document",
                fix="write radar: 1",
            )
        return self.root

    def events(self, text: str) -> Iterator[Any]:
        parser = YAML(typ="safe", pure=True)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield from parser.parse(text)
        except ReaderError as error:
            before = text[: error.position]
            line = before.count("\n") + 1
            self.findings.add(
                "R1013",
                f"character U+{ord(text[error.position]):04X} is not allowed in YAML",
                self.source.place(line, len(before) - (before.rfind("\n") + 1) + 1),
                fix="remove it, or write it as an escape inside double quotes",
            )
            raise _StopError from None
        except MarkedYAMLError as error:
            self.syntax_error(error)
            raise _StopError from None
        except (YAMLError, *_PARSER_FAILURES) as error:
            problem = str(error).partition("\n")[0] or type(error).__name__
            self.findings.add("R1003", f"this is not YAML: {problem}", self.last)
            raise _StopError from None

    def syntax_error(self, error: MarkedYAMLError) -> None:
        mark = error.problem_mark or error.context_mark
        place = self.source.place(mark.line + 1, mark.column + 1) if mark else self.last
        problem = error.problem or error.context or "unreadable"
        character = place.source.line(place.span.line)[place.span.column - 1 : place.span.column]
        if character == "\t" or "'\\t'" in problem:
            self.findings.add(
                "R1004", "a tab cannot indent YAML", place, expected="spaces", fix="use two spaces a level"
            )
            return
        if error.context_mark is not None and ("<stream end>" in problem or "end of stream" in problem):
            begin = self.source.place(error.context_mark.line + 1, error.context_mark.column + 1)
            self.findings.add("R1003", "what begins here is never closed", begin, fix="close the bracket or the quote")
            return
        related = []
        if error.context_mark is not None and error.context and error.context_mark.line != place.span.line - 1:
            begin = self.source.place(error.context_mark.line + 1, error.context_mark.column + 1)
            related.append(Related.at(begin, error.context))
        fix = ""
        if "mapping values are not allowed" in problem:
            fix = "quote text that holds a colon followed by a space, or check the indentation"
        elif character in ("@", "`", "%"):
            fix = f'quote a value that begins with "{character}"'
        self.findings.add("R1003", f"this is not YAML: {problem}", place, fix=fix, related=related)

    def place(self, event: Any) -> Place:
        start, end = event.start_mark, event.end_mark
        line = start.line + 1
        end_column = end.column + 1 if end.line == start.line else len(self.source.line(line)) + 1
        return self.source.place(line, start.column + 1, end_column)

    def take(self, event: Any) -> None:
        if isinstance(event, DocumentStartEvent):
            self.start_document(event)
        elif isinstance(event, ScalarEvent):
            self.refuse_tag(event)
            style = "plain" if event.style is None else "quoted"
            scalar = Scalar(event.value, style, self.last)  # type: ignore[arg-type]
            self.remember(event.anchor, scalar, 1, 0)
            self.put(scalar, 1, 0)
        elif isinstance(event, AliasEvent):
            self.take_alias(event)
        elif isinstance(event, MappingStartEvent | SequenceStartEvent):
            self.refuse_tag(event)
            if len(self.open) >= MOST_DEPTH:
                self.too_deep()
            self.open.append(_Open(self.last, isinstance(event, MappingStartEvent), event.anchor))
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            self.close(event)

    def start_document(self, event: DocumentStartEvent) -> None:
        self.documents += 1
        if self.documents > 1:
            self.findings.add(
                "R1008",
                "a second document begins here",
                self.last,
                expected="one document a file",
                fix="split the file",
            )
            raise _StopError
        if event.version is not None and tuple(event.version) != (1, 2):
            version = ".".join(str(number) for number in event.version)
            first = self.source.place(1, 1, len(self.source.line(1)) + 1)
            self.findings.add(
                "R1014", f"YAML {version} is asked for", first, expected="YAML 1.2", fix="remove the line"
            )

    def refuse_tag(self, event: Any) -> None:
        if event.tag is not None:
            self.findings.add(
                "R1007",
                f"the tag {event.tag} has no meaning here",
                self.last,
                expected="a value without a tag",
                fix="remove the tag; quote the value to make it text",
            )

    def too_deep(self) -> None:
        self.findings.add("R1010", "values are nested too deeply", self.last, expected=f"at most {MOST_DEPTH} levels")
        raise _StopError

    def remember(self, anchor: str | None, value: Value, size: int, depth: int) -> None:
        if anchor is not None:
            self.anchors[anchor] = (value, size, depth)

    def take_alias(self, event: AliasEvent) -> None:
        known = self.anchors.get(event.anchor)
        if known is None:
            inside = any(collection.anchor == event.anchor for collection in self.open)
            message = f"*{event.anchor} would contain itself" if inside else f"no anchor &{event.anchor} stands before"
            self.findings.add("R1011", message, self.last, expected="the name of an anchor that is already complete")
            self.put(Scalar("", "plain", self.last, faulty=True), 1, 0)
            return
        value, size, depth = known
        if len(self.open) + depth > MOST_DEPTH:
            self.too_deep()
        self.put(value, size, depth)

    def close(self, event: Any) -> None:
        done = self.open.pop()
        place = done.place
        if event.end_mark.line == place.span.line - 1 and event.end_mark.column + 1 > place.span.end_column:
            place = self.source.place(place.span.line, place.span.column, event.end_mark.column + 1)
        elif event.end_mark.line > place.span.line - 1:
            line = place.source.line(place.span.line)
            place = self.source.place(place.span.line, place.span.column, len(line.rstrip()) + 1)
        value: Value
        value = MapValue(tuple(done.entries.values()), place) if done.is_map else ListValue(tuple(done.items), place)
        self.remember(done.anchor, value, done.size, done.depth + 1)
        self.put(value, done.size, done.depth + 1)

    def put(self, value: Value, size: int, depth: int) -> None:
        """Give a finished value to the collection that is open, or make it the document."""
        if not self.open:
            self.root = value
            return
        holder = self.open[-1]
        holder.size += size
        holder.depth = max(holder.depth, depth)
        if holder.size > MOST_VALUES:
            self.findings.add(
                "R1010", "aliases make too many values", self.last, expected=f"at most {MOST_VALUES} values"
            )
            raise _StopError
        if not holder.is_map:
            holder.items.append(value)
        elif holder.expects_key:
            holder.key = self.as_key(value)
            holder.expects_key = False
        else:
            self.add_entry(holder, value)
            holder.expects_key = True

    def as_key(self, value: Value) -> Scalar | None:
        if isinstance(value, Scalar) and value.faulty:
            return None
        if isinstance(value, Scalar) and value.style == "plain" and value.text == "<<":
            self.findings.add(
                "R1012", "YAML 1.2 has no merge key", value.place, fix="take shared values by with: BLOCK"
            )
            return None
        if isinstance(value, Scalar) and isinstance(value.value, str) and value.text:
            return value
        fix = f'write "{value.text}" in quotes' if isinstance(value, Scalar) and value.text else ""
        self.findings.add("R1006", f"a key cannot be {describe(value)}", value.place, expected="text", fix=fix)
        return None

    def add_entry(self, holder: _Open, value: Value) -> None:
        key = holder.key
        if key is None:
            return
        first = holder.entries.get(key.text)
        if first is not None:
            self.findings.add(
                "R1005",
                f"the key {key.text} is written twice",
                key.place,
                expected="every key once",
                fix="remove one of the two",
                related=[Related.at(first.key.place, "first written here")],
            )
            return
        holder.entries[key.text] = Entry(key, value)
