"""``${NODE.PARAM}``: a parameter that takes the value in effect at another node, for the same asset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from radar.nodes.kind import Kind
from radar.nodes.secret import Secret
from radar.spec.coerce import FAULTY
from radar.spec.fields import check_model, read_field, unit_of
from radar.spec.findings import Findings
from radar.spec.suggest import nearest
from radar.spec.template import ParameterReference, SecretReference
from radar.spec.tree import Entry, ListValue, MapValue, Scalar, Value

__all__ = ["Linker", "is_linked", "references"]


def references(value: Value) -> Iterator[ParameterReference]:
    """The parameters that a value refers to."""
    if isinstance(value, Scalar):
        yield from (part for part in value.parts if isinstance(part, ParameterReference))
    elif isinstance(value, ListValue):
        for item in value.items:
            yield from references(item)
    else:
        for entry in value:
            yield from references(entry.value)


def is_linked(value: Value) -> bool:
    """Whether a value refers to a parameter."""
    return next(references(value), None) is not None


class Linker:
    """Replaces references. A reference names a written value or a default, never another reference.

    Args:
        kinds: Kind of each node that could be read.
        declared: The names of all nodes of the file.
        written: By node and asset, what is written for each parameter.
    """

    def __init__(
        self,
        kinds: Mapping[str, Kind],
        declared: Sequence[str],
        written: Mapping[str, Mapping[str, Mapping[str, Entry]]],
    ) -> None:
        self._kinds = kinds
        self._declared = declared
        self._written = written

    def link(self, node: str, context: str, entry: Entry, findings: Findings) -> Entry | None:
        """``entry`` of ``node`` with its references replaced for one asset; None after a diagnostic."""
        for reference in references(entry.value):
            if not self._is_valid(node, context, entry, reference, findings):
                return None
        value = self._replace(entry.value, context)
        return None if value is None else Entry(entry.key, value)

    def _is_valid(
        self, node: str, context: str, entry: Entry, reference: ParameterReference, findings: Findings
    ) -> bool:
        place = entry.value.place.within(reference.written)
        if reference.node not in self._declared:
            findings.add(
                "R2019",
                f"{reference.written} refers to the unknown node {reference.node}",
                place,
                expected="a node of this pipeline",
                nearest=[f"${{{one}.{reference.parameter}}}" for one in self._owners(reference)],
            )
            return False
        kind = self._kinds.get(reference.node)
        if kind is None:
            return False
        if reference.parameter not in kind.params.model_fields:
            close = nearest(reference.parameter, kind.params.model_fields)
            findings.add(
                "R2019",
                f"{reference.node} ({kind.role} {kind.name}) has no parameter {reference.parameter}",
                place,
                expected=f"one of {', '.join(kind.params.model_fields)}",
                nearest=[f"${{{reference.node}.{one}}}" for one in close],
            )
            return False
        path = self._cycle(node, context, entry.name, reference)
        if path:
            findings.add("R2020", path, place, expected="a reference to a written value or a default")
            return False
        return self._units_fit(node, entry.name, reference, kind, place, findings)

    def _owners(self, reference: ParameterReference) -> list[str]:
        """Nodes that may have been meant: a similar name and that parameter."""
        having = [one for one, kind in self._kinds.items() if reference.parameter in kind.params.model_fields]
        return list(nearest(reference.node, having)) or having[:3]

    def _cycle(self, node: str, context: str, parameter: str, reference: ParameterReference) -> str:
        """Why the reference may not be followed, or empty: its target is a reference again."""
        path = [f"{node}.{parameter}", f"{reference.node}.{reference.parameter}"]
        step = reference
        while path[-1] not in path[:-1]:
            target = self._written[step.node][context].get(step.parameter)
            following = next(references(target.value), None) if target else None
            if following is None:
                break
            path.append(f"{following.node}.{following.parameter}")
            if following.node not in self._written:
                break
            step = following
        if len(path) == 2 and path[0] != path[1]:
            return ""
        shown = " -> ".join(path)
        if path[-1] in path[:-1]:
            return f"{path[0]} refers to itself: {shown}"
        return f"{path[1]} is itself a reference: {shown}"

    def _units_fit(
        self, node: str, parameter: str, reference: ParameterReference, kind: Kind, place: Any, findings: Findings
    ) -> bool:
        own = self._kinds[node].params
        if parameter not in own.model_fields:
            return True
        wanted, given = unit_of(own, parameter), unit_of(kind.params, reference.parameter)
        if wanted == given or (not (wanted and given) and "%" not in (wanted, given)):
            return True
        findings.add(
            "R2012",
            f"{parameter} is in {wanted or 'no unit'}, {reference.node}.{reference.parameter} in {given or 'no unit'}",
            place,
            expected=f"a parameter in {wanted}" if wanted else "a parameter without a unit",
        )
        return False

    def _replace(self, value: Value, context: str) -> Value | None:
        if isinstance(value, ListValue):
            items = [self._replace(item, context) for item in value.items]
            return None if None in items else ListValue(tuple(item for item in items if item), value.place)
        if isinstance(value, MapValue):
            entries = [(one.key, self._replace(one.value, context)) for one in value]
            if any(inner is None for _, inner in entries):
                return None
            return MapValue(tuple(Entry(key, inner) for key, inner in entries if inner), value.place)
        found = [
            self._effective(part, context) if isinstance(part, ParameterReference) else part for part in value.parts
        ]
        if any(part is FAULTY for part in found):
            return None
        if not found:
            return value
        if len(found) == 1:
            return _as_value(found[0], value)
        return Scalar("".join(str(part) for part in found), "quoted", value.place)

    def _effective(self, reference: ParameterReference, context: str) -> Any:
        """The target's value; problems of the target are reported where it is written, not here."""
        kind = self._kinds[reference.node]
        entry = self._written[reference.node][context].get(reference.parameter)
        if entry is None:
            return kind.params.model_fields[reference.parameter].get_default(call_default_factory=True)
        unheard = Findings()
        value = read_field(kind.params, entry, "", unheard)
        _, faulty = check_model(kind.params, {entry.name: value}, {}, entry.key.place, unheard)
        return FAULTY if faulty else value


def _as_value(found: Any, written: Scalar) -> Value:
    """A Python value as the YAML would write it, at the place of the reference."""
    if isinstance(found, tuple | list):
        return ListValue(tuple(_as_value(item, written) for item in found), written.place)
    if isinstance(found, Secret):
        return Scalar(found.reference, "quoted", written.place, parts=(SecretReference(found.reference, found.name),))
    if isinstance(found, str):
        return Scalar(found, "quoted", written.place)
    if found is None or isinstance(found, bool):
        return Scalar("null" if found is None else str(found).lower(), "plain", written.place)
    return Scalar(repr(found), "plain", written.place)
