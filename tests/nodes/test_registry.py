"""Every node kind tells the whole truth about itself: the catalogue, the schema and the checker read nothing else."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import ValidationError
from ruamel.yaml import YAML

import radar.nodes
from radar.market.compiled import is_compiled
from radar.nodes.kind import ROLES, Kind, Stability
from radar.nodes.params import OnChange
from radar.nodes.registry import find, kinds, names
from radar.plan.records import fields_dtype, param_dtype

KINDS = list(kinds().values())
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.role}-{kind.name}")
FOLDER = Path(radar.nodes.__file__).parent
INTERVAL = 3_600_000
LIMITS = {"ge": -1.0, "gt": 0.0, "le": 1.0, "lt": 0.0}
"""How far beyond a bound the nearest refused value lies."""


def test_every_file_of_a_role_is_a_kind() -> None:
    """A file in a role's folder that defines no KIND would be a kind that nobody can find."""
    files = {(role, path.stem) for role in ROLES for path in (FOLDER / role).glob("*.py") if path.stem != "__init__"}
    assert files == set(kinds())


def test_the_indicators_of_the_specification_are_there() -> None:
    """Table 1.1, 1.2, 1.3 and 1.4 (average volume and average ATR are sma)."""
    expected = "adx atr bollinger donchian ema regime resample rsi sma supertrend true_range vwap"
    assert set(expected.split()) <= set(names("indicator"))


def test_an_unknown_kind_is_none() -> None:
    """Looking for a kind in the wrong role, or under no name, finds nothing."""
    assert find("strategy", "sma") is None
    assert find("indicator", "") is None


@every_kind
def test_role_name_and_file_agree(kind: Kind) -> None:
    """The place of the file is the name."""
    assert kind.module is not None
    assert kind.module.__name__ == f"radar.nodes.{kind.role}.{kind.name}"
    assert Path(str(kind.module.__file__)) == FOLDER / kind.role / f"{kind.name}.py"
    assert kind.stability in get_args(Stability)


@every_kind
def test_page_has_a_summary_and_an_example_of_itself(kind: Kind) -> None:
    """The first line is one sentence; the example is YAML whose entries are nodes, one of them of this kind."""
    assert kind.summary.endswith(".")
    assert len(kind.about.splitlines()) > 3
    nodes: dict[str, dict[str, Any]] = YAML(typ="safe").load(kind.example)
    assert nodes
    for node in nodes.values():
        assert len(set(node) & set(ROLES)) == 1, node
        ((role, name),) = [(role, node[role]) for role in ROLES if role in node]
        assert find(role, name) is not None, f"{role} {name} does not exist"
    assert any(node.get(kind.role) == kind.name for node in nodes.values())


@every_kind
def test_example_uses_parameters_and_inputs_that_exist(kind: Kind) -> None:
    """Literal parameters of the example are accepted by the kinds that it names, inputs are inputs of theirs."""
    for node in YAML(typ="safe").load(kind.example).values():
        ((role, name),) = [(role, node[role]) for role in ROLES if role in node]
        shown = find(role, name)
        assert shown is not None
        wires = node.get("in", {})
        if isinstance(wires, dict):
            assert set(wires) <= set(shown.inputs)
            required = {port for port, wanted in shown.inputs.items() if not wanted.optional}
            assert required <= set(wires)
        literal = {
            key: value
            for key, value in node.items()
            if key not in ("in", "with", "was", "per_asset", role) and not str(value).startswith("${")
        }
        for own in ({}, *node.get("per_asset", {}).values()):
            params = shown.params(**{**literal, **own})
            assert shown.check(params) == []


@every_kind
def test_every_parameter_says_what_it_is(kind: Kind) -> None:
    """Meaning, unit and the effect of a change: forms, schema and reload read them."""
    for name, info in kind.params.model_fields.items():
        extra = info.json_schema_extra
        assert info.description, name
        assert info.description.endswith("."), name
        assert isinstance(extra, dict), name
        assert isinstance(extra["unit"], str), name
        assert extra["on_change"] in get_args(OnChange), name
        if name.endswith(("_percent", "_pct")):
            assert extra["unit"] == "%", name


@every_kind
def test_defaults_are_valid(kind: Kind) -> None:
    """A kind can be used without stating a parameter, and its defaults pass its own rules and bounds."""
    params = kind.params()
    assert kind.params.model_validate(params.model_dump()) == params
    assert kind.check(params) == []


@every_kind
def test_bounds_are_enforced_and_numbers_have_one(kind: Kind) -> None:
    """Every number has a bound, a value beyond any bound is refused by name, and so is NaN."""
    for name, info in kind.params.model_fields.items():
        if isinstance(info.default, bool) or not isinstance(info.default, int | float):
            continue
        bounds = {key: getattr(item, key) for item in info.metadata for key in LIMITS if hasattr(item, key)}
        assert bounds, f"{name} has no bound"
        for key, bound in bounds.items():
            with pytest.raises(ValidationError, match=name):
                kind.params(**{name: bound + LIMITS[key]})
        with pytest.raises(ValidationError, match=name):
            kind.params(**{name: float("nan")})


@every_kind
def test_an_unknown_parameter_is_an_error(kind: Kind) -> None:
    """A misspelt key is never ignored."""
    with pytest.raises(ValidationError, match="perod"):
        kind.params(perod=1)


@every_kind
def test_memory_and_look_back_can_be_laid_out(kind: Kind) -> None:
    """Records have a layout, start values name fields of it, and window and look-back are whole numbers."""
    params = kind.params()
    state = fields_dtype(kind.state)
    assert {"window", "interval"} <= set(param_dtype(kind).names or ())
    for name in kind.initial:
        assert state.names is not None
        assert state[name].kind == "f", f"{name} of {kind.name} is no number that can start at a value"
    window, needed = kind.window(params, INTERVAL), kind.lookback(params, INTERVAL)
    assert isinstance(window, int)
    assert window >= 0
    assert isinstance(needed, int)
    assert needed >= 1
    assert kind.history(params, INTERVAL) >= 1


@pytest.mark.parametrize("name", names("indicator"))
def test_an_indicator_s_ports_are_parts_of_its_result(name: str) -> None:
    """Each output names a field of the named tuple that the step returns, and the step takes each input once."""
    kind = find("indicator", name)
    assert kind is not None
    assert kind.step is not None
    assert is_compiled(kind.step)
    assert len(inspect.signature(kind.step).parameters) == 3 + len(kind.inputs)
    assert kind.outputs
    result = inspect.signature(kind.step).return_annotation
    fields = getattr(vars(kind.module)[result], "_fields", ()) if result not in ("float", "int", "bool") else ()
    for port, output in kind.outputs.items():
        assert output.about.endswith("."), port
        assert output.field in ("", *fields), port
