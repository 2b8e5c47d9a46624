"""A step reads a bar by its names, so that it works on the clock of the run and on a slower one alike."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from radar.kernel.records import RecordView
from radar.market.bar import Bar, ClockedBar
from radar.market.intent import INTENT, fresh_intent
from radar.market.position import POSITION
from radar.nodes.kind import Kind
from radar.nodes.port import PortType
from radar.nodes.registry import kinds
from radar.plan.records import param_dtype, state_dtype, write_params
from tests.nodes.markets import HOUR, START

TAKE_BARS = {
    name: kind
    for (_, name), kind in kinds().items()
    if kind.step is not None and any(PortType.BAR in port.types for port in kind.inputs.values())
}


def walk(count: int) -> list[Bar]:
    """Bars of a seeded walk."""
    random = np.random.default_rng(11)
    closes = 100.0 * np.exp(np.cumsum(random.normal(0.0, 0.01, count)))
    opens = np.concatenate([[100.0], closes[:-1]])
    widths = random.uniform(0.0, 0.5, (2, count))
    highs, lows = np.maximum(opens, closes) + widths[0], np.minimum(opens, closes) - widths[1]
    volumes = random.uniform(1.0, 9.0, count)
    columns = zip(opens, highs, lows, closes, volumes, strict=True)
    return [Bar(START + row * HOUR, *map(float, values)) for row, values in enumerate(columns)]


def memory(kind: Kind, bars: list[Any]) -> tuple[list[Any], bytes]:
    """What the step returned for each bar, and every byte that it kept. A series holds the close, a flag is False."""
    values = kind.params()
    params, state = np.zeros(1, param_dtype(kind)), np.zeros(1, state_dtype(kind))
    write_params(params[0], kind, values, interval=HOUR, window=0)
    for field, value in kind.initial.items():
        state[0][field] = value
    arena, intent = np.zeros(kind.window(values, HOUR)), np.zeros(1, INTENT)
    own = (RecordView(params[0]), RecordView(state[0]), arena)
    fresh_intent(RecordView(intent[0]))
    if kind.role == "strategy":
        own += (RecordView(np.zeros(1, POSITION)[0]), RecordView(intent[0]))
    returned = []
    assert kind.step is not None
    for bar in bars:
        by_type = {PortType.BAR: bar, PortType.SERIES: bar.close, PortType.FLAG: False, PortType.REGIME: 0}
        wired = [by_type[port.types[0]] for port in kind.inputs.values()]
        returned.append(kind.step(*own, *wired))
    return returned, state.tobytes() + arena.tobytes() + intent.tobytes()


@pytest.mark.parametrize("kind", TAKE_BARS.values(), ids=TAKE_BARS)
def test_a_bar_of_a_slower_clock_is_read_alike(kind: Kind) -> None:
    """With the bar that a slower clock hands over, which is another type, results and memory are the same."""
    bars = walk(300)
    plain, slow = memory(kind, bars), memory(kind, [ClockedBar(True, *bar) for bar in bars])
    assert repr(plain[0]) == repr(slow[0])
    assert plain[1] == slow[1]
