"""Where two runs that must be equal differ first, in words; equality is on bytes."""

from __future__ import annotations

import numpy as np

from radar.engine.run import Run
from radar.engine.scenario.play import ledger_of
from radar.market.instant import format_instant
from radar.plan.trace import trace_columns

__all__ = ["difference"]


def difference(expected: Run, actual: Run) -> str:
    """The first difference of two runs of one plan up to their row, or empty when every byte is equal."""
    if expected.row != actual.row:
        return f"one run stands at row {expected.row}, the other at row {actual.row}"
    return (
        _outputs(expected, actual)
        or _equity(expected, actual)
        or _records("fill", ledger_of(expected)[0], ledger_of(actual)[0])
        or _records("trade", ledger_of(expected)[1], ledger_of(actual)[1])
        or _state(expected, actual)
    )


def _differ(expected: np.ndarray, actual: np.ndarray) -> np.ndarray:
    """Where two float arrays of one shape differ in a bit."""
    left, right = np.ascontiguousarray(expected), np.ascontiguousarray(actual)
    differ: np.ndarray = left.view(np.int64) != right.view(np.int64)
    return differ


def _outputs(expected: Run, actual: Run) -> str:
    left, right = expected.trace[: expected.row], actual.trace[: actual.row]
    found = np.argwhere(_differ(left, right))
    if len(found) == 0:
        return ""
    row, lane, column = (int(one) for one in found[0])
    name = trace_columns(expected.plan)[column].name
    values = f"{float(left[row, lane, column])!r} and {float(right[row, lane, column])!r}"
    return f"{name} of {expected.plan.assets[lane]} {_at(expected, row)} is {values}"


def _equity(expected: Run, actual: Run) -> str:
    left, right = expected.equity[: expected.row], actual.equity[: actual.row]
    found = np.flatnonzero(_differ(left, right))
    if len(found) == 0:
        return ""
    row = int(found[0])
    return f"equity {_at(expected, row)} is {float(left[row])!r} and {float(right[row])!r}"


def _at(run: Run, row: int) -> str:
    return f"at {format_instant(int(run.feed.times[row]))} (row {row})"


def _records(what: str, expected: np.ndarray, actual: np.ndarray) -> str:
    for number, (left, right) in enumerate(zip(expected, actual, strict=False)):
        if left.tobytes() != right.tobytes():
            names = [name for name in left.dtype.names or () if left[name].tobytes() != right[name].tobytes()]
            shown = (
                f"{names[0]} is {left[names[0]].item()!r} and {right[names[0]].item()!r}"
                if names
                else "unused bytes differ"
            )
            return f"{what} {number}: {shown}"
    if len(expected) != len(actual):
        return f"one run has {len(expected)} {what}s, the other {len(actual)}"
    return ""


def _state(expected: Run, actual: Run) -> str:
    left, right = expected.state, actual.state
    for name in ("lanes", "windows", "shared", "shared_windows"):
        if getattr(left, name).tobytes() != getattr(right, name).tobytes():
            return f"the state differs in {name}{_field(getattr(left, name), getattr(right, name))}"
    return ""


def _field(left: np.ndarray, right: np.ndarray) -> str:
    for name in left.dtype.names or ():
        if left[name].tobytes() != right[name].tobytes():
            return f".{name}"
    return ""
