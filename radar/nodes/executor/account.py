"""One trading account: it makes reality match the intents that the risk nodes let through.

In a back-test and on paper this is the simulated venue (strategies spec section 3): resting levels, stop and target are
met in a sequential adverse walk; the order type decides fee and slippage; what happens first inside a bar follows
``intrabar``; when a resting order counts as filled follows ``fill_model``; funding is booked at the settlement instants
of the market's own series, with or without a funding node. Live, the exchange takes the place of the simulator and
these books stay the same.

``regime`` is optional: where it is wired, stops and market exits slip ``high_volatility_multiplier`` times as far in
HIGH_VOLATILITY. Several intents and several assets share one account: that is a portfolio.

Example::

    sized: {risk: equal_allocation, in: grid}
    guard: {risk: margin_guard, in: sized}
    regime: {indicator: regime, in: candles}
    broker: {executor: account, in: {in: guard, regime: regime}, initial_capital: 10000}
"""

from __future__ import annotations

from typing import Literal

from radar.nodes.kind import Kind
from radar.nodes.params import NodeParams, param
from radar.nodes.port import Input, Output, PortType


class Params(NodeParams):
    """Parameters of the account and of the simulated venue."""

    initial_capital: float = param(10_000.0, "Capital at the start.", unit="USDT", on_change="locked", gt=0)
    maker_fee_percent: float = param(0.02, "Fee of a resting limit order.", unit="%", on_change="hot", ge=0, le=5)
    taker_fee_percent: float = param(0.06, "Fee of a market or stop order.", unit="%", on_change="hot", ge=0, le=5)
    slippage_percent: float = param(0.05, "Slippage of a market or stop order.", unit="%", on_change="hot", ge=0, le=5)
    high_volatility_multiplier: float = param(
        2.0, "Slippage factor of stops and market exits in HIGH_VOLATILITY.", unit="x", on_change="hot", ge=1, le=100
    )
    maintenance_margin_percent: float = param(
        0.4, "Maintenance margin, of notional.", unit="%", on_change="hot", ge=0, le=50
    )
    minimum_notional: float = param(5.0, "Smallest order that the venue takes.", unit="USDT", on_change="hot", ge=0)
    margin_mode: Literal["cross", "isolated"] = param(
        "cross", "Whether losses draw on the whole account or on the position's margin.", on_change="locked"
    )
    max_leverage: float = param(
        30.0, "Highest leverage that a strategy may ask for.", unit="x", on_change="hot", ge=1, le=125
    )
    liquidation: bool = param(True, "Whether positions can be liquidated.", on_change="hot")
    funding: bool = param(True, "Whether funding is booked.", on_change="hot")
    intrabar: Literal["stop_first", "path", "lower_tf", "color_legacy"] = param(
        "stop_first", "What came first in a bar that holds target and stop.", on_change="hot"
    )
    fill_model: Literal["touch", "through", "queue"] = param(
        "touch", "When a resting order counts as filled.", on_change="hot"
    )
    stop_gap_fraction: float = param(
        0.0,
        "Stress: worsen a stop's fill by this part of its distance to the bar's extreme.",
        on_change="hot",
        ge=0,
        le=1,
    )
    close_at_end: bool = param(False, "Close what is open at the last bar (reason end_of_data).", on_change="hot")


KIND = Kind(
    params=Params,
    inputs={
        "in": Input(PortType.APPROVED, "Approved intents.", many=True),
        "regime": Input(PortType.REGIME, "Market regime, for slippage and the trade record.", optional=True),
    },
    outputs={"fills": Output(PortType.FILLS, "Fills and closed trades.")},
    series="settlement",
    columns=("settlement",),
    stability="stable",
)
