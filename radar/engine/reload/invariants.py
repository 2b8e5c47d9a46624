"""What a reload must leave as it is, looked at in both runs after the new one has been made."""

from __future__ import annotations

import math

import numpy as np

from radar.engine.reload.pairing import Pairing
from radar.engine.reload.possible import ReloadError, open_positions
from radar.engine.run import Run
from radar.errors import DefectError
from radar.kernel.records import RecordView
from radar.market.position import Stop, stop_at, unrealised
from radar.plan.chain import Chain
from radar.plan.layout import field_name

__all__ = ["require_same", "stop_of"]

_COUNTED_OTHERWISE = ("assets", "released_row", "closed_row")
"""Fields that count lanes or rows, which the new plan counts otherwise."""
_TOLERANCE = 1e-9


def require_same(before: Run, run: Run, pairing: Pairing) -> None:
    """See that positions, accounts and switches of both runs are equal, and that no position lost its stop.

    Raises:
        ReloadError: A position would have no stop.
        DefectError: Anything else differs.
    """
    places = {chain.number: pairing.chain_before(chain) for chain in run.plan.chains}
    held = {(chain.strategy, asset): lane for chain, asset, lane in open_positions(before)}
    for chain, asset, lane in open_positions(run):
        old = places[chain.number]
        there = None if old is None else held.pop((old.strategy, asset), None)
        if old is None or there is None:
            raise _differs(f"{chain.strategy} has a position of {asset} that it had not")
        theirs = before.state.lanes[there][f"{field_name(old.strategy)}_position"]
        ours = run.state.lanes[lane][f"{field_name(chain.strategy)}_position"]
        _require_equal(theirs, ours, f"the position of {chain.strategy} in {asset}")
        _require_stop(run, chain, asset, lane)
    if held:
        raise _differs(f"positions were lost: {', '.join(f'{name} in {asset}' for name, asset in held)}")
    for node in run.plan.nodes:
        old_name = pairing.was.get(node.id)
        if old_name is None or node.kind.role not in ("executor", "risk"):
            continue
        there, here = before.state.shared[0][field_name(old_name)], run.state.shared[0][field_name(node.id)]
        if node.kind.role == "executor":
            _require_equal(there, here, f"the account {node.id}")
            _require_worth(before, run, old_name, node.id)
        elif pairing.keeps(node):
            _require_equal(there, here, f"the state of {node.id}")


def stop_of(run: Run, chain: Chain, lane: int) -> Stop:
    """The protective price in force for the open position of a chain."""
    state, params = run.state.lanes[lane], run.state.params[lane]
    name = field_name(chain.strategy)
    position = state[f"{name}_position"]
    terms = run.plan.node(chain.strategy).kind.terms
    assert terms is not None
    with np.errstate(all="ignore"):
        return stop_at(
            RecordView(params[field_name(chain.executor)]),
            terms(RecordView(params[name])),
            RecordView(state[f"{name}_intent"]),
            int(position["side"]),
            float(position["average"]),
        )


def _require_stop(run: Run, chain: Chain, asset: str, lane: int) -> None:
    price = float(stop_of(run, chain, lane).price)
    if not (math.isfinite(price) and price > 0.0):
        raise ReloadError(
            f"{chain.strategy} has an open position of {asset}, and with the new plan it would have no stop",
            expected="a protective stop for every open position",
            next_step="wait until it has closed, or leave the strategy and what it reads as they were",
            code="R5034",
        )


def _require_equal(theirs: np.void, ours: np.void, what: str) -> None:
    for name in theirs.dtype.names or ():
        if name not in _COUNTED_OTHERWISE and theirs[name].tobytes() != ours[name].tobytes():
            raise _differs(f"{name} of {what} is {ours[name]} instead of {theirs[name]}")


def _require_worth(before: Run, run: Run, old: str, new: str) -> None:
    """The account is worth the same at the last closes, counted from its positions in both runs."""
    theirs, ours = _worth(before, old), _worth(run, new)
    if not math.isclose(theirs, ours, rel_tol=_TOLERANCE):
        raise _differs(f"the account {new} is worth {ours!r} instead of {theirs!r}")


def _worth(run: Run, executor: str) -> float:
    worth = float(run.account(executor)["cash"])
    for chain, _, lane in open_positions(run):
        if chain.executor == executor:
            state = run.state.lanes[lane]
            position = RecordView(state[f"{field_name(chain.strategy)}_position"])
            worth += unrealised(position, float(state["series"]["close"]))
    return worth


def _differs(what: str) -> DefectError:
    return DefectError(
        f"a reload would change what it must keep: {what}",
        expected="the same positions, cash, equity and switches on both sides",
        next_step="the old plan runs on; report it with both pipelines",
    )
