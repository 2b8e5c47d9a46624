"""Statistics of a whole equity curve, or of many trades, at once: the running sums of a run, over an array."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radar.kernel.cache import kernel_digest, write_module
from radar.kernel.load import load_compiled
from radar.kernel.reach import module_sources, reachable, sources_digest
from radar.kernel.records import RecordView
from radar.market.statistics import STATISTICS, finish_statistics, observe_equity, observe_trade, start_statistics

TEXT = '''"""Observe every point of an equity curve, or every trade. Written by Radar."""

from radar.market.statistics import finish_statistics
from radar.market.statistics import observe_equity
from radar.market.statistics import observe_trade


def curve(times, values, statistics):
    """Feed ``values`` (equity at ``times``) to the first record of ``statistics`` and finish it."""
    record = statistics[0]
    for row in range(times.shape[0]):
        if values[row] == values[row]:
            observe_equity(record, times[row], values[row])
    finish_statistics(record)
    return times.shape[0]


def closed(trades, statistics):
    """Feed ``trades`` to the first record of ``statistics``."""
    record = statistics[0]
    for row in range(trades.shape[0]):
        trade = trades[row]
        observe_trade(record, trade.gross, trade.fees, trade.slippage, trade.funding, trade.net, trade.base)
    return trades.shape[0]
'''


@cache
def _function(name: str) -> Callable[..., int]:
    sources = module_sources(reachable([observe_equity, observe_trade, finish_statistics]))
    return load_compiled(write_module(TEXT, kernel_digest(TEXT, sources_digest(sources))), name)


def _begun(initial: float) -> np.ndarray:
    statistics = np.zeros(1, STATISTICS)
    start_statistics(RecordView(statistics[0]), initial)
    return statistics


def curve_statistics(times: NDArray[np.int64], values: NDArray[np.float64], initial: float) -> Any:
    """Finished statistics (a :data:`radar.market.statistics.STATISTICS` record view) of an equity curve.

    ``times`` in milliseconds UTC, increasing; a NaN value is no point; ``initial`` is the capital before the first.
    """
    statistics = _begun(initial)
    _function("curve")(np.ascontiguousarray(times), np.ascontiguousarray(values), statistics)
    return RecordView(statistics[0])


def trade_statistics(trades: np.ndarray, initial: float) -> Any:
    """Statistics of closed trades (:data:`radar.market.ledger.TRADE` rows), without an equity curve."""
    statistics = _begun(initial)
    _function("closed")(np.ascontiguousarray(trades), statistics)
    return RecordView(statistics[0])
