"""What the risk nodes say about an entry before it is made, and how an entry is held against it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from radar.market.account import TOLERANCE, Moment
from radar.market.compiled import compiled, inlined
from radar.market.holdings import Holdings
from radar.market.intent import Terms
from radar.market.reason import Refusal

APPROVAL = np.dtype(
    [
        ("long_refusal", "i8"),
        ("short_refusal", "i8"),
        ("entry_refusal", "i8"),
        ("margin_fraction", "f8"),
        ("max_fraction", "f8"),
        ("risk_fraction", "f8"),
        ("base", "i8"),
        ("cost_fraction", "f8"),
        ("max_margin_ratio", "f8"),
        ("free_equity", "i8"),
        ("max_locked", "f8"),
    ],
    align=True,
)
"""What the risk nodes say about entries. ``long_refusal`` and ``short_refusal`` refuse a new position of that side,
``entry_refusal`` also a further level. ``margin_fraction`` of the base is the margin of one level (equal allocation),
which nothing may raise above ``max_fraction``; ``risk_fraction`` of it is what a stopped trade may lose (risk sizing),
with ``cost_fraction`` added to the stop distance. ``max_margin_ratio`` caps locked margin over the base;
``free_equity`` also demands free equity for the margin unless it is 0 (see :func:`limit_margin`); ``max_locked`` caps
the locked margin of the account in money, as far as this entry is concerned."""

FREE_EQUITY_WAIVED = 0
FREE_EQUITY_UNSPOKEN = 1
FREE_EQUITY_DEMANDED = 2


class Entry(NamedTuple):
    """What a risk node is asked about: entries of one strategy on one asset at one moment.

    ``position`` is the strategy's own (flat: a new position is asked for); ``costs`` are the parameters of the account
    and ``asset`` is what the run knows of the asset (:data:`radar.plan.layout.Layout.params`, field ``run``);
    ``holdings`` of the asset's correlation group are counted for kinds that declare ``counts_group``.
    """

    terms: Terms
    position: Any
    account: Any
    costs: Any
    asset: Any
    moment: Moment
    holdings: Holdings


@compiled
def clear_approval(approval: Any) -> None:
    """Allow everything, size nothing: the state before the first risk node has spoken."""
    approval.long_refusal = 0
    approval.short_refusal = 0
    approval.entry_refusal = 0
    approval.margin_fraction = 0.0
    approval.max_fraction = 1.0
    approval.risk_fraction = 0.0
    approval.base = 0
    approval.cost_fraction = 0.0
    approval.max_margin_ratio = 1.0
    approval.free_equity = FREE_EQUITY_UNSPOKEN
    approval.max_locked = np.inf


@compiled
def refuse_side(approval: Any, side: int, cause: int) -> None:
    """Refuse a new position of ``side``. The first cause counts, whatever speaks later."""
    if side > 0 and approval.long_refusal == 0:
        approval.long_refusal = cause
    elif side < 0 and approval.short_refusal == 0:
        approval.short_refusal = cause


@compiled
def refuse_cycle(approval: Any, cause: int) -> None:
    """Refuse a new position of either side; a running cycle may go on filling its levels."""
    refuse_side(approval, 1, cause)
    refuse_side(approval, -1, cause)


@compiled
def approval_refusal(approval: Any, side: int, opening: bool) -> int:
    """Why the risk nodes refuse an entry of ``side``, or 0; ``opening`` a new position, else a further level."""
    if approval.entry_refusal != 0:
        return int(approval.entry_refusal)
    if not opening:
        return Refusal.NONE.value
    return int(approval.long_refusal) if side > 0 else int(approval.short_refusal)


@inlined
def respect_owner(approval: Any, other: Any) -> None:
    """Refuse a new position while another strategy of the account holds the asset (its position is ``other``).

    An exchange nets an account's positions by symbol, so two strategies would trade each other's (strategies spec 3.7).
    """
    if other.side != 0:
        refuse_cycle(approval, Refusal.OWNER_CONFLICT.value)


@compiled
def limit_margin(approval: Any, max_margin_ratio: float, free_equity: bool) -> None:
    """Add the terms of a margin guard: of several guards the lowest ceiling counts, and free equity if one asks for it.

    The order in which they speak does not matter. Free equity is demanded where no guard has spoken; a guard that does
    not ask for it waives that, but never what another one asks for.
    """
    if max_margin_ratio < approval.max_margin_ratio:
        approval.max_margin_ratio = max_margin_ratio
    if free_equity:
        approval.free_equity = FREE_EQUITY_DEMANDED
    elif approval.free_equity == FREE_EQUITY_UNSPOKEN:
        approval.free_equity = FREE_EQUITY_WAIVED


@compiled
def limit_locked(approval: Any, most: float) -> None:
    """Let this entry bring the account's locked margin to ``most`` at most; of several limits the lowest counts."""
    if most < approval.max_locked:
        approval.max_locked = most


@compiled
def margin_refusal(approval: Any, equity: float, base: float, margin: float, locked: float) -> int:
    """Why ``margin`` may not be locked on top of ``locked``, or 0.

    ``base`` is the sizing base of the guard, ``equity`` the account equity that the free margin is measured from.
    """
    if locked + margin > approval.max_margin_ratio * base * (1.0 + TOLERANCE):
        return Refusal.MARGIN_GUARD.value
    if approval.free_equity != FREE_EQUITY_WAIVED and equity - locked < margin * (1.0 - TOLERANCE):
        return Refusal.INSUFFICIENT_MARGIN.value
    if locked + margin > approval.max_locked * (1.0 + TOLERANCE):
        return Refusal.CORRELATION.value
    return Refusal.NONE.value
