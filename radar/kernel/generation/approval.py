"""The risk nodes of a chain speak, and a ladder shows its prices: only when an entry or an exit is near."""

from __future__ import annotations

from radar.kernel.expressions import UNWIRED
from radar.kernel.generation.holdings import holdings_of
from radar.kernel.generation.scope import Scope
from radar.nodes.port import PortType
from radar.plan.chain import Chain, share_asset
from radar.plan.layout import field_name, side_inputs
from radar.spec.model import Node


def put_levels(scope: Scope, strategy: str) -> None:
    """Prices of a ladder, where the strategy has one."""
    node, name = scope.plan.node(strategy), field_name(strategy)
    if node.kind.levels is not None:
        scope.out.line(f"{scope.use(node, 'levels')}(p.{name}, {scope.borrowing.intent(strategy)})")


def write_approval(scope: Scope, chain: Chain) -> None:
    """A function in which the risk nodes of a chain speak, in order; it fills in the lane's ``approval``."""
    out, strategy = scope.out, scope.plan.node(chain.strategy)
    clear = scope.market("approval", "clear_approval")
    history_refusal = scope.market("series", "history_refusal")
    name, account = field_name(chain.strategy), field_name(chain.executor)
    out.line(f"@{scope.market('compiled', 'compiled')}")
    out.line(f"def {name}_approval(lanes, lane, params, common, terms, moment, bars, gaps):")
    with out.block(), scope.borrowing.whole():
        out.line(f'"""What {", then ".join(chain.risks)} say of an entry of {chain.strategy}."""')
        out.line("state = lanes[lane]")
        out.line("p = params[lane]")
        out.line("approval = state.approval")
        out.line(f"{clear}(approval)")
        out.line(f"approval.entry_refusal = {history_refusal}(bars, gaps, p.run.history_{name})")
        for other in scope.plan.chains:
            if other.executor != chain.executor or other.strategy == chain.strategy:
                continue
            if not share_asset(strategy, scope.plan.node(other.strategy)):
                owner = scope.market("approval", "respect_owner")
                out.line(f"{owner}(approval, {scope.borrowing.position(other.strategy)})")
        position = scope.borrowing.position(chain.strategy)
        entry = scope.market("approval", "Entry")
        holdings = holdings_of(scope, chain)
        out.line(f"entry = {entry}(terms, {position}, common.{account}, p.{account}, p.run, moment, {holdings})")
        for risk in chain.risks:
            node, field = scope.plan.node(risk), field_name(risk)
            arguments = [f"p.{field}", f"common.{field}", "approval", "entry", *_inputs(node)]
            out.line(f"{scope.use(node, 'approve')}({', '.join(arguments)})")
    out.gap()


def approve(scope: Scope, chain: Chain, *, at_close: bool) -> None:
    """The risk nodes speak; ``terms`` and ``moment`` are set. Only for when an entry or an exit is near."""
    counted = _counted(scope, at_close=at_close)
    scope.out.line(f"{field_name(chain.strategy)}_approval(lanes, lane, params, common, terms, moment, {counted})")
    scope.out.line("approval = state.approval")


def learn(scope: Scope, chain: Chain) -> None:
    """The risk nodes are told of a position that has just closed."""
    for risk in chain.risks:
        node, field = scope.plan.node(risk), field_name(risk)
        if node.kind.learn is not None:
            net = f"{scope.borrowing.position(chain.strategy)}.net"
            scope.out.line(f"{scope.use(node, 'learn')}(p.{field}, common.{field}, {net})")


def learns(scope: Scope, chain: Chain) -> bool:
    """Whether a risk node of a chain wants to be told."""
    return any(scope.plan.node(risk).kind.learn is not None for risk in chain.risks)


def keep_inputs(scope: Scope) -> None:
    """At a close: keep what the risk nodes read beside the intent, for entries up to the next close."""
    for node in scope.plan.nodes:
        if node.kind.role != "risk":
            continue
        for port in side_inputs(node.kind):
            for reference in node.inputs.get(port, ()):
                value = scope.expressions.value(reference)
                scope.out.line(f"state.{field_name(node.id)}_held.{port} = {value}")


def _inputs(node: Node) -> list[str]:
    """What was kept for a risk node, as arguments."""
    found = []
    for port, wanted in side_inputs(node.kind).items():
        kept = f"state.{field_name(node.id)}_held.{port}"
        if not node.inputs.get(port):
            found.append(UNWIRED[wanted.types[0]])
        else:
            found.append(f"{kept} != 0" if wanted.types[0] == PortType.FLAG else kept)
    return found


def _counted(scope: Scope, *, at_close: bool) -> str:
    """How many candles the series has had in a row, and how many gaps; the candle of the row counts at its close."""
    if scope.hoisting is None:
        return f"{scope.borrowing.series}.bars, {scope.borrowing.series}.gaps"
    return f"series_bars[lane, row]{' + 1' if at_close else ''}, series_gaps[lane, row]"
