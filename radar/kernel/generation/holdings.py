"""The function that counts what an account holds of a correlation group."""

from __future__ import annotations

from radar.kernel.generation.scope import Scope
from radar.plan.chain import Chain
from radar.plan.layout import field_name
from radar.spec.model import Node


def write_holdings(scope: Scope, executor: Node) -> None:
    """A function that looks at every position of an account, where a risk node wants to know."""
    if not any(_asks(scope, chain) for chain in scope.chains_of(executor)):
        return
    out = scope.out
    holdings, with_position = scope.market("holdings", "Holdings"), scope.market("holdings", "with_position")
    out.line(f"@{scope.market('compiled', 'compiled')}")
    out.line(f"def {field_name(executor.id)}_holdings(lanes, params, group, moment):")
    with out.block():
        out.line('"""What the account holds of a correlation group."""')
        out.line(f"holdings = {holdings}(0, 0, 0.0)")
        out.line("for lane in range(lanes.shape[0]):")
        with out.block():
            out.line("if params[lane].run.group == group:")
            with out.block():
                out.line("state = lanes[lane]")
                for chain in scope.chains_of(executor):
                    position = f"state.{field_name(chain.strategy)}_position"
                    out.line(f"holdings = {with_position}(holdings, {position}, moment)")
        out.line("return holdings")
    out.gap()


def holdings_of(scope: Scope, chain: Chain) -> str:
    """The expression of what the account of a chain holds of the lane's group; nothing where no risk node asks."""
    if _asks(scope, chain):
        return f"{field_name(chain.executor)}_holdings(lanes, params, p.run.group, moment)"
    return f"{scope.market('holdings', 'Holdings')}(0, 0, 0.0)"


def _asks(scope: Scope, chain: Chain) -> bool:
    return any(scope.plan.node(risk).kind.counts_group for risk in chain.risks)
