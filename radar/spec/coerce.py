"""A YAML value as the type that a parameter declares, or a diagnostic that says what was expected."""

from __future__ import annotations

import enum
import math
import types
import typing
from collections.abc import Iterable
from typing import Any, Literal, Union, get_args, get_origin

from radar.nodes.secret import Secret
from radar.spec.findings import Findings
from radar.spec.suggest import nearest
from radar.spec.template import SecretReference
from radar.spec.tree import ListValue, MapValue, Scalar, Value, describe
from radar.spec.units import UnitError, with_unit

__all__ = ["FAULTY", "Expected", "coerce", "spell_type"]

FAULTY: Any = object()
"""Stands for a value that a diagnostic was given about."""


class Expected:
    """What a parameter wants: its name, type, unit and choices, and where findings go."""

    def __init__(self, name: str, annotation: Any, unit: str, findings: Findings) -> None:
        self.name = name
        self.annotation = annotation
        self.unit = unit
        self.findings = findings

    def of(self, annotation: Any) -> Expected:
        """The same parameter with another type: an item of a list, one side of a union."""
        return Expected(self.name, annotation, self.unit, self.findings)

    def wrong(self, value: Value, fix: str = "") -> Any:
        """Report ``value`` as being of another type."""
        self.findings.add(
            "R2009",
            f"{self.name} is {describe(value)}",
            value.place,
            expected=spell_type(self.annotation, self.unit),
            fix=fix,
        )
        return FAULTY


def coerce(value: Value, expected: Expected) -> Any:
    """``value`` as Python has it for ``expected``'s type; :data:`FAULTY` after a diagnostic.

    Bounds are not tested here, and types that only the model knows are passed on as plain data for it to judge.
    """
    if isinstance(value, Scalar):
        if value.faulty:
            return FAULTY
        if value.parts:
            return _secret(value, expected)
    annotation = expected.annotation
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        return _union(value, expected)
    if origin is typing.Annotated:
        return coerce(value, expected.of(get_args(annotation)[0]))
    if origin is Literal:
        return _choice(value, expected, get_args(annotation))
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return _choice(value, expected, [member.value for member in annotation])
    if annotation is Secret:
        return _plain_secret(value, expected)
    if origin in (tuple, list, set, frozenset):
        return _items(value, expected)
    if annotation in (int, float):
        return _number(value, expected)
    if annotation is bool:
        return _boolean(value, expected)
    if annotation is str:
        return _text(value, expected)
    return _data(value)


def _secret(scalar: Scalar, expected: Expected) -> Any:
    """A scalar with a secret in it (parameters were replaced before)."""
    reference = next((part for part in scalar.parts if isinstance(part, SecretReference)), None)
    if reference is None:
        return expected.wrong(scalar)
    if Secret in (expected.annotation, *get_args(expected.annotation)) and len(scalar.parts) == 1:
        return Secret(reference.name)
    message = f"{expected.name} cannot hold the secret {reference.name}"
    if len(scalar.parts) > 1:
        message = f"the secret {reference.name} has text around it"
    expected.findings.add(
        "R2017",
        message,
        scalar.place.within(reference.written),
        expected="a secret alone, in a parameter that takes a secret",
        fix="name a secret only where the kind declares one; use ${env:NAME} for what may be seen",
    )
    return FAULTY


def _plain_secret(value: Value, expected: Expected) -> Any:
    if not isinstance(value, Scalar):
        return expected.wrong(value)
    expected.findings.hide(value.text)
    expected.findings.add(
        "R2017",
        f"{expected.name} is a secret and must not be written here",
        value.place,
        expected="${secret:NAME}",
        fix=f"write ${{secret:{expected.name.upper()}}} and set RADAR_SECRET_{expected.name.upper()}",
    )
    return FAULTY


def _union(value: Value, expected: Expected) -> Any:
    members = [member for member in get_args(expected.annotation) if member is not type(None)]
    if isinstance(value, Scalar) and value.value is None and type(None) in get_args(expected.annotation):
        return None
    if len(members) == 1:
        return coerce(value, expected.of(members[0]))
    for member in members:
        trial = Findings()
        result = coerce(value, Expected(expected.name, member, expected.unit, trial))
        if not trial.any_errors:
            return result
    return expected.wrong(value)


def _choice(value: Value, expected: Expected, choices: Iterable[Any]) -> Any:
    allowed = list(choices)
    if not isinstance(value, Scalar):
        fix = f"write {value.items[0].text}" if _single(value) else ""
        return expected.wrong(value, fix)
    for choice in allowed:
        same_type = isinstance(value.value, bool) == isinstance(choice, bool)
        if (same_type and value.value == choice) or (isinstance(choice, str) and value.text == choice):
            return choice
    expected.findings.add(
        "R2011",
        f"{expected.name} cannot be {describe(value)}",
        value.place,
        expected=f"one of {', '.join(str(choice) for choice in allowed)}",
        nearest=nearest(value.text, [str(choice) for choice in allowed]),
    )
    return FAULTY


def _single(value: Value) -> typing.TypeGuard[Any]:
    return isinstance(value, ListValue) and len(value.items) == 1 and isinstance(value.items[0], Scalar)


def _items(value: Value, expected: Expected) -> Any:
    arguments = get_args(expected.annotation)
    if not isinstance(value, ListValue):
        fix = f"write [{value.text}]" if isinstance(value, Scalar) and value.value is not None else ""
        return expected.wrong(value, fix)
    one_type = len(arguments) != len(value.items) or (len(arguments) == 2 and arguments[1] is Ellipsis)
    found = []
    for index, item in enumerate(value.items):
        annotation = (arguments[0] if one_type else arguments[index]) if arguments else Any
        found.append(coerce(item, expected.of(annotation)))
    if any(item is FAULTY for item in found):
        return FAULTY
    for index, item in enumerate(found):
        if item in found[:index]:
            expected.findings.add(
                "R2024", f"{expected.name} lists {item} twice", value.items[index].place, expected="each once"
            )
            return FAULTY
    return tuple(found)


def _number(value: Value, expected: Expected) -> Any:
    if not isinstance(value, Scalar):
        return expected.wrong(value)
    found = value.value
    if isinstance(found, str):
        if value.style == "quoted":
            unquoted = Scalar(value.text, "plain", value.place)
            if isinstance(unquoted.value, int | float) and not isinstance(unquoted.value, bool):
                return expected.wrong(value, f"write {value.text} without quotes")
        try:
            found = with_unit(value.text, expected.unit)
        except UnitError as error:
            expected.findings.add(
                "R2012",
                f"{expected.name} is in {expected.unit or 'no unit'}, not in {error.typed}",
                value.place,
                expected=error.expected,
                fix=error.fix,
            )
            return FAULTY
        if found is None:
            separated = value.text.replace("_", "").replace(",", "")
            fix = f"write {separated}" if separated != value.text and separated.replace(".", "", 1).isdigit() else ""
            return expected.wrong(value, fix)
    if found is None and value.style == "plain" and not value.text:
        return expected.wrong(value, f"write a value behind the colon, or remove {expected.name} to use its default")
    if found is None or isinstance(found, bool):
        return expected.wrong(value)
    if not math.isfinite(found):
        expected.findings.add("R2010", f"{expected.name} is {value.text}", value.place, expected="a finite number")
        return FAULTY
    if expected.annotation is int:
        return int(found) if found == int(found) else expected.wrong(value)
    return float(found)


def _boolean(value: Value, expected: Expected) -> Any:
    if isinstance(value, Scalar) and isinstance(value.value, bool):
        return value.value
    words = {"yes": "true", "on": "true", "no": "false", "off": "false", "true": "true", "false": "false"}
    meant = words.get(value.text.lower(), "") if isinstance(value, Scalar) else ""
    return expected.wrong(value, f"write {meant}, without quotes" if meant else "")


def _text(value: Value, expected: Expected) -> Any:
    if not isinstance(value, Scalar):
        return expected.wrong(value)
    if value.style == "environment" or isinstance(value.value, str):
        return value.text
    return expected.wrong(value, f'write "{value.text}" in quotes' if value.text else "")


def _data(value: Value) -> Any:
    if isinstance(value, ListValue):
        return [_data(item) for item in value.items]
    if isinstance(value, MapValue):
        return {entry.name: _data(entry.value) for entry in value}
    return value.value


def spell_type(annotation: Any, unit: str = "") -> str:
    """A type in the words of a user: ``a whole number (bars)``, ``one of touch, through, queue``."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    suffix = f" ({unit})" if unit else ""
    if origin in (Union, types.UnionType):
        return " or ".join(spell_type(member, unit) for member in arguments)
    if origin is typing.Annotated:
        return spell_type(arguments[0], unit)
    if origin is Literal:
        return f"one of {', '.join(str(choice) for choice in arguments)}"
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return f"one of {', '.join(str(member.value) for member in annotation)}"
    if origin in (tuple, list, set, frozenset):
        return f"a list of values, each {spell_type(arguments[0], unit)}" if arguments else "a list"
    words = {
        int: f"a whole number{suffix}",
        float: f"a number{suffix}",
        bool: "true or false",
        str: "text",
        Secret: "${secret:NAME}",
        type(None): "null",
    }
    return words.get(annotation, getattr(annotation, "__name__", str(annotation)))
