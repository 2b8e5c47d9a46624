"""What a pipeline must have before money depends on it: a size, a gate and a stop on every way to an executor; clocks
that cannot look ahead; values that go together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from radar.nodes.params import NodeParams
from radar.nodes.port import PortType
from radar.plan.graph import reaches
from radar.plan.safety_check import Check, place_of
from radar.plan.safety_clock import clock_checks
from radar.spec.diagnostic import Diagnostic, Related
from radar.spec.fields import unit_of
from radar.spec.findings import Findings
from radar.spec.model import Node, Pipeline
from radar.spec.source import Span

__all__ = ["check_safety", "safety_checks"]

ALARM = 0.8
"""Part of a position's margin that a stop may cost before it is warned about (strategies specification 3.8)."""


def check_safety(pipeline: Pipeline) -> tuple[Diagnostic, ...]:
    """Everything about the pipeline's meaning that would cost money. Nodes and values already reported are left out."""
    findings = Findings()
    nodes = {node.id: node for node in pipeline.nodes}
    for check in safety_checks(pipeline):
        check.ask([nodes[one] for one in check.nodes], findings)
    return findings.sorted()


def safety_checks(pipeline: Pipeline) -> Iterator[Check]:
    """What :func:`check_safety` asks of a pipeline, question by question.

    Of findings at the same place the one of the earlier check comes first.
    """
    for node in pipeline.nodes:
        yield Check((node.id,), partial(_check_rules, pipeline))
        if node.kind.role == "strategy":
            paths = tuple(reaches(pipeline, node))
            ends = (node.id, *dict.fromkeys(path[-1].id for path in paths))
            yield Check((), partial(_check_path, pipeline, paths))
            yield Check(ends, partial(_check_stop, pipeline))
            yield Check(ends, partial(_check_leverage, pipeline))
        elif node.kind.role == "executor":
            yield Check((node.id,), partial(_check_executor, pipeline))
    yield from clock_checks(pipeline)


def _contexts(pipeline: Pipeline, node: Node) -> Iterator[tuple[str, NodeParams]]:
    """The parameters in effect with the asset that they are for; once, without an asset, where all are alike."""
    special = [asset.name for asset in pipeline.assets if asset.name in node.per_asset]
    if len(special) < len(pipeline.assets) or not special:
        yield "", node.params
    for asset in special:
        yield asset, node.per_asset[asset]


def _for(asset: str) -> str:
    return f" for {asset}" if asset else ""


def _check_rules(pipeline: Pipeline, nodes: Sequence[Node], findings: Findings) -> None:
    """The kind's own rules between its parameters."""
    (node,) = nodes
    if node.faulty:
        return
    for asset, params in _contexts(pipeline, node):
        for parameter, message in node.kind.check(params):
            text = message.partition("\n")[0]
            findings.add("R4015", f"{node.title}{_for(asset)}: {text}", place_of(pipeline, node, parameter))


def _check_path(
    pipeline: Pipeline, paths: Sequence[tuple[Node, ...]], _nodes: Sequence[Node], findings: Findings
) -> None:
    """Every way of an intent to an executor; it follows from the wires alone."""
    for path in paths:
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


def _check_stop(pipeline: Pipeline, nodes: Sequence[Node], findings: Findings) -> None:
    """A stop must exist and, where it is a percentage, be judged with the leverage against the liquidation.

    A parameter is a stop by the word ``sl`` in its name: ``sl_percent``, ``atr_sl_multiple``. ``nodes`` are the
    strategy and its accounts.
    """
    strategy, *accounts = nodes
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
    isolated = any(getattr(account.params, "margin_mode", "cross") == "isolated" for account in accounts)
    for asset, params in _contexts(pipeline, strategy):
        for name in stops:
            _judge_stop(pipeline, strategy, name, asset, params, isolated, findings)


def _check_leverage(pipeline: Pipeline, nodes: Sequence[Node], findings: Findings) -> None:
    """No strategy asks for more leverage than its account allows; ``nodes`` are the strategy and its accounts."""
    strategy, *accounts = nodes
    for account in accounts:
        most = getattr(account.params, "max_leverage", None)
        if not isinstance(most, int | float) or {"leverage", "max_leverage"} & (strategy.faulty | account.faulty):
            continue
        for asset, params in _contexts(pipeline, strategy):
            leverage = getattr(params, "leverage", None)
            if isinstance(leverage, int | float) and leverage > most:
                findings.add(
                    "R4017",
                    f"{strategy.title} asks for leverage {leverage:g}{_for(asset)}, {account.title} allows {most:g}",
                    place_of(pipeline, strategy, "leverage"),
                    expected=f"a leverage of at most {most:g}",
                    fix=f"lower it, or raise max_leverage of {account.id}",
                )


def _judge_stop(
    pipeline: Pipeline,
    strategy: Node,
    name: str,
    asset: str,
    params: NodeParams,
    isolated: bool,
    findings: Findings,
) -> None:
    place = place_of(pipeline, strategy, name)
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


def _check_executor(pipeline: Pipeline, nodes: Sequence[Node], findings: Findings) -> None:
    (executor,) = nodes
    params = executor.params
    multiplier = getattr(params, "high_volatility_multiplier", 1.0)
    regimes = [name for name, declared in executor.kind.inputs.items() if PortType.REGIME in declared.types]
    if multiplier > 1 and regimes and not any(executor.inputs.get(name) for name in regimes):
        findings.add(
            "R4013",
            f"high_volatility_multiplier is {multiplier:g}, but no regime is wired into {executor.title}",
            place_of(pipeline, executor, "high_volatility_multiplier"),
            expected=f"a regime at input {regimes[0]}",
            fix="add {indicator: regime, in: candles} and wire it, or set high_volatility_multiplier: 1",
        )
    if getattr(params, "fill_model", "") == "through":
        without = [asset.name for asset in pipeline.assets if asset.tick is None]
        if without:
            findings.add(
                "R4014",
                f"fill_model through needs the tick of {', '.join(without)}",
                place_of(pipeline, executor, "fill_model"),
                expected="a tick in assets.yaml for every asset",
            )
