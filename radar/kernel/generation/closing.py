"""Steps 6 to 8 of a bar: exits at the close, entries at the close, the mark (strategies spec 3.1)."""

from __future__ import annotations

from radar.kernel.generation.approval import approve
from radar.kernel.generation.scope import Scope
from radar.plan.chain import Chain
from radar.plan.layout import field_name
from radar.spec.model import Node


def write_closing(scope: Scope) -> None:
    """Steps 6 to 8: exits at the close, entries at the close, the mark. Nothing of it without a strategy."""
    out = scope.out
    if not scope.plan.chains:
        return
    out.line("if row >= start:")
    with out.block():
        out.line("# Exits at the close, then entries, then the mark: each for all assets.")
        with scope.each_lane(present=True):
            for chain in scope.plan.chains:
                _leave(scope, chain)
        with scope.each_lane(present=True):
            for chain in scope.plan.chains:
                _enter(scope, chain)
        for executor in scope.plan.executors:
            _mark(scope, executor)
    out.line("else:")
    with out.block(), scope.each_lane(present=False):
        for chain in scope.plan.chains:
            out.line(f"state.{field_name(chain.strategy)}_intent.enter = 0")
            out.line(f"state.{field_name(chain.strategy)}_intent.leave = 0")


def _leave(scope: Scope, chain: Chain) -> None:
    out, name, account = scope.out, field_name(chain.strategy), field_name(chain.executor)
    leave = scope.market("simulation.close", "leave_at_close")
    moment = scope.market("account", "Moment")
    out.line(f"intent = state.{name}_intent")
    out.line("if intent.leave != 0:")
    with out.block():
        out.line(f"position = state.{name}_position")
        out.line("if position.side != 0:")
        with out.block():
            if not scope.single:
                out.line("p = params[lane]")
            terms = scope.use(scope.plan.node(chain.strategy), "terms")
            out.line(f"moment = {moment}(row, time, lane, {chain.number}, True)")
            out.line(
                f"{leave}(ledger, p.{account}, {terms}(p.{name}), intent, {account}, position, moment, "
                f"market[row, lane, 3], state.{account}_regime)"
            )
        out.line("intent.leave = 0")


def _enter(scope: Scope, chain: Chain) -> None:
    out, name, account = scope.out, field_name(chain.strategy), field_name(chain.executor)
    enter = scope.market("simulation.close", "enter_at_close")
    moment = scope.market("account", "Moment")
    out.line(f"intent = state.{name}_intent")
    out.line(f"if intent.enter != 0 and {account}.ended == 0:")
    with out.block():
        scope.load_lane()
        out.line(f"terms = {scope.use(scope.plan.node(chain.strategy), 'terms')}(p.{name})")
        out.line(f"moment = {moment}(row, time, lane, {chain.number}, True)")
        approve(scope, chain)
        out.line(
            f"{enter}(ledger, p.{account}, terms, intent, approval, {account}, state.{name}_position, moment, bar, "
            f"{account}_value(row, False, market, lanes, {account}).equity, state.{account}_regime)"
        )


def _mark(scope: Scope, executor: Node) -> None:
    out, name = scope.out, field_name(executor.id)
    observe = scope.market("statistics", "observe_equity")
    is_liquidated = scope.market("simulation.liquidation", "is_liquidated")
    out.line(f"{name}_now = {name}_value(row, False, market, lanes, {name})")
    out.line(f"{name}.equity = {name}_now.equity")
    out.line(f"if {name}.equity <= 0.0 or {is_liquidated}({scope.account_params(executor)}, {name}_now):")
    with out.block():
        out.line(f"{name}_end(row, time, False, market, lanes, params[0].{name}, {name}, ledger)")
        out.line(f"{name}.equity = {name}.cash")
    out.line(f"{observe}({name}.statistics, time, {name}.equity)")
    if executor.id == scope.plan.executors[0].id:
        out.line(f"if {name}.recording != 0:")
        out.line(f"    equity[row] = {name}.equity")
    seen: set[str] = set()
    for chain in scope.chains_of(executor):
        for risk in chain.risks:
            node, field = scope.plan.node(risk), field_name(risk)
            if node.kind.observe is not None and risk not in seen:
                seen.add(risk)
                out.line(
                    f"{scope.use(node, 'observe')}(params[0].{field}, common.{field}, shared_windows, {name}, time)"
                )
