"""Resolves ``${...}`` in a tree: the environment at once; secrets and parameters stay until their user is known."""

from __future__ import annotations

import os
from collections.abc import Mapping

from radar.nodes.secret import Secret
from radar.spec.findings import Findings
from radar.spec.suggest import nearest
from radar.spec.template import FORMS, EnvironmentReference, Part, TemplateError, split
from radar.spec.tree import Entry, ListValue, MapValue, Scalar, Value

__all__ = ["Secret", "expand", "refuse_references"]


def expand(value: Value, findings: Findings, environment: Mapping[str, str] | None = None) -> Value:
    """The tree with every ``${env:...}`` of its values replaced.

    A scalar that is nothing but one reference takes the variable's text as if it stood there unquoted, so that it can
    become a number; with text around it, it stays text. What a variable holds is never searched for references again.
    """
    variables = os.environ if environment is None else environment
    if isinstance(value, ListValue):
        return ListValue(tuple(expand(item, findings, variables) for item in value.items), value.place)
    if isinstance(value, MapValue):
        entries = []
        for entry in value:
            if "${" in entry.name:
                place = entry.key.place
                findings.add("R2023", f"a key cannot hold a reference: {entry.name}", place, expected="plain text")
            else:
                entries.append(Entry(entry.key, expand(entry.value, findings, variables)))
        return MapValue(tuple(entries), value.place)
    return _expand_scalar(value, findings, variables)


def _expand_scalar(scalar: Scalar, findings: Findings, variables: Mapping[str, str]) -> Scalar:
    if scalar.faulty or "${" not in scalar.text:
        return scalar
    try:
        parts = split(scalar.text)
    except TemplateError as error:
        place = scalar.place.within(error.written)
        findings.add("R2018", f"{_short(error.written)} is not a reference", place, expected=FORMS)
        return Scalar(scalar.text, "quoted", scalar.place, faulty=True)
    resolved: list[Part] = []
    faulty = False
    for part in parts:
        if not isinstance(part, EnvironmentReference):
            resolved.append(part)
        elif (text := variables.get(part.name, part.default)) is not None:
            resolved.append(text)
        else:
            faulty = True
            findings.add(
                "R2016",
                f"the environment variable {part.name} is not set",
                scalar.place.within(part.written),
                nearest=nearest(part.name, variables),
                fix=f"set {part.name}, or give a default: ${{env:{part.name}:-value}}",
            )
    if faulty:
        return Scalar(scalar.text, "quoted", scalar.place, faulty=True)
    if all(isinstance(part, str) for part in resolved):
        alone = len(parts) == 1 and isinstance(parts[0], EnvironmentReference)
        text = "".join(part for part in resolved if isinstance(part, str))
        return Scalar(text, "environment" if alone else "quoted", scalar.place)
    return Scalar(scalar.text, "quoted", scalar.place, parts=tuple(resolved))


def refuse_references(scalar: Scalar, findings: Findings) -> bool:
    """Whether ``scalar`` refers to a secret or a parameter where neither has a meaning; says so."""
    if not scalar.parts:
        return False
    findings.add(
        "R2018",
        f"{_short(scalar.text)} has no meaning here",
        scalar.place,
        expected="a plain value, or ${env:NAME}",
        fix="secrets and ${NODE.PARAM} are values of parameters",
    )
    return True


def _short(text: str) -> str:
    line = text.partition("\n")[0]
    return line if len(line) <= 40 else f"{line[:37]}..."
