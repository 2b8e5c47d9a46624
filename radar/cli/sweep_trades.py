"""The trades of one combination of a sweep, from the back-test that it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radar.cli import screen
from radar.cli.options import Format
from radar.cli.progress import Progress
from radar.cli.screen import number
from radar.cli.sweep_tables import command

if TYPE_CHECKING:
    from radar.research.sweep.laid_out import Sweep

__all__ = ["show_trades"]

PRICES = ("average_entry", "exit_price", "quantity")
HEADS = ("trade", "asset", "side", "entered", "exited", "entry", "exit", "quantity", "net", "reason")


def show_trades(sweep: Sweep, combination: int, output: Format) -> None:
    """Run the back-test of a combination, for each asset of a sweep of every asset, and list its trades."""
    found: list[dict[str, Any]] = []
    with Progress() as progress:
        for asset in sweep.assets or ("",):
            result = sweep.backtest(combination, asset, progress.tell)
            found.append(
                {
                    "combination": combination,
                    **({"asset": asset} if asset else {}),
                    "overrides": sweep.overrides(combination),
                    "command": command(sweep, combination, asset),
                    "metrics": result.metrics,
                    "trades": result.trades(),
                }
            )
    if output == Format.JSON:
        screen.write_json({"format": "radar.sweep.trades/1", "backtests": found})
        return
    for one in found:
        _show(one)


def _show(one: dict[str, Any]) -> None:
    screen.say(f"combination {one['combination']}: {' '.join(one['overrides'])}")
    rows = [
        (
            str(trade["trade"]),
            trade["asset"],
            trade["side"],
            trade["entry_time"][:16].replace("T", " "),
            trade["exit_time"][:16].replace("T", " "),
            *(f"{trade[name]:,.6g}" for name in PRICES),
            number(trade["net"]),
            trade["reason"],
        )
        for trade in one["trades"]
    ]
    screen.show_table(HEADS, rows, right=("trade", "entry", "exit", "quantity", "net"), colours=True)
    metrics = one["metrics"]
    screen.say(
        f"\n{screen.count(len(rows), 'trade')}, return {number(metrics['equity_return'], 2, ' %')}, "
        f"largest drawdown {number(metrics['max_drawdown'], 2, ' %')}"
    )
    screen.say(f"all of it: {one['command']}")
