"""A case joined to its plan: names become columns, words numbers, marks rows. What does not fit is a finding."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from radar.engine.backtest import Prepared
from radar.engine.scenario.condition import BarReference, Condition
from radar.engine.scenario.document import Case
from radar.engine.scenario.expectation import Check, Expectation, Output, Rows
from radar.engine.scenario.given import ANY
from radar.engine.scenario.tables import TABLES
from radar.engine.scenario.vocabulary import columns_called, names_of, words_of
from radar.plan.plan import Plan
from radar.plan.trace import TraceColumn
from radar.spec.findings import Findings
from radar.spec.source import Place
from radar.spec.suggest import nearest
from radar.spec.tree import Scalar

__all__ = ["Bars", "Bound", "End", "NoSuchBarError", "bind"]


class NoSuchBarError(LookupError):
    """A bar that the case does not have; the text says which ones there are."""


@dataclass(frozen=True)
class Bars:
    """How the bars of a case are called: ``count`` of them, ``marks`` by name."""

    count: int
    marks: Mapping[str, int]

    def find(self, reference: BarReference) -> int:
        """Index of a bar.

        Raises:
            NoSuchBarError: There is none.
        """
        if reference.mark and reference.mark not in self.marks:
            known = f"the marks are {', '.join(self.marks)}" if self.marks else "the case has no mark"
            raise NoSuchBarError(f"no bar is marked {reference.mark}: {known}")
        index = reference.offset + (self.marks[reference.mark] if reference.mark else 0)
        if not reference.mark and index < 0:
            index += self.count
        if not 0 <= index < self.count:
            raise NoSuchBarError(f"there is no bar {reference}: the case has {self.count} (0 to {self.count - 1})")
        return index


@dataclass(frozen=True)
class End:
    """A process ends before row ``row``; its last checkpoint was before row ``checkpoint``."""

    row: int
    checkpoint: int
    place: Place

    @property
    def word(self) -> str:
        """``crash`` or ``restart``."""
        return "restart" if self.row == self.checkpoint else "crash"


@dataclass(frozen=True)
class Bound:
    """A case that can run. ``expectations`` hold numbers for words; ``column`` and ``lane`` by expectation's place."""

    case: Case
    prepared: Prepared
    expectations: tuple[Expectation, ...]
    columns: Mapping[int, tuple[int, TraceColumn]]
    lanes: Mapping[int, int | None]
    marks: Mapping[str, int]
    ends: tuple[End, ...]


def bind(case: Case, prepared: Prepared, findings: Findings) -> Bound:
    """Join ``case`` to its plan; columns and lanes are by the index of an expectation."""
    plan = prepared.plan
    _check_assets(case, plan, findings)
    _check_start(case, plan, findings)
    rows = {slot: row for row, slot in enumerate(case.given.slots)}
    marks = {name: rows[slot] for name, slot in case.given.marks.items()}
    bars = Bars(len(rows), marks) if rows and not case.given.faulty else None
    binder = _Binder(plan, bars, findings)
    expectations = tuple(binder.expectation(index, one) for index, one in enumerate(case.expectations))
    slots = case.given.slots
    ends = []
    for token in case.given.tokens:
        row = sum(slot < token.slot for slot in slots)
        ends.append(End(row, max(0, row - token.replayed), token.place))
    return Bound(case, prepared, expectations, binder.columns, binder.lanes, marks, tuple(ends))


def _check_assets(case: Case, plan: Plan, findings: Findings) -> None:
    given = case.given
    for series in (given.streams, given.files, given.funding, given.open_interest):
        for asset in series:
            if asset != ANY and asset not in plan.assets:
                findings.add(
                    "R9016",
                    f"{asset} is no asset of the case",
                    given.places.get(asset, given.place),
                    expected=", ".join(plan.assets),
                    nearest=nearest(asset, plan.assets),
                )
    candles = given.streams or given.files
    if ANY in candles and len(plan.assets) > 1:
        findings.add(
            "R9016",
            f"the case has {len(plan.assets)} assets and candles for one",
            given.place,
            expected=f"candles by asset: {', '.join(f'{asset}: [...]' for asset in plan.assets)}",
            fix=f"or leave one asset: assets: [{plan.assets[0]}]",
        )
    elif candles and ANY not in candles:
        missing = [asset for asset in plan.assets if asset not in candles]
        if missing:
            findings.add("R9016", f"there are no candles of {', '.join(missing)}", given.place, expected="every asset")


def _check_start(case: Case, plan: Plan, findings: Findings) -> None:
    start = case.given.start
    if start is not None and not start.relative and not plan.base.is_aligned(start.milliseconds):
        findings.add(
            "R9019", "start is inside a bar", start.place, expected=f"a moment at which a bar of {plan.base} opens"
        )


class _Binder:
    def __init__(self, plan: Plan, bars: Bars | None, findings: Findings) -> None:
        self.plan = plan
        self.bars = bars
        self.findings = findings
        self.columns: dict[int, tuple[int, TraceColumn]] = {}
        self.lanes: dict[int, int | None] = {}

    def expectation(self, index: int, one: Expectation) -> Expectation:
        if isinstance(one, Output):
            return self.output(index, one)
        if not self.plan.executors:
            self.findings.add(
                "R9012", f"{self.plan.pipeline.name} has no account", one.place, expected="a node of role executor"
            )
        elif isinstance(one, Rows):
            self.rows(index, one)
        return one

    def output(self, index: int, one: Output) -> Output:
        found = columns_called(self.plan, one.name)
        if len(found) != 1:
            several = [column.name for _, column in found]
            account = [node.id for node in self.plan.executors]
            names = [*names_of(self.plan), *(f"{node}.{table}" for node in account for table in TABLES)]
            self.findings.add(
                "R9012",
                f"{one.name} has several outputs" if several else f"the pipeline has no output {one.name}",
                one.place,
                expected=f"one of {', '.join(several)}" if several else "NODE.OUTPUT, or a table such as broker.trades",
                nearest=() if several else nearest(one.name, names),
            )
            return one
        self.columns[index] = found[0]
        self.lanes[index] = self.lane(one.asset)
        if one.asset is None and len(self.plan.assets) > 1 and found[0][1].node not in self._shared():
            assets = ", ".join(self.plan.assets)
            self.findings.add(
                "R9016", f"{one.name} is one number for each asset", one.place, expected=f"asset: one of {assets}"
            )
        for reference in (one.first, one.last):
            self.bar(reference)
        words = words_of(self.plan, found[0][1])
        checks = tuple(
            dataclasses.replace(check, conditions=tuple(self.word(part, words) for part in check.conditions))
            for check in one.checks
        )
        for check in checks:
            self.length(check, one)
        return dataclasses.replace(one, checks=checks)

    def _shared(self) -> list[str]:
        """Nodes whose outputs are the same for every asset."""
        return [node.id for node in self.plan.executors]

    def length(self, check: Check, one: Output) -> None:
        """A list of values needs as many bars."""
        if check.kind != "list" or self.bars is None:
            return
        try:
            first, last = (self.bars.find(part) if part else -1 for part in (one.first, one.last))
        except NoSuchBarError:
            return
        wanted = last - first + 1 if one.first else 1
        if len(check.conditions) != wanted:
            self.findings.add(
                "R9013",
                f"{len(check.conditions)} values for {wanted} bar{'s' if wanted != 1 else ''}",
                check.place,
                expected="bars: [FIRST, LAST] and a value for each of them",
            )

    def word(self, condition: Condition, words: Mapping[str, float]) -> Condition:
        if condition.kind != "word":
            return condition
        number = words.get(condition.text)
        if number is None:
            self.findings.add(
                "R9018",
                f"{condition.text} is no value here",
                condition.place,
                expected=f"a number, or one of {', '.join(words)}",
                nearest=nearest(condition.text, words),
            )
            return condition
        return dataclasses.replace(condition, kind="equals", number=number)

    def rows(self, index: int, one: Rows) -> None:
        accounts = [node.id for node in self.plan.executors]
        if one.node and one.node not in accounts:
            one_of = "an" if len(accounts) > 1 else "the"
            self.findings.add(
                "R9012",
                f"{one.node} is not {one_of} account of the pipeline",
                one.place,
                expected=" or ".join(f"{account}.{one.table}" for account in accounts[:3]),
                nearest=nearest(one.node, accounts),
            )
        self.lanes[index] = self.lane(one.asset)
        strategies = [chain.strategy for chain in self.plan.chains if one.node in ("", chain.executor)]
        for check in one.checks:
            for pattern in check.patterns:
                for name, condition in pattern.items():
                    self.bar(condition.bar)
                    known = {"asset": self.plan.assets, "strategy": tuple(strategies)}.get(name)
                    if known is not None and condition.text not in known:
                        self.unknown(condition.text, name, condition.place, known)

    def lane(self, asset: Scalar | None) -> int | None:
        if asset is None:
            return None
        if asset.text in self.plan.assets:
            return self.plan.assets.index(asset.text)
        self.unknown(asset.text, "asset", asset.place, self.plan.assets)
        return None

    def unknown(self, text: str, what: str, place: Place, known: Sequence[str]) -> None:
        code = "R9016" if what == "asset" else "R9018"
        self.findings.add(
            code,
            f"{text} is no {what} of the case",
            place,
            expected=", ".join(known),
            nearest=nearest(text, known),
        )

    def bar(self, reference: BarReference | None) -> None:
        if reference is None or self.bars is None:
            return
        try:
            self.bars.find(reference)
        except NoSuchBarError as error:
            self.findings.add("R9014", str(error), reference.place, nearest=nearest(reference.mark, self.bars.marks))
