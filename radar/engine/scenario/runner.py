"""Run the test file of a pipeline."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from radar.engine.backtest import market_data
from radar.engine.feed import load_feed
from radar.engine.scenario.bind import Bound, End
from radar.engine.scenario.compare import difference
from radar.engine.scenario.document import SUFFIX
from radar.engine.scenario.expectation import Golden
from radar.engine.scenario.golden import hold
from radar.engine.scenario.judge import judge
from radar.engine.scenario.market import market_of
from radar.engine.scenario.outcome import outcome_of
from radar.engine.scenario.play import play
from radar.engine.scenario.prepare import prepare_file
from radar.engine.scenario.properties import PROPERTIES, Subject
from radar.engine.scenario.report import CaseResult, Failure, FileReport
from radar.engine.source import MarketData
from radar.errors import DefectError, RadarError
from radar.kernel.build import Mode, build
from radar.spec.config import Config
from radar.spec.source import Place

__all__ = ["find_test_files", "run_file"]

Report = Callable[[str], None]


def find_test_files(paths: Iterable[Path | str]) -> list[Path]:
    """The test files that ``paths`` mean: a test file itself, a pipeline's own, or all below a folder; each once.

    Raises:
        RadarError: A path leads nowhere, or a pipeline has no test file.
    """
    found: dict[Path, None] = {}
    for path in map(Path, paths):
        if path.is_dir():
            found.update(dict.fromkeys(sorted(path.rglob(f"*{SUFFIX}"))))
            continue
        test = path if path.name.endswith(SUFFIX) else path.with_name(f"{path.stem}{SUFFIX}")
        if not test.is_file():
            raise RadarError(
                f"there is no test file {test.as_posix()}",
                expected=f"NAME{SUFFIX} beside the pipeline NAME.yaml",
                next_step="name a test file, a pipeline that has one, or a folder",
                code="R9005",
            )
        found[test] = None
    return list(found)


def run_file(
    path: Path,
    *,
    config: Path | str | Config | None = None,
    data: Path | str | MarketData | None = None,
    update: bool = False,
    mode: Mode = "compiled",
    progress: Report | None = None,
    only: str = "",
    ended: Callable[[CaseResult], None] | None = None,
) -> FileReport:
    """Run every case of a test file on the engine, and hold the free properties against all of them.

    Args:
        path: ``NAME.test.yaml``.
        config: Folder of configuration values; found as in a back-test.
        data: Store for cases on stored history that name none; default ``RADAR_DATA`` or ``data``.
        update: Write golden files that differ or are not there.
        mode: ``interpreted`` runs the same steps without the compiler: slow.
        progress: Told in words what is going on.
        only: Run the cases whose name holds this text.
        ended: Told of each case and each property when it has ended.

    Nothing is raised for a bad file: ``diagnostics`` of the report say all that is wrong, and then no case was run.

    Raises:
        RadarError: The folder of configuration values does not exist.
        DefectError: Radar or the machine failed; that is no failure of a case.
    """
    path, began = Path(path), time.perf_counter()
    prepared = prepare_file(path, config)
    file = prepared.file
    if not prepared.sound:
        return FileReport(path, file.pipeline, diagnostics=prepared.diagnostics, seconds=time.perf_counter() - began)
    chosen = [one for one in prepared.bound if only in one.case.name]
    session = _Session(data, update, mode, progress)
    results: list[CaseResult] = []
    tell = ended or (lambda case: None)
    for number, one in enumerate(chosen, 1):
        if progress is not None:
            progress(f"{path.name}: case {number} of {len(chosen)}: {one.case.name}")
        results.append(session.run(one))
        tell(results[-1])
    if file.properties and session.subjects:
        for result in session.properties():
            results.append(result)
            tell(result)
    return FileReport(
        path,
        file.pipeline,
        tuple(results),
        prepared.diagnostics,
        tuple(session.updated),
        time.perf_counter() - began,
    )


@dataclass
class _Session:
    """What the cases of one file share."""

    data: Path | str | MarketData | None
    update: bool
    mode: Mode
    progress: Report | None

    def __post_init__(self) -> None:
        self.subjects: list[tuple[Subject, Place]] = []
        self.updated: list[Path] = []

    def run(self, bound: Bound) -> CaseResult:
        """Run one case."""
        began = time.perf_counter()
        notes: list[str] = []
        try:
            failures = self.judge(bound, notes)
        except DefectError:
            raise
        except RadarError as error:
            expected = "\n".join(part for part in (error.expected, error.next_step) if part)
            failures = [Failure.at(bound.case.given.place, error.message, expected=expected)]
        line = bound.case.place.span.line
        seconds = time.perf_counter() - began
        return CaseResult(bound.case.name, tuple(failures), seconds, line=line, notes=tuple(notes))

    def judge(self, bound: Bound, notes: list[str]) -> list[Failure]:
        plan, given = bound.prepared.plan, bound.case.given
        market, start, end = self.market(bound)
        feed = load_feed(plan, market, start=start, end=end)
        kernel = build(plan, self.mode, self.progress)
        uncut = play(plan, kernel, feed)
        self.subjects.append(
            (Subject(bound.case.name, plan, kernel, feed, market, start, end, uncut), bound.case.place)
        )
        run = play(plan, kernel, feed, bound.ends)
        failures = [_broken(bound.ends, difference(uncut, run))] if bound.ends and difference(uncut, run) else []
        first = 0 if given.history is None or start is None else int(np.searchsorted(feed.times, start))
        outcome = outcome_of(run, bound.prepared, kernel.digest, first)
        failures += judge(bound, outcome)
        for one in bound.expectations:
            if isinstance(one, Golden) and outcome.result is not None:
                failure, written = hold(one, outcome.result, update=self.update)
                failures += [failure] if failure is not None else []
                if written:
                    self.updated.append(one.path)
                    notes.append(f"wrote {one.path.name}")
        return failures

    def market(self, bound: Bound) -> tuple[MarketData, int | None, int | None]:
        """The market of a case and the period that is read of it."""
        given, plan = bound.case.given, bound.prepared.plan
        if given.history is None:
            return market_of(given, plan.assets, plan.base), None, None
        behind = market_data(plan, given.history.store if given.history.store is not None else self.data)
        return behind, given.history.start, given.history.end

    def properties(self) -> Iterator[CaseResult]:
        """Hold every property against every case that ran."""
        for name, holds in PROPERTIES.items():
            began = time.perf_counter()
            failures = []
            for subject, place in self.subjects:
                try:
                    found = holds(subject)
                except DefectError:
                    raise
                except RadarError as error:
                    found = error.message
                if found:
                    failures.append(Failure.at(place, f"{subject.name}: {found}", expected="equal bytes", actual=found))
            seconds = time.perf_counter() - began
            yield CaseResult(name, tuple(failures), seconds, kind="property")


def _broken(ends: Sequence[End], found: str) -> Failure:
    words = " and ".join(dict.fromkeys(end.word for end in ends))
    return Failure.at(
        ends[0].place, f"after the {words} the run is another one: {found}", expected="the uncut run", actual=found
    )
