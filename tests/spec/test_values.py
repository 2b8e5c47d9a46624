"""References inside scalars: the environment, secrets, parameters of other nodes; numbers with their unit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import BaseModel

from radar.errors import RadarError
from radar.nodes.secret import Secret
from radar.spec.coerce import FAULTY, Expected, coerce, spell_type
from radar.spec.diagnostic import render_all
from radar.spec.findings import Findings
from radar.spec.load import Loaded
from radar.spec.source import Source
from radar.spec.template import ParameterReference, SecretReference, TemplateError, split
from radar.spec.tree import MapValue
from radar.spec.units import UnitError, with_unit
from radar.spec.values import expand
from radar.spec.yaml import read_yaml
from tests.spec.frame import codes, frame, loaded

GRID = "strategy: grid_atr, in: {bar: candles, mean: mean, width: width}, leverage: 3"


def period(result: Loaded, asset: str = "", node: str = "mean") -> object:
    """The period in effect of a node."""
    found = result.require().node(node)
    return (found.params_for(asset) if asset else found.params).model_dump()["period"]


def test_a_parameter_follows_another_node() -> None:
    """`${grid.ma_period}` is the grid's value where it is written, and its default where it is not."""
    assert period(loaded(frame())) == 14
    assert period(loaded(frame(grid=f"{{{GRID}, ma_period: 21}}"))) == 21


def test_a_parameter_follows_per_asset() -> None:
    """An override of one asset reaches the indicator of that asset and no other."""
    result = loaded(frame(grid=f"{{{GRID}, per_asset: {{BTC: {{ma_period: 9}}}}}}"))
    assert (period(result, "BTC"), period(result, "ETH"), period(result)) == (9, 14, 14)


def test_a_parameter_follows_the_command_line() -> None:
    """What --set changes on the strategy, the indicator follows."""
    assert period(loaded(frame(), overrides=["grid.ma_period=33"])) == 33


def test_a_problem_of_the_target_is_reported_there_only() -> None:
    """A bad value gives one finding, at its own place, however many nodes refer to it."""
    assert codes(loaded(frame(grid=f"{{{GRID}, ma_period: many}}")).diagnostics) == ["R2009"]


def test_a_longer_circle_prints_its_path() -> None:
    """Two parameters that refer to each other are told as the circle that they make."""
    text = frame(
        mean='{indicator: sma, in: candles.close, period: "${width.period}"}',
        width='{indicator: atr, in: candles, period: "${mean.period}"}',
    )
    messages = [one.message for one in loaded(text).diagnostics if one.code == "R2020"]
    assert "mean.period refers to itself: mean.period -> width.period -> mean.period" in messages


def test_the_environment_gives_numbers_and_text() -> None:
    """A variable alone is read as if it stood there; a default is used when it is not set."""
    text = frame(mean='{indicator: sma, in: candles.close, period: "${env:BARS:-7}"}')
    assert period(loaded(text, environment={"BARS": "30"})) == 30
    assert period(loaded(text, environment={})) == 7


def test_text_around_a_variable_stays_text() -> None:
    """With text around it, a reference makes text."""
    text = frame(journal='{sink: journal, in: [broker, guard.refused], path: "out/${env:RUN}.jsonl"}')
    found = loaded(text, environment={"RUN": "7"}).require().node("journal").params.model_dump()
    assert found == {"path": "out/7.jsonl"}


def test_a_variable_is_not_searched_for_references() -> None:
    """What a variable holds is a value, never a reference again."""
    text = frame(journal='{sink: journal, in: [broker, guard.refused], path: "${env:RUN}"}')
    found = loaded(text, environment={"RUN": "${secret:TOKEN}"}).require().node("journal").params.model_dump()
    assert found == {"path": "${secret:TOKEN}"}


def test_a_missing_variable_suggests_a_similar_one() -> None:
    """The nearest variable that is set is offered."""
    (found,) = loaded(frame(about='"${env:RADAR_RNU}"'), environment={"RADAR_RUN": "1"}).diagnostics
    assert (found.code, found.nearest) == ("R2016", ("RADAR_RUN",))


def test_a_literal_dollar_brace() -> None:
    """`$${` writes `${`."""
    assert loaded(frame(about='"costs $${x}"')).require().about == "costs ${x}"


def test_splitting() -> None:
    """A scalar is split into text and references, each as it was written."""
    assert split("a${secret:T}b${n.p}") == (
        "a",
        SecretReference("${secret:T}", "T"),
        "b",
        ParameterReference("${n.p}", "n", "p"),
    )
    assert split("plain") == ("plain",)
    with pytest.raises(TemplateError):
        split("${")


class Alert(BaseModel):
    """A model as a sink with a token declares it."""

    token: Secret


def coerced(annotation: object, text: str, findings: Findings) -> object:
    """What a parameter `token` of a type makes of a YAML value."""
    root = read_yaml(Source("t.yaml", f"token: {text}\n"), findings)
    assert root is not None
    expanded = expand(root, findings, {})
    assert isinstance(expanded, MapValue)
    return coerce(expanded.entries[0].value, Expected("token", annotation, "", findings))


def test_a_secret_is_named_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret prints as ***, and JSON and digests hold its name; only reveal gives the value."""
    findings = Findings()
    secret = coerced(Secret, '"${secret:TOKEN}"', findings)
    monkeypatch.setenv("RADAR_SECRET_TOKEN", "hunter2")
    alert = Alert(token=secret)  # type: ignore[arg-type]
    assert findings.sorted() == ()
    assert isinstance(secret, Secret)
    assert secret.reveal() == "hunter2"
    for shown in (
        repr(secret),
        str(secret),
        f"{secret}",
        repr(alert),
        str(alert),
        json.dumps(alert.model_dump(mode="json")),
    ):
        assert "hunter2" not in shown
    assert (str(secret), alert.model_dump(mode="json")) == ("***", {"token": "${secret:TOKEN}"})


def test_a_secret_of_a_folder(tmp_path: Path) -> None:
    """A file of the folder RADAR_SECRETS holds the secret of its name, without the line break at its end."""
    (tmp_path / "TOKEN").write_text("hunter2\n", encoding="utf-8")
    assert Secret("TOKEN").reveal({"RADAR_SECRETS": str(tmp_path)}) == "hunter2"


def test_a_variable_wins_over_the_folder(tmp_path: Path) -> None:
    """The environment is looked at first."""
    (tmp_path / "TOKEN").write_text("file", encoding="utf-8")
    assert Secret("TOKEN").reveal({"RADAR_SECRETS": str(tmp_path), "RADAR_SECRET_TOKEN": "variable"}) == "variable"


@pytest.mark.parametrize("environment", [{}, {"RADAR_SECRETS": "nowhere"}])
def test_a_secret_that_is_not_set(environment: dict[str, str]) -> None:
    """It is an error with its code, its name and what to set; the check of a pipeline does not need it."""
    with pytest.raises(RadarError) as raised:
        Secret("TOKEN").reveal(environment)
    assert raised.value.code == "R5001"
    assert "RADAR_SECRET_TOKEN" in str(raised.value)


@pytest.mark.parametrize("text", ["hunter2", '"hunter2"', "123456"])
def test_a_secret_written_into_the_file_is_refused_and_hidden(text: str) -> None:
    """The finding tells how to name it, and neither message nor line shows it."""
    findings = Findings()
    assert coerced(Secret, text, findings) is FAULTY
    (found,) = findings.sorted()
    assert found.code == "R2017"
    assert text.strip('"') not in render_all([found]) + json.dumps(found.to_json())
    assert "***" in found.snippet


def test_a_secret_with_text_around_it_is_refused() -> None:
    """A secret stands alone: a text that is made of one would be a secret that nobody hides."""
    findings = Findings()
    assert coerced(Secret, '"Bearer ${secret:TOKEN}"', findings) is FAULTY
    assert codes(findings.sorted()) == ["R2017"]


def test_two_equal_secrets() -> None:
    """Secrets are equal by name."""
    assert Secret("A") == Secret("A")
    assert len({Secret("A"), Secret("A"), Secret("B")}) == 2


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("0.06%", "%", 0.06),
        ("25 %", "%", 25.0),
        ("8h", "h", 8.0),
        ("2d", "h", 48.0),
        ("90m", "h", 1.5),
        ("1h", "min", 60.0),
        ("1h", "ms", 3_600_000.0),
        ("14 bars", "bars", 14.0),
        ("1 bar", "bars", 1.0),
        ("6x", "x", 6.0),
        ("6X", "x", 6.0),
        ("25 usdt", "USDT", 25.0),
        ("-1.5e2%", "%", -150.0),
        ("many", "%", None),
        ("%", "%", None),
        ("1h30m", "h", None),
        ("1 2%", "%", None),
    ],
)
def test_units(text: str, unit: str, value: float | None) -> None:
    """A number may carry its parameter's unit; only units of time convert."""
    assert with_unit(text, unit) == value


@pytest.mark.parametrize(
    ("text", "unit"), [("8h", "%"), ("25%", "h"), ("25%", ""), ("14 bars", "x"), ("1w", "h"), ("5h", "bars")]
)
def test_wrong_units(text: str, unit: str) -> None:
    """Another unit is an error that says which one was expected."""
    with pytest.raises(UnitError) as raised:
        with_unit(text, unit)
    assert raised.value.expected


def test_a_percentage_where_a_fraction_belongs_is_answered_with_the_fraction() -> None:
    """`70%` of a fraction gets the fix that a user can copy."""
    (found,) = loaded(frame(margin="{risk: margin_guard, in: sized, max_margin_ratio: 70%}")).diagnostics
    assert found.fix == "write 0.7"


def test_numbers_with_units_take_effect() -> None:
    """Percent, time and leverage typed with their unit are the plain numbers."""
    text = frame(
        grid=f"{{{GRID.replace('leverage: 3', 'leverage: 3x')}, sl_percent: 12.5%, ma_period: 9 bars}}",
        guard="{risk: kill_switch, in: margin, freeze_hours: 2d}",
    )
    pipeline = loaded(text).require()
    grid = pipeline.node("grid").params.model_dump()
    assert (grid["leverage"], grid["sl_percent"], grid["ma_period"]) == (3.0, 12.5, 9)
    assert pipeline.node("guard").params.model_dump()["freeze_hours"] == 48


def test_types_are_spelled_for_users() -> None:
    """Expectations are in the words of a user, not of Python."""
    assert spell_type(int | None, "bars") == "a whole number (bars) or null"
    assert spell_type(tuple[str, ...]) == "a list of values, each text"
    assert spell_type(bool) == "true or false"
    assert spell_type(Secret) == "${secret:NAME}"
