"""The end of an account: cross liquidation and equity at or below zero (strategies spec 3.8 and 8.1)."""

from __future__ import annotations

from typing import Any

from radar.market.account import Ledger, Moment, close_position
from radar.market.compiled import compiled
from radar.market.reason import ExitReason, MarginMode
from radar.market.simulation.costs import market_exit


@compiled
def is_liquidated(p: Any, equity: float, notional: float) -> bool:
    """Whether cross margin is exhausted: equity below the maintenance margin of all positions."""
    return bool(
        p.liquidation and p.margin_mode == MarginMode.CROSS and equity < p.maintenance_margin * notional
    )


@compiled
def liquidate(
    ledger: Ledger, p: Any, account: Any, position: Any, moment: Moment, price: float, regime: int
) -> None:
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
        int(ExitReason.LIQUIDATION),
        price,
        float("nan"),
        regime,
    )


@compiled
def end_account(account: Any) -> None:
    """Mark the run as ended by liquidation; the equity curve stops with this bar."""
    account.ended = 1
    account.liquidated = 1
