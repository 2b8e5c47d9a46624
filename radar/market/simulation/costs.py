"""Order type decides cost (strategies spec 3.2). ``p`` are the parameters of the account."""

from __future__ import annotations

from typing import Any

from radar.market.account import Execution
from radar.market.compiled import compiled
from radar.market.reason import Regime


@compiled
def resting_order(p: Any, reference: float, limit: bool) -> Execution:
    """A level or a target: a limit order in the book (maker, no slippage) or a market order sent on touch (taker)."""
    if limit:
        return Execution(reference, 0.0, p.maker_fee)
    return Execution(reference, p.slippage, p.taker_fee)


@compiled
def market_entry(p: Any, reference: float) -> Execution:
    """A market order that opens: taker, with slippage."""
    return Execution(reference, p.slippage, p.taker_fee)


@compiled
def market_exit(p: Any, reference: float, regime: int) -> Execution:
    """A stop or a market order that closes: taker, with slippage, which high volatility multiplies."""
    slip = p.slippage
    if regime == Regime.HIGH_VOLATILITY:
        slip = slip * p.high_volatility_multiplier
    return Execution(reference, slip, p.taker_fee)
