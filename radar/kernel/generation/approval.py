"""The risk nodes of a chain speak, and a ladder shows its prices: only when an entry or an exit is near."""

from __future__ import annotations

from radar.kernel.generation.scope import Scope
from radar.plan.chain import Chain, share_asset
from radar.plan.layout import field_name


def put_levels(scope: Scope, strategy: str) -> None:
    """Prices of a ladder, where the strategy has one."""
    node, name = scope.plan.node(strategy), field_name(strategy)
    if node.kind.levels is not None:
        scope.out.line(f"{scope.use(node, 'levels')}(p.{name}, {scope.borrowing.intent(strategy)})")


def approve(scope: Scope, chain: Chain, *, at_close: bool) -> None:
    """The risk nodes speak, in order. Called only when an entry or an exit is near."""
    out = scope.out
    clear = scope.market("account", "clear_approval")
    history_refusal = scope.market("series", "history_refusal")
    account, books = field_name(chain.executor), scope.borrowing.account(chain.executor)
    out.line("approval = state.approval")
    out.line(f"{clear}(approval)")
    history = f"p.run.history_{field_name(chain.strategy)}"
    out.line(f"approval.entry_refusal = {history_refusal}({_counted(scope, at_close=at_close)}, {history})")
    strategy = scope.plan.node(chain.strategy)
    for other in scope.plan.chains:
        if other.executor != chain.executor or other.strategy == chain.strategy:
            continue
        if not share_asset(strategy, scope.plan.node(other.strategy)):
            owner = scope.market("account", "respect_owner")
            out.line(f"{owner}(approval, {scope.borrowing.position(other.strategy)})")
    for risk in chain.risks:
        node, field = scope.plan.node(risk), field_name(risk)
        out.line(f"{scope.use(node, 'approve')}(p.{field}, common.{field}, terms, approval, {books}, p.{account})")


def _counted(scope: Scope, *, at_close: bool) -> str:
    """How many candles the series has had in a row, and how many gaps; the candle of the row counts at its close."""
    if scope.hoisting is None:
        return f"{scope.borrowing.series}.bars, {scope.borrowing.series}.gaps"
    return f"series_bars[lane, row]{' + 1' if at_close else ''}, series_gaps[lane, row]"
