"""T10, configuration: what is wrong is an error at load, and an override of any parameter for one asset works."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from radar.engine.run import Run
from radar.errors import DataError
from radar.kernel.build import Mode
from radar.nodes.kind import Kind
from radar.spec.config import Config
from radar.spec.diagnostic import SpecError
from tests.acceptance.harness import PIPELINES, Market, fills_of, finished, prepared, shipped_config, started, traced
from tests.acceptance.shipped import NAMES, fed, lively_bars, shape
from tests.acceptance.subjects import EXAMPLE, subjects

ASSETS = ("BTC", "ETH")
COUNT = 700
MODE: Mode = "compiled"
TIED = ("timeframe",)
"""Parameters that only repeat what the wiring says; another value is an error, which has a test of its own."""


def codes(error: SpecError) -> list[str]:
    """Codes of the errors among the diagnostics."""
    return [one.code for one in error.diagnostics if one.severity == "error"]


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_parameter_is_an_error(name: str) -> None:
    """Of the strategy, of the sizing, of the account: named at load."""
    its = shape(name)
    for node in (its.strategy, its.sizing, its.account):
        with pytest.raises(SpecError, match="no_such_parameter"):
            prepared(name, overrides={f"{node}.no_such_parameter": 1})


@pytest.mark.parametrize("name", NAMES)
def test_a_value_out_of_bounds_is_an_error(name: str) -> None:
    """Every numeric parameter of the strategy has bounds, and a value beyond them is named with its parameter."""
    kind = kind_of(name)
    checked = 0
    for parameter, field in kind.params.model_fields.items():
        for bound in field.metadata:
            low = getattr(bound, "ge", getattr(bound, "gt", None))
            if low is not None:
                with pytest.raises(SpecError, match=parameter):
                    prepared(name, overrides={f"{shape(name).strategy}.{parameter}": low - 1})
                checked += 1
    assert checked > 3


def test_a_missing_external_series_is_an_error() -> None:
    """A pipeline that reads funding of an asset without a series does not start, and says which."""
    text = (PIPELINES / f"{EXAMPLE}.yaml").read_text(encoding="utf-8")
    text = text.replace("in: candles.close, period", "in: rates.rate, period") + "\n  rates: {source: funding}\n"
    plan = prepared(text, assets=["BTC"])
    with pytest.raises(DataError, match="rates needs funding of BTC"):
        started(plan, Market({("BTC", "1h"): lively_bars(EXAMPLE, 1, 300)}), mode="interpreted")


@pytest.mark.parametrize("name", NAMES)
def test_a_timeframe_that_is_not_the_clock_is_an_error(name: str) -> None:
    """A strategy meant for one clock is not run on another."""
    with pytest.raises(SpecError) as error:
        prepared(name, overrides={f"{shape(name).strategy}.timeframe": "1d"})
    assert "R4011" in codes(error.value)


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_parameter_in_an_override_for_an_asset_is_an_error(name: str) -> None:
    """``per_asset`` takes the parameters of the kind and no other key."""
    with pytest.raises(SpecError, match="no_such_parameter"):
        prepared(name, assets=ASSETS, config=overridden(name, {"no_such_parameter": 1}))


# --- per-asset overrides --------------------------------------------------------------------------------------------


def kind_of(name: str) -> Kind:
    """The kind of the pipeline's strategy."""
    return prepared(name).plan.node(shape(name).strategy).kind


def overridden(name: str, values: dict[str, Any]) -> Config:
    """The shipped configuration with lively values of the strategy, and ``values`` for BTC alone."""
    texts = dict(shipped_config().texts())
    file = next(key for key in texts if key.endswith("strategies.yaml"))
    block = {**subjects()[name].lively, **({"per_asset": {"BTC": values}} if values else {})}
    texts[file] = json.dumps({name: block})
    return Config.from_texts(texts)


def others(name: str, parameter: str) -> Iterator[Any]:
    """Other valid values of a parameter, near the one in force first."""
    kind = kind_of(name)
    base = kind.params(**subjects()[name].lively)
    value = getattr(base, parameter)
    candidates: list[Any]
    if isinstance(value, bool):
        candidates = [not value]
    elif isinstance(value, int | float):
        candidates = [type(value)(value * f) for f in (0.6, 1.5, 0.2, 3.0)] + [value + 0.05, value + 1]
    elif isinstance(value, tuple):
        candidates = [["long"], ["short"], ["long", "short"]]
    else:
        candidates = list(get_args(kind.params.model_fields[parameter].annotation))
    for candidate in candidates:
        try:
            changed = kind.params(**{**subjects()[name].lively, parameter: candidate})
        except ValidationError:
            continue
        if getattr(changed, parameter) != value:
            yield candidate


@cache
def orders(name: str, parameter: str, value: str) -> tuple[bytes, bytes]:
    """What each asset was ordered and filled, with a value for BTC ('' for none), where they do not share a limit."""
    its = shape(name)
    config = overridden(name, {parameter: json.loads(value)} if value else {})
    small = {"risk_percent": 0.05} if "risk_percent" in its.sizing_parameters else {}
    loose = its.values(sizing={"base": "initial", **small}, gates={"max_margin_ratio": 1.0, "free_equity": False})
    clock = str(its.clock)
    market = fed(name, Market({(asset, clock): lively_bars(name, 31 + k, COUNT) for k, asset in enumerate(ASSETS)}))
    run = finished(prepared(name, overrides=loose, assets=ASSETS, config=config), market, mode=MODE, trace=True)
    # Leverage moves the margin that an order locks; where risk sets its size, it moves nothing else.
    locked = traced(run, f"{its.account}.locked")[:, 0].tobytes()
    return ordered(run, 0) + locked, ordered(run, 1)


def ordered(run: Run, lane: int) -> bytes:
    """Intents and fills of one asset, as bytes."""
    strategy = run.plan.chains[0].strategy
    fields = ["enter", "leave", "stop", "target", *(f"{side}.{k}" for side in ("buy", "sell") for k in range(6))]
    fills = fills_of(run)[fills_of(run)["lane"] == lane].copy()
    fills["trade"] = 0  # numbered over the account, so the other asset's trades move it
    return b"".join([*(traced(run, f"{strategy}.intent.{f}")[:, lane].tobytes() for f in fields), fills.tobytes()])


def parameters() -> list[tuple[str, str]]:
    """Every parameter of every strategy that can be given for one asset and has more than one value."""
    found = [
        (name, parameter)
        for name in NAMES
        for parameter in kind_of(name).params.model_fields
        if parameter not in TIED and parameter not in shape(name).own
    ]
    return [one for one in found if one[1] != "sides" or len(subjects()[one[0]].sides) > 1]


@pytest.mark.parametrize(("name", "parameter"), parameters())
def test_an_override_of_each_parameter_changes_the_orders_of_its_asset_only(name: str, parameter: str) -> None:
    """Some other value of the parameter for BTC changes what BTC orders, and nothing of ETH."""
    before = orders(name, "", "")
    values = [json.dumps(value) for value in others(name, parameter)]
    assert values, f"{parameter} has no other valid value"
    changed = False
    for value in values:
        after = orders(name, parameter, value)
        assert after[1] == before[1], f"{parameter} of BTC changed ETH"
        changed = changed or after[0] != before[0]
        if changed:
            break
    assert changed, f"{parameter} changes nothing"
