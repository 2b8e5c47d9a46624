"""The arrays that a kernel writes. A checkpoint of a run is a copy of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from radar.kernel.records import RecordView
from radar.market.account import open_account
from radar.market.intent import fresh_intent
from radar.nodes.port import PortType
from radar.plan.layout import field_name, held_fields, side_inputs
from radar.plan.plan import Plan
from radar.plan.records import write_params
from radar.spec.model import Node


@dataclass
class State:
    """Everything that a run remembers between two rows, and its parameters.

    ``lanes`` one record an asset, ``windows[lane, float]``, ``shared`` one record, ``shared_windows[float]``;
    ``params`` one record an asset, read only while a run lasts.
    """

    lanes: np.ndarray
    windows: np.ndarray
    shared: np.ndarray
    shared_windows: np.ndarray
    params: np.ndarray

    def snapshot(self) -> bytes:
        """The state as bytes: equal bytes, equal future on equal data."""
        return b"".join(array.tobytes() for array in (self.lanes, self.windows, self.shared, self.shared_windows))

    def restore(self, snapshot: bytes) -> None:
        """Take over a :meth:`snapshot` of a run of the same plan.

        Raises:
            ValueError: The snapshot has another size, so it is of another plan.
        """
        arrays = (self.lanes, self.windows, self.shared, self.shared_windows)
        if len(snapshot) != sum(array.nbytes for array in arrays):
            raise ValueError("the snapshot is of another plan")
        offset = 0
        for array in arrays:
            end = offset + array.nbytes
            array[...] = np.frombuffer(snapshot[offset:end], dtype=array.dtype).reshape(array.shape)
            offset = end

    @property
    def nbytes(self) -> int:
        """Bytes of a snapshot."""
        return int(self.lanes.nbytes + self.windows.nbytes + self.shared.nbytes + self.shared_windows.nbytes)


def fresh_state(plan: Plan, *, recording: bool = True) -> State:
    """The state in which a run of ``plan`` starts."""
    layout, assets = plan.layout, plan.assets
    state = State(
        lanes=np.zeros(len(assets), layout.lane),
        windows=np.zeros((len(assets), layout.window_size)),
        shared=np.zeros(1, layout.shared),
        shared_windows=np.zeros(layout.shared_window_size),
        params=np.zeros(len(assets), layout.params),
    )
    write_parameters(plan, state.params)
    for node in plan.nodes:
        _start_node(plan, node, state, recording)
    return state


def write_parameters(plan: Plan, params: np.ndarray) -> None:
    """Write the parameters of every node for every asset into ``params[lane]``."""
    layout = plan.layout
    groups = sorted({asset.correlation for asset in plan.pipeline.assets} - {""})
    for lane, asset in enumerate(plan.pipeline.assets):
        for node in plan.nodes:
            name = field_name(node.id)
            if name in (layout.params.names or ()):
                window = layout.windows.get(node.id, layout.shared_windows.get(node.id, 0))
                own = node.params_for(asset.name)
                write_params(params[lane][name], node.kind, own, interval=plan.interval(node), window=window)
        run = params[lane]["run"]
        run["tick"] = asset.tick or 0.0
        run["group"] = groups.index(asset.correlation) if asset.correlation else -1
        run["group_positions"] = np.nan if asset.max_concurrent is None else asset.max_concurrent
        run["group_exposure"] = np.nan if asset.max_exposure_percent is None else asset.max_exposure_percent / 100.0
        for chain in plan.chains:
            run[f"history_{field_name(chain.strategy)}"] = plan.history[chain.strategy, asset.name]


def _start_node(plan: Plan, node: Node, state: State, recording: bool) -> None:
    name = field_name(node.id)
    lane_fields = state.lanes.dtype.names or ()
    for field, value in node.kind.initial.items():
        (state.shared if node.kind.role == "risk" else state.lanes)[name][field] = value
    if f"{name}_held" in lane_fields and node.kind.role == "risk":
        for port, wanted in side_inputs(node.kind).items():
            state.lanes[f"{name}_held"][port] = np.nan if wanted.types[0] == PortType.SERIES else 0
    elif f"{name}_held" in lane_fields:
        held = state.lanes[f"{name}_held"]
        for field in held.dtype.names or ():
            held[field] = np.nan
        if node.kind.role == "indicator":
            for field, output in zip(held_fields(node), node.kind.outputs.values(), strict=True):
                if output.type != PortType.SERIES:
                    held[field] = 0.0
    if node.kind.role == "strategy":
        for lane in range(len(state.lanes)):
            fresh_intent(RecordView(state.lanes[lane][f"{name}_intent"]))
        state.lanes[f"{name}_position"]["closed_row"] = -1
    if node.kind.role == "executor":
        account = state.shared[0][name]
        capital = node.params.model_dump()["initial_capital"]
        open_account(RecordView(account), capital)
        account["assets"] = len(plan.assets)
        account["interval"] = plan.base.milliseconds
        account["recording"] = 1 if recording else 0
