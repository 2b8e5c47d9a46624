"""Measuring on a machine that others use too: the least of many runs in turns, and what the machine does meanwhile.

Everything that disturbs a run makes it slower, so the least of many is the figure; the median is shown beside it. Runs
of one entry are interleaved, so that a slow minute hits all of them and a ratio holds.
"""

from __future__ import annotations

import platform
import statistics
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One measured number: the least, the median of the same runs, and the ratio to the hand-written loop if any."""

    name: str
    value: float
    unit: str
    median: float | None = None
    ratio: float | None = None
    limit: str = ""

    def line(self) -> str:
        """The figure for a reader."""
        text = f"  {self.name:46} {self.value:9.2f} {self.unit:3}"
        text += f"  x{self.ratio:5.2f}" if self.ratio is not None else " " * 8
        text += f"  median {self.median:.2f}" if self.median is not None else ""
        return text + (f"  (limit {self.limit})" if self.limit else "")


@dataclass(frozen=True)
class Entry:
    """The figures of one entry, and what has to be said about how they came about."""

    name: str
    figures: list[Figure]
    notes: list[str]

    def lines(self) -> list[str]:
        """The entry for a reader."""
        return [self.name, *(figure.line() for figure in self.figures), *(f"  {note}" for note in self.notes)]

    def to_json(self) -> dict[str, object]:
        """Plain data."""
        return {"name": self.name, "figures": [asdict(figure) for figure in self.figures], "notes": self.notes}


@dataclass(frozen=True)
class Times:
    """Seconds of the runs of one function."""

    runs: list[float]

    @property
    def least(self) -> float:
        """The figure."""
        return min(self.runs)

    @property
    def median(self) -> float:
        """The run in the middle."""
        return statistics.median(self.runs)

    @property
    def noise(self) -> str:
        """How far the machine strayed."""
        return (
            f"median {self.median / self.least - 1:.0%} and worst {max(self.runs) / self.least - 1:.0%} over the least"
        )


def seconds(function: Callable[[], object]) -> float:
    """How long one call takes."""
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


def processor_seconds(function: Callable[[], object]) -> float:
    """How long one call keeps the processor busy, over all threads: what others take of the machine is not in it."""
    started = time.process_time()
    function()
    return time.process_time() - started


class CountingPool(ThreadPoolExecutor):
    """Threads that count how long each keeps the processor busy, which does not depend on who else uses it."""

    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        self.busy: dict[int, float] = {}

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """As of any executor."""

        def counted() -> Any:
            started, me = time.thread_time(), threading.get_ident()
            try:
                return fn(*args, **kwargs)
            finally:
                self.busy[me] = self.busy.get(me, 0.0) + time.thread_time() - started

        return super().submit(counted)


def in_turns(functions: Mapping[str, Callable[[], float]], repeats: int) -> dict[str, Times]:
    """Run functions that return seconds in turns, ``repeats`` times each."""
    runs: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(repeats):
        for name, function in functions.items():
            runs[name].append(function())
    return {name: Times(values) for name, values in runs.items()}


def machine() -> dict[str, str]:
    """What the figures hold for."""
    import llvmlite.binding as llvm
    import numba
    import numpy

    return {
        "processor": f"{platform.machine()} {llvm.get_host_cpu_name()}",
        "system": platform.system(),
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "numba": numba.__version__,
    }
