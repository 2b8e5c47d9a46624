"""Write the one function of a topology: the steps of its nodes, called in order, for every bar of every lane.

The text depends on the wiring and on the kinds only, never on a parameter: changing a number does not recompile. It is
meant to be read (``radarctl plan --source``).
"""

from __future__ import annotations

from dataclasses import dataclass

from radar.kernel.generation.advance import write_advance
from radar.kernel.generation.approval import write_approval
from radar.kernel.generation.combinations import write_sweep
from radar.kernel.generation.holdings import write_holdings
from radar.kernel.generation.scope import Scope
from radar.kernel.generation.valuation import write_valuation
from radar.kernel.writer import Writer
from radar.plan.hoist import hoist
from radar.plan.plan import Plan


@dataclass(frozen=True)
class Source:
    """Generated module text and the marked functions it calls, as (module, function, local name)."""

    text: str
    imports: tuple[tuple[str, str, str], ...]


def generate(plan: Plan) -> Source:
    """The kernel of ``plan``."""
    return _module(Scope(plan, None))


def generate_sweep(plan: Plan) -> Source:
    """The kernel of ``plan`` for many combinations: hoisted nodes are read from columns, the rest is the same steps."""
    return _module(Scope(plan, hoist(plan)))


def _module(scope: Scope) -> Source:
    for executor in scope.plan.executors:
        write_valuation(scope, executor)
        write_holdings(scope, executor)
    for chain in scope.plan.chains:
        write_approval(scope, chain)
    shared, scope.out.text = scope.out.text, ""
    write_advance(scope)
    if scope.hoisting is not None:
        write_sweep(scope)
    head = Writer()
    head.line('"""Kernel of a pipeline, generated from its plan. Do not edit.')
    head.line()
    for chain in scope.plan.chains:
        head.line(" -> ".join((chain.strategy, *chain.risks, chain.executor)))
    head.line('"""')
    head.line()
    head.line("from collections import namedtuple")
    head.line("from math import nan")
    head.line()
    for module, name, local in sorted(scope.imports):
        head.line(f"from {module} import {name}" + ("" if name == local else f" as {local}"))
    if scope.tuples:
        head.line()
    for kind, fields in sorted(scope.tuples.items()):
        head.line(f"{kind} = namedtuple('{kind}', {' '.join(fields)!r})")
    head.line()
    head.line(f"ROOM = {8 * max(len(scope.plan.chains), 1)}")
    head.line('"""Ledger rows that one lane may write in one bar."""')
    head.gap()
    parts = [head.text, shared, *scope.parts, scope.out.text]
    return Source("".join(parts), tuple(sorted(scope.imports)))
