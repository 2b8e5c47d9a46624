"""A run as it is between two rows, in arrays of its own: what a thread may read while the run goes on."""

from __future__ import annotations

from dataclasses import replace

from radar.engine.run import Run
from radar.engine.state import State

__all__ = ["still"]


def still(run: Run) -> Run:
    """The same run in arrays of its own; the market, which only grows, is shared."""
    state = State(**{name: array.copy() for name, array in vars(run.state).items()})
    return replace(
        run,
        state=state,
        all_fills=run.all_fills.copy(),
        all_trades=run.all_trades.copy(),
        all_equity=run.all_equity.copy(),
        trace=run.trace.copy(),
    )
