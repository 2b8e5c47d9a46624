"""Rows of a ledger as the events that watchers see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from radar.control.figures import decimal
from radar.control.runs.trading import fill_message, known, moment, refusal_message, trade_message
from radar.market.reason import ExitReason
from radar.store.ledger import FillRow, RefusalRow, StepRow, TradeRow
from radar.v1 import event_pb2, run_pb2

__all__ = ["events_of"]


def events_of(
    step: StepRow,
    fills: Sequence[FillRow],
    trades: Sequence[TradeRow],
    refusals: Sequence[RefusalRow],
    accounts: Sequence[str],
    bar: int,
) -> Iterator[event_pb2.RunEvent]:
    """What came of one row of the market, in the order of the ledger; numbers are left to the caller.

    ``bar`` is the length of its bars in milliseconds.
    """
    close = moment(step.time + bar)
    for fill in fills:
        account, doing = accounts[fill.account], "bought" if fill.side > 0 else "sold"
        yield event_pb2.RunEvent(
            event_time=moment(fill.time),
            kind=run_pb2.RUN_EVENT_KIND_FILL,
            node=fill.strategy,
            asset=fill.asset,
            text=f"{fill.strategy} {doing} {_text(fill.quantity)} {fill.asset} at {_text(fill.price)}",
            fill=fill_message(fill, account),
        )
    for trade in trades:
        message = trade_message(trade, accounts[trade.account])
        yield event_pb2.RunEvent(
            event_time=close,
            kind=run_pb2.RUN_EVENT_KIND_TRADE,
            node=trade.strategy,
            asset=trade.asset,
            text=f"{trade.strategy} closed {'long' if trade.side > 0 else 'short'} {trade.asset} "
            f"({_reason(message.reason)}), net {trade.net:.2f}",
            trade=message,
        )
    for refusal in refusals:
        refused = refusal_message(refusal)
        yield event_pb2.RunEvent(
            event_time=close,
            kind=run_pb2.RUN_EVENT_KIND_REFUSAL,
            node=refusal.strategy,
            asset=refusal.asset,
            text=f"{refusal.strategy} did not enter {refusal.asset}: {refused.meaning}",
            refusal=refused,
        )
    for account, equity in zip(accounts, np.frombuffer(step.equity), strict=True):
        yield event_pb2.RunEvent(
            event_time=close,
            kind=run_pb2.RUN_EVENT_KIND_EQUITY,
            node=account,
            text=f"{account} is worth {equity:.2f}",
            equity=event_pb2.EquityMark(account=account, equity=known(equity)),
        )


def _text(value: float) -> str:
    return decimal(float(f"{value:.8g}")).value


def _reason(number: int) -> str:
    return ExitReason(number).name.lower() if number in list(ExitReason) else "closed"
