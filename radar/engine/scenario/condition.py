"""What one value must be, which bar is meant, and the rows that match: the small parts of an expectation."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from radar.engine.scenario.reading import Reader
from radar.engine.scenario.stream import MARK
from radar.engine.scenario.tables import TABLES, Field
from radar.errors import InvalidValueError
from radar.market.instant import EXPECTED, format_instant, parse_instant
from radar.spec.source import Place
from radar.spec.suggest import nearest
from radar.spec.tree import MapValue, Scalar, Value, describe

__all__ = ["MISSING", "TOLERANCE", "BarReference", "Condition", "read_bar", "read_condition", "read_pattern"]

TOLERANCE = 1e-9
"""How far a number may be from the one that is written, unless the expectation says otherwise."""

MISSING = "missing"
"""The word for a value that is not known."""

_BAR = re.compile(rf"({MARK.pattern})(?:\s*([+-])\s*([0-9]{{1,6}}))?")
Kind = Literal["equals", "approx", "above", "below", "word", "text", "flag", "bar", "between"]


@dataclass(frozen=True)
class BarReference:
    """A bar: ``mark`` and ``offset`` bars from it, or without a mark the ``offset``-th bar (negative: from the end)."""

    mark: str
    offset: int
    place: Place

    def __str__(self) -> str:
        return f"{self.mark}{self.offset:+d}" if self.mark and self.offset else self.mark or str(self.offset)


@dataclass(frozen=True)
class Condition:
    """What one value must be.

    ``kind`` says which of the fields counts: ``number`` (equals: exactly, approx: within the tolerance, above, below),
    ``text`` (word of a vocabulary, or text), ``flag``, ``bar``; ``between`` takes both ``above`` and ``below``.
    """

    kind: Kind
    place: Place
    number: float = math.nan
    text: str = ""
    flag: bool = False
    bar: BarReference | None = None
    above: float = -math.inf
    below: float = math.inf

    def holds(self, value: Any, tolerance: float, bar: int | None = None) -> bool:
        """Whether ``value`` fulfils it. ``bar`` is what :attr:`bar` stands for in this case."""
        if self.kind in ("text", "word"):
            return bool(value == self.text)
        if self.kind == "flag":
            return bool(value) is self.flag
        if self.kind == "bar":
            return bool(value == bar)
        number = math.nan if value is None else float(value)
        if self.kind == "between":
            return self.above < number < self.below
        if self.kind in ("equals", "approx") and math.isnan(self.number):
            return math.isnan(number)
        if self.kind == "equals":
            return number == self.number
        if self.kind == "approx":
            return abs(number - self.number) <= tolerance
        return number > self.number if self.kind == "above" else number < self.number

    def shown(self, tolerance: float) -> str:
        """In words: ``100``, ``100 ± 1e-06``, ``above 100``, ``tp``."""
        if self.kind in ("text", "word"):
            return self.text
        if self.kind == "flag":
            return "true" if self.flag else "false"
        if self.kind == "bar":
            return f"bar {self.bar}"
        if self.kind == "between":
            bounds = [(self.above, "above"), (self.below, "below")]
            return " and ".join(f"{word} {number:.12g}" for number, word in bounds if math.isfinite(number))
        if self.text:
            return self.text
        if math.isnan(self.number):
            return MISSING
        number = f"{self.number:.12g}"
        if self.kind == "approx":
            return f"{number} ± {tolerance:g}" if tolerance > TOLERANCE else number
        return number if self.kind == "equals" else f"{self.kind} {number}"


def read_bar(value: Value, reader: Reader) -> BarReference | None:
    """``-1``, ``dip`` or ``dip+2``."""
    expected = "a bar: 0, -1, or the name of a mark such as dip or dip+1"
    scalar = reader.scalar(value, "bar", expected)
    if scalar is None:
        return None
    found = scalar.value
    if isinstance(found, int) and not isinstance(found, bool):
        return BarReference("", found, scalar.place)
    match = _BAR.fullmatch(scalar.text) if isinstance(found, str) else None
    if match is None:
        reader.wrong(scalar, "bar", expected)
        return None
    offset = int(f"{match[2]}{match[3]}") if match[2] else 0
    return BarReference(match[1], offset, scalar.place)


def read_condition(
    value: Value, what: str, reader: Reader, kind: Literal["equals", "approx", "above", "below"], *, predicates: bool
) -> Condition | None:
    """A number or a word, or with ``predicates`` also ``{above: 1, below: 2}``."""
    expected = "a number, or a word such as long" + (", or {above: 1, below: 2}" if predicates else "")
    if isinstance(value, MapValue) and predicates:
        return read_bounds(value, what, reader)
    scalar = reader.scalar(value, what, expected)
    if scalar is None:
        return None
    if kind in ("above", "below") or (isinstance(scalar.value, int | float) and not isinstance(scalar.value, bool)):
        number = reader.number(scalar, what)
        return None if number is None else Condition(kind, scalar.place, number=number)
    if scalar.value is None:
        reader.wrong(scalar, what, expected)
        return None
    return Condition("word", scalar.place, text=scalar.text)


def read_bounds(value: MapValue, what: str, reader: Reader) -> Condition | None:
    """``{above: 1, below: 2}``, either of them."""
    reader.mapping(value, what, ("above", "below"))
    bounds = {"above": -math.inf, "below": math.inf}
    for entry in value:
        if entry.name in bounds:
            number = reader.number(entry.value, entry.name)
            if number is None:
                return None
            bounds[entry.name] = number
    if not value.entries:
        reader.wrong(value, what, "{above: 1}, {below: 2} or both")
        return None
    return Condition("between", value.place, above=bounds["above"], below=bounds["below"])


def read_pattern(value: MapValue, table: str, reader: Reader) -> Mapping[str, Condition]:
    """The fields that a row must have."""
    fields = TABLES[table]
    pattern = {}
    for entry in value:
        field = fields.get(entry.name)
        if field is None:
            reader.findings.add(
                "R9015",
                f"a row of {table} has no field {entry.name}",
                entry.key.place,
                expected=", ".join(fields),
                nearest=nearest(entry.name, fields),
            )
            continue
        condition = _field(entry.value, entry.name, field, reader)
        if condition is not None:
            pattern[entry.name] = condition
    return pattern


def _field(value: Value, name: str, field: Field, reader: Reader) -> Condition | None:
    if isinstance(value, MapValue) and field.kind == "number":
        return read_bounds(value, name, reader)
    if field.kind == "bar":
        bar = read_bar(value, reader)
        return None if bar is None else Condition("bar", value.place, bar=bar)
    if field.kind == "flag":
        flag = reader.flag(value, name)
        return None if flag is None else Condition("flag", value.place, flag=flag)
    if field.kind == "number" and isinstance(value, Scalar) and value.text == MISSING:
        return Condition("approx", value.place)
    if field.kind == "number":
        number = reader.number(value, name)
        return None if number is None else Condition("approx", value.place, number=number)
    scalar = reader.scalar(value, name, "a single value")
    if scalar is None:
        return None
    if field.kind == "time":
        try:
            return Condition("text", scalar.place, text=format_instant(parse_instant(scalar.text)))
        except InvalidValueError:
            reader.findings.add("R9019", f"{name} is {describe(scalar)}", scalar.place, expected=EXPECTED)
            return None
    if field.words and reader.word(scalar, name, field.words) is None:
        return None
    return Condition("text", scalar.place, text=scalar.text)
