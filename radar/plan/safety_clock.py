"""Clocks that cannot look ahead: a node's own against those of its inputs, a strategy's against its bars."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial

from radar.market.timeframe import Timeframe
from radar.plan.clock import Tick, own_clock, ticks
from radar.plan.graph import order
from radar.plan.safety_check import Check, place_of
from radar.spec.diagnostic import SpecError
from radar.spec.findings import Findings
from radar.spec.model import Node, Pipeline
from radar.spec.parameters import clock_parameter

__all__ = ["clock_checks"]

FILTER = "filter"
"""Inputs of a strategy whose names begin with this see a slower clock than its bars."""


def clock_checks(pipeline: Pipeline) -> Iterator[Check]:
    """The check of the clocks of all nodes, if the graph is sound enough to follow them."""
    known = frozenset(node.id for node in pipeline.nodes)
    sound = tuple(_sound(node, known) for node in pipeline.nodes)
    try:
        ordered = order(dataclasses.replace(pipeline, nodes=sound))
    except SpecError:
        return
    yield Check(tuple(node.id for node in ordered), partial(_check_clocks, pipeline, known))


def _check_clocks(pipeline: Pipeline, known: Collection[str], nodes: Sequence[Node], findings: Findings) -> None:
    """``nodes`` in topological order; nothing is said where a named timeframe was reported already."""
    ordered = [_sound(node, known) for node in nodes]
    if any(clock_parameter(node.kind) in node.faulty for node in ordered):
        return
    tick = ticks(ordered, pipeline.clock.decide)
    for node in ordered:
        if node.kind.role == "strategy":
            _check_strategy_clock(pipeline, node, tick, findings)
        elif (clock := own_clock(node)) is not None:
            _check_own_clock(pipeline, node, clock, tick, findings)


def _sound(node: Node, known: Collection[str]) -> Node:
    """The node without wires that lead nowhere."""
    if all(one.node in known for references in node.inputs.values() for one in references) and (
        node.inputs.keys() <= node.kind.inputs.keys()
    ):
        return node
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
    place = place_of(pipeline, node, clock_parameter(node.kind))
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
            place_of(pipeline, node, "timeframe"),
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
