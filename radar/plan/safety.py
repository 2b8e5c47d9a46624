"""What a pipeline must have before money depends on it: a size, a gate and a stop on every way to an executor; clocks
that cannot look ahead; values that go together.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

from radar.market.timeframe import Timeframe
from radar.nodes.params import NodeParams
from radar.nodes.port import PortType
from radar.plan.clock import Tick, own_clock, ticks
from radar.plan.graph import order, reaches
from radar.spec.diagnostic import Diagnostic, Related, SpecError
from radar.spec.fields import unit_of
from radar.spec.findings import Findings
from radar.spec.model import Node, Pipeline
from radar.spec.parameters import clock_parameter
from radar.spec.source import Place, Span

__all__ = ["check_safety"]

ALARM = 0.8
"""Part of a position's margin that a stop may cost before it is warned about (strategies specification 3.8)."""

FILTER = "filter"
"""Inputs of a strategy whose names begin with this see a slower clock than its bars."""


def check_safety(pipeline: Pipeline) -> tuple[Diagnostic, ...]:
    """Everything about the pipeline's meaning that would cost money. Nodes and values already reported are left out."""
    findings = Findings()
    for node in pipeline.nodes:
        _check_rules(pipeline, node, findings)
        if node.kind.role == "strategy":
            _check_path(pipeline, node, findings)
            _check_stop(pipeline, node, findings)
            _check_leverage(pipeline, node, findings)
        elif node.kind.role == "executor":
            _check_executor(pipeline, node, findings)
    _check_clocks(pipeline, findings)
    return findings.sorted()


def _contexts(pipeline: Pipeline, node: Node) -> Iterator[tuple[str, NodeParams]]:
    """The parameters in effect with the asset that they are for; once, without an asset, where all are alike."""
    special = [asset.name for asset in pipeline.assets if asset.name in node.per_asset]
    if len(special) < len(pipeline.assets) or not special:
        yield "", node.params
    for asset in special:
        yield asset, node.per_asset[asset]


def _place(pipeline: Pipeline, node: Node, parameter: str) -> Place:
    """Where a parameter is written, or the node's name when it has its default."""
    return node.places.get(parameter) or pipeline.place(node.span)


def _for(asset: str) -> str:
    return f" for {asset}" if asset else ""


def _check_rules(pipeline: Pipeline, node: Node, findings: Findings) -> None:
    """The kind's own rules between its parameters."""
    if node.faulty:
        return
    for asset, params in _contexts(pipeline, node):
        for parameter, message in node.kind.check(params):
            text = message.partition("\n")[0]
            findings.add("R4015", f"{node.title}{_for(asset)}: {text}", _place(pipeline, node, parameter))


def _check_path(pipeline: Pipeline, strategy: Node, findings: Findings) -> None:
    for path in reaches(pipeline, strategy):
        executor, between = path[-1], path[1:-1]
        shown = " -> ".join(node.id for node in path)
        sizing = [node for node in between if node.kind.sizes]
        place = pipeline.place(_wire(executor, path[-2]))
        if not sizing:
            findings.add(
                "R4003",
                f"nothing sizes the intent on its way {shown}",
                place,
                expected="a sizing node between strategy and executor",
                fix="put a risk node such as equal_allocation or risk_sizing behind the strategy",
            )
        elif len(sizing) > 1:
            findings.add(
                "R4016",
                f"the intent is sized twice on its way {shown}",
                pipeline.place(sizing[1].span),
                expected="one sizing node",
                related=[Related.at(pipeline.place(sizing[0].span), f"{sizing[0].id} sizes it first")],
            )
        if not any(node.kind.gate for node in between):
            findings.add(
                "R4004",
                f"nothing can refuse the intent on its way {shown}",
                place,
                expected="a risk gate between strategy and executor",
                fix="put a risk node such as margin_guard or kill_switch before the executor",
            )


def _wire(node: Node, source: Node) -> Span:
    return next(
        (one.span for references in node.inputs.values() for one in references if one.node == source.id), node.span
    )


def _check_stop(pipeline: Pipeline, strategy: Node, findings: Findings) -> None:
    """A stop must exist and, where it is a percentage, be judged with the leverage against the liquidation.

    A parameter is a stop by the word ``sl`` in its name: ``sl_percent``, ``atr_sl_multiple``.
    """
    stops = [name for name in strategy.kind.params.model_fields if "sl" in name.split("_")]
    if not stops:
        findings.add(
            "R4005",
            f"{strategy.title} declares no stop",
            pipeline.place(strategy.span),
            expected="a parameter sl_percent, or another with sl in its name",
        )
    if strategy.faulty & {*stops, "leverage"}:
        return
    isolated = _isolated(pipeline, strategy)
    for asset, params in _contexts(pipeline, strategy):
        for name in stops:
            _judge_stop(pipeline, strategy, name, asset, params, isolated, findings)


def _check_leverage(pipeline: Pipeline, strategy: Node, findings: Findings) -> None:
    """No strategy asks for more leverage than its account allows."""
    accounts = {path[-1].id: path[-1] for path in reaches(pipeline, strategy)}
    for account in accounts.values():
        most = getattr(account.params, "max_leverage", None)
        if not isinstance(most, int | float) or {"leverage", "max_leverage"} & (strategy.faulty | account.faulty):
            continue
        for asset, params in _contexts(pipeline, strategy):
            leverage = getattr(params, "leverage", None)
            if isinstance(leverage, int | float) and leverage > most:
                findings.add(
                    "R4017",
                    f"{strategy.title} asks for leverage {leverage:g}{_for(asset)}, {account.title} allows {most:g}",
                    _place(pipeline, strategy, "leverage"),
                    expected=f"a leverage of at most {most:g}",
                    fix=f"lower it, or raise max_leverage of {account.id}",
                )


def _isolated(pipeline: Pipeline, strategy: Node) -> bool:
    modes = [getattr(path[-1].params, "margin_mode", "cross") for path in reaches(pipeline, strategy)]
    return "isolated" in modes


def _judge_stop(
    pipeline: Pipeline,
    strategy: Node,
    name: str,
    asset: str,
    params: NodeParams,
    isolated: bool,
    findings: Findings,
) -> None:
    place = _place(pipeline, strategy, name)
    distance = getattr(params, name)
    if not isinstance(distance, int | float) or isinstance(distance, bool) or not distance > 0:
        findings.add(
            "R4005",
            f"{strategy.title} has no stop{_for(asset)}: {name} is {distance}",
            place,
            expected=f"{name} above 0: no position is opened without a stop",
        )
        return
    leverage = getattr(params, "leverage", None)
    if not isinstance(leverage, int | float) or unit_of(type(params), name) != "%":
        return
    cost = distance / 100 * leverage
    message = f"a stop at {distance:g} % with leverage {leverage:g} costs {cost:.2f} times the margin{_for(asset)}"
    safe = f"a leverage of at most {100 / distance:.3g}, or {name} of at most {100 / leverage:.3g}"
    if cost > 1 and isolated:
        findings.add(
            "R4006", f"{message}: liquidation comes first", place, expected=safe, fix="or use margin_mode: cross"
        )
    elif cost > 1:
        findings.add("R4007", f"{message}: the rest of the account carries it", place, expected=safe)
    elif cost > ALARM:
        findings.add("R4008", message, place, expected=f"at most {ALARM:g} times the margin")


def _check_executor(pipeline: Pipeline, executor: Node, findings: Findings) -> None:
    params = executor.params
    multiplier = getattr(params, "high_volatility_multiplier", 1.0)
    regimes = [name for name, declared in executor.kind.inputs.items() if PortType.REGIME in declared.types]
    if multiplier > 1 and regimes and not any(executor.inputs.get(name) for name in regimes):
        findings.add(
            "R4013",
            f"high_volatility_multiplier is {multiplier:g}, but no regime is wired into {executor.title}",
            _place(pipeline, executor, "high_volatility_multiplier"),
            expected=f"a regime at input {regimes[0]}",
            fix="add {indicator: regime, in: candles} and wire it, or set high_volatility_multiplier: 1",
        )
    if getattr(params, "fill_model", "") == "through":
        without = [asset.name for asset in pipeline.assets if asset.tick is None]
        if without:
            findings.add(
                "R4014",
                f"fill_model through needs the tick of {', '.join(without)}",
                _place(pipeline, executor, "fill_model"),
                expected="a tick in assets.yaml for every asset",
            )


def _check_clocks(pipeline: Pipeline, findings: Findings) -> None:
    """Clocks of nodes, if the graph and the named timeframes are sound enough to follow them."""
    known = {node.id for node in pipeline.nodes}
    sound = tuple(_sound(node, known) for node in pipeline.nodes)
    try:
        ordered = order(dataclasses.replace(pipeline, nodes=sound))
    except SpecError:
        return
    if any(clock_parameter(node.kind) in node.faulty for node in ordered):
        return
    tick = ticks(ordered, pipeline.clock.decide)
    for node in ordered:
        if node.kind.role == "strategy":
            _check_strategy_clock(pipeline, node, tick, findings)
        elif (clock := own_clock(node)) is not None:
            _check_own_clock(pipeline, node, clock, tick, findings)


def _sound(node: Node, known: set[str]) -> Node:
    """The node without wires that lead nowhere."""
    inputs = {
        port: tuple(one for one in references if one.node in known)
        for port, references in node.inputs.items()
        if port in node.kind.inputs
    }
    return dataclasses.replace(node, inputs=inputs)


def _check_own_clock(
    pipeline: Pipeline, node: Node, clock: Timeframe, tick: Mapping[str, Tick], findings: Findings
) -> None:
    inputs = [tick[one.node].clock for references in node.inputs.values() for one in references]
    faster = min(inputs, default=pipeline.clock.decide)
    place = _place(pipeline, node, clock_parameter(node.kind))
    whose = "its input" if inputs else "the pipeline"
    if clock < faster:
        findings.add(
            "R4009",
            f"{node.title} would make {clock} bars of {faster} bars: that needs the future",
            place,
            expected=f"a timeframe of {faster} or slower",
            fix=f"set the clock of {whose} to {clock}"
            if not inputs
            else f"read candles of {clock} and resample upwards",
        )
    elif not clock.is_multiple_of(faster):
        findings.add(
            "R4010",
            f"{node.title}: {clock} is no multiple of {faster}, the clock of {whose}",
            place,
            expected=f"a multiple of {faster}",
        )


def _check_strategy_clock(pipeline: Pipeline, node: Node, tick: Mapping[str, Tick], findings: Findings) -> None:
    clock = tick[node.id].clock
    named = getattr(node.params, "timeframe", None)
    if isinstance(named, str) and Timeframe.parse(named) != clock:
        findings.add(
            "R4011",
            f"{node.title} is meant for {named} bars, but gets {clock} bars",
            _place(pipeline, node, "timeframe"),
            expected=f"bars of {named} at its input",
            fix=f"set clock: {named} in the pipeline, wire in bars of {named}, or change timeframe to {clock}",
        )
    for port, references in node.inputs.items():
        if not port.startswith(FILTER):
            continue
        for reference in references:
            if tick[reference.node].clock <= clock:
                findings.add(
                    "R4012",
                    f"{port} of {node.title} is on {tick[reference.node].clock}, its main clock on {clock}",
                    pipeline.place(reference.span),
                    expected=f"a clock slower than {clock}",
                    fix="put a resample node before the filter's indicators",
                )
