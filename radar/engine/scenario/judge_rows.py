"""Hold expectations against the rows of a table: trades, fills, positions, refusals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from radar.engine.scenario.bind import Bars
from radar.engine.scenario.expectation import Check, Pattern, Rows
from radar.engine.scenario.outcome import Outcome
from radar.engine.scenario.report import Failure
from radar.engine.scenario.tables import Row

__all__ = ["judge_rows", "line_of"]

MOST_ROWS_SHOWN = 12


def judge_rows(one: Rows, asset: str | None, outcome: Outcome, bars: Bars) -> list[Failure]:
    """The checks of ``one`` that are not met. ``asset`` leaves only its rows."""
    rows = [row for row in outcome.rows(one.table, one.node) if asset is None or row["asset"] == asset]
    matcher = _Matcher(bars, one.tolerance)
    failures = [_CHECKS[check.kind](one, check, rows, matcher) for check in one.checks]
    return [failure for failure in failures if failure is not None]


class _Matcher:
    def __init__(self, bars: Bars, tolerance: float) -> None:
        self.bars = bars
        self.tolerance = tolerance

    def wrong(self, row: Row, pattern: Pattern) -> list[str]:
        """The fields of the pattern that the row does not have."""
        return [
            name
            for name, condition in pattern.items()
            if not condition.holds(
                row[name], self.tolerance, self.bars.find(condition.bar) if condition.bar is not None else None
            )
        ]

    def matches(self, row: Row, pattern: Pattern) -> bool:
        return not self.wrong(row, pattern)

    def shown(self, pattern: Pattern) -> str:
        """A pattern as it would be written."""
        return ", ".join(f"{name}: {self.field(condition)}" for name, condition in pattern.items())

    def field(self, condition: Any) -> str:
        if condition.bar is not None:
            found = self.bars.find(condition.bar)
            return str(found) if not condition.bar.mark else f"{condition.bar} ({found})"
        return str(condition.shown(self.tolerance))

    def diff(self, row: Row, pattern: Pattern) -> str:
        """The fields of a pattern, expected against found."""
        wrong = set(self.wrong(row, pattern))
        lines: list[str] = []
        for name, condition in pattern.items():
            if name in wrong:
                lines += [f"- {name}: {self.field(condition)}", f"+ {name}: {_value(row[name])}"]
            else:
                lines.append(f"  {name}: {_value(row[name])}")
        return "\n".join(lines)

    def nearest(self, rows: Sequence[Row], pattern: Pattern) -> Row:
        """The row with the fewest wrong fields."""
        return min(rows, key=lambda row: len(self.wrong(row, pattern)))


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "missing"
    return f"{value:.15g}" if isinstance(value, float) else str(value)


_IMPORTANT = (
    "time",
    "entry_time",
    "asset",
    "side",
    "reason",
    "average_entry",
    "price",
    "exit_price",
    "net",
    "cause",
    "count",
)


def line_of(row: Mapping[str, Any]) -> str:
    """What matters of a row, in one line."""
    return ", ".join(f"{name}: {_value(row[name])}" for name in _IMPORTANT if name in row)


def _listing(rows: Sequence[Row]) -> str:
    lines = [f"+ {line_of(row)}" for row in rows[:MOST_ROWS_SHOWN]]
    rest = len(rows) - MOST_ROWS_SHOWN
    return "\n".join([*lines, f"+ and {rest} more"] if rest > 0 else lines)


def _of(one: Rows) -> str:
    return f"{one.node}.{one.table}" if one.node else one.table


def _rows(number: int) -> str:
    return "1 row" if number == 1 else f"{number} rows" if number else "no row"


def _count(one: Rows, check: Check, rows: Sequence[Row], _: _Matcher) -> Failure | None:
    if len(rows) == check.count:
        return None
    return Failure.at(
        check.place,
        f"{_of(one)} has {_rows(len(rows))}",
        expected=_rows(check.count),
        actual=_rows(len(rows)),
        diff=_listing(rows),
    )


def _none(one: Rows, check: Check, rows: Sequence[Row], matcher: _Matcher) -> Failure | None:
    return _count(one, check, rows, matcher)


def _contains(one: Rows, check: Check, rows: Sequence[Row], matcher: _Matcher) -> Failure | None:
    for pattern in check.patterns:
        if any(matcher.matches(row, pattern) for row in rows):
            continue
        message = f"{_of(one)} has no row with {matcher.shown(pattern)}"
        if not rows:
            return Failure.at(check.place, message, expected=matcher.shown(pattern), actual="no row")
        row = matcher.nearest(rows, pattern)
        actual = ", ".join(f"{name}: {_value(row[name])}" for name in pattern)
        return Failure.at(
            check.place, message, expected=matcher.shown(pattern), actual=actual, diff=matcher.diff(row, pattern)
        )
    return None


def _equals(one: Rows, check: Check, rows: Sequence[Row], matcher: _Matcher) -> Failure | None:
    for number, (row, pattern) in enumerate(zip(rows, check.patterns, strict=False)):
        if not matcher.matches(row, pattern):
            actual = ", ".join(f"{name}: {_value(row[name])}" for name in pattern)
            return Failure.at(
                check.place,
                f"row {number} of {_of(one)} is another one",
                expected=matcher.shown(pattern),
                actual=actual,
                diff=matcher.diff(row, pattern),
            )
    if len(rows) != len(check.patterns):
        return Failure.at(
            check.place,
            f"{_of(one)} has {_rows(len(rows))}",
            expected=_rows(len(check.patterns)),
            actual=_rows(len(rows)),
            diff=_listing(rows),
        )
    return None


def _always(one: Rows, check: Check, rows: Sequence[Row], matcher: _Matcher) -> Failure | None:
    if not rows:
        return Failure.at(check.place, f"{_of(one)} has no row", expected="at least 1 row", actual="no row")
    for number, row in enumerate(rows):
        for pattern in check.patterns:
            if not matcher.matches(row, pattern):
                return Failure.at(
                    check.place,
                    f"row {number} of {_of(one)} is not like the others",
                    expected=f"always {matcher.shown(pattern)}",
                    actual=", ".join(f"{name}: {_value(row[name])}" for name in pattern),
                    diff=matcher.diff(row, pattern),
                )
    return None


def _never(one: Rows, check: Check, rows: Sequence[Row], matcher: _Matcher) -> Failure | None:
    for number, row in enumerate(rows):
        for pattern in check.patterns:
            if matcher.matches(row, pattern):
                return Failure.at(
                    check.place,
                    f"row {number} of {_of(one)} has {matcher.shown(pattern)}",
                    expected=f"never {matcher.shown(pattern)}",
                    actual=line_of(row),
                )
    return None


_CHECKS = {
    "count": _count,
    "none": _none,
    "contains": _contains,
    "equals": _equals,
    "always": _always,
    "never": _never,
}
