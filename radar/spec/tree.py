"""YAML values that know where they were written."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from radar.spec.source import Place
from radar.spec.template import Part

__all__ = ["Entry", "ListValue", "MapValue", "Scalar", "Value", "describe", "plain_value"]

Style = Literal["plain", "quoted", "environment"]
Plain = str | int | float | bool | None

_LONGEST_NUMBER = 80
_WORDS: dict[str, Plain] = {"": None, "~": None, "null": None, "true": True, "false": False}
_INTEGER = re.compile(r"[-+]?[0-9]{1,40}")
_OCTAL = re.compile(r"0o[0-7]{1,40}")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]{1,40}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"[-+]?\.(inf|Inf|INF)")
_NOT_A_NUMBER = re.compile(r"\.(nan|NaN|NAN)")


def plain_value(text: str) -> Plain:
    """An unquoted scalar by YAML 1.2's core schema, with one spelling of each word: ``true``, ``false``, ``null``.

    What YAML 1.1 made of ``on``, ``NO`` or ``1:30`` is text.
    """
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > _LONGEST_NUMBER:
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    if _OCTAL.fullmatch(text):
        return int(text[2:], 8)
    if _HEXADECIMAL.fullmatch(text):
        return int(text[2:], 16)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _INFINITE.fullmatch(text):
        return -math.inf if text.startswith("-") else math.inf
    return math.nan if _NOT_A_NUMBER.fullmatch(text) else text


@dataclass(frozen=True)
class Scalar:
    """One value.

    ``style`` tells text that may be read as a number (``plain``) from text that may not (``quoted``); what an
    environment variable held may be either. ``parts`` are set when secrets or parameters are referred to; ``faulty``
    when a diagnostic has already been given, so that nobody complains twice.
    """

    text: str
    style: Style
    place: Place
    parts: tuple[Part, ...] = ()
    faulty: bool = False

    @property
    def value(self) -> Plain:
        """The value as YAML reads it."""
        return self.text if self.style == "quoted" else plain_value(self.text)


@dataclass(frozen=True)
class Entry:
    """A key and its value."""

    key: Scalar
    value: Value

    @property
    def name(self) -> str:
        """The key's text."""
        return self.key.text


@dataclass(frozen=True)
class ListValue:
    """A list."""

    items: tuple[Value, ...]
    place: Place


@dataclass(frozen=True)
class MapValue:
    """A mapping; keys are text and unique."""

    entries: tuple[Entry, ...]
    place: Place

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def entry(self, name: str) -> Entry | None:
        """The entry called ``name``, or None."""
        return next((entry for entry in self.entries if entry.name == name), None)

    def get(self, name: str) -> Value | None:
        """The value called ``name``, or None."""
        entry = self.entry(name)
        return entry.value if entry else None

    @property
    def names(self) -> list[str]:
        """The keys in order."""
        return [entry.name for entry in self.entries]

    def replaced(self, entry: Entry) -> MapValue:
        """This mapping with ``entry`` in the place of the one of that name, or behind the others."""
        kept = tuple(entry if old.name == entry.name else old for old in self.entries)
        return MapValue(kept if self.entry(entry.name) else (*self.entries, entry), self.place)


Value = Scalar | ListValue | MapValue


def describe(value: Value) -> str:
    """What a value is, for a message: ``a list``, ``the number 14``, ``the text "abc"``."""
    if isinstance(value, ListValue):
        return "a list"
    if isinstance(value, MapValue):
        return "a mapping"
    found = value.value
    if found is None:
        return "nothing"
    if isinstance(found, bool):
        return value.text
    if isinstance(found, int | float):
        return f"the number {value.text}"
    shown = found if len(found) <= 40 else f"{found[:37]}..."
    return f'the text "{shown}"'
