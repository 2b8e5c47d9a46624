"""Written values against a parameter model: unknown names, types and bounds, each with its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import annotated_types
from pydantic import ValidationError

from radar.nodes.params import NodeParams
from radar.spec.coerce import FAULTY, Expected, coerce
from radar.spec.findings import Findings
from radar.spec.source import Place
from radar.spec.suggest import nearest
from radar.spec.tree import Entry

__all__ = ["bounds", "check_model", "read_field", "read_fields", "unit_of"]

_LIMITS = {
    annotated_types.Gt: ("more than", "gt"),
    annotated_types.Ge: ("at least", "ge"),
    annotated_types.Lt: ("less than", "lt"),
    annotated_types.Le: ("at most", "le"),
    annotated_types.MultipleOf: ("a multiple of", "multiple_of"),
}


def unit_of(model: type[NodeParams], name: str) -> str:
    """The unit that a parameter declares, or empty."""
    extra = model.model_fields[name].json_schema_extra
    unit = extra.get("unit", "") if isinstance(extra, dict) else ""
    return unit if isinstance(unit, str) else ""


def bounds(model: type[NodeParams], name: str) -> str:
    """The bounds of a parameter in words: ``more than 0 and at most 100 %``; empty when it has none."""
    found = []
    for limit in model.model_fields[name].metadata:
        for kind, (words, attribute) in _LIMITS.items():
            if isinstance(limit, kind):
                found.append(f"{words} {getattr(limit, attribute):g}")
        if isinstance(limit, annotated_types.MinLen):
            found.append(f"at least {limit.min_length} of them")
        if isinstance(limit, annotated_types.MaxLen):
            found.append(f"at most {limit.max_length} of them")
    unit = unit_of(model, name)
    return " and ".join(found) + (f" {unit}" if found and unit else "")


def read_field(model: type[NodeParams], entry: Entry, owner: str, findings: Findings) -> Any:
    """The value of one entry as its parameter has it; ``FAULTY`` when it has no such parameter or another type."""
    if entry.name not in model.model_fields:
        findings.add(
            "R2008",
            f"{owner} has no parameter {entry.name}",
            entry.key.place,
            expected=_one_of(list(model.model_fields)),
            nearest=nearest(entry.name, model.model_fields),
        )
        return FAULTY
    annotation = model.model_fields[entry.name].annotation
    return coerce(entry.value, Expected(entry.name, annotation, unit_of(model, entry.name), findings))


def _one_of(names: list[str]) -> str:
    if not names:
        return "no parameters"
    return names[0] if len(names) == 1 else f"one of {', '.join(names)}"


def read_fields(
    model: type[NodeParams], written: Mapping[str, Entry], owner: str, findings: Findings
) -> dict[str, Any]:
    """The values of all entries by name, ``FAULTY`` ones included."""
    return {name: read_field(model, entry, owner, findings) for name, entry in written.items()}


def check_model(
    model: type[NodeParams],
    values: Mapping[str, Any],
    places: Mapping[str, Place],
    fallback: Place,
    findings: Findings,
) -> tuple[Any, frozenset[str]]:
    """Build the model, and report what its bounds and rules refuse.

    Returns:
        The parameters, with the default in the place of every refused value, and the names of those parameters.
    """
    faulty = {name for name, value in values.items() if value is FAULTY and name in model.model_fields}
    good = {name: value for name, value in values.items() if value is not FAULTY}
    for _ in range(len(good) + 1):
        try:
            return model.model_validate(good), frozenset(faulty)
        except ValidationError as error:
            refused = {_report(model, item, good, places, fallback, findings) for item in error.errors()}
        faulty |= refused - {""}
        good = {name: value for name, value in good.items() if name not in refused}
        if "" in refused:
            faulty |= set(good)
            break
    return model.model_construct(), frozenset(faulty)


def _report(
    model: type[NodeParams],
    error: Any,
    values: Mapping[str, Any],
    places: Mapping[str, Place],
    fallback: Place,
    findings: Findings,
) -> str:
    """Report one refusal of pydantic; the name of the parameter, or empty for a rule between parameters."""
    location = error["loc"]
    name = str(location[0]) if location and str(location[0]) in model.model_fields else ""
    place = places.get(name, fallback)
    message = str(error["msg"]).removeprefix("Value error, ")
    if not name:
        findings.add("R4015", message[:1].lower() + message[1:], place)
        return ""
    limits = bounds(model, name)
    if limits:
        unit = unit_of(model, name)
        findings.add(
            "R2010", f"{name} is {_shown(values.get(name))}{f' {unit}' if unit else ''}", place, expected=limits
        )
    else:
        findings.add("R2009", f"{name}: {message}", place)
    return name


def _shown(value: Any) -> str:
    if isinstance(value, tuple | list):
        return f"[{', '.join(str(item) for item in value)}]"
    return f"{value:.12g}" if isinstance(value, float) else str(value)
