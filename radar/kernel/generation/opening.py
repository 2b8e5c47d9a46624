"""Steps 1 to 5 of a bar: funding, then the bar against what rested when it opened (strategies spec 3.1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from radar.kernel.generation.approval import approve, learn, learns, put_levels
from radar.kernel.generation.scope import Scope
from radar.kernel.generation.valuation import end_of, value_of
from radar.plan.chain import Chain
from radar.plan.layout import field_name


def write_opening(scope: Scope) -> None:
    """Steps 1 to 5: funding, then the bar against what rested when it opened."""
    out, chains = scope.out, scope.plan.chains
    out.line("# The bar meets what was resting when it opened.")
    if not scope.single:
        with scope.each_lane(present=True):
            scope.load_lane()
            _arrive(scope)
            _if_open(scope, chains, _meet)
        with scope.each_lane(present=True):
            scope.load_lane()
            _if_open(scope, chains, _observe)
        _write_liquidation(scope)
        return
    if scope.hoisting is None:
        out.line("if stage == 0:")
        with out.block():
            _arrive(scope)
    if not chains:
        return
    out.line("if row >= start:")
    with out.block():
        for chain in chains:
            with scope.segment(), scope.each_lane(present=True):
                _meet(scope, chain)
        with scope.segment():
            with scope.each_lane(present=True):
                for chain in chains:
                    _observe(scope, chain)
            _write_liquidation(scope)


def _write_liquidation(scope: Scope) -> None:
    if not scope.plan.chains:
        return
    for executor in scope.plan.executors:
        is_liquidated = scope.market("simulation.liquidation", "is_liquidated")
        positions = f"{scope.borrowing.account(executor.id)}.positions > 0"
        worth = value_of(scope, executor, adverse=True)
        with scope.stop(f"{positions} and {is_liquidated}({scope.account_params(executor)}, {worth})"):
            end_of(scope, executor, adverse=True)


def _arrive(scope: Scope) -> None:
    if scope.hoisting is not None:
        return
    arrive = scope.market("series", "arrive")
    scope.out.line(f"{arrive}({scope.borrowing.series}, time, {scope.plan.base.milliseconds})")


def _if_open(scope: Scope, chains: Sequence[Chain], write: Callable[[Scope, Chain], None]) -> None:
    """Write a part of every chain for the rows in which entries and books have begun."""
    if not chains:
        return
    scope.out.line("if row >= start:")
    with scope.out.block():
        for chain in chains:
            write(scope, chain)


def _meet(scope: Scope, chain: Chain) -> None:
    out, plan, borrowing = scope.out, scope.plan, scope.borrowing
    strategy, executor = plan.node(chain.strategy), plan.node(chain.executor)
    name, account = field_name(strategy.id), field_name(executor.id)
    carry = scope.market("simulation.close", "carry")
    touched = scope.market("simulation.match", "touched")
    match = scope.market("simulation.match", "match")
    moment = scope.market("account", "Moment")
    settlement = plan.column(executor.id, "settlement")
    out.line(f"# {' -> '.join((chain.strategy, *chain.risks, chain.executor))}")
    out.line(f"position = {borrowing.position(strategy.id)}")
    out.line(f"intent = {borrowing.intent(strategy.id)}")
    out.line(f"terms = {scope.use(strategy, 'terms')}({scope.hot(strategy)})")
    out.line("if position.side != 0:")
    out.line(f"    rate = market[row, lane, {settlement}] if {scope.hot(executor)}.funding != 0 else 0.0")
    out.line(f"    {carry}({borrowing.account(executor.id)}, position, bar.open, rate)")
    with scope.stop(f"{scope.trades_on(executor.id)}{touched}({scope.hot(executor)}, terms, intent, position, bar)"):
        out.line(f"moment = {moment}(row, time, lane, {chain.number}, False)")
        out.line(f"terms = {scope.use(strategy, 'terms')}(p.{name})")
        put_levels(scope, chain.strategy)
        approve(scope, chain, at_close=False)
        out.line(
            f"{match}({scope.ledger(executor.id)}, p.{account}, terms, {borrowing.intent(strategy.id)}, approval, "
            f"{borrowing.account(executor.id)}, {borrowing.position(strategy.id)}, state.met, moment, bar, "
            f"p.run.tick, state.{account}_regime, fine)"
        )
        if learns(scope, chain):
            out.line(f"if {borrowing.position(strategy.id)}.closed_row == row:")
            with out.block():
                learn(scope, chain)


def _observe(scope: Scope, chain: Chain) -> None:
    excursion = scope.market("simulation.close", "observe_excursion")
    scope.out.line(f"position = {scope.borrowing.position(chain.strategy)}")
    scope.out.line("if position.side != 0:")
    scope.out.line(f"    {excursion}(position, bar.low if position.side > 0 else bar.high)")
