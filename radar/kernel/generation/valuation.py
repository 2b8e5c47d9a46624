"""Functions that look at every position of an account: its value, and its end."""

from __future__ import annotations

from radar.kernel.generation.scope import Scope
from radar.plan.layout import field_name
from radar.spec.model import Node


def write_valuation(scope: Scope, executor: Node) -> None:
    """Functions that look at every position of an account: its value, and its end."""
    _write_value(scope, executor)
    scope.out.gap()
    _write_end(scope, executor)
    scope.out.gap()


def _positions(scope: Scope, executor: Node) -> list[str]:
    """Names of the positions of the one asset, as arguments."""
    return [f"{field_name(chain.strategy)}_position" for chain in scope.chains_of(executor)]


def _write_value(scope: Scope, executor: Node) -> None:
    out, name = scope.out, field_name(executor.id)
    unrealised = scope.market("position", "unrealised")
    worse = scope.market("simulation.liquidation", "worse_price")
    value = scope.market("simulation.liquidation", "Value")
    positions = _positions(scope, executor)
    arguments = ", ".join(["account", "series", *positions]) if scope.single else "lanes, account"
    out.line(f"@{scope.market('compiled', 'inlined')}")
    out.line(f"def {name}_value(row, adverse, market, {arguments}):")
    with out.block():
        out.line('"""Value the account at the last closes, or (adverse) at every asset\'s worse extreme."""')
        out.line("equity = account.cash")
        out.line("notional = 0.0")
        out.line("if account.positions > 0:")
        with out.block():
            if scope.single:
                out.line("lane = 0")
            with scope.each_lane(present=False):
                series = "series" if scope.single else "state.series"
                for position in positions:
                    out.line(f"position = {position if scope.single else f'state.{position}'}")
                    out.line("if position.side != 0:")
                    with out.block():
                        out.line(f"price = {worse}(position, adverse, market, lane, row, {series}.close)")
                        out.line(f"equity += {unrealised}(position, price)")
                        out.line("notional += position.quantity * price")
        out.line(f"return {value}(equity, notional)")


def _write_end(scope: Scope, executor: Node) -> None:
    out, name = scope.out, field_name(executor.id)
    worse = scope.market("simulation.liquidation", "worse_price")
    liquidate = scope.market("simulation.liquidation", "liquidate")
    end_account = scope.market("simulation.liquidation", "end_account")
    moment = scope.market("account", "Moment")
    out.line(f"@{scope.market('compiled', 'compiled')}")
    out.line(f"def {name}_end(row, time, adverse, market, lanes, p, account, ledger):")
    with out.block():
        out.line('"""The account is exhausted: close every position and end the run."""')
        if scope.single:
            out.line("lane = 0")
            out.line("state = lanes[0]")
        with scope.each_lane(present=False):
            for chain in scope.chains_of(executor):
                out.line(f"position = state.{field_name(chain.strategy)}_position")
                out.line(f"moment = {moment}(row, time, lane, {chain.number}, not adverse)")
                out.line(f"price = {worse}(position, adverse, market, lane, row, state.series.close)")
                out.line(f"{liquidate}(ledger, p, account, position, moment, price, state.{name}_regime)")
        out.line(f"{end_account}(account)")


def value_of(scope: Scope, executor: Node, *, adverse: bool) -> str:
    """The expression of what an account is worth in ``row``."""
    name, borrowing = field_name(executor.id), scope.borrowing
    if scope.single:
        positions = [borrowing.position(chain.strategy) for chain in scope.chains_of(executor)]
        arguments = ", ".join([borrowing.account(executor.id), borrowing.series, *positions])
    else:
        arguments = f"lanes, {name}"
    return f"{name}_value(row, {adverse}, market, {arguments})"


def end_of(scope: Scope, executor: Node, *, adverse: bool) -> None:
    """End an account in ``row``."""
    name = field_name(executor.id)
    scope.out.line(
        f"{name}_end(row, time, {adverse}, market, lanes, params[0].{name}, {scope.borrowing.account(executor.id)}, "
        f"{scope.ledger(executor.id)})"
    )
