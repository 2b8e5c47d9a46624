"""The step of a strategy over the inputs that a real run gave it, with some of them made unknown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from radar.engine.run import Run
from radar.engine.state import fresh_state
from radar.kernel.records import RecordView
from radar.market.bar import Bar
from radar.market.position import POSITION
from radar.nodes.port import PortType
from radar.plan.layout import field_name
from radar.plan.trace import trace_columns
from radar.spec.model import Node

Change = Callable[[int, str, Any], Any]
"""Row, port and value in; the value that the step gets out."""


@dataclass
class Wish:
    """What a strategy wanted at one close: entries (at this close, or resting) and an exit at this close."""

    enters: bool
    leaves: bool
    prices: tuple[float, ...]


def recorded(run: Run, node: Node, lane: int = 0) -> list[dict[str, Any]]:
    """The inputs of a strategy, row by row where it ticked, from the trace of a run."""
    columns = {column.name: index for index, column in enumerate(trace_columns(run.plan))}
    rows: list[dict[str, Any]] = []
    for row in range(run.row):
        if np.isnan(run.feed.market[row, lane, 3]):
            continue
        rows.append({port: _value(run, node, port, row, lane, columns) for port in node.kind.inputs})
    return rows


def _value(run: Run, node: Node, port: str, row: int, lane: int, columns: Mapping[str, int]) -> Any:
    wanted = node.kind.inputs[port].types[0]
    references = node.inputs.get(port, ())
    if not references:
        return float("nan") if wanted is PortType.SERIES else 0
    source = run.plan.node(references[0].node)
    output = source.output(references[0].port)
    assert output is not None
    name = f"{source.id}.{output[0]}"
    if wanted is PortType.BAR:
        fields = [run.trace[row, lane, columns[f"{name}.{field}"]] for field in Bar._fields[1:]]
        return Bar(int(run.feed.times[row]), *(float(value) for value in fields))
    value = float(run.trace[row, lane, columns[name]])
    return value if wanted is PortType.SERIES else int(value)


def held(side: int, price: float) -> Any:
    """A position of one unit entered at ``price``, or none."""
    record = np.zeros(1, POSITION)
    record["closed_row"] = -1
    if side:
        for name, value in (("side", side), ("filled", 1), ("levels", 1), ("quantity", 1.0), ("average", price)):
            record[name] = value
    return RecordView(record[0])


def replay(
    run: Run, node: Node, rows: list[dict[str, Any]], change: Change, side: int = 0, price: float = 1.0
) -> list[Wish]:
    """What the strategy wants at each close when it holds a position of ``side`` entered at ``price``.

    ``rows`` are the :func:`recorded` inputs of the first asset.
    """
    name = field_name(node.id)
    state = fresh_state(run.plan)
    own = state.lanes[0]
    p = RecordView(state.params[0][name])
    s = RecordView(own[name]) if node.kind.state else RecordView(own["series"])
    intent, position = RecordView(own[f"{name}_intent"]), held(side, price)
    wishes = []
    assert node.kind.step is not None
    assert node.kind.terms is not None
    named = node.kind.terms(p).stop_fraction <= 0.0
    for row, inputs in enumerate(rows):
        values = [change(row, port, value) for port, value in inputs.items()]
        with np.errstate(all="ignore"):
            node.kind.step(p, s, state.windows[0], position, intent, *values)
        wishes.append(_wish(intent, named))
        intent.enter = intent.leave = 0
    return wishes


def _wish(intent: Any, named: bool) -> Wish:
    """What an intent wants; its stop counts where it is ``named`` there and not a fraction of the average entry."""
    resting = [*intent.buy[: int(intent.buy_count)], *intent.sell[: int(intent.sell_count)]]
    rests = bool(intent.highest_buy > -np.inf or intent.lowest_sell < np.inf)
    prices = [float(price) for price in resting if price > 0.0]
    if intent.enter and named:
        prices += [float(intent.stop)]
    return Wish(bool(intent.enter) or (rests and intent.extend_only == 0), bool(intent.leave), tuple(prices))
