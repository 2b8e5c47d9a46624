"""The JSON schema for editors takes what the loader takes."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from ruamel.yaml import YAML

from radar.nodes.registry import kinds
from radar.spec.entries import RESERVED
from radar.spec.schema import pipeline_schema
from tests.spec.frame import PIPELINES, frame
from tests.spec.malformed import SHAPE

SCHEMA = pipeline_schema()
TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}
KNOWN = {
    *("$schema", "$ref", "$defs", "title", "description", "default", "type", "const", "enum", "pattern", "properties"),
    *(
        "additionalProperties",
        "required",
        "propertyNames",
        "minProperties",
        "items",
        "minItems",
        "anyOf",
        "oneOf",
        "allOf",
    ),
    *("if", "then", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
}


def fits(value: Any, schema: dict[str, Any]) -> bool:
    """Whether a value is valid: the part of JSON Schema that the schema uses."""
    assert set(schema) <= KNOWN, f"teach this test {set(schema) - KNOWN}"
    if "$ref" in schema:
        return fits(value, SCHEMA["$defs"][schema["$ref"].removeprefix("#/$defs/")])
    kind = schema.get("type")
    if kind and (not isinstance(value, TYPES[kind]) or (isinstance(value, bool) and kind in ("integer", "number"))):
        return False
    if "const" in schema and value != schema["const"]:
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        return False
    if isinstance(value, int | float) and not isinstance(value, bool) and not _within(value, schema):
        return False
    if isinstance(value, list) and not _list_fits(value, schema):
        return False
    if isinstance(value, dict) and not _map_fits(value, schema):
        return False
    if "anyOf" in schema and not any(fits(value, one) for one in schema["anyOf"]):
        return False
    if "oneOf" in schema and sum(fits(value, one) for one in schema["oneOf"]) != 1:
        return False
    if "if" in schema and fits(value, schema["if"]) and not fits(value, schema["then"]):
        return False
    return all(fits(value, one) for one in schema.get("allOf", []))


def _within(value: float, schema: dict[str, Any]) -> bool:
    return (
        schema.get("minimum", value) <= value <= schema.get("maximum", value)
        and not value <= schema.get("exclusiveMinimum", value - 1)
        and not value >= schema.get("exclusiveMaximum", value + 1)
    )


def _list_fits(value: list[Any], schema: dict[str, Any]) -> bool:
    return len(value) >= schema.get("minItems", 0) and all(fits(item, schema.get("items", {})) for item in value)


def _map_fits(value: dict[str, Any], schema: dict[str, Any]) -> bool:
    properties = schema.get("properties", {})
    rest = schema.get("additionalProperties", True)
    for name, item in value.items():
        if name in properties:
            if not fits(item, properties[name]):
                return False
        elif rest is False or (isinstance(rest, dict) and not fits(item, rest)):
            return False
        if "propertyNames" in schema and not fits(name, schema["propertyNames"]):
            return False
    return set(schema.get("required", [])) <= set(value) and len(value) >= schema.get("minProperties", 0)


def document(text: str) -> Any:
    """A YAML text as plain data."""
    return YAML(typ="safe", pure=True).load(text)


@pytest.mark.parametrize("path", sorted(PIPELINES.glob("*[!t].yaml")), ids=lambda path: path.stem)
def test_shipped_pipelines_fit(path: Any) -> None:
    """Every pipeline that the loader takes is valid for an editor."""
    if path.name.endswith(".test.yaml"):
        pytest.skip("not a pipeline")
    assert fits(document(path.read_text(encoding="utf-8")), SCHEMA)


def test_the_frame_fits() -> None:
    """References, units and lists of blocks are valid values."""
    text = frame(sized="{risk: equal_allocation, in: grid, cap_percent: 25%, with: [risk.sizing]}")
    assert fits(document(text), SCHEMA)


@pytest.mark.parametrize(
    "name",
    [
        "unknown top-level key",
        "another format",
        "no clock",
        "nodes is a list",
        "node in capitals",
        "two roles",
        "unknown indicator",
        "unknown parameter",
        "truth value for a number",
        "below a bound",
        "not a choice",
        "not a choice in a list",
        "clock as a number",
        "reference in capitals",
    ],
)
def test_malformed_pipelines_do_not_fit(name: str) -> None:
    """An editor underlines the faults of shape that the loader refuses."""
    assert not fits(document(SHAPE[name][1].replace("«", "").replace("»", "")), SCHEMA)


def test_every_kind_and_parameter_is_in_it() -> None:
    """Completion offers every kind with every parameter and its meaning."""
    for (role, name), kind in kinds().items():
        definition = SCHEMA["$defs"][f"{role}.{name}"]["properties"]
        assert name in SCHEMA["$defs"]["node"]["properties"][role]["enum"]
        for parameter in kind.params.model_fields:
            assert definition[parameter]["description"], f"{role} {name} {parameter}"


def test_it_is_json() -> None:
    """The schema can be written to a file."""
    assert json.loads(json.dumps(SCHEMA)) == json.loads(json.dumps(pipeline_schema()))


def test_no_parameter_has_the_name_of_a_key() -> None:
    """A parameter called `in` or `source` could never be written on a node."""
    for (role, name), kind in kinds().items():
        assert set(kind.params.model_fields) & set(RESERVED) == set(), f"{role} {name}"
