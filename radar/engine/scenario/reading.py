"""Values of a test file as the types that they must have, or a diagnostic that says what was expected."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from radar.errors import InvalidValueError
from radar.market.instant import EXPECTED, parse_instant
from radar.spec.findings import Findings
from radar.spec.source import Place
from radar.spec.suggest import nearest
from radar.spec.tree import ListValue, MapValue, Scalar, Value, describe
from radar.spec.units import UnitError, with_unit
from radar.spec.values import refuse_references

__all__ = ["Instant", "Reader", "written"]


CENTURY = 100 * 366 * 86_400_000
"""A longer time is a mistake, and too long to count with."""


@dataclass(frozen=True)
class Instant:
    """A moment: ``milliseconds`` UTC, or since the first bar when it is ``relative``."""

    milliseconds: int
    relative: bool
    place: Place

    def since(self, start: int) -> int:
        """Milliseconds UTC, the first bar opening at ``start``."""
        return self.milliseconds + (start if self.relative else 0)


class Reader:
    """Reads values; every problem becomes a finding, and the value None."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings

    def wrong(self, value: Value, what: str, expected: str) -> None:
        """Report a value of another type."""
        if not (isinstance(value, Scalar) and value.faulty):
            self.findings.add("R9003", f"{what} is {describe(value)}", value.place, expected=expected)

    def mapping(self, value: Value, what: str, keys: Collection[str]) -> MapValue | None:
        """A mapping; its unknown keys are reported."""
        if not isinstance(value, MapValue):
            self.wrong(value, what, f"a mapping with {', '.join(keys)}")
            return None
        for entry in value:
            if entry.name not in keys:
                self.findings.add(
                    "R9001",
                    f"unknown key {entry.name} of {what}",
                    entry.key.place,
                    expected=", ".join(keys),
                    nearest=nearest(entry.name, [key for key in keys if value.entry(key) is None]),
                )
        return value

    def need(self, mapping: MapValue, key: str, what: str, sample: str) -> Value | None:
        """The value of a required key."""
        value = mapping.get(key)
        if value is None:
            self.findings.add("R9002", f"{what} has no {key}", mapping.place, fix=f"write {sample}")
        return value

    def items(self, value: Value, what: str, expected: str) -> tuple[Value, ...] | None:
        """The items of a list that is not empty."""
        if not isinstance(value, ListValue) or not value.items:
            if isinstance(value, ListValue):
                self.findings.add("R9003", f"{what} is an empty list", value.place, expected=expected)
            else:
                self.wrong(value, what, expected)
            return None
        return value.items

    def scalar(self, value: Value, what: str, expected: str) -> Scalar | None:
        """A single value."""
        if not isinstance(value, Scalar):
            self.wrong(value, what, expected)
            return None
        return None if value.faulty or refuse_references(value, self.findings) else value

    def text(self, value: Value, what: str, expected: str = "text") -> str | None:
        """Text that is not empty; numbers and truth values are not text."""
        scalar = self.scalar(value, what, expected)
        if scalar is None:
            return None
        if not isinstance(scalar.value, str) or not scalar.text.strip():
            self.wrong(scalar, what, expected)
            return None
        return scalar.text.strip()

    def flag(self, value: Value, what: str) -> bool | None:
        """``true`` or ``false``."""
        scalar = self.scalar(value, what, "true or false")
        if scalar is None or not isinstance(scalar.value, bool):
            if scalar is not None:
                self.wrong(scalar, what, "true or false")
            return None
        return scalar.value

    def number(
        self, value: Value, what: str, *, unit: str = "", least: float = -math.inf, above: float = -math.inf
    ) -> float | None:
        """A finite number, which may be typed with ``unit``."""
        expected = f"a number in {unit}" if unit else "a number"
        scalar = self.scalar(value, what, expected)
        if scalar is None:
            return None
        found: object = scalar.value
        if isinstance(found, str) and scalar.style != "quoted":
            try:
                found = with_unit(found, unit)
            except UnitError as error:
                expected = error.expected
        if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
            self.wrong(scalar, what, expected)
            return None
        return float(found) if self._within(float(found), scalar, what, least, above) else None

    def _within(self, number: float, scalar: Scalar, what: str, least: float, above: float) -> bool:
        if number >= least and number > above:
            return True
        bound = f"at least {least:g}" if least > -math.inf else f"more than {above:g}"
        self.findings.add("R9010", f"{what} is {scalar.text}", scalar.place, expected=bound)
        return False

    def whole(self, value: Value, what: str, *, least: int = 0, most: int = 200_000) -> int | None:
        """A whole number between ``least`` and ``most``."""
        scalar = self.scalar(value, what, "a whole number")
        if scalar is None:
            return None
        found = scalar.value
        if isinstance(found, bool) or not isinstance(found, int):
            self.wrong(scalar, what, "a whole number")
            return None
        if not least <= found <= most:
            bounds = f"from {least} to {most}"
            self.findings.add("R9010", f"{what} is {scalar.text}", scalar.place, expected=bounds)
            return None
        return found

    def fraction(self, value: Value, what: str) -> float | None:
        """A rate: a fraction such as 0.0001, or the same typed as 0.01%."""
        if isinstance(value, Scalar) and value.style != "quoted" and value.text.rstrip().endswith("%"):
            found = self.number(value, what, unit="%")
            return None if found is None else found / 100.0
        return self.number(value, what)

    def duration(self, value: Value, what: str) -> int | None:
        """Milliseconds of a positive time such as ``8h``."""
        expected = "a time such as 30m, 8h or 2d"
        scalar = self.scalar(value, what, expected)
        if scalar is None:
            return None
        found = _milliseconds(scalar)
        if found is None or found <= 0:
            self.findings.add("R9019", f"{what} is {describe(scalar)}", scalar.place, expected=expected)
            return None
        return found

    def instant(self, value: Value, what: str) -> Instant | None:
        """A moment: a UTC date or time, or a time since the first bar."""
        expected = f"{EXPECTED}, or a time since the first bar such as 8h"
        scalar = self.scalar(value, what, expected)
        if scalar is None:
            return None
        since = _milliseconds(scalar)
        if since is not None:
            return Instant(since, True, scalar.place)
        try:
            return Instant(parse_instant(scalar.text), False, scalar.place)
        except InvalidValueError:
            self.findings.add("R9019", f"{what} is {describe(scalar)}", scalar.place, expected=expected)
            return None

    def word(self, scalar: Scalar, what: str, words: Collection[str]) -> str | None:
        """One of ``words``."""
        if scalar.text in words:
            return scalar.text
        self.findings.add(
            "R9018",
            f"{what} is {describe(scalar)}",
            scalar.place,
            expected=f"one of {', '.join(words)}",
            nearest=nearest(scalar.text, words),
        )
        return None

    def one_or_many(self, value: Value) -> Iterator[Value]:
        """The items of a list, or the value itself."""
        if isinstance(value, ListValue):
            yield from value.items
        else:
            yield value


def _milliseconds(scalar: Scalar) -> int | None:
    """A time that is typed with its unit, in milliseconds."""
    if scalar.style == "quoted" or isinstance(scalar.value, int | float | bool):
        return None
    try:
        found = with_unit(scalar.text, "ms")
    except UnitError:
        return None
    return round(found) if found is not None and abs(found) <= CENTURY else None


def written(value: Value) -> str:
    """A value as YAML of one line, as it stands behind ``--set NODE.PARAM=``."""
    if isinstance(value, ListValue):
        return f"[{', '.join(written(item) for item in value.items)}]"
    if isinstance(value, MapValue):
        return f"{{{', '.join(f'{json.dumps(entry.name)}: {written(entry.value)}' for entry in value)}}}"
    return json.dumps(value.text) if value.style == "quoted" else value.text
