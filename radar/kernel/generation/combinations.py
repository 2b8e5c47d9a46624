"""The loop of a sweep over combinations."""

from __future__ import annotations

from radar.kernel.generation.scope import Scope
from radar.plan.layout import field_name

SWEEP_ARGUMENTS = (
    "first, last, starts, times, market, fine_times, fine_market, fine_interval, columns, series_bars, series_gaps, "
    "lanes, params, windows, shared, shared_windows, fresh_lanes, fresh_shared, fills, trades, equity, trace, metrics, "
    "outcomes"
)


def write_sweep(scope: Scope) -> None:
    """The loop over combinations."""
    out = scope.out
    finish = scope.market("statistics", "finish_statistics")
    measure = scope.market("metrics", "measure")
    out.gap()
    out.line(f"def sweep({SWEEP_ARGUMENTS}):")
    with out.block():
        out.line('"""Run combinations ``first`` to ``last`` over all rows; metrics and outcome of each."""')
        out.line("for combination in range(first, last):")
        with out.block():
            out.line("for lane in range(lanes.shape[0]):")
            out.line("    lanes[lane] = fresh_lanes[lane]")
            out.line("shared[0] = fresh_shared[0]")
            out.line("shared_windows[:] = 0.0")
            for executor in scope.plan.executors:
                name = field_name(executor.id)
                start = scope.market("account", "open_account")
                out.line(f"{start}(shared[0].{name}, params[combination, 0].{name}.initial_capital)")
            out.line(
                "end = advance(0, times.shape[0], starts[combination], times, market, fine_times, fine_market, "
                "fine_interval, lanes, params[combination], windows, shared, shared_windows, fills, trades, "
                "equity, trace, columns, series_bars, series_gaps)"
            )
            name = field_name(scope.plan.executors[0].id)
            out.line(f"account = shared[0].{name}")
            out.line(f"{finish}(account.statistics)")
            out.line(f"{measure}(account.statistics, metrics[combination])")
            out.line("outcome = outcomes[combination]")
            out.line("outcome.rows = end - starts[combination]")
            out.line("outcome.liquidated = account.liquidated")
            out.line("outcome.open_positions = account.positions")
            out.line("outcome.fault = account.fault")
            out.line("outcome.refusals = 0")
            out.line("for lane in range(lanes.shape[0]):")
            with out.block():
                out.line("state = lanes[lane]")
                for chain in scope.plan.chains:
                    total = scope.market("position", "total_refusals")
                    out.line(f"outcome.refusals += {total}(state.{field_name(chain.strategy)}_position)")
        out.line("return last")
