"""A risk node by itself: what it says about an entry, and what it remembers of the account."""

from __future__ import annotations

from typing import Any

import numpy as np

from radar.kernel.records import RecordView
from radar.market.account import ACCOUNT, Moment
from radar.market.approval import APPROVAL, Entry, clear_approval
from radar.market.holdings import Holdings
from radar.market.intent import Terms
from radar.market.position import POSITION
from radar.nodes.registry import find
from radar.plan.layout import GROUP, side_inputs
from radar.plan.records import param_dtype, state_dtype, write_params

HOUR = 3_600_000

AT = Moment(100, 100 * HOUR, 0, 0, True)
"""The close of some bar."""

ASSET = np.dtype([("tick", "f8"), *GROUP])
COSTS = np.dtype([("taker_fee", "f8"), ("maker_fee", "f8"), ("slippage", "f8")])


class Risk:
    """A risk node with its own memory."""

    def __init__(self, name: str, *, interval: int = HOUR, **params: Any) -> None:
        kind = find("risk", name)
        assert kind is not None
        self.kind = kind
        values = kind.params(**params)
        record = np.zeros(1, param_dtype(kind))
        write_params(record[0], kind, values, interval=interval, window=0)
        self.p = RecordView(record[0])
        self.state = np.zeros(1, state_dtype(kind)) if kind.state else np.zeros(1, np.dtype([("none", "i8")]))
        for field, value in kind.initial.items():
            self.state[0][field] = value
        self.s = RecordView(self.state[0])
        self.w = np.zeros(kind.window(values, interval))
        self.account = RecordView(np.zeros(1, ACCOUNT)[0])
        self.account.initial = self.account.equity = self.account.cash = 10_000.0
        self.account.assets = 1
        self.position = RecordView(np.zeros(1, POSITION)[0])
        self.position.closed_row = -1
        self.asset = RecordView(np.zeros(1, ASSET)[0])
        self.asset.group = -1
        self.holdings = Holdings(0, 0, 0.0)
        self.costs = RecordView(np.zeros(1, COSTS)[0])
        self.costs.taker_fee, self.costs.maker_fee, self.costs.slippage = 0.0006, 0.0002, 0.0005

    def approve(self, terms: Terms | None = None, approval: Any = None, moment: Moment = AT, **inputs: Any) -> Any:
        """What the node says about an entry under ``terms`` at ``moment``; ``inputs`` beside the intent, by port."""
        if approval is None:
            approval = cleared()
        assert self.kind.approve is not None
        entry = Entry(terms or levels(3), self.position, self.account, self.costs, self.asset, moment, self.holdings)
        self.kind.approve(self.p, self.s, approval, entry, *(inputs[port] for port in side_inputs(self.kind)))
        return approval

    def learn(self, *nets: float) -> None:
        """Positions have closed with these results."""
        assert self.kind.learn is not None
        for net in nets:
            self.kind.learn(self.p, self.s, net)

    def observe(self, time: int, equity: float) -> None:
        """The account is marked at ``equity`` at the close of the bar that opened at ``time``."""
        assert self.kind.observe is not None
        self.account.equity = equity
        self.kind.observe(self.p, self.s, self.w, self.account, time)


def cleared() -> Any:
    """An approval that no node has spoken about."""
    approval = RecordView(np.zeros(1, APPROVAL)[0])
    clear_approval(approval)
    return approval


def levels(count: int, leverage: float = 6.0, stop: float = 0.2) -> Terms:
    """Terms of a grid with that many levels."""
    return Terms(leverage, stop, count, False, False)
