"""The end of an account: cross liquidation and equity at or below zero (strategies spec 3.8 and 8.1)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from radar.market.account import Moment, close_position
from radar.market.compiled import compiled, inlined
from radar.market.ledger import Ledger
from radar.market.reason import ExitReason, MarginMode
from radar.market.simulation.costs import market_exit


@inlined
def worse_price(position: Any, adverse: bool, market: Any, lane: int, row: int, close: float) -> float:
    """The price that an open position is valued at: the bar's worse extreme, or the close.

    ``close`` is the asset's last close; it also stands in where the asset has no bar in ``row``.
    """
    if not adverse or position.side == 0:
        return close
    price = market[row, lane, 2] if position.side > 0 else market[row, lane, 1]
    return float(price if price == price else close)


class Value(NamedTuple):
    """An account valued at one set of prices: equity, and the notional of its open positions."""

    equity: float
    notional: float


@inlined
def is_liquidated(p: Any, value: Value) -> bool:
    """Whether cross margin is exhausted: equity below the maintenance margin of all positions."""
    return bool(
        value.equity < p.maintenance_margin * value.notional
        and p.liquidation != 0
        and p.margin_mode == MarginMode.CROSS
    )


@compiled
def liquidate(ledger: Ledger, p: Any, account: Any, position: Any, moment: Moment, price: float, regime: int) -> None:
    """Close one position of a liquidated account at ``price``: taker fee and the slippage of a stop."""
    if position.side == 0:
        return
    execution = market_exit(p, price, regime)
    close_position(
        ledger,
        account,
        position,
        moment,
        execution,
        ExitReason.LIQUIDATION.value,
        price,
        np.nan,
        regime,
    )


@compiled
def end_account(account: Any) -> None:
    """Mark the run as ended by liquidation; the equity curve stops with this bar."""
    account.ended = 1
    account.liquidated = 1
