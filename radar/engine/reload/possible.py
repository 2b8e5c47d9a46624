"""What keeps a plan from taking over, with the node, the position and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from radar.engine.reload.pairing import Pairing
from radar.engine.reload.switches import tripped_and_gone
from radar.engine.run import Run
from radar.errors import RadarError
from radar.plan.chain import Chain
from radar.plan.diff import Fate, NodeDifference
from radar.plan.layout import field_name

__all__ = ["ReloadError", "open_positions", "require_possible"]


class ReloadError(RadarError):
    """A plan cannot take over from a run as it stands now; the run goes on as it was."""


def open_positions(run: Run) -> Iterator[tuple[Chain, str, int]]:
    """Chain, asset and lane of every open position of a run."""
    for chain in run.plan.chains:
        for lane, asset in enumerate(run.plan.assets):
            if run.state.lanes[lane][f"{field_name(chain.strategy)}_position"]["side"] != 0:
                yield chain, asset, lane


def require_possible(run: Run, pairing: Pairing) -> None:
    """See that the new plan can take over from ``run`` now.

    Raises:
        ReloadError: It cannot; all reasons are in it.
    """
    difference = pairing.difference
    if difference.obstacles:
        raise _refused(
            difference.obstacles,
            "a change that a run can take over",
            "undo it, or start a new run: radarctl plan shows the fate of every node",
        )
    tripped = tuple(dict.fromkeys(tripped_and_gone(run, pairing)))
    if tripped:
        raise _refused(
            tripped,
            "a switch that stays until it lets go by itself",
            "leave the node in place, with other limits if need be, or start a new run",
        )
    held: list[str] = []
    for one in difference.nodes:
        if one.fate is Fate.NEEDS_FLAT:
            held += _held(run, pairing, one)
    if held:
        raise _refused(
            held,
            "no open position of what goes or changes its kind",
            "close it, wait until it has closed, or leave the node as it was",
        )


def _refused(reasons: Iterable[str], expected: str, next_step: str) -> ReloadError:
    return ReloadError("; ".join(reasons), expected=expected, next_step=next_step, code="R5031")


def _held(run: Run, pairing: Pairing, one: NodeDifference) -> Iterator[str]:
    """The positions that depend on a node that needs to be flat."""
    old = pairing.was.get(one.node, one.node)
    for chain, asset, lane in open_positions(run):
        if old not in (chain.strategy, *chain.risks, chain.executor):
            continue
        position = run.state.lanes[lane][f"{field_name(chain.strategy)}_position"]
        side = "long" if position["side"] > 0 else "short"
        why = f": {one.reasons[0]}" if one.reasons else ""
        yield (
            f"{one.node} needs to be flat, and {chain.strategy} is {side} {float(position['quantity']):.8g} {asset} "
            f"in {chain.executor}{why}"
        )
