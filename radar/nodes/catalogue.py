"""What there is to say of a kind: its page, ports and parameters as plain values, for a document or a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from radar.nodes.kind import Kind
from radar.nodes.port import Input, Output

__all__ = ["Parameter", "Port", "Prose", "parameters_of", "ports_of", "prose_of"]

BOUNDS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}


@dataclass(frozen=True)
class Port:
    """One port: ``direction`` is in or out; ``type`` as it is shown, alternatives and notes included."""

    direction: str
    name: str
    type: str
    about: str

    def to_json(self) -> dict[str, str]:
        """Plain data."""
        return {"direction": self.direction, "name": self.name, "type": self.type, "about": self.about}


@dataclass(frozen=True)
class Parameter:
    """One parameter as it is shown; ``default`` is empty where there is none, ``value`` the same as plain data."""

    name: str
    default: str
    unit: str
    allowed: str
    on_change: str
    about: str
    value: Any = None

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "name": self.name,
            "default": self.value,
            "unit": self.unit,
            "allowed": self.allowed,
            "on_change": self.on_change,
            "about": self.about,
        }


@dataclass(frozen=True)
class Prose:
    """The page of a kind without its example: what stands before it and behind it."""

    before: str
    remark: str


def prose_of(kind: Kind) -> Prose:
    """The words of a kind's page."""
    before, _, after = kind.about.partition("Example::\n")
    rest = textwrap.dedent(after)
    remark = rest.partition(textwrap.dedent(kind.example))[2].strip() if kind.example else rest.strip()
    return Prose(before.strip(), remark)


def ports_of(kind: Kind) -> list[Port]:
    """The inputs, then the outputs."""
    return [*_ports("in", kind.inputs), *_ports("out", kind.outputs)]


def parameters_of(kind: Kind) -> list[Parameter]:
    """Every parameter, in the order of declaration."""
    schema = kind.params.model_json_schema()
    return [_parameter(name, declared) for name, declared in schema.get("properties", {}).items()]


def _ports(direction: str, ports: Mapping[str, Input] | Mapping[str, Output]) -> Iterator[Port]:
    for name, port in ports.items():
        types = port.types if isinstance(port, Input) else (port.type,)
        notes = [note for note in ("optional", "many") if getattr(port, note, False)]
        yield Port(direction, name, " or ".join(types) + "".join(f", {note}" for note in notes), port.about)


def _parameter(name: str, schema: Mapping[str, Any]) -> Parameter:
    default = schema.get("default")
    shown = "" if default is None else ", ".join(map(str, default)) if isinstance(default, list) else str(default)
    return Parameter(
        name=name,
        default=shown,
        unit=str(schema.get("unit", "")),
        allowed=", ".join(dict.fromkeys(_allowed(schema))),
        on_change=str(schema.get("on_change", "")),
        about=str(schema.get("description", "")),
        value=default,
    )


def _allowed(schema: Mapping[str, Any]) -> Iterator[str]:
    """The bounds and choices that a schema states, those of its alternatives and items included."""
    for key, sign in BOUNDS.items():
        if key in schema:
            yield f"{sign} {schema[key]:g}"
    yield from (str(choice) for choice in schema.get("enum", ()))
    inner = [*schema.get("anyOf", ()), *schema.get("prefixItems", ())]
    if isinstance(schema.get("items"), Mapping):
        inner.append(schema["items"])
    for part in inner:
        yield from _allowed(part)
