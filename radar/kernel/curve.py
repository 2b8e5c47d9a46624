"""Statistics of a whole equity curve at once: the running sums of a run, over an array."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from radar.kernel.cache import kernel_digest, write_module
from radar.kernel.load import load_compiled
from radar.kernel.reach import module_sources, reachable, sources_digest
from radar.kernel.records import RecordView
from radar.market.statistics import STATISTICS, finish_statistics, observe_equity, start_statistics

TEXT = '''"""Observe every point of an equity curve. Written by Radar."""

from radar.market.statistics import finish_statistics
from radar.market.statistics import observe_equity


def advance(times, values, statistics):
    """Feed ``values`` (equity at ``times``) to the first record of ``statistics`` and finish it."""
    record = statistics[0]
    for row in range(times.shape[0]):
        if values[row] == values[row]:
            observe_equity(record, times[row], values[row])
    finish_statistics(record)
    return times.shape[0]
'''


def curve_statistics(times: NDArray[np.int64], values: NDArray[np.float64], initial: float) -> Any:
    """Finished statistics (a :data:`radar.market.statistics.STATISTICS` record view) of an equity curve.

    ``times`` in milliseconds UTC, increasing; a NaN value is no point; ``initial`` is the capital before the first.
    """
    statistics = np.zeros(1, STATISTICS)
    record = RecordView(statistics[0])
    start_statistics(record, initial)
    sources = module_sources(reachable([observe_equity, finish_statistics]))
    path = write_module(TEXT, kernel_digest(TEXT, sources_digest(sources)))
    load_compiled(path)(np.ascontiguousarray(times), np.ascontiguousarray(values), statistics)
    return record
