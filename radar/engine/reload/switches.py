"""Risk nodes that refuse new positions now: a reload may change limits, it may not let go of a tripped switch."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from radar.engine.reload.pairing import Pairing
from radar.engine.run import Run
from radar.kernel.records import RecordView
from radar.market.account import Moment
from radar.market.approval import APPROVAL, Entry, clear_approval
from radar.market.holdings import Holdings
from radar.market.reason import REFUSAL_TEXT, Refusal
from radar.plan.chain import Chain
from radar.plan.diff import Fate
from radar.plan.layout import field_name
from radar.spec.model import Node

__all__ = ["tripped_and_gone"]


def tripped_and_gone(run: Run, pairing: Pairing) -> Iterator[str]:
    """The risk nodes that judge an account, refuse new positions of both sides now, and would not be asked any more."""
    anew = {one.node for one in pairing.difference.nodes if one.fate is Fate.NEEDS_FLAT}
    for after in pairing.after.chains:
        chain = pairing.chain_before(after)
        if chain is None:
            continue
        stay = {pairing.was[name] for name in after.risks if name in pairing.was and name not in anew}
        for name in chain.risks:
            node = run.plan.node(name)
            if name not in stay and node.kind.observe is not None:
                cause = _refusal(run, chain, node)
                if cause:
                    yield f"{name} refuses new positions of {chain.strategy} ({REFUSAL_TEXT[Refusal(cause)]})"


def _refusal(run: Run, chain: Chain, node: Node) -> int:
    """Why ``node`` alone refuses a new position of both sides, or 0."""
    approval = RecordView(np.zeros(1, APPROVAL)[0])
    clear_approval(approval)
    state, params = run.state.lanes[0], run.state.params[0]
    strategy = field_name(chain.strategy)
    terms, approve = run.plan.node(chain.strategy).kind.terms, node.kind.approve
    assert terms is not None
    assert approve is not None
    entry = Entry(
        terms(RecordView(params[strategy])),
        RecordView(state[f"{strategy}_position"]),
        RecordView(run.account(chain.executor)),
        RecordView(params[field_name(chain.executor)]),
        RecordView(params["run"]),
        Moment(run.row, int(state["series"]["time"]), 0, chain.number, False),
        Holdings(0, 0, 0.0),
    )
    name = field_name(node.id)
    with np.errstate(all="ignore"):
        approve(RecordView(params[name]), RecordView(run.state.shared[0][name].copy()), approval, entry)
    return int(approval.long_refusal) if approval.short_refusal else 0
