"""Target or stop first, when one bar holds both (strategies spec 3.4)."""

from __future__ import annotations

from typing import Any, NamedTuple

from radar.market.bar import Bar
from radar.market.compiled import compiled
from radar.market.intent import Terms
from radar.market.reason import IntrabarPolicy
from radar.market.simulation.reach import reaches
from radar.market.simulation.walk import Walk, walk


class FineBars(NamedTuple):
    """Bars of a finer clock: ``times[row]`` (open, milliseconds), ``market[row, lane, column]`` and the clock in ms.

    ``interval`` 0 says that there are none.
    """

    times: Any
    market: Any
    interval: int


@compiled
def first_at_or_after(times: Any, time: int) -> int:
    """Index of the first element of sorted ``times`` that is not before ``time``."""
    low = 0
    high = times.shape[0]
    while low < high:
        middle = (low + high) // 2
        if times[middle] < time:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def target_first_on_finer_bars(
    p: Any,
    terms: Terms,
    intent: Any,
    approval: Any,
    account: Any,
    base: float,
    met: Any,
    time: int,
    lane: int,
    tick: float,
    start: Walk,
    fine: FineBars,
) -> bool:
    """Walk the finer bars of a bar with its own orders. A missing finer bar, or both in one, counts as the stop."""
    if fine.interval <= 0:
        return False
    state = start
    row = first_at_or_after(fine.times, time)
    for step in range(account.interval // fine.interval):
        if row >= fine.times.shape[0] or fine.times[row] != time + step * fine.interval:
            return False
        bar = Bar(
            fine.times[row],
            fine.market[row, lane, 0],
            fine.market[row, lane, 1],
            fine.market[row, lane, 2],
            fine.market[row, lane, 3],
            fine.market[row, lane, 4],
        )
        if bar.close != bar.close:
            return False
        state = walk(p, terms, intent, approval, account, base, met, bar, tick, state, 0)
        if state.stopped:
            return False
        if reaches(intent.target, start.side < 0, bar):
            return True
        row += 1
    return False


@compiled
def target_first(
    p: Any,
    terms: Terms,
    intent: Any,
    approval: Any,
    account: Any,
    base: float,
    met: Any,
    bar: Bar,
    lane: int,
    tick: float,
    start: Walk,
    fine: FineBars,
) -> bool:
    """Whether the target came before the stop in a bar that holds both; ``met`` is overwritten.

    ``stop_first`` never; ``path`` takes the low first in a rising bar and the high first in a falling one;
    ``lower_tf`` looks at finer bars; ``color_legacy`` (only to reproduce old numbers) gives a long its target in a
    green bar and a short its target in a red one.
    """
    change = bar.close - bar.open
    if p.intrabar == IntrabarPolicy.PATH:
        return start.side * change < 0.0
    if p.intrabar == IntrabarPolicy.COLOR_LEGACY:
        return start.side * change > 0.0
    if p.intrabar == IntrabarPolicy.LOWER_TF:
        return target_first_on_finer_bars(
            p, terms, intent, approval, account, base, met, bar.time, lane, tick, start, fine
        )
    return False
