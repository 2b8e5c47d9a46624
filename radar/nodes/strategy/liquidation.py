"""Liquidation-zone hunting: after open interest has jumped, trade where the new positions would be liquidated.

Who opened at a price with a leverage of ``leverage_estimate`` is liquidated about ``1 / leverage_estimate`` away. When
open interest has grown by ``oi_change_threshold`` or more at the close of bar k, that close is the anchor ``P`` (the
latest such bar wins) of two zones, ``P * (1 - 1 / leverage_estimate)`` where longs would be liquidated and ``P * (1 +
1 / leverage_estimate)`` where shorts would be. They act at the closes of bars k + 1 to k + ``anchor_bars``. Entry
(C-decision, market at the close): long where the close is less than ``zone_buffer_percent`` of itself below the upper
zone or on it (a squeeze), short where it is as near above the lower zone (a cascade); beyond a zone nothing. A bar that
sets an anchor enters nothing, an entry uses the anchor up, and a signal that was not entered does not. Anchors are set
and run out in a position and in warm-up too. Stop and target are percentages of the entry close, the target a resting
limit. Signal exit: open interest has fallen by more than 3 % at a close. Where the change of open interest is missing,
nothing is entered (this bar might have moved the zones), no anchor is set and no position left; an anchor that is there
runs on. Source: strategies specification 2.1.4, 0.5, 8.2.

Not without a series of open interest at least as fine as ``oi_change_minutes``, and not as proof that anybody was
liquidated: the zones are an estimate.

Checked example: open interest grows by 6 % in the bar that closes at 100, so the upper zone is at 100 * (1 + 1 / 15) =
106.67. A later close of 105.5 is 1.1 % below it and is bought; one of 105 is 1.6 % below it and is not.

Example::

    candles: {source: candles}
    interest: {source: open_interest, oi_change_minutes: "${zones.oi_change_minutes}"}
    zones: {strategy: liquidation, in: {bar: candles, change: interest.change}}
"""

from __future__ import annotations

from typing import Any

import numpy as np

from radar.market.bar import Bar
from radar.market.compiled import compiled, inlined
from radar.market.condition import clamp01, tell
from radar.market.intent import Terms, enter, leave, may, withdraw
from radar.market.reason import ExitReason
from radar.nodes.kind import Kind
from radar.nodes.params import StrategyParams, param
from radar.nodes.port import Input, Output, PortType

FALLEN = -0.03
"""Change of open interest below which a position is left, a fraction (fixed by the specification)."""


class Params(StrategyParams):
    """Parameters of the hunt for liquidation zones."""

    oi_change_minutes: int = param(5, "Horizon of the change that is wired in.", unit="min", ge=1, le=1440)
    oi_change_threshold: float = param(
        5.0, "Growth of open interest that sets an anchor.", unit="%", on_change="hot", gt=0
    )
    leverage_estimate: float = param(
        15.0, "Leverage that the new positions are thought to have.", unit="x", on_change="hot", ge=1
    )
    zone_buffer_percent: float = param(
        1.5, "Distance from a zone within which it is traded.", unit="%", on_change="hot", gt=0, lt=100
    )
    anchor_bars: int = param(288, "Bars for which an anchor acts.", unit="bars", on_change="hot", ge=1)
    tp_percent: float = param(0.8, "Target distance from the entry close.", unit="%", on_change="hot", gt=0, lt=100)
    sl_percent: float = param(0.4, "Stop distance from the entry close.", unit="%", on_change="hot", gt=0, lt=100)


@compiled
def terms(p: Any) -> Terms:
    """One entry, absolute stop, a target that rests as a limit order."""
    return Terms(p.leverage, 0.0, 1, False, True)


@inlined
def distance(p: Any, side: int, anchor: float, close: float) -> float:
    """How far ``close`` is from the zone of ``side``, a fraction of it; negative beyond the zone."""
    zone = anchor * (1.0 + side / p.leverage_estimate)
    return float(side * (zone - close) / close)


@compiled
def step(p: Any, s: Any, w: Any, position: Any, intent: Any, bar: Bar, change: float) -> None:
    """Keep the anchor; leave when open interest falls; enter near a zone."""
    withdraw(intent)
    close = bar.close
    if s.asked != 0 and position.entry_time == s.asked:
        s.left = 0
    s.asked = 0
    s.acts = 0
    if change >= p.oi_change_threshold:
        s.anchor = close
        s.growth = change
        s.left = p.anchor_bars
    elif s.left > 0:
        s.left -= 1
        s.acts = 1
    if position.side != 0:
        if change < FALLEN:
            leave(intent, ExitReason.SIGNAL)
        return
    if s.acts == 0 or change != change:
        return
    if 0.0 <= distance(p, 1, s.anchor, close) < p.zone_buffer and may(p.sides, 1):
        enter(intent, 1, close * (1.0 - p.sl), close * (1.0 + p.tp))
        s.asked = bar.time
    elif 0.0 <= distance(p, -1, s.anchor, close) < p.zone_buffer and may(p.sides, -1):
        enter(intent, -1, close * (1.0 + p.sl), close * (1.0 - p.tp))
        s.asked = bar.time


@compiled
def judge(p: Any, s: Any, w: Any, position: Any, intent: Any, bar: Bar, change: float, side: int, found: Any) -> float:
    """``0.5 * min(1, growth / (3 * threshold)) + 0.5 * clamp01(1 - distance / buffer)``; 0 where no anchor acts,
    NaN where the change is missing.

    ``growth`` is that of the bar which set the anchor; the distance counts nothing beyond the zone.
    """
    away = distance(p, side, s.anchor, bar.close) if s.acts != 0 else np.nan
    near = 0.0 <= away < p.zone_buffer
    tell(found, 0, s.left + s.acts if s.acts != 0 else 0.0, 1.0, s.acts != 0)
    tell(found, 1, change, p.oi_change_threshold, change < p.oi_change_threshold)
    tell(found, 2, away, p.zone_buffer, near)
    if change != change:
        return np.nan
    if s.acts == 0:
        return 0.0
    nearness = clamp01(1.0 - away / p.zone_buffer) if away >= 0.0 else 0.0
    return float(0.5 * min(1.0, s.growth / (3.0 * p.oi_change_threshold)) + 0.5 * nearness)


KIND = Kind(
    params=Params,
    inputs={
        "bar": Input(PortType.BAR, "Candles of the strategy's clock."),
        "change": Input(PortType.SERIES, "Relative change of open interest, a fraction."),
    },
    outputs={"intent": Output(PortType.INTENT, "Entry, stop, target and signal exit.")},
    state=(("anchor", "f8"), ("growth", "f8"), ("left", "i8"), ("acts", "i8"), ("asked", "i8")),
    history=lambda params, interval: 50,
    terms=terms,
    step=step,
    judge=judge,
    conditions={
        "anchor": "Bars for which the anchor acts, this one included: at least one.",
        "known": "The change of open interest is known and sets no anchor: below oi_change_threshold.",
        "near": "Distance from the zone of the side, a fraction of the close: from 0 to below zone_buffer_percent.",
    },
)
