"""One strategy on one asset between two rows, in words and numbers: its position, what protects it, what rests."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from radar.engine.reload.invariants import stop_of
from radar.engine.reload.judged import approval_of
from radar.engine.run import Run
from radar.kernel.records import RecordView
from radar.market.approval import approval_refusal
from radar.market.intent import INTENT
from radar.market.reason import ExitReason, Refusal
from radar.market.simulation.walk import sizing_base
from radar.plan.chain import Chain
from radar.plan.layout import field_name

__all__ = ["Resting", "View", "look"]


@dataclass(frozen=True)
class Resting:
    """An entry that rests: ``level`` from 0, ``side`` +1 buys, ``quantity`` in base units; ``refused`` names what would
    keep it from filling as things stand, or is empty."""

    level: int
    side: int
    price: float
    quantity: float
    refused: str = ""


@dataclass(frozen=True)
class View:
    """``side`` 0 while flat; ``stop`` and ``target`` None where there is none; ``stop_reason`` which stop it is.

    ``stop_fires`` and ``target_fires`` when the last close is beyond them: the position would end at the next open.
    """

    side: int
    quantity: float
    average: float
    close: float
    stop: float | None = None
    stop_reason: str = ""
    target: float | None = None
    stop_fires: bool = False
    target_fires: bool = False
    levels: tuple[Resting, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The same as plain data."""
        return asdict(self)


def look(run: Run, chain: Chain, lane: int) -> View:
    """What a chain holds and wants of an asset, before the next bar."""
    state = run.state.lanes[lane]
    name = field_name(chain.strategy)
    position, close = state[f"{name}_position"], float(state["series"]["close"])
    side = int(position["side"])
    levels = _levels(run, chain, lane)
    if side == 0:
        return View(0, 0.0, 0.0, close, levels=levels)
    stop = stop_of(run, chain, lane)
    target = _known(float(state[f"{name}_intent"]["target"]))
    price = _known(float(stop.price))
    return View(
        side=side,
        quantity=float(position["quantity"]),
        average=float(position["average"]),
        close=close,
        stop=price,
        stop_reason=ExitReason(int(stop.reason)).name.lower() if price is not None else "",
        target=target,
        stop_fires=price is not None and side * (price - close) >= 0.0,
        target_fires=target is not None and side * (close - target) >= 0.0,
        levels=levels,
    )


def _known(price: float) -> float | None:
    return price if math.isfinite(price) and price > 0.0 else None


def _levels(run: Run, chain: Chain, lane: int) -> tuple[Resting, ...]:
    """The entries that rest, by the strategy's own prices and the sizes of the risk nodes."""
    state, params = run.state.lanes[lane], run.state.params[lane]
    name = field_name(chain.strategy)
    kind = run.plan.node(chain.strategy).kind
    intent = np.array([state[f"{name}_intent"]], INTENT)[0]
    view, p = RecordView(intent), RecordView(params[name])
    if kind.levels is not None:
        with np.errstate(all="ignore"):
            kind.levels(p, view)
    position = state[f"{name}_position"]
    held = int(position["side"])
    if held == 0 and intent["extend_only"]:
        return ()
    found = []
    for side, count, prices in ((1, "buy_count", "buy"), (-1, "sell_count", "sell")):
        if held in (0, side):
            for level in range(int(intent[count])):
                price = _known(float(intent[prices][level]))
                if price is not None and not (held and int(position["filled"]) >> level & 1):
                    found.append((level, side, price))
    if not found:
        return ()
    assert kind.terms is not None
    terms = kind.terms(p)
    approval, account = approval_of(run, chain, lane), RecordView(run.account(chain.executor))
    base = float(position["base"]) if held else sizing_base(approval, account, account.equity)
    margin = base * approval.margin_fraction
    return tuple(
        Resting(level, side, price, float(margin * terms.leverage / price), _refusal(approval, side, held == 0))
        for level, side, price in found
    )


def _refusal(approval: RecordView, side: int, opening: bool) -> str:
    cause = approval_refusal(approval, side, opening)
    return Refusal(cause).name.lower() if cause else ""
