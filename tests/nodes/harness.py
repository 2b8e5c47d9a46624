"""Run the step of an indicator over arrays, interpreted or compiled, with its arena fenced in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numba
import numpy as np
import pytest

from radar.kernel.reach import reachable, register
from radar.kernel.records import RecordView
from radar.market.bar import Bar
from radar.nodes.kind import Kind
from radar.nodes.port import PortType
from radar.nodes.registry import find
from radar.plan.records import param_dtype, state_dtype, write_params
from tests.nodes.markets import HOUR, Bars

FENCE = 3
MARK = 123456789.0


@dataclass
class Run:
    """What a run of a step left: each field of its results as an array (one number: ``value``), and its memory."""

    kind: Kind
    fields: dict[str, np.ndarray]
    state: np.ndarray
    arena: np.ndarray

    @property
    def ports(self) -> dict[str, np.ndarray]:
        """The numbers on each output port, by bar."""
        return {
            name: self.fields[output.field or "value"]
            for name, output in self.kind.outputs.items()
            if output.type is not PortType.BAR
        }

    @property
    def memory(self) -> bytes:
        """Every byte that the node keeps between bars."""
        return bytes(self.state.tobytes() + self.arena.tobytes())


@dataclass
class Indicator:
    """An indicator with its memory, ready for the next bar."""

    kind: Kind
    compiled: bool
    params: np.ndarray
    state: np.ndarray
    arena: np.ndarray

    @classmethod
    def start(
        cls, name: str, params: Mapping[str, Any] | None = None, *, interval: int = HOUR, compiled: bool = False
    ) -> Indicator:
        """An indicator that has seen nothing; its window lies between two fences that no step may write to."""
        kind = indicator(name)
        values = kind.params(**(params or {}))
        record = np.zeros(1, param_dtype(kind))
        write_params(record[0], kind, values, interval=interval, window=FENCE)
        state = np.zeros(1, state_dtype(kind))
        for field, value in kind.initial.items():
            state[0][field] = value
        arena = np.zeros(kind.window(values, interval) + 2 * FENCE)
        arena[:FENCE] = MARK
        arena[-FENCE:] = MARK
        return cls(kind, compiled, record, state, arena)

    def restored(self) -> Indicator:
        """Another indicator that goes on from a copy of this one's memory."""
        return Indicator(self.kind, self.compiled, self.params.copy(), self.state.copy(), self.arena.copy())

    def feed(self, values: Bars | np.ndarray) -> Run:
        """Run the step over bars (or over numbers, for a kind that takes a series)."""
        if self.compiled:
            call, p, s = _compiled(self.kind.step), self.params, self.state
        else:
            call, p, s = self.kind.step, RecordView(self.params[0]), RecordView(self.state[0])
        (port,) = self.kind.inputs.values()
        rows: list[Any]
        if PortType.BAR in port.types:
            assert isinstance(values, Bars)
            rows = [call(p, s, self.arena, bar) for bar in values.rows()]
        else:
            rows = [call(p, s, self.arena, x) for x in (values.close if isinstance(values, Bars) else values)]
        assert np.all(self.arena[:FENCE] == MARK), "the step wrote before its window"
        assert np.all(self.arena[-FENCE:] == MARK), "the step wrote behind its window"
        return Run(self.kind, _columns(rows), self.state, self.arena)


def indicator(name: str) -> Kind:
    """The indicator kind called ``name``."""
    kind = find("indicator", name)
    assert kind is not None, f"there is no indicator {name}"
    return kind


def run_indicator(
    name: str,
    values: Bars | np.ndarray,
    *,
    interval: int = HOUR,
    compiled: bool = False,
    **params: Any,
) -> dict[str, np.ndarray]:
    """The numbers on each output port of a fresh indicator, by bar (bars give a series kind their closes)."""
    return Indicator.start(name, params, interval=interval, compiled=compiled).feed(values).ports


def assert_close(actual: np.ndarray, expected: np.ndarray, *, tolerance: float = 1e-9, floor: float = 0.0) -> None:
    """Both are NaN at the same bars and otherwise agree to a relative ``tolerance`` (or to ``floor``, absolute)."""
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=floor, equal_nan=True)


def assert_same_bytes(left: Run, right: Run) -> None:
    """Two runs agree in every bit of every result and of the memory."""
    assert left.fields.keys() == right.fields.keys()
    for name in left.fields:
        if left.fields[name].tobytes() != right.fields[name].tobytes():
            pytest.fail(f"{name} differs: {left.fields[name]} and {right.fields[name]}")
    assert left.memory == right.memory


def _columns(rows: list[Any]) -> dict[str, np.ndarray]:
    if rows and isinstance(rows[0], tuple):
        return {name: np.array([row[i] for row in rows]) for i, name in enumerate(rows[0]._fields)}
    return {"value": np.array(rows, dtype=np.float64)}


@cache
def _compiled(step: Callable[..., Any]) -> Callable[..., Any]:
    register(reachable([step]))

    @numba.njit(error_model="numpy")  # type: ignore[untyped-decorator,unused-ignore]
    def call(p: Any, s: Any, w: Any, x: Any) -> Any:
        return step(p[0], s[0], w, x)

    # One process compiles a step once for every argument type: Bar fields are ints and floats in the order of Bar.
    assert Bar._fields == ("time", "open", "high", "low", "close", "volume")
    return call  # type: ignore[no-any-return,unused-ignore]
