"""What ``radarctl run`` shows of runs, accounts, positions and reports."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from radar.cli import screen
from radar.cli.backtest_tables import FIGURES
from radar.cli.server_options import when

if TYPE_CHECKING:
    from radar.v1 import report_pb2, run_pb2, trading_pb2

__all__ = ["show_accounts", "show_positions", "show_report", "show_run_facts"]


def show_run_facts(run: run_pb2.Run) -> None:
    """A run, a fact a line."""
    from radar.v1 import run_pb2

    facts = [
        ("run", run.name),
        ("state", run_pb2.RunState.Name(run.state).removeprefix("RUN_STATE_").lower()),
        ("remark", run.remark),
        ("label", run.label),
        ("pipeline", run.active_revision),
        ("assets", ", ".join(run.assets)),
        ("asked for", f"{when(run, 'create_time')} UTC by {run.author}"),
        ("begun", when(run, "start_time")),
        ("ended", when(run, "end_time")),
        ("decided up to", when(run, "event_time")),
        ("last event", f"{run.sequence:,}"),
        ("problem", run.problem.message),
        ("expected", run.problem.expected),
        ("next", run.problem.next_step),
    ]
    _show_facts(facts)


def show_accounts(accounts: Iterable[trading_pb2.Account]) -> None:
    """Accounts, one a row."""
    rows = [
        (
            one.name.rpartition("/")[2],
            *(
                _number(value)
                for value in (one.equity, one.cash, one.locked_margin, one.realized_net, one.unrealized_net)
            ),
            str(one.positions),
        )
        for one in accounts
    ]
    if rows:
        heads = ("account", "equity", "cash", "locked", "closed net", "open net", "positions")
        screen.say()
        screen.show_table(heads, rows, right=heads[1:])


def show_positions(positions: Iterable[trading_pb2.Position]) -> None:
    """Open positions, one a row."""
    rows = [
        (
            one.strategy,
            one.asset,
            _word(one, "side"),
            *(_number(value, 6) for value in (one.quantity, one.average_entry, one.mark_price, one.stop)),
            _number(one.net),
        )
        for one in positions
    ]
    if rows:
        heads = ("strategy", "asset", "side", "quantity", "entry", "mark", "stop", "net")
        screen.say()
        screen.show_table(heads, rows, right=heads[3:])


def show_report(report: report_pb2.RunReport) -> None:
    """What a run has earned, its assets, and what is open."""
    until = when(report.period, "end")
    screen.say(
        f"{report.pipeline} on {report.clock} bars of {', '.join(report.assets)}, {report.bars:,} bars up to {until}"
    )
    screen.say()
    _show_facts([(title, _metric(report.metrics, name, digits, unit)) for title, name, digits, unit in FIGURES])
    rows = [
        (asset, str(one.trades), _metric(one, "win_rate", 1, " %"), _metric(one, "net", 2))
        for asset, one in sorted(report.per_asset.items())
    ]
    if rows:
        screen.say()
        screen.show_table(("asset", "trades", "won", "net"), rows, right=("trades", "won", "net"))
    show_positions(report.open_positions)
    for text in report.warnings:
        screen.note(f"warning: {text}")


def _metric(metrics: Any, name: str, digits: int, unit: str = "") -> str:
    fields = metrics.DESCRIPTOR.fields_by_name
    if name not in fields:
        return ""
    value = getattr(metrics, name)
    if fields[name].message_type is not None:
        return screen.number(float(value.value), digits, unit) if value.value else ""
    if fields[name].has_presence and not metrics.HasField(name):
        return ""
    return screen.number(value, digits, unit)


def _number(value: Any, digits: int = 2) -> str:
    return screen.number(float(value.value), digits) if value.value else ""


def _word(message: Any, field: str) -> str:
    """The word of an enumeration, without its prefix."""
    kind = message.DESCRIPTOR.fields_by_name[field].enum_type
    return str(kind.values_by_number[getattr(message, field)].name).rpartition("_")[2].lower()


def _show_facts(facts: Iterable[tuple[str, str]]) -> None:
    shown = [(name, text) for name, text in facts if text]
    width = max((len(name) for name, _ in shown), default=0)
    for name, text in shown:
        screen.say(f"{name.ljust(width)}  {text}")
