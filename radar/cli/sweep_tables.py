"""A sweep for people and for scripts: its grid before it runs, its best rows and their back-tests after it."""

from __future__ import annotations

import math
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from radar.cli import screen
from radar.cli.screen import count, number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from radar.research.sweep.laid_out import Sweep

__all__ = ["command", "refusals", "show_head", "show_refused", "show_rows", "sweep_data"]

SHOWN = ("equity_return", "max_drawdown", "sharpe_daily", "calmar", "trades", "win_rate")
"""Metrics of the table, beside the one that it is sorted by."""

COMMANDS = 3
"""Best rows whose back-test is written out below the table."""

OTHERS = ("rows", "open_positions", "refusals", "liquidated")


def show_head(sweep: Sweep, taken: int) -> None:
    """The size of the grid, what is left out of it and why, and what is run."""
    lengths = " x ".join(str(length) for length in sweep.grid.lengths)
    where = f" for each of {', '.join(sweep.assets)}" if sweep.assets else ""
    screen.say(f"{sweep.identity['name']}: {lengths} = {count(sweep.grid.size, 'combination')}{where}")
    for axis in sweep.grid.axes:
        screen.say(f"  {axis.target}: {', '.join(axis.values)}")
    each = max(len(sweep.assets), 1)
    if sweep.chosen < sweep.grid.size * each:
        screen.say(f"sample: {sweep.chosen:,}")
    show_refused(sweep.refused)
    plans = f" on {count(len(sweep.groups), 'plan')}" if len(sweep.groups) > each else ""
    left = sweep.count - sweep.finished
    known = f", {taken:,} of them are there already" if taken else ""
    screen.say(f"to run: {left:,}{plans}" if not known else f"to run: {sweep.count:,}{plans}{known}")


def show_refused(refused: Mapping[str, int]) -> None:
    """How many combinations are left out, by code and message."""
    if not refused:
        return
    screen.say(f"refused: {sum(refused.values()):,}")
    for one in refusals(refused):
        screen.say(f"  {one['count']:,} x {one['code']} {one['message']}")


def refusals(refused: Mapping[str, int]) -> list[dict[str, Any]]:
    """The reasons as plain data, the most frequent first."""
    ordered = sorted(refused.items(), key=lambda item: (-item[1], item[0]))
    return [
        {"code": code, "message": message, "count": times}
        for (code, _, message), times in ((reason.partition(" "), times) for reason, times in ordered)
    ]


def show_rows(sweep: Sweep, sort: str, top: int) -> None:
    """The best rows, and the commands that make the back-tests of the first ones."""
    from radar.research.sweep.ranking import metric, ranked

    table = sweep.table()
    best = ranked(table, sort).slice(0, top).to_pylist()
    metrics = [metric(name) for name in dict.fromkeys((sort, *SHOWN))]
    names = _short([axis.target for axis in sweep.grid.axes])
    heads = [one.title for one in metrics]
    columns = (["asset"] if sweep.assets else []) + ["combination", *names, *heads]
    rows = [
        (
            *([row["asset"]] if sweep.assets else []),
            str(row["combination"]),
            *(_cell(row[axis.target]) for axis in sweep.grid.axes),
            *(_metric(row[one.name], one.digits, one.unit) for one in metrics),
        )
        for row in best
    ]
    order = "least" if metric(sort).better == "less" else "most"
    title = f"The best {len(best):,} of {table.num_rows:,}, {order} {metric(sort).title} ({sort}) first"
    screen.show_table(columns, rows, title=title, right=columns[1 if sweep.assets else 0 :], colours=True)
    if all(row[sort] is None for row in best):
        screen.say(f"\n{sort} is not defined for any of them: too few days or trades; --sort names another metric")
    _show_start(sweep, table)
    screen.say("\nThe back-tests of the best:")
    for row in best[:COMMANDS]:
        screen.say(f"  {command(sweep, row['combination'], row.get('asset', ''))}")


def _show_start(sweep: Sweep, table: Any) -> None:
    starts = sorted(table["start"].cast("int64").to_pylist())
    first, last = (_minute(one) for one in (starts[0], starts[-1]))
    if sweep.common_start is not None:
        text = f"all combinations begin at {first}, where the last of them is ready (--common-start)"
    elif first == last:
        text = f"all combinations may trade from {first}"
    else:
        text = f"each combination may trade from where its own back-test does: {first} to {last} (column start)"
    screen.say(f"\nstart: {text}")


def sweep_data(sweep: Sweep, sort: str, top: int | None) -> dict[str, Any]:
    """The sweep as plain data, the best rows first."""
    from radar.research.sweep.ranking import ranked
    from radar.research.sweep.saved import metadata_of

    table = sweep.table()
    content = dict(metadata_of(table) or {})
    content["refused"] = refusals(sweep.refused)
    content["sort"] = sort
    rows = ranked(table, sort).slice(0, top).to_pylist() if table.num_rows else []
    content["rows"] = [_row(sweep, row) for row in rows]
    return content


def _row(sweep: Sweep, row: Mapping[str, Any]) -> dict[str, Any]:
    from radar.market.instant import format_instant
    from radar.research.sweep.ranking import RANKED

    metrics = {name: row[name] for name in RANKED}
    own = {"asset": row["asset"]} if sweep.assets else {}
    return {
        **own,
        "combination": row["combination"],
        "parameters": {axis.target: row[axis.target] for axis in sweep.grid.axes},
        "metrics": {name: value if value is None or math.isfinite(value) else None for name, value in metrics.items()},
        "no_losses": metrics["profit_factor"] == math.inf,
        "start": format_instant(int(row["start"].timestamp() * 1000)),
        **{name: row[name] for name in OTHERS},
        "command": command(sweep, row["combination"], row.get("asset", "")),
    }


def command(sweep: Sweep, combination: int, asset: str = "") -> str:
    """The command line that makes the back-test of a combination."""
    from radar.market.instant import format_instant

    request = sweep.request
    words = ["radarctl", "backtest", str(request.pipeline)]
    for one in [asset] if asset else request.assets or ():
        words += ["--asset", one]
    for override in sweep.overrides(combination):
        words += ["--set", override]
    for option, instant in (("--from", sweep.begin), ("--to", request.end)):
        if instant is not None:
            words += [option, format_instant(instant)]
    if request.named_config:
        words += ["--config", request.named_config]
    if request.data is not None:
        words += ["--data", str(request.data)]
    return quoted(words)


def quoted(words: Sequence[str]) -> str:
    """Words as the shell of this system takes them apart again."""
    if sys.platform == "win32":
        return subprocess.list2cmdline(words)
    import shlex

    return shlex.join(words)


def _short(names: Sequence[str]) -> list[str]:
    """The last words of parameters' names, where these are different; else the whole names."""
    last = [name.rpartition(".")[2] for name in names]
    return last if len(set(last)) == len(last) else list(names)


def _cell(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _metric(value: float | None, digits: int, unit: str) -> str:
    if value is not None and math.isinf(value):
        return "no losses"
    return number(value, digits, f" {unit}" if unit else "")


def _minute(instant: int) -> str:
    from radar.market.instant import format_instant

    return format_instant(instant)[:16].replace("T", " ")
