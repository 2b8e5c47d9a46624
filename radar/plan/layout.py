"""Where everything lies: one nested record a lane, one shared record, one parameter record a lane, two float arenas.

A checkpoint of a run is a copy of these arrays. Field names are node ids (with ``_`` appended where the id means
something else in generated code), so that code reads ``state.mean`` and ``p.mean``.
"""

from __future__ import annotations

import keyword
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from radar.market.account import ACCOUNT
from radar.market.approval import APPROVAL
from radar.market.intent import INTENT
from radar.market.position import POSITION
from radar.market.series import SERIES
from radar.market.simulation.walk import MET
from radar.nodes.kind import Kind
from radar.nodes.port import INTENTS, Input, PortType
from radar.plan.chain import Chain
from radar.plan.clock import Tick
from radar.plan.records import param_dtype, state_dtype
from radar.spec.model import Node

BAR_FIELDS = ("time", "open", "high", "low", "close", "volume")


KERNEL_NAMES = frozenset(
    """
    account advance adverse approval arrive bar bars borrow carry clear_approval closed closing columns combination
    common compiled complete decision end end_account enter_at_close entry equity fills fine fine_interval
    fine_market fine_times finish_statistics first float fresh_lanes fresh_shared full gaps give_back group held
    history_refusal hoist holdings inlined int intent is_liquidated known lane lanes last leave_at_close ledger
    liquidate market match measure met metrics moment namedtuple nan notional observe_equity observe_excursion
    open_account opening outcome outcomes p params position price range rate respect_owner room row run series
    series_bars series_gaps shared shared_windows stage start starts state sweep terms time times total_refusals
    touched trace trace_intent trace_position trace_refusals tracing trades unrealised w windows worse_price worth
    """.split()
)
"""What generated code and the records call their own: arguments, locals, functions of the market, fixed fields."""

KERNEL_SUFFIXES = tuple(
    f"_{part}"
    for part in (
        "approval approve column end held holdings intent judge learn ledger levels now observe p params position "
        "regime state step terms value"
    ).split()
)
"""Endings of the names that generated code makes of a node's or a kind's name."""


def field_name(node: str) -> str:
    """The record field and the local name of a node id; different ids have different names.

    An id that Python or generated code means otherwise gets a ``_``, and so does one that ends in ``_`` already.
    """
    taken = keyword.iskeyword(node) or node in KERNEL_NAMES or node.endswith(("_", *KERNEL_SUFFIXES))
    return f"{node}_" if taken else node


def held_fields(node: Node) -> tuple[str, ...]:
    """Outputs of a slower node that are held between its closes: one field an output."""
    return tuple(output.field or name for name, output in node.kind.outputs.items())


GROUP = (("group", "i8"), ("group_positions", "f8"), ("group_exposure", "f8"))
"""The number of an asset's correlation group among those of the run (-1: none) and its limits: most positions of one
side, most margin as a fraction of equity (NaN: none)."""


def side_inputs(kind: Kind) -> dict[str, Input]:
    """What a risk kind reads beside the intent, by port: each is kept from one close to the next."""
    return {port: wanted for port, wanted in kind.inputs.items() if not INTENTS & set(wanted.types)}


def _kept_inputs(kind: Kind) -> np.dtype:
    types = {PortType.SERIES: "f8"}
    return np.dtype([(port, types.get(one.types[0], "i8")) for port, one in side_inputs(kind).items()], align=True)


@dataclass(frozen=True)
class Layout:
    """Record layouts of a plan and the sizes of its arenas.

    ``lane`` state of one asset, ``params`` its parameters, ``shared`` accounts and risk state; ``windows`` and
    ``shared_windows`` map a node to the first float it owns, the totals are ``window_size`` and ``shared_window_size``.
    """

    lane: np.dtype
    params: np.dtype
    shared: np.dtype
    windows: Mapping[str, int]
    shared_windows: Mapping[str, int]
    window_size: int
    shared_window_size: int


def lay_out(
    nodes: Sequence[Node],
    tick: Mapping[str, Tick],
    chains: Sequence[Chain],
    assets: Sequence[str],
) -> Layout:
    """Lay out the records of ``nodes`` (in topological order)."""
    lane: list[tuple[str, np.dtype | str]] = [("series", SERIES), ("approval", APPROVAL), ("met", MET)]
    shared: list[tuple[str, np.dtype | str]] = []
    params: list[tuple[str, np.dtype | str]] = []
    windows: dict[str, int] = {}
    shared_windows: dict[str, int] = {}
    size = shared_size = 0
    run = [("tick", "f8"), *GROUP, *((f"history_{field_name(chain.strategy)}", "i8") for chain in chains)]
    for node in nodes:
        name = field_name(node.id)
        role = node.kind.role
        if role == "sink":
            continue
        params.append((name, param_dtype(node.kind)))
        own = max(node.kind.window(node.params_for(asset), tick[node.id].clock.milliseconds) for asset in assets)
        if role == "risk":
            shared.append((name, state_dtype(node.kind) if node.kind.state else np.dtype([("none", "i8")])))
            shared_windows[node.id], shared_size = shared_size, shared_size + own
            if side_inputs(node.kind):
                lane.append((f"{name}_held", _kept_inputs(node.kind)))
            continue
        windows[node.id], size = size, size + own
        if role == "executor":
            shared.append((name, ACCOUNT))
            lane.append((f"{name}_regime", "i8"))
            continue
        if node.kind.state:
            lane.append((name, state_dtype(node.kind)))
        if role == "strategy":
            lane.append((f"{name}_intent", INTENT))
            lane.append((f"{name}_position", POSITION))
        elif role == "source" and tick[node.id].root == node.id:
            lane.append((f"{name}_held", np.dtype([(field, "f8") for field in BAR_FIELDS], align=True)))
        elif role == "indicator" and tick[node.id].root not in ("", node.id):
            lane.append((f"{name}_held", np.dtype([(field, "f8") for field in held_fields(node)], align=True)))
    params.append(("run", np.dtype(run, align=True)))
    return Layout(
        lane=np.dtype(lane, align=True),
        params=np.dtype(params, align=True),
        shared=np.dtype(shared, align=True),
        windows=windows,
        shared_windows=shared_windows,
        window_size=max(size, 1),
        shared_window_size=max(shared_size, 1),
    )
