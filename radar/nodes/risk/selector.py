"""Let a strategy trade only while its own closed trades speak for it.

Judged on the trades of the strategies whose intents pass through the node, over all assets of the account, at the first
mark and then every ``eval_interval_seconds``; first match wins:

1. fewer than ``min_trades`` trades: allowed with ``bypass``, denied without it
2. no trade at all (``min_trades`` 0): allowed
3. net of the trades not above 0, or profit factor below ``min_profit_factor``: denied, unless ``force``
4. otherwise allowed

A trade without a profit is a loss. Only new positions are refused; running cycles, stops and exits go on. A denied
strategy makes no more trades here, so once its last position has closed it stays denied: in a back-test the node says
what the strategy would have been cut off from, and when. Source: operations specification 2.11 (without eligibility by
hand, which is the operator's, and with the trades of this account in the place of those of paper trading).

Not for choosing strategies in research: that is judged out of sample.

Example::

    sized: {risk: equal_allocation, in: grid}
    chosen: {risk: selector, in: sized, min_trades: 10, min_profit_factor: 1.1}
"""

from __future__ import annotations

from typing import Any

from radar.market.approval import Entry, refuse_cycle
from radar.market.compiled import compiled
from radar.market.reason import Refusal
from radar.nodes.earned import EARNED, learn
from radar.nodes.kind import Kind
from radar.nodes.params import NodeParams, param
from radar.nodes.port import Input, Output, PortType


class Params(NodeParams):
    """Parameters of the selector."""

    min_trades: int = param(3, "Closed trades before a strategy is judged.", on_change="hot", ge=0, le=100_000)
    min_profit_factor: float = param(1.0, "Least sum of wins over sum of losses.", on_change="hot", ge=0, le=100)
    eval_interval_seconds: int = param(300, "Time between two verdicts.", unit="s", on_change="hot", ge=30)
    force: bool = param(False, "Let the strategy trade whatever it has earned.", on_change="hot")
    bypass: bool = param(True, "Let a strategy trade until it has made enough trades to be judged.", on_change="hot")


@compiled
def denied(p: Any, s: Any) -> bool:
    """The verdict on the trades so far."""
    if s.trades < p.min_trades:
        return bool(p.bypass == 0)
    if s.trades == 0 or p.force != 0:
        return False
    return bool(s.won - s.lost <= 0.0 or s.won < p.min_profit_factor * s.lost)


@compiled
def approve(p: Any, s: Any, approval: Any, entry: Entry) -> None:
    """Refuse new positions of a denied strategy."""
    if s.denied != 0 or (s.judged == 0 and denied(p, s)):
        refuse_cycle(approval, Refusal.NOT_ALLOWED.value)


@compiled
def observe(p: Any, s: Any, w: Any, account: Any, time: int) -> None:
    """Judge at the mark of bar ``time``, when it is time to."""
    if s.judged == 0 or time >= s.next:
        s.judged = 1
        s.next = time + p.eval_interval_seconds * 1000
        s.denied = 1 if denied(p, s) else 0


KIND = Kind(
    params=Params,
    inputs={"in": Input(PortType.SIZED, "The sized intent.", many=True)},
    outputs={
        "intent": Output(PortType.APPROVED, "The intent, new positions refused while the strategy is denied."),
        "refused": Output(PortType.REFUSALS, "Entries of a denied strategy."),
    },
    state=(*EARNED, ("judged", "i8"), ("denied", "i8"), ("next", "i8")),
    approve=approve,
    learn=learn,
    observe=observe,
    gate=True,
    stability="beta",
)
