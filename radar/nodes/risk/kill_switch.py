"""Stop opening positions when the account has lost too much. Stops, targets and exits go on working.

Three switches on marked equity, tested at every bar's end and acting from the next decision on:

- session: loss against the initial capital of at least ``max_session_loss_percent``; stays tripped.
- daily: loss since the last equity of the day before (UTC) of at least ``max_daily_loss_percent`` of it; until the next
  UTC day.
- global: drawdown from the peak equity of the last ``global_window_hours`` of at least ``global_max_loss_percent``;
  entries freeze for ``freeze_hours``, and for as long after it as the drawdown stands.

Only new positions and cycles are refused; a running cycle may still fill its levels. Source: operations specification
4.2, strategies specification 0.6 and 8.2.

Example::

    sized: {risk: equal_allocation, in: grid}
    guard: {risk: kill_switch, in: sized, max_daily_loss_percent: 10}
"""

from __future__ import annotations

from typing import Any

from radar.market.approval import Entry, refuse_cycle
from radar.market.compiled import compiled
from radar.market.reason import Refusal
from radar.market.statistics import DAY
from radar.nodes.kind import Kind
from radar.nodes.params import NodeParams, param
from radar.nodes.port import Input, Output, PortType

HOUR = 3_600_000


class Params(NodeParams):
    """Parameters of the kill switches."""

    max_session_loss_percent: float = param(
        25.0, "Loss of the whole run, of the initial capital.", unit="%", on_change="hot", gt=0, le=100
    )
    max_daily_loss_percent: float = param(
        25.0, "Loss of a UTC day, of the equity at its start.", unit="%", on_change="hot", gt=0, le=100
    )
    global_max_loss_percent: float = param(
        45.0, "Drawdown from the peak of the sliding window.", unit="%", on_change="hot", gt=0, le=100
    )
    global_window_hours: int = param(24, "Length of the sliding window.", unit="h", on_change="rewarm", ge=1, le=720)
    freeze_hours: int = param(24, "Pause after the global switch.", unit="h", on_change="hot", ge=1, le=720)


@compiled
def approve(p: Any, s: Any, approval: Any, entry: Entry) -> None:
    """Refuse new positions while a switch is tripped."""
    if s.session != 0 or s.daily != 0 or s.frozen != 0:
        refuse_cycle(approval, Refusal.KILL_SWITCH.value)


@compiled
def window_peak(p: Any, s: Any, w: Any, time: int, equity: float) -> float:
    """Largest equity of the sliding window, from a ring of falling peaks (time, equity) in the arena."""
    size = (p.global_window_hours * HOUR) // p.interval + 1
    horizon = time - p.global_window_hours * HOUR
    while s.peaks > 0:
        last = p.window + 2 * ((s.first + s.peaks - 1) % size)
        if w[last + 1] > equity:
            break
        s.peaks -= 1
    while s.peaks > 0 and w[p.window + 2 * s.first] < horizon:
        s.first = (s.first + 1) % size
        s.peaks -= 1
    slot = p.window + 2 * ((s.first + s.peaks) % size)
    w[slot] = time
    w[slot + 1] = equity
    s.peaks += 1
    return float(w[p.window + 2 * s.first + 1])


@compiled
def observe(p: Any, s: Any, w: Any, account: Any, time: int) -> None:
    """Test the switches on the equity of the mark at bar ``time``."""
    equity = account.equity
    if time >= s.day_end:
        s.day_equity = s.last_equity if s.day_end > 0 else account.initial
        s.day_end = (time // DAY + 1) * DAY
        s.daily = 0
    s.last_equity = equity
    if account.initial - equity >= p.max_session_loss * account.initial and s.session == 0:
        s.session = 1
        s.trips += 1
    if s.day_equity - equity >= p.max_daily_loss * s.day_equity and s.daily == 0:
        s.daily = 1
        s.trips += 1
    peak = window_peak(p, s, w, time, equity)
    if peak - equity >= p.global_max_loss * peak:
        if s.frozen == 0:
            s.trips += 1
            s.frozen = 1
            s.thaw = time + p.freeze_hours * HOUR
    elif s.frozen != 0 and time >= s.thaw:
        s.frozen = 0


KIND = Kind(
    params=Params,
    inputs={"in": Input(PortType.SIZED, "The sized intent.", many=True)},
    outputs={
        "intent": Output(PortType.APPROVED, "The intent, entries refused while a switch is tripped."),
        "refused": Output(PortType.REFUSALS, "Entries that the switch refused."),
    },
    state=(
        ("session", "i8"),
        ("daily", "i8"),
        ("frozen", "i8"),
        ("trips", "i8"),
        ("thaw", "i8"),
        ("day_end", "i8"),
        ("day_equity", "f8"),
        ("last_equity", "f8"),
        ("first", "i8"),
        ("peaks", "i8"),
    ),
    window=lambda params, interval: 2 * (params.global_window_hours * HOUR // interval + 1),
    approve=approve,
    observe=observe,
    gate=True,
    stability="stable",
)
