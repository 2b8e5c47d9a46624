"""SuperTrend: enter when the trend turns, with a target and a stop in percent.

Entry (C-decision, market at the close) on a turn only. Long: the direction was -1 at the close before and is +1 now.
Short: it was +1 and is -1. The first direction of all is no turn, and turns count only once that arbitrary direction is
forgotten (``4 * atr_period`` bars). Target: ``tp_percent`` from the entry close, a resting limit. Stop: ``sl_percent``
from it. There is no other exit: a turn back closes nothing, and is no entry of the other side either while the position
is open. Source: strategies specification 2.2.3, 1.2 and 8.2.

Score of a side at a turn: ``max(0.1, min(1, 0.5 + 0.5 * x))`` with ``x = min(1, |C - line| / C * 100 / 3)``, 0.5 where
the line is not wired or not known. Before a turn ``x`` is taken negative: the score rises to 0.5 as the close comes to
the line that it must cross. Behind a turn the next entry of that side is two turns away: 0.1.

Not for ranges, where the trend turns at both ends of every swing.

Example of an entry: the line lies at 104 above the market; a close of 105 crosses it, so the direction turns to +1 and
105 is bought; with ``tp_percent: 4`` and ``sl_percent: 2`` the target is 109.2 and the stop 102.9.

Example::

    candles: {source: candles}
    line: {indicator: supertrend, in: candles, period: "${trend.atr_period}", multiplier: "${trend.atr_multiplier}"}
    trend: {strategy: supertrend, in: {bar: candles, direction: line.direction, line: line.value}}
"""

from __future__ import annotations

import math
from typing import Any

from radar.market.bar import Bar
from radar.market.compiled import compiled
from radar.market.condition import graded, tell
from radar.market.intent import Terms, enter, may, withdraw
from radar.nodes.kind import Kind
from radar.nodes.params import StrategyParams, param
from radar.nodes.port import Input, Output, PortType

FULL_DISTANCE = 0.03
"""Distance of the close from the line, a fraction of the close, that scores most (fixed by the specification)."""

UNKNOWN_LINE = 0.5
"""What counts as the share of that distance where the line is not known (fixed by the specification)."""


class Params(StrategyParams):
    """Parameters of the SuperTrend strategy."""

    atr_period: int = param(10, "Period of the SuperTrend that is wired in.", unit="bars", ge=2, le=1000)
    atr_multiplier: float = param(3.0, "Multiplier of the SuperTrend that is wired in.", gt=0, le=100)
    tp_percent: float = param(4.0, "Target distance from the entry close.", unit="%", on_change="hot", gt=0, lt=100)
    sl_percent: float = param(2.0, "Stop distance from the entry close.", unit="%", on_change="hot", gt=0, lt=100)


@compiled
def terms(p: Any) -> Terms:
    """One entry, absolute stop, a target that rests as a limit order."""
    return Terms(p.leverage, 0.0, 1, False, True)


@compiled
def step(p: Any, s: Any, w: Any, position: Any, intent: Any, bar: Bar, direction: float, line: float) -> None:
    """Enter when the direction has turned; stop and target do the rest."""
    withdraw(intent)
    before = s.direction
    s.before = before
    s.direction = direction
    if position.side != 0:
        return
    close = bar.close
    if before < 0.0 and direction > 0.0 and may(p.sides, 1):
        enter(intent, 1, close * (1.0 - p.sl), close * (1.0 + p.tp))
    elif before > 0.0 and direction < 0.0 and may(p.sides, -1):
        enter(intent, -1, close * (1.0 + p.sl), close * (1.0 - p.tp))


@compiled
def judge(
    p: Any,
    s: Any,
    w: Any,
    position: Any,
    intent: Any,
    bar: Bar,
    direction: float,
    line: float,
    side: int,
    found: Any,
) -> float:
    """How near a turn to ``side`` is: below 0.5 before it, from 0.5 on at it, least behind it."""
    turned = side * direction > 0.0
    tell(found, 0, bar.close, line, turned)
    tell(found, 1, s.before, -side, side * s.before < 0.0)
    if direction == 0.0 or direction != direction:
        return math.nan
    share = UNKNOWN_LINE
    if line == line:
        share = math.fabs(bar.close - line) / (FULL_DISTANCE * bar.close)
    share = 1.0 if share > 1.0 else share
    if not turned:
        return graded(-share)
    return graded(share if side * s.before < 0.0 else -1.0)


KIND = Kind(
    params=Params,
    inputs={
        "bar": Input(PortType.BAR, "Candles of the strategy's clock."),
        "direction": Input(PortType.SERIES, "Direction of the trend: +1 up, -1 down, 0 not known yet."),
        "line": Input(PortType.SERIES, "The line that the close must cross; read by the score only.", optional=True),
    },
    outputs={"intent": Output(PortType.INTENT, "Entry, stop and target.")},
    state=(("direction", "f8"), ("before", "f8")),
    history=lambda params, interval: max(params.atr_period + 20, 50, 4 * params.atr_period + 1),
    terms=terms,
    step=step,
    judge=judge,
    conditions={
        "direction": "The close, against the line: the trend goes the side's way.",
        "turn": "The direction at the close before, which must have been the other one.",
    },
    stability="stable",
)
