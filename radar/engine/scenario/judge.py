"""Hold the expectations of a case against what came of it."""

from __future__ import annotations

import math
from collections.abc import Iterator

from radar.engine.scenario.bind import Bars, Bound, NoSuchBarError
from radar.engine.scenario.expectation import Check, Output, Rows, Silence
from radar.engine.scenario.judge_rows import judge_rows, line_of
from radar.engine.scenario.outcome import Outcome
from radar.engine.scenario.report import Failure
from radar.engine.scenario.vocabulary import words_of
from radar.market.instant import format_instant
from radar.plan.trace import TraceColumn

__all__ = ["judge"]

MOST_BARS_SHOWN = 12


def judge(bound: Bound, outcome: Outcome) -> list[Failure]:
    """Every expectation that was not met, in the order of the file; golden files are judged elsewhere."""
    bars = Bars(outcome.bars, bound.marks)
    failures: list[Failure] = []
    for index, one in enumerate(bound.expectations):
        try:
            if isinstance(one, Output):
                number, column = bound.columns[index]
                lane = bound.lanes[index] or 0
                failures += _Output(outcome, bars, one, column, number, lane, bound.prepared.plan.assets).failures()
            elif isinstance(one, Rows):
                lane_of = bound.lanes[index]
                asset = None if lane_of is None else bound.prepared.plan.assets[lane_of]
                failures += judge_rows(one, asset, outcome, bars)
            elif isinstance(one, Silence):
                failures += _silence(one, outcome)
        except NoSuchBarError as error:
            failures.append(Failure.at(one.place, str(error)))
    return failures


def _silence(one: Silence, outcome: Outcome) -> Iterator[Failure]:
    for table in ("fills", "refusals"):
        rows = outcome.rows(table)
        if rows:
            shown = "\n".join(f"+ {line_of(row)}" for row in rows[:MOST_BARS_SHOWN])
            yield Failure.at(
                one.place,
                f"it was not silent: {len(rows)} {table if len(rows) > 1 else table[:-1]}",
                expected="nothing traded and nothing refused",
                actual=line_of(rows[0]),
                diff=shown,
            )


class _Output:
    """The checks at one output of one asset."""

    def __init__(
        self,
        outcome: Outcome,
        bars: Bars,
        one: Output,
        column: TraceColumn,
        number: int,
        lane: int,
        assets: tuple[str, ...],
    ) -> None:
        self.outcome = outcome
        self.one = one
        self.title = column.name if len(assets) == 1 else f"{column.name} of {assets[lane]}"
        self.values = outcome.values(number, lane)
        self.present = outcome.present[:, lane]
        self.words = {value: word for word, value in words_of(outcome.run.plan, column).items()}
        self.selected = self.select(bars)

    def select(self, bars: Bars) -> range | None:
        """The chosen bars; None when none was chosen."""
        one = self.one
        if one.time is not None:
            start = int(self.outcome.run.feed.times[self.outcome.first_row])
            moment = one.time.since(start)
            for bar in range(self.outcome.bars):
                if int(self.outcome.run.feed.times[self.outcome.first_row + bar]) == moment:
                    return range(bar, bar + 1)
            raise NoSuchBarError(f"no bar of the case opens at {format_instant(moment)}")
        if one.first is None or one.last is None:
            return None
        first, last = bars.find(one.first), bars.find(one.last)
        if last < first:
            raise NoSuchBarError(f"bar {one.last} comes before bar {one.first}")
        return range(first, last + 1)

    def failures(self) -> Iterator[Failure]:
        for check in self.one.checks:
            failure = getattr(self, f"check_{_FAMILY[check.kind]}")(check)
            if failure is not None:
                yield failure

    def shown(self, value: float) -> str:
        """A value in words."""
        if math.isnan(value):
            return "missing"
        return self.words.get(value, f"{value:.15g}")

    def where(self, bar: int) -> str:
        return f"at bar {bar} ({self.outcome.time(bar)})"

    def known(self) -> Iterator[int]:
        """The chosen bars, or all, in which the asset has a candle and the value is known."""
        bars = range(len(self.values)) if self.selected is None else self.selected
        return (bar for bar in bars if self.present[bar] and not math.isnan(self.values[bar]))

    def check_value(self, check: Check) -> Failure | None:
        condition = check.conditions[0]
        bars = self.selected if self.selected is not None else range(len(self.values) - 1, len(self.values))
        for bar in bars:
            value = float(self.values[bar])
            if not condition.holds(value, self.one.tolerance):
                return self.failure(check, bar, condition.shown(self.one.tolerance))
        return None

    def failure(self, check: Check, bar: int, expected: str) -> Failure:
        actual = self.shown(float(self.values[bar]))
        return Failure.at(check.place, f"{self.title} {self.where(bar)} is {actual}", expected=expected, actual=actual)

    def check_list(self, check: Check) -> Failure | None:
        last = len(self.values)
        bars = self.selected if self.selected is not None else range(last - len(check.conditions), last)
        if len(bars) != len(check.conditions):
            return Failure.at(check.place, f"{len(check.conditions)} values are expected at {len(bars)} bars")
        lines = []
        wrong = -1
        for bar, condition in zip(bars, check.conditions, strict=True):
            value = float(self.values[bar])
            if condition.holds(value, self.one.tolerance):
                lines.append(f"  bar {bar}: {self.shown(value)}")
                continue
            wrong = bar if wrong < 0 else wrong
            lines += [f"- bar {bar}: {condition.shown(self.one.tolerance)}", f"+ bar {bar}: {self.shown(value)}"]
        if wrong < 0:
            return None
        expected = ", ".join(condition.shown(0.0) for condition in check.conditions)
        actual = ", ".join(self.shown(float(self.values[bar])) for bar in bars)
        message = f"{self.title} differs {self.where(wrong)}"
        return Failure.at(check.place, message, expected=expected, actual=actual, diff="\n".join(lines))

    def check_always(self, check: Check) -> Failure | None:
        condition = check.conditions[0]
        seen = False
        for bar in self.known():
            seen = True
            if not condition.holds(float(self.values[bar]), self.one.tolerance):
                return self.failure(check, bar, f"always {condition.shown(self.one.tolerance)}")
        if seen:
            return None
        return Failure.at(
            check.place,
            f"{self.title} is never known",
            expected=f"always {condition.shown(self.one.tolerance)}",
            actual="missing",
        )

    def check_never(self, check: Check) -> Failure | None:
        condition = check.conditions[0]
        for bar in self.known():
            if condition.holds(float(self.values[bar]), self.one.tolerance):
                return self.failure(check, bar, f"never {condition.shown(self.one.tolerance)}")
        return None

    def check_ever(self, check: Check) -> Failure | None:
        condition = check.conditions[0]
        values = [float(self.values[bar]) for bar in self.known()]
        if any(condition.holds(value, self.one.tolerance) for value in values):
            return None
        least, most = (self.shown(min(values)), self.shown(max(values))) if values else ("missing", "missing")
        return Failure.at(
            check.place,
            f"{self.title} is at no bar {condition.shown(self.one.tolerance)}",
            expected=f"at some bar {condition.shown(self.one.tolerance)}",
            actual=f"{least} to {most}" if least != most else least,
        )

    def check_none(self, check: Check) -> Failure | None:
        for bar in self.known():
            return self.failure(check, bar, "missing at every bar")
        return None


_FAMILY = {
    "equals": "value",
    "approx": "value",
    "above": "value",
    "below": "value",
    "list": "list",
    "always": "always",
    "never": "never",
    "ever": "ever",
    "none": "none",
}
