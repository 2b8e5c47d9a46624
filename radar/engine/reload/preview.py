"""What a reload would change for every open position and every resting order. Nothing of it has happened."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from radar.engine.reload.pairing import Pairing, pair
from radar.engine.reload.possible import open_positions
from radar.engine.reload.view import View, look
from radar.engine.run import Run
from radar.plan.chain import Chain
from radar.plan.layout import field_name
from radar.plan.plan import Plan

__all__ = ["PositionPreview", "Preview", "preview", "shown_digest"]


@dataclass(frozen=True)
class PositionPreview:
    """One strategy on one asset: ``before`` and ``after`` the change, None where there is no such strategy.

    ``effects`` are sentences about what changes, empty when nothing does.
    """

    account: str
    strategy: str
    asset: str
    before: View | None
    after: View | None
    effects: tuple[str, ...]
    needs_approval: bool

    def to_json(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            "account": self.account,
            "strategy": self.strategy,
            "asset": self.asset,
            "before": self.before.to_json() if self.before else None,
            "after": self.after.to_json() if self.after else None,
            "effects": list(self.effects),
            "needs_approval": self.needs_approval,
        }


@dataclass(frozen=True)
class Preview:
    """Every strategy that holds or rests something, before or afterwards.

    ``time`` is the open of the last bar that the run has seen; ``digest`` names what was shown (see
    :func:`shown_digest`); ``approvals`` what must be approved, one key each.
    """

    time: int | None
    digest: str
    positions: tuple[PositionPreview, ...]
    approvals: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            "time": self.time,
            "digest": self.digest,
            "positions": [one.to_json() for one in self.positions],
            "approvals": list(self.approvals),
        }


def shown_digest(before: Run, plan: Plan) -> str:
    """SHA-256 of what a change is about: both plans, the code that runs, and which positions are open.

    Prices and profits move at every bar and are not in it; a position that opens, closes or fills a level is.
    """
    held = []
    for chain, asset, lane in open_positions(before):
        position = before.state.lanes[lane][f"{field_name(chain.strategy)}_position"]
        held.append([chain.executor, chain.strategy, asset, int(position["trade"]), int(position["filled"])])
    content = [before.plan.digest, before.kernel.digest, plan.digest, held]
    return hashlib.sha256(json.dumps(content).encode("utf-8")).hexdigest()


def preview(before: Run, after: Run) -> Preview:
    """Compare a run with the run that would take its place (:func:`radar.engine.reload.carry.carry`)."""
    pairing = pair(before.plan, after.plan)
    positions = tuple(_positions(before, after, pairing))
    nodes = [f"nodes/{one.node}" for one in pairing.difference.nodes if one.needs_approval]
    held = [f"positions/{one.account}/{one.strategy}/{one.asset}" for one in positions if one.needs_approval]
    time = int(before.feed.times[before.row - 1]) if before.row else None
    return Preview(time, shown_digest(before, after.plan), positions, (*nodes, *held))


def _positions(before: Run, after: Run, pairing: Pairing) -> Iterator[PositionPreview]:
    seen: set[Chain] = set()
    for chain in after.plan.chains:
        old = pairing.chain_before(chain)
        if old is not None:
            seen.add(old)
        for lane, asset in enumerate(after.plan.assets):
            there = pairing.lanes[lane]
            was = look(before, old, there) if old is not None and there >= 0 else None
            yield from _compared(chain, asset, was, look(after, chain, lane))
    for chain in before.plan.chains:
        if chain not in seen:
            for lane, asset in enumerate(before.plan.assets):
                yield from _compared(chain, asset, look(before, chain, lane), None)


def _compared(chain: Chain, asset: str, was: View | None, now: View | None) -> Iterator[PositionPreview]:
    if not any(one is not None and (one.side != 0 or one.levels) for one in (was, now)):
        return
    effects = tuple(_effects(was, now))
    yield PositionPreview(chain.executor, chain.strategy, asset, was, now, effects, _needs_approval(was, now))


def _needs_approval(was: View | None, now: View | None) -> bool:
    """Whether what ends an open position becomes another price."""
    if was is None or was.side == 0:
        return False
    return now is None or (now.stop, now.target) != (was.stop, was.target)


def _effects(was: View | None, now: View | None) -> Iterator[str]:
    if was is not None and was.side != 0 and now is not None:
        yield from _moved("stop", was.stop, now.stop)
        yield from _moved("target", was.target, now.target)
        if now.stop_fires and not was.stop_fires:
            yield f"the last close, {now.close:.8g}, is beyond the new stop: the position is closed at the next open"
        if now.target_fires and not was.target_fires:
            yield f"the last close, {now.close:.8g}, is beyond the new target: the position is closed at the next open"
    before = {} if was is None else {(one.side, one.level): one for one in was.levels}
    after = {} if now is None else {(one.side, one.level): one for one in now.levels}
    for key in sorted({*before, *after}, key=lambda one: (-one[0], one[1])):
        name = f"{'buy' if key[0] > 0 else 'sell'} level {key[1]}"
        old, new = before.get(key), after.get(key)
        if new is None:
            assert old is not None
            yield f"{name} at {old.price:.8g} is taken back"
        elif old is None:
            yield f"{name} rests at {new.price:.8g} for {new.quantity:.8g}{_why(new.refused)}"
        else:
            yield from _moved(name, old.price, new.price)
            if not math.isclose(old.quantity, new.quantity, rel_tol=1e-12):
                yield f"{name} is for {new.quantity:.8g} instead of {old.quantity:.8g}"
            if old.refused != new.refused:
                yield f"{name} is {'refused' + _why(new.refused) if new.refused else 'not refused any more'}"


def _moved(what: str, old: float | None, new: float | None) -> Iterator[str]:
    if old == new:
        return
    if old is None:
        yield f"{what} at {new:.8g}, where there was none"
    elif new is None:
        yield f"no {what}, which was at {old:.8g}"
    else:
        yield f"{what} moves from {old:.8g} to {new:.8g}"


def _why(cause: str) -> str:
    return f" ({cause})" if cause else ""
