"""What every kind promises about its example and its numbers, and every plan about its source."""

from __future__ import annotations

import typing
from typing import Any, Literal, get_args, get_origin

import numpy as np
import pytest

from radar.kernel.build import build, digest_of, source_of
from radar.kernel.compile import Argument, advance_arguments
from radar.nodes.kind import Kind
from radar.nodes.registry import kinds
from radar.plan.check import check
from radar.plan.plan import Plan, make_plan
from radar.plan.records import TIMEFRAME_NAMES, kernel_name, param_dtype, write_params
from radar.spec.load import load_pipeline
from radar.spec.model import Node
from tests.conformance.cases import CASES, CONFIG, SHIPPED, params, prepared
from tests.conformance.compose import completed, covered, example, pipeline

KINDS = kinds()
every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=[f"{role}-{name}" for role, name in KINDS])


def test_the_cases_hold_every_kind() -> None:
    """Shipped pipelines and the composed one together run every registered kind."""
    run = {(node.kind.role, node.kind.name) for name in CASES for node in prepared(name)[0].plan.nodes}
    sinks = {key for key in covered(SHIPPED) if key[0] == "sink"}
    assert run | sinks == set(KINDS)


@every_kind
def test_example_passes_every_check(kind: Kind) -> None:
    """What a page shows can be copied: completed by what it reads, the example is a pipeline without an error."""
    shown = example(kind)
    nodes = completed(shown)
    found = check(load_pipeline(pipeline(nodes, "example", clock="5m"), config=CONFIG), used=tuple(nodes))
    errors = [one for one in found.diagnostics if one.severity == "error"]
    assert [f"{one.code} {one.message}" for one in errors] == []
    plan = make_plan(found.require())
    assert {node.id for node in plan.nodes} == set(nodes)
    compile(source_of(plan), "<kernel of an example>", "exec")


def bounds(kind: Kind, name: str) -> dict[str, float]:
    """The bounds of a number."""
    keys = ("ge", "gt", "le", "lt")
    return {
        key: getattr(item, key)
        for item in kind.params.model_fields[name].metadata
        for key in keys
        if hasattr(item, key)
    }


def unit(kind: Kind, name: str) -> str:
    extra = kind.params.model_fields[name].json_schema_extra
    assert isinstance(extra, dict)
    return str(extra["unit"])


@every_kind
def test_a_parameter_of_zero_reaches_the_kernel_as_zero(kind: Kind) -> None:
    """Where a bound allows 0, 0 is a value and not "not given"; so is False, against a default of True."""
    for name, info in kind.params.model_fields.items():
        if isinstance(info.default, bool):
            zero: Any = False
        elif isinstance(info.default, int | float) and bounds(kind, name).get("ge", 1) <= 0:
            zero = 0
        else:
            continue
        record = np.zeros(1, param_dtype(kind))
        record[kernel_name(name, unit(kind, name))] = 77
        write_params(record[0], kind, kind.params(**{name: zero}), interval=1, window=0)
        assert record[0][kernel_name(name, unit(kind, name))] == 0, name


@every_kind
def test_percent_is_a_fraction_in_the_kernel(kind: Kind) -> None:
    """Converted once, on the way into the record, under the name without its suffix."""
    for name, info in kind.params.model_fields.items():
        if unit(kind, name) != "%" or not isinstance(info.default, float):
            continue
        record = np.zeros(1, param_dtype(kind))
        write_params(record[0], kind, kind.params(), interval=1, window=0)
        field = name.removesuffix("_percent").removesuffix("_pct")
        assert record[0][field] == info.default / 100.0


def other(node: Node, name: str) -> str | None:
    """Another valid value of a parameter as it is written after ``--set``; None for text and for clocks."""
    info = node.kind.params.model_fields[name]
    value = getattr(node.params, name)
    annotation = info.annotation
    if name in TIMEFRAME_NAMES:
        return None
    if isinstance(value, bool):
        return str(not value).lower()
    if get_origin(annotation) is Literal:
        return str(next(one for one in get_args(annotation) if one != value))
    if get_origin(annotation) is tuple:
        choices = get_args(get_args(annotation)[0])
        found = next((one for one in choices if (one,) != value), None)
        return None if found is None else f"[{found}]"
    if annotation is int or (int in typing.get_args(annotation)):
        limit = bounds(node.kind, name)
        number = int(value or 2)
        return str(number + 1 if number + 1 <= limit.get("le", np.inf) else number - 1)
    if annotation is float:
        limit = bounds(node.kind, name)
        low = limit.get("ge", limit.get("gt", 0.0))
        return repr(float((value + low) / 2 if value > low else low + 0.3))
    return None


def replanned(case: str, override: str) -> Plan:
    """The plan of a case with one more value set, whatever a safety check says about it."""
    found = load_pipeline(
        CASES[case].text, config=CONFIG, overrides=(*CASES[case].overrides, override), assets=CASES[case].assets
    )
    assert found.draft is not None
    assert not [one for one in found.diagnostics if one.severity == "error"], override
    return make_plan(found.draft)


@pytest.mark.parametrize("name", params(compiled=True, quirky=False))
def test_changing_a_number_changes_neither_source_nor_layout(name: str) -> None:
    """Params are data: for every parameter of every node another value gives the same text, records and digest."""
    plan = prepared(name)[0].plan
    source, digest = source_of(plan), digest_of(plan)
    changed = 0
    for node in plan.nodes:
        for parameter in node.kind.params.model_fields:
            value = other(node, parameter)
            if value is None:
                continue
            again = replanned(name, f"{node.id}.{parameter}={value}")
            assert again.pipeline.node(node.id).params != node.params, f"{node.id}.{parameter}={value}"
            assert source_of(again) == source, f"{node.id}.{parameter}"
            assert digest_of(again) == digest
            assert records(again) == records(plan)
            assert again.digest != plan.digest
            changed += 1
    assert changed > 20


def records(plan: Plan) -> list[Argument]:
    """What of the layout a compiled kernel depends on."""
    return advance_arguments(plan.layout.lane, plan.layout.params, plan.layout.shared)


def test_changing_a_number_does_not_compile_again() -> None:
    """The same machine code serves both plans, and nothing is said about compiling."""
    name = "grid_atr on the sample"
    first = build(prepared(name)[0].plan)
    told: list[str] = []
    second = build(replanned(name, "grid.sl_percent=7.5"), progress=told.append)
    assert told == []
    assert second.digest == first.digest


@pytest.mark.parametrize("name", CASES)
def test_no_value_of_a_parameter_stands_in_the_source(name: str) -> None:
    """Unmistakable numbers, set for every float of the pipeline, are nowhere in the text."""
    plan = prepared(name)[0].plan
    text = source_of(plan)
    for node in plan.nodes:
        for parameter, value in node.params.model_dump().items():
            if isinstance(value, float) and value not in (0.0, 1.0):
                assert repr(value) not in text, f"{node.id}.{parameter}"
                assert repr(value / 100.0) not in text, f"{node.id}.{parameter}"
