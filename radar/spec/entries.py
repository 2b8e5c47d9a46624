"""The nodes of a pipeline file: each entry's kind, wires, blocks and written parameters, before any value is judged."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from radar.nodes.kind import ROLES, Kind, Role
from radar.nodes.registry import find, kinds, names
from radar.spec.findings import Findings
from radar.spec.model import Reference
from radar.spec.source import Place, Span
from radar.spec.suggest import nearest
from radar.spec.tree import Entry, ListValue, MapValue, Scalar, Value, describe
from radar.spec.values import refuse_references

__all__ = ["IDENTIFIER", "RESERVED", "NodeEntry", "read_entry"]

IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")
"""Names of pipelines, nodes, ports and parameters."""
_REFERENCE = re.compile(r"([a-z][a-z0-9_]*)(?:\.([a-z][a-z0-9_]*))?")

RESERVED = (*ROLES, "in", "with", "was", "per_asset")
"""Keys of a node entry that are no parameter."""


@dataclass(frozen=True)
class NodeEntry:
    """A node as it is written. ``kind`` is None when it could not be found; such a node only holds its references."""

    id: str
    key: Scalar
    kind: Kind | None
    inputs: Mapping[str, tuple[Reference, ...]]
    port_spans: Mapping[str, Span]
    blocks: tuple[Scalar, ...] = ()
    written: Mapping[str, Entry] = field(default_factory=dict)
    per_asset: MapValue | None = None
    was: str = ""
    was_place: Place | None = None

    @property
    def references(self) -> frozenset[str]:
        """The nodes that it is wired to."""
        return frozenset(reference.node for wired in self.inputs.values() for reference in wired)


def read_entry(entry: Entry, findings: Findings) -> NodeEntry:
    """Read one entry of ``nodes``."""
    if not IDENTIFIER.fullmatch(entry.name):
        findings.add(
            "R2005",
            f"{entry.name} cannot be the name of a node",
            entry.key.place,
            expected="lower-case letters, digits and _, beginning with a letter",
        )
    if not isinstance(entry.value, MapValue):
        if not (isinstance(entry.value, Scalar) and entry.value.faulty):
            findings.add(
                "R2003",
                f"node {entry.name} is {describe(entry.value)}",
                entry.value.place,
                expected="a mapping such as {indicator: sma, in: candles.close, period: 14}",
            )
        return NodeEntry(entry.name, entry.key, None, {}, {})
    body = entry.value
    kind = _kind(entry.key, body, findings)
    inputs, port_spans = _inputs(entry.name, body.entry("in"), kind, findings)
    per_asset = body.get("per_asset")
    if per_asset is not None and not isinstance(per_asset, MapValue):
        findings.add(
            "R2003", f"per_asset is {describe(per_asset)}", per_asset.place, expected="asset: {parameter: value}"
        )
        per_asset = None
    was = body.get("was")
    return NodeEntry(
        id=entry.name,
        key=entry.key,
        kind=kind,
        inputs=inputs,
        port_spans=port_spans,
        blocks=_blocks(body.get("with"), findings),
        written={one.name: one for one in body if one.name not in RESERVED},
        per_asset=per_asset,
        was=_was(entry, was, findings),
        was_place=was.place if was else None,
    )


def _kind(key: Scalar, body: MapValue, findings: Findings) -> Kind | None:
    roles = [entry for entry in body if entry.name in ROLES]
    if not roles:
        meant = [entry for entry in body if entry.name not in RESERVED and nearest(entry.name, ROLES)]
        findings.add(
            "R2006",
            f"node {key.text} has no kind",
            meant[0].key.place if meant else key.place,
            expected=f"one of the keys {', '.join(ROLES)}",
            nearest=nearest(meant[0].name, ROLES) if meant else (),
            fix="write the role and the kind: indicator: sma",
        )
        return None
    if len(roles) > 1:
        findings.add(
            "R2006",
            f"node {key.text} has two kinds: {roles[0].name} and {roles[1].name}",
            roles[1].key.place,
            expected="exactly one role",
            fix="make two nodes",
        )
        return None
    role, value = cast(Role, roles[0].name), roles[0].value
    if not isinstance(value, Scalar):
        findings.add("R2003", f"{role} is {describe(value)}", value.place, expected="the name of a kind")
        return None
    if value.faulty or refuse_references(value, findings):
        return None
    kind = find(role, value.text)
    if kind is None:
        elsewhere = [other for other, name in kinds() if name == value.text]
        fix = f"write {elsewhere[0]}: {value.text}" if elsewhere else f"radarctl node list shows every {role}"
        findings.add(
            "R2007",
            f"there is no {role} called {value.text or 'nothing'}",
            value.place,
            expected=f"one of {', '.join(names(role))}" if len(names(role)) <= 8 else f"the name of a kind of {role}",
            nearest=nearest(value.text, names(role)),
            fix=fix,
        )
    return kind


def _inputs(
    node: str, entry: Entry | None, kind: Kind | None, findings: Findings
) -> tuple[dict[str, tuple[Reference, ...]], dict[str, Span]]:
    if entry is None:
        return {}, {}
    first = next(iter(kind.inputs), "") if kind else ""
    if kind is not None and not kind.inputs:
        findings.add(
            "R3011",
            f"{node} takes no input: the {kind.role} {kind.name} has none",
            entry.key.place,
            fix="remove in",
        )
        return {}, {}
    if not isinstance(entry.value, MapValue):
        return {first: _references(entry.value, findings)}, {first: entry.key.place.span}
    inputs = {port.name: _references(port.value, findings) for port in entry.value}
    return inputs, {port.name: port.key.place.span for port in entry.value}


def _references(value: Value, findings: Findings) -> tuple[Reference, ...]:
    if isinstance(value, ListValue):
        return tuple(reference for item in value.items for reference in _references(item, findings))
    if isinstance(value, MapValue):
        findings.add("R2022", "an input is a mapping", value.place, expected="node, node.port, or a list of them")
        return ()
    if value.faulty or refuse_references(value, findings):
        return ()
    match = _REFERENCE.fullmatch(value.text)
    if match is None:
        findings.add(
            "R2022",
            f"{describe(value)} is not a reference",
            value.place,
            expected="node or node.port, such as candles.close",
        )
        return ()
    return (Reference(match[1], match[2] or "", value.place.span),)


def _blocks(value: Value | None, findings: Findings) -> tuple[Scalar, ...]:
    """The paths after ``with``: one, or a list in which later blocks win."""
    if value is None:
        return ()
    items = value.items if isinstance(value, ListValue) else (value,)
    paths = []
    for item in items:
        if not isinstance(item, Scalar):
            findings.add("R2003", f"with is {describe(item)}", item.place, expected="the path of a block: risk.account")
        elif not item.faulty and not refuse_references(item, findings):
            paths.append(item)
    return tuple(paths)


def _was(entry: Entry, value: Value | None, findings: Findings) -> str:
    if value is None or (isinstance(value, Scalar) and value.faulty):
        return ""
    if not isinstance(value, Scalar) or not IDENTIFIER.fullmatch(value.text) or value.text == entry.name:
        findings.add(
            "R2027", f"was is {describe(value)}", value.place, expected=f"the name that {entry.name} had before"
        )
        return ""
    return value.text
