"""A pipeline of every kind that is asked for, made of the examples that the kinds give of themselves."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from radar.nodes.kind import ROLES, Kind, Role
from radar.nodes.port import PortType
from radar.nodes.registry import kinds

Key = tuple[Role, str]
Nodes = dict[str, dict[str, Any]]

PROVIDED: Mapping[str, str] = {
    "candles": "{source: candles}",
    "mean": '{indicator: sma, in: candles.close, period: "${grid.ma_period}"}',
    "width": '{indicator: atr, in: candles, period: "${grid.atr_period}"}',
    "grid": "{strategy: grid_atr, in: {bar: candles, mean: mean, width: width}, leverage: 3}",
    "bands": "{indicator: bollinger, in: candles.close, period: 20}",
    "average": "{indicator: sma, in: candles.close, period: 50}",
    "trend": (
        "{strategy: boltrend, in: {bar: candles, upper: bands.upper, mid: bands.mid, lower: bands.lower, "
        "spread: bands.spread, average: average}}"
    ),
    "sized": "{risk: equal_allocation, in: grid}",
    "guard": "{risk: margin_guard, in: sized}",
    "broker": "{executor: account, in: guard, high_volatility_multiplier: 1}",
}
"""Nodes that an example may read without showing them."""

SLOW: Mapping[str, str] = {
    "four": "{indicator: resample, in: candles, to: 4h}",
    "stored_four": "{source: candles, timeframe: 4h}",
    "mean": '{indicator: sma, in: four.close, period: "${grid.ma_period}"}',
    "width": '{indicator: atr, in: stored_four, period: "${grid.atr_period}"}',
    "grid": "{strategy: grid_atr, in: {bar: four, mean: mean, width: width}, leverage: 3, sides: [long]}",
    "slow_bands": "{indicator: bollinger, in: four.close, period: 5, deviations: 1}",
    "slow_average": "{indicator: sma, in: stored_four.close, period: 8}",
    "slow_regime": "{indicator: regime, in: four}",
    "swing": (
        "{strategy: boltrend, in: {bar: stored_four, upper: slow_bands.upper, mid: slow_bands.mid, "
        "lower: slow_bands.lower, spread: slow_bands.spread, average: slow_average}, sides: [short], bol_window: 5, "
        "bol_std: 1, long_ma_window: 8}"
    ),
}
"""Strategies on four-hour bars, some stored and some made of hours, for an account that meets every hour."""


def read(text: str) -> Any:
    """YAML as plain data."""
    return YAML(typ="safe", pure=True).load(text)


def write(content: Any) -> str:
    """Plain data as YAML."""
    out = io.StringIO()
    YAML(typ="safe", pure=True).dump(content, out)
    return out.getvalue()


def references(node: Mapping[str, Any]) -> list[str]:
    """The nodes that a node reads."""
    wires = node.get("in", [])
    listed = list(wires.values()) if isinstance(wires, dict) else [wires]
    flat = [one for item in listed for one in (item if isinstance(item, list) else [item])]
    return [str(one).partition(".")[0] for one in flat]


def completed(nodes: Nodes) -> Nodes:
    """The nodes with those that they read and do not define in front of them."""
    whole = dict(nodes)
    waiting = [name for node in nodes.values() for name in references(node)]
    while waiting:
        name = waiting.pop()
        if name in whole:
            continue
        assert name in PROVIDED, f"an example reads {name}, which neither it nor the frame defines"
        whole[name] = read(PROVIDED[name])
        waiting += references(whole[name])
    return {name: whole[name] for name in sorted(whole, key=lambda name: name not in PROVIDED)}


def example(kind: Kind) -> Nodes:
    """The nodes of a kind's own example."""
    nodes: Nodes = read(kind.example)
    return nodes


def pipeline(nodes: Nodes, name: str, assets: str = "[ETH]", clock: str = "1h") -> str:
    """The text of a pipeline of these nodes."""
    head = {"radar": 1, "pipeline": name, "assets": read(assets), "clock": clock}
    return write({**head, "nodes": nodes})


def covered(paths: Iterable[Path]) -> set[Key]:
    """The kinds that the pipelines in ``paths`` use."""
    found: set[Key] = set()
    for path in paths:
        for node in read(path.read_text(encoding="utf-8"))["nodes"].values():
            found |= {(role, str(node[role])) for role in ROLES if role in node}
    return found


def _renamed(nodes: Nodes, prefix: str) -> Nodes:
    """The nodes under names that no other example has."""
    own = {name: name if name == "candles" else f"{prefix}_{name}" for name in nodes}

    def wire(value: Any) -> Any:
        if isinstance(value, dict):
            return {port: wire(one) for port, one in value.items()}
        if isinstance(value, list):
            return [wire(one) for one in value]
        name, dot, port = str(value).partition(".")
        return f"{own.get(name, name)}{dot}{port}"

    return {own[name]: {**node, "in": wire(node["in"])} if "in" in node else node for name, node in nodes.items()}


def _gate_inputs(kind: Kind, intent: str) -> Any:
    """The wires of a gate behind ``intent``."""
    wires = {port: "slow_regime" for port, wanted in kind.inputs.items() if PortType.REGIME in wanted.types}
    return {"in": intent, **wires} if wires else intent


def compose(already: Collection[Key]) -> tuple[str, tuple[str, ...]]:
    """One pipeline of every kind but those of ``already``, and the nodes in it that nothing reads.

    Strategies, executors and sinks are not made up here: a strategy must be shipped with a pipeline of its own (one
    without is left out, and test_kinds says so).
    """
    missing = {key: kind for key, kind in kinds().items() if key not in already}
    alone = [f"{role} {name}" for role, name in missing if role in ("executor", "sink")]
    assert not alone, f"no shipped pipeline uses {', '.join(alone)}"
    nodes: Nodes = {"candles": read(PROVIDED["candles"])}
    for (role, name), kind in missing.items():
        if role in ("source", "indicator"):
            nodes |= _renamed(example(kind), name)
    nodes |= {name: read(text) for name, text in SLOW.items()}
    sizes = [name for (role, name), kind in missing.items() if role == "risk" and kind.sizes]
    nodes["sized"] = {"risk": (sizes or ["equal_allocation"])[0], "in": "grid"}
    nodes["risked"] = {"risk": (sizes[1:] or ["risk_sizing"])[0], "in": "swing"}
    assert len(sizes) <= 2, f"no shipped pipeline uses the sizing kinds {sizes[2:]}"
    gates = [name for (role, name), kind in missing.items() if role == "risk" and not kind.sizes]
    # What changes a size comes first: a gate is last, and what it lets through is an approved intent.
    gates = sorted(gates, key=lambda name: kinds()["risk", name].gate) or ["margin_guard"]
    for path, last in (("grid", "sized"), ("swing", "risked")):
        for gate in gates:
            nodes[f"{path}_{gate}"] = {"risk": gate, "in": _gate_inputs(kinds()["risk", gate], last)}
            last = f"{path}_{gate}"
    ends = [f"grid_{gates[-1]}", f"swing_{gates[-1]}"]
    nodes["broker"] = {"executor": "account", "in": {"in": ends, "regime": "slow_regime"}, "intrabar": "path"}
    read_by = {name for node in nodes.values() for name in references(node)}
    used = tuple(name for name in nodes if name not in read_by and name != "broker")
    return pipeline(nodes, "every_other_kind"), used
