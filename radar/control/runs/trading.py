"""Rows of a ledger and what a run holds, as messages of the API."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from google.protobuf.timestamp_pb2 import Timestamp

from radar.control.figures import decimal
from radar.control.said import instant
from radar.market.ledger import FILL, TRADE
from radar.market.reason import REFUSAL_TEXT, ExitReason, Refusal, Regime
from radar.store.ledger import FillRow, RefusalRow, TradeRow
from radar.v1 import event_pb2, market_pb2, trading_pb2, value_pb2

__all__ = [
    "account_message",
    "exit_reason",
    "fill_message",
    "known",
    "moment",
    "order_message",
    "position_message",
    "refusal_message",
    "regime",
    "set_decimals",
    "side",
    "trade_message",
]

_MILLISECOND = 1_000_000


def moment(milliseconds: int) -> Timestamp:
    """An instant from milliseconds UTC."""
    return instant(milliseconds * _MILLISECOND)


def known(value: float | None) -> value_pb2.Decimal | None:
    """A number as a decimal; None where it is not known."""
    return None if value is None or not math.isfinite(value) else decimal(value)


PRICES = (
    *("average_entry", "exit_price", "quantity", "gross", "fees", "slippage", "funding", "net"),
    *("entry_reference", "exit_reference", "stop", "target"),
)
"""Decimals of a trade that ledger, result and message call by the same name."""


def set_decimals(message: trading_pb2.Trade, trade: Any) -> None:
    """Fill in those of :data:`PRICES` that are known; ``trade`` gives each by its name."""
    for name in PRICES:
        if (value := known(trade[name])) is not None:
            getattr(message, name).CopyFrom(value)


def side(sign: int) -> market_pb2.Side.ValueType:
    """The side of a position from its sign."""
    return market_pb2.SIDE_LONG if sign > 0 else market_pb2.SIDE_SHORT if sign < 0 else market_pb2.SIDE_UNSPECIFIED


def exit_reason(number: int) -> market_pb2.ExitReason.ValueType:
    """Why a position was closed, from the number in a ledger."""
    name = ExitReason(number).name
    return market_pb2.ExitReason.Value(f"EXIT_REASON_{'UNSPECIFIED' if name == 'NONE' else name}")


def regime(number: int) -> market_pb2.MarketRegime.ValueType:
    """A regime from the number in a ledger."""
    return market_pb2.MarketRegime.Value(f"MARKET_REGIME_{Regime(number).name}")


def _order_side(sign: int) -> market_pb2.OrderSide.ValueType:
    return market_pb2.ORDER_SIDE_BUY if sign > 0 else market_pb2.ORDER_SIDE_SELL


def fill_message(row: FillRow, account: str) -> trading_pb2.Fill:
    """One execution."""
    fill = np.frombuffer(row.record, FILL)[0]
    opens = bool(fill["opens"])
    message = trading_pb2.Fill(
        fill=row.number + 1,
        account=account,
        strategy=row.strategy,
        asset=row.asset,
        side=_order_side(row.side),
        opens=opens,
        trade=int(fill["trade"]),
        reference_price=known(fill["reference"]),
        price=known(fill["price"]),
        quantity=known(fill["quantity"]),
        fee=known(fill["fee"]),
        slippage=known(fill["slippage"]),
        time=moment(row.time),
        at_close=bool(fill["at_close"]),
    )
    if opens:
        message.level = int(fill["level"])
    else:
        message.reason = exit_reason(int(fill["reason"]))
    return message


def trade_message(row: TradeRow, account: str) -> trading_pb2.Trade:
    """A closed position, without the fills that opened it."""
    trade = np.frombuffer(row.record, TRADE)[0]
    message = trading_pb2.Trade(
        trade=int(trade["trade"]),
        account=account,
        strategy=row.strategy,
        asset=row.asset,
        side=side(row.side),
        entry_time=moment(int(trade["entry_time"])),
        exit_time=moment(int(trade["exit_time"])),
        reason=exit_reason(int(trade["reason"])),
        bars=int(trade["bars"]),
        worst_excursion=float(trade["worst"]) * 100.0,
        return_base=known(trade["base"]),
        entry_regime=regime(int(trade["entry_regime"])),
        exit_regime=regime(int(trade["exit_regime"])),
    )
    set_decimals(message, trade)
    return message


def refusal_message(row: RefusalRow) -> event_pb2.Refusal:
    """Entries that were refused in one row of the market."""
    cause = Refusal[row.cause.upper()]
    return event_pb2.Refusal(
        strategy=row.strategy,
        cause=market_pb2.RefusalCause.Value(f"REFUSAL_CAUSE_{cause.name}"),
        meaning=REFUSAL_TEXT[cause],
        count=row.refused,
        asset=row.asset,
    )


def account_message(run: str, found: Mapping[str, Any], time: int | None) -> trading_pb2.Account:
    """An account from what was last heard of it. Nothing may halt a simulated one, so its trading mode is ENABLED."""
    return trading_pb2.Account(
        name=f"runs/{run}/accounts/{found['account']}",
        venue="simulated",
        currency="USDT",
        initial=known(found["initial"]),
        cash=known(found["cash"]),
        equity=known(found["equity"]),
        locked_margin=known(found["locked"]),
        free_margin=known(found["equity"] - found["locked"]),
        realized_net=known(found["closed_net"]),
        unrealized_net=known(found["unrealised"]),
        positions=found["positions"],
        trading_mode=market_pb2.TRADING_MODE_ENABLED,
        reconciled=True,
        update_time=None if time is None else moment(time),
    )


def position_message(found: Mapping[str, Any]) -> trading_pb2.Position:
    """An open position from what was last heard of it."""
    return trading_pb2.Position(
        account=found["account"],
        strategy=found["strategy"],
        asset=found["asset"],
        side=side(found["side"]),
        quantity=known(found["quantity"]),
        average_entry=known(found["average"]),
        mark_price=known(found["mark"]),
        levels=found["levels"],
        stop=known(found["stop"]),
        stop_confirmed=True,
        target=known(found["target"]),
        locked_margin=known(found["locked"]),
        leverage=known(found["leverage"]),
        gross=known(found["gross"]),
        fees=known(found["fees"]),
        funding=known(found["funding"]),
        net=known(found["net"]),
        entry_time=moment(found["entry_time"]),
        bars=found["bars"],
        entry_regime=regime(found["entry_regime"]),
        trade=found["trade"],
    )


def order_message(run: str, found: Mapping[str, Any], time: int | None) -> trading_pb2.Order:
    """An entry level that a simulated account watches. What it buys is settled when it is met: its size then follows
    from the equity and the risk nodes of that moment."""
    place = "-".join((run, found["strategy"], found["asset"], "b" if found["side"] > 0 else "s", str(found["level"])))
    return trading_pb2.Order(
        client_order_id=place,
        account=found["account"],
        strategy=found["strategy"],
        asset=found["asset"],
        purpose=trading_pb2.ORDER_PURPOSE_ENTRY,
        type=trading_pb2.ORDER_TYPE_LIMIT,
        side=_order_side(found["side"]),
        state=trading_pb2.ORDER_STATE_OPEN,
        price=known(found["price"]),
        level=found["level"],
        update_time=None if time is None else moment(time),
    )
