"""Steps 1 to 5 of a bar: funding, then the bar against what rested when it opened (strategies spec 3.1)."""

from __future__ import annotations

from radar.kernel.generation.approval import approve, put_levels
from radar.kernel.generation.scope import Scope
from radar.plan.chain import Chain
from radar.plan.layout import field_name


def write_opening(scope: Scope) -> None:
    """Steps 1 to 5: funding, then the bar against what rested when it opened."""
    out = scope.out
    arrive = scope.market("series", "arrive")
    out.line("# The bar meets what was resting when it opened.")
    with scope.each_lane(present=True):
        scope.load_lane()
        out.line(f"{arrive}(state.series, time, {scope.plan.base.milliseconds})")
        if scope.plan.chains:
            out.line("if row >= start:")
            with out.block():
                for chain in scope.plan.chains:
                    _meet(scope, chain)
    for executor in scope.plan.executors:
        name = field_name(executor.id)
        is_liquidated = scope.market("simulation.liquidation", "is_liquidated")
        out.line(f"if {name}.positions > 0:")
        with out.block():
            out.line(
                f"if {is_liquidated}({scope.account_params(executor)}, {name}_value(row, True, market, lanes, {name})):"
            )
            out.line(f"    {name}_end(row, time, True, market, lanes, params[0].{name}, {name}, ledger)")


def _meet(scope: Scope, chain: Chain) -> None:
    out, plan = scope.out, scope.plan
    strategy, executor = plan.node(chain.strategy), plan.node(chain.executor)
    name, account = field_name(strategy.id), field_name(executor.id)
    carry = scope.market("simulation.close", "carry")
    touched = scope.market("simulation.match", "touched")
    match = scope.market("simulation.match", "match")
    excursion = scope.market("simulation.close", "observe_excursion")
    moment = scope.market("account", "Moment")
    settlement = plan.column(executor.id, "settlement")
    out.line(f"# {' -> '.join((chain.strategy, *chain.risks, chain.executor))}")
    out.line(f"position = state.{name}_position")
    out.line(f"intent = state.{name}_intent")
    out.line(f"terms = {scope.use(strategy, 'terms')}({scope.hot(strategy)})")
    out.line("if position.side != 0:")
    out.line(f"    rate = market[row, lane, {settlement}] if {scope.hot(executor)}.funding != 0 else 0.0")
    out.line(f"    {carry}({account}, position, bar.open, rate)")
    out.line(f"if {touched}({scope.hot(executor)}, terms, intent, position, bar):")
    with out.block():
        out.line(f"moment = {moment}(row, time, lane, {chain.number}, False)")
        put_levels(scope, chain.strategy)
        approve(scope, chain)
        out.line(
            f"{match}(ledger, p.{account}, terms, intent, approval, {account}, position, state.met, moment, bar, "
            f"p.run.tick, state.{account}_regime, fine)"
        )
    out.line("if position.side != 0:")
    out.line(f"    {excursion}(position, bar.low if position.side > 0 else bar.high)")
