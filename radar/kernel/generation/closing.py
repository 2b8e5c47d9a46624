"""Steps 6 to 8 of a bar: exits at the close, entries at the close, the mark (strategies spec 3.1)."""

from __future__ import annotations

from radar.kernel.generation.approval import approve, learn
from radar.kernel.generation.scope import Scope
from radar.kernel.generation.valuation import end_of, value_of
from radar.plan.chain import Chain
from radar.plan.layout import field_name
from radar.spec.model import Node


def write_closing(scope: Scope) -> None:
    """Steps 6 to 8: exits at the close, then entries, then the mark, each for all assets."""
    out, plan = scope.out, scope.plan
    if not plan.chains:
        return
    out.line("if row >= start:")
    with out.block():
        out.line("# Exits at the close, then entries, then the mark: each for all assets.")
        if scope.single:
            intents = [scope.borrowing.intent(chain.strategy) for chain in plan.chains]
            wanted = [f"{intent}.{what} != 0" for intent in intents for what in WANTS]
            with scope.segment(), scope.stop(" or ".join(wanted)):
                _write_orders(scope)
        else:
            _write_orders(scope)
        for executor in plan.executors:
            with scope.segment():
                _value(scope, executor)
            _observe(scope, executor)
    out.line("else:")
    with out.block(), scope.each_lane(present=False):
        for chain in plan.chains:
            for what in WANTS:
                out.line(f"{scope.borrowing.intent(chain.strategy)}.{what} = 0")


WANTS = ("enter", "leave")
"""Fields of an intent that say what is to happen at this close."""


def _write_orders(scope: Scope) -> None:
    for write in (_leave, _enter):
        with scope.each_lane(present=True):
            for chain in scope.plan.chains:
                write(scope, chain)


def _leave(scope: Scope, chain: Chain) -> None:
    out, account = scope.out, field_name(chain.executor)
    leave = scope.market("simulation.close", "leave_at_close")
    moment = scope.market("account", "Moment")
    out.line(f"intent = {scope.borrowing.intent(chain.strategy)}")
    out.line("if intent.leave != 0:")
    with out.block():
        out.line(f"position = {scope.borrowing.position(chain.strategy)}")
        out.line("if position.side != 0:")
        with out.block():
            if not scope.single:
                out.line("p = params[lane]")
            terms = scope.use(scope.plan.node(chain.strategy), "terms")
            out.line(f"moment = {moment}(row, time, lane, {chain.number}, True)")
            out.line(
                f"{leave}({scope.ledger(chain.executor)}, p.{account}, "
                f"{terms}(p.{field_name(chain.strategy)}), intent, "
                f"{scope.borrowing.account(chain.executor)}, position, moment, market[row, lane, 3], "
                f"state.{account}_regime)"
            )
            learn(scope, chain)
        out.line("intent.leave = 0")


def _enter(scope: Scope, chain: Chain) -> None:
    out, account = scope.out, field_name(chain.executor)
    books = scope.borrowing.account(chain.executor)
    enter = scope.market("simulation.close", "enter_at_close")
    moment = scope.market("account", "Moment")
    out.line(f"intent = {scope.borrowing.intent(chain.strategy)}")
    out.line(f"if intent.enter != 0 and {books}.ended == 0:")
    with out.block():
        scope.load_lane()
        out.line(f"terms = {scope.use(scope.plan.node(chain.strategy), 'terms')}(p.{field_name(chain.strategy)})")
        out.line(f"moment = {moment}(row, time, lane, {chain.number}, True)")
        approve(scope, chain, at_close=True)
        out.line(
            f"{enter}({scope.ledger(chain.executor)}, p.{account}, terms, intent, approval, {books}, "
            f"{scope.borrowing.position(chain.strategy)}, moment, bar, "
            f"{value_of(scope, scope.plan.node(chain.executor), adverse=False)}.equity, state.{account}_regime)"
        )


def _value(scope: Scope, executor: Node) -> None:
    out, name = scope.out, field_name(executor.id)
    is_liquidated = scope.market("simulation.liquidation", "is_liquidated")
    out.line(f"{name}_now = {value_of(scope, executor, adverse=False)}")
    out.line(f"{name}.equity = {name}_now.equity")
    open_ = scope.trades_on(executor.id)
    with scope.stop(f"{open_}({name}.equity <= 0.0 or {is_liquidated}({scope.account_params(executor)}, {name}_now))"):
        end_of(scope, executor, adverse=False)
        books = scope.borrowing.account(executor.id)
        out.line(f"{books}.equity = {books}.cash")


def _observe(scope: Scope, executor: Node) -> None:
    out, name = scope.out, field_name(executor.id)
    observe = scope.market("statistics", "observe_equity")
    out.line(f"{observe}({name}.statistics, time, {name}.equity)")
    if scope.hoisting is None:
        out.line(f"if {name}.recording != 0:")
        out.line(f"    {scope.ledger(executor.id)}.equity[row] = {name}.equity")
    seen: set[str] = set()
    for chain in scope.chains_of(executor):
        for risk in chain.risks:
            node, field = scope.plan.node(risk), field_name(risk)
            if node.kind.observe is not None and risk not in seen:
                seen.add(risk)
                out.line(
                    f"{scope.use(node, 'observe')}(params[0].{field}, common.{field}, shared_windows, {name}, time)"
                )
