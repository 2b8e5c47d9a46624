"""The loop over rows."""

from __future__ import annotations

import re
from collections.abc import Callable

from radar.kernel.expressions import HoistedExpressions
from radar.kernel.generation.closing import write_closing
from radar.kernel.generation.decision import write_decision
from radar.kernel.generation.opening import write_opening
from radar.kernel.generation.scope import Scope
from radar.kernel.generation.traces import TRACED, trace_account
from radar.kernel.writer import Writer
from radar.plan.layout import field_name
from radar.plan.records import param_dtype

ARGUMENTS = (
    "first, last, start, times, market, fine_times, fine_market, fine_interval, lanes, params, windows, shared, "
    "shared_windows, fills, trades, equity, trace"
)

DOCUMENTATION = '''"""Advance rows ``first`` to ``last``; return the row to go on with.

Entries and books begin at row ``start``. Returns early when a ledger is nearly full or every account has ended.
"""'''


def write_advance(scope: Scope) -> None:
    out = scope.out
    if scope.hoisting is not None:
        out.line(f"@{scope.market('compiled', 'inlined')}")
    out.line(f"def advance({ARGUMENTS}{'' if scope.hoisting is None else ', columns, series_bars, series_gaps'}):")
    with out.block():
        out.lines(DOCUMENTATION)
        for number, executor in enumerate(scope.plan.executors):
            if scope.single:
                out.line(f"{scope.ledger(executor.id)} = {_ledger_of(scope, number)}")
        out.line(f"fine = {scope.market('simulation.resolve', 'FineBars')}(fine_times, fine_market, fine_interval)")
        out.line("common = shared[0]")
        if not scope.single:
            for executor in scope.plan.executors:
                name = field_name(executor.id)
                out.line(f"{name} = common.{name}")
        if scope.hoisting is None:
            out.line("room = lanes.shape[0] * ROOM")
        out.line("if first < 0:")
        out.line("    return first")
        if scope.single:
            out.line("lane = 0")
            out.line("state = lanes[0]")
            out.line("p = params[0]")
            out.line("w = windows[0]")
            _open_params(scope)
            _open_columns(scope)
            _write_quiet_loop(scope)
        else:
            _write_loop(scope)


def _write_loop(scope: Scope) -> None:
    """Rows of several assets: each goes through all lanes."""
    out = scope.out
    out.line("for row in range(first, last):")
    with out.block():
        for condition in _full(scope):
            out.line(f"if {condition}:")
            out.line("    return row")
        _write_row(scope)
        if scope.plan.executors:
            out.line(f"if {_ended(scope)}:")
            out.line("    return row + 1")
    out.line("return last")


def _write_quiet_loop(scope: Scope) -> None:
    """Rows of one asset: an inner loop over quiet bars, and behind it what happens where that loop stopped."""
    out = scope.out
    out.line("row = first")
    out.line("stage = 0")
    out.line("while 0 <= row < last:")
    with out.block():
        out.line("# Bars in which nothing happens, up to the place in a bar where something does.")
        scope.borrowing.take(scope)
        full = _full(scope)
        if full:
            # Only what happens outside the loop writes to the ledger.
            out.line(f"full = {' or '.join(full)}")
        out.line("while row < last:")
        with out.block():
            if full:
                out.line("if full and stage == 0:")
                out.line("    last = row")
                out.line("    break")
            _write_row(scope)
            out.line("stage = 0")
            out.line("row += 1")
            if scope.plan.executors:
                out.line(f"if {_ended(scope)}:")
                out.line("    last = row")
        scope.borrowing.give_back(scope)
        scope.write_stops()
    out.line("return row")


def _write_row(scope: Scope) -> None:
    """One row, from the open to the mark."""
    out = scope.out
    out.line("time = times[row]")
    if scope.single:
        out.line(f"bar = {scope.bar_expression()}")
    for name, write in SECTIONS.items():
        if scope.single:
            write(scope)
        else:
            _write_section(scope, name, write)


def _write_trace(scope: Scope) -> None:
    if scope.hoisting is None:
        with scope.segment(), scope.stop(TRACED):
            trace_account(scope)


SECTIONS: dict[str, Callable[[Scope], None]] = {
    "opening": write_opening,
    "decision": write_decision,
    "closing": write_closing,
    "tracing": _write_trace,
}
"""The parts of a row, in order."""

SECTION_ARGUMENTS = (
    "row, time, start, market, fine, lanes, params, windows, common, shared_windows, fills, trades, equity, trace"
)


def _write_section(scope: Scope, name: str, write: Callable[[Scope], None]) -> None:
    """Write a part of a row as a function, and its call: several functions compile in less time than a large one."""
    arguments = SECTION_ARGUMENTS + (", columns, series_bars, series_gaps" if scope.hoisting is not None else "")
    with scope.out.aside(1, scope.parts):
        write(scope)
    body = scope.parts.pop()
    if not body:
        return
    head = Writer()
    head.line(f"@{scope.market('compiled', 'compiled')}")
    head.line(f"def {name}({arguments}):")
    with head.block():
        for number, executor in enumerate(scope.plan.executors):
            account, ledger = field_name(executor.id), scope.ledger(executor.id)
            if re.search(rf"\b{ledger}\b", body):
                head.line(f"{ledger} = {_ledger_of(scope, number)}")
            if re.search(rf"\b{account}\b", body):
                head.line(f"{account} = common.{account}")
    scope.parts.append(f"{head.text}{body}\n\n")
    scope.out.line(f"{name}({arguments})")


def _ledger_of(scope: Scope, number: int) -> str:
    """The expression of the ledger of the account with this number."""
    return f"{scope.market('ledger', 'Ledger')}(fills[{number}], trades[{number}], equity[{number}])"


def _open_params(scope: Scope) -> None:
    """Read the parameters of the one lane once, as values: what follows from them is then computed once too."""
    for node in scope.plan.nodes:
        if node.kind.role in ("indicator", "strategy", "executor") and not scope.is_hoisted(node):
            fields = param_dtype(node.kind).names or ()
            kind = f"{scope.kind_of(node)}_params"
            scope.tuples[kind] = fields
            name = field_name(node.id)
            scope.out.line(f"{name}_p = {kind}(")
            with scope.out.block():
                for field in fields:
                    scope.out.line(f"p.{name}.{field},")
            scope.out.line(")")


def _open_columns(scope: Scope) -> None:
    """Name the columns of the one lane, so that a row reads an element of each."""
    if isinstance(scope.expressions, HoistedExpressions):
        for name in scope.expressions.names():
            scope.out.line(f"{name} = columns[p.hoist.{name}, 0]")


def _ended(scope: Scope) -> str:
    """The condition under which no account can trade any more."""
    return " and ".join(f"{field_name(executor.id)}.ended != 0" for executor in scope.plan.executors)


def _full(scope: Scope) -> list[str]:
    """Conditions under which the ledger may not hold what the next row writes. A sweep writes no ledger."""
    if scope.hoisting is not None:
        return []
    names = [field_name(executor.id) for executor in scope.plan.executors]
    return [
        f"({name}.recording != 0 and ({name}.fill_count + room > fills.shape[1] "
        f"or {name}.trade_count + room > trades.shape[1]))"
        for name in names
    ]
