"""The JSON schema of a pipeline file, made from the registered kinds: completion and hints in an editor."""

from __future__ import annotations

from typing import Any

from radar.nodes.kind import ROLES, Kind
from radar.nodes.registry import kinds, names
from radar.spec.document import KEYS
from radar.spec.fields import unit_of

__all__ = ["pipeline_schema"]

_IDENTIFIER = "^[a-z][a-z0-9_]*$"
_TIMEFRAME = "^[1-9][0-9]{0,3}[mhd]$"
_REFERENCE = {"type": "string", "pattern": r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$"}
_REFERENCES = {"anyOf": [_REFERENCE, {"type": "array", "items": _REFERENCE, "minItems": 1}]}
_TEMPLATE = {"type": "string", "pattern": r"\$\{[^}]+\}", "description": "${env:NAME}, ${secret:NAME} or ${NODE.PARAM}"}


def pipeline_schema() -> dict[str, Any]:
    """The schema (JSON Schema 2020-12) of a pipeline file, with every registered kind in it."""
    definitions = {f"{role}.{name}": _kind_schema(kind) for (role, name), kind in kinds().items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Radar pipeline",
        "type": "object",
        "additionalProperties": False,
        "required": [key for key in KEYS if key != "about"],
        "properties": {
            "radar": {"const": 1, "description": "The format of this file."},
            "pipeline": {"type": "string", "pattern": _IDENTIFIER, "description": "Name of the pipeline."},
            "about": {"type": "string", "description": "What it does, in a sentence."},
            "assets": {
                "description": "A group of config/assets.yaml, or a list of assets.",
                "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
            },
            "clock": _clock_schema(),
            "nodes": {
                "description": "Nodes by name.",
                "type": "object",
                "minProperties": 1,
                "propertyNames": {"pattern": _IDENTIFIER},
                "additionalProperties": {"$ref": "#/$defs/node"},
            },
        },
        "$defs": {"node": _node_schema(), **definitions},
    }


def _clock_schema() -> dict[str, Any]:
    timeframe = {"type": "string", "pattern": _TIMEFRAME}
    return {
        "description": "The bar at whose close decisions are made; fill names the finer bars that orders meet.",
        "anyOf": [
            timeframe,
            {
                "type": "object",
                "additionalProperties": False,
                "required": ["decide"],
                "properties": {"decide": timeframe, "fill": timeframe},
            },
        ],
    }


def _node_schema() -> dict[str, Any]:
    """A node: one role, and then what its kind says. ``if`` and ``then`` give an editor one kind's keys, not all."""
    choices = [
        {
            "if": {"required": [role], "properties": {role: {"const": name}}},
            "then": {"$ref": f"#/$defs/{role}.{name}"},
        }
        for role, name in kinds()
    ]
    return {
        "type": "object",
        "properties": {role: {"enum": names(role), "description": f"The kind of {role}."} for role in ROLES},
        "oneOf": [{"required": [role]} for role in ROLES],
        "allOf": choices,
    }


def _kind_schema(kind: Kind) -> dict[str, Any]:
    properties: dict[str, Any] = {kind.role: {"const": kind.name, "description": kind.summary}}
    if kind.inputs:
        ports = {
            name: {**(_REFERENCES if declared.many else _REFERENCE), "description": declared.about}
            for name, declared in kind.inputs.items()
        }
        properties["in"] = {
            "description": f"Inputs: {', '.join(kind.inputs)}.",
            "anyOf": [_REFERENCES, {"type": "object", "additionalProperties": False, "properties": ports}],
        }
    path = {"type": "string", "pattern": r"^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)+$"}
    properties["with"] = {
        "description": "A block of config/ by path, such as risk.account, or a list of them.",
        "anyOf": [path, {"type": "array", "items": path}],
    }
    properties["was"] = {"type": "string", "pattern": _IDENTIFIER, "description": "The name of this node before."}
    parameters = _parameters(kind)
    properties["per_asset"] = {
        "description": "Parameters that differ for an asset.",
        "type": "object",
        "additionalProperties": {"type": "object", "additionalProperties": False, "properties": parameters},
    }
    return {"type": "object", "additionalProperties": False, "properties": {**properties, **parameters}}


def _parameters(kind: Kind) -> dict[str, Any]:
    schema = kind.params.model_json_schema()
    return {name: _parameter(kind, name, declared) for name, declared in schema.get("properties", {}).items()}


def _parameter(kind: Kind, name: str, declared: dict[str, Any]) -> dict[str, Any]:
    """One parameter: what the model says, or the number with its unit, or a reference."""
    unit = unit_of(kind.params, name)
    about = declared.get("description", "")
    own = {key: value for key, value in declared.items() if key not in ("title", "default", "description", "unit")}
    own.pop("on_change", None)
    choices = own.pop("anyOf", None) or [own]
    spelled = [{"type": "string", "pattern": r"^[-+.0-9eE]+ ?[A-Za-z%]+$"}] if unit else []
    return {
        "description": f"{about} [{unit}]" if unit else about,
        "default": declared.get("default"),
        "anyOf": [*choices, *spelled, _TEMPLATE],
    }
