"""``radarctl test``: the YAML tests of pipelines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radar.cli import screen
from radar.cli.failures import FAILED
from radar.cli.options import ConfigFolder, DataFolder, Format, Output, examples
from radar.cli.progress import Progress
from radar.errors import RadarError

if TYPE_CHECKING:
    from radar.engine.scenario import CaseResult, Failure, FileReport

EXAMPLES = examples(
    "radarctl test                                     (every test below the folder pipelines)",
    "radarctl test pipelines/grid_atr.yaml -k dip      (the cases of one pipeline whose name holds dip)",
    "radarctl test pipelines --update                  (write golden files that differ)",
)


def run_tests(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE", help="Test files, pipelines or folders.", show_default="pipelines"),
    ] = None,
    only: Annotated[str, typer.Option("-k", metavar="TEXT", help="Only cases whose name holds this.")] = "",
    update: Annotated[bool, typer.Option("--update", help="Write golden files that differ or are not there.")] = False,
    config: ConfigFolder = None,
    data: DataFolder = None,
    output: Output = Format.TABLE,
) -> None:
    """Run the YAML tests of pipelines.

    NAME.test.yaml beside NAME.yaml gives markets and says what must come of them; what every pipeline promises is tried
    on each of them besides. Exit code 1 when a test failed.
    """
    from radar.engine.scenario import find_test_files, run_file

    places = files or [Path("pipelines")]
    paths = find_test_files(places)
    if not paths:
        raise RadarError(
            f"no test file in {', '.join(map(str, places))}",
            expected="NAME.test.yaml beside a pipeline NAME.yaml",
        )
    reports = []
    for path in paths:
        with Progress() as progress:
            report = run_file(path, config=config, data=data, update=update, only=only, progress=progress.tell)
        reports.append(report)
        if output == Format.TABLE:
            _show(report)
    if only and not any(report.cases or report.diagnostics for report in reports):
        raise RadarError(f"no case has a name with {only!r} in it", next_step="run it without -k to see the names")
    if output == Format.JSON:
        screen.write_json([report.to_json() for report in reports])
    else:
        _show_summary(reports)
    if not all(report.passed for report in reports):
        raise typer.Exit(FAILED)


def _show(report: FileReport) -> None:
    from radar.spec.diagnostic import render_all

    screen.say(f"{report.path.as_posix()} ({_seconds(report.seconds)})")
    if report.diagnostics:
        screen.say(render_all(report.diagnostics))
    for index, case in enumerate(report.cases):
        last = index == len(report.cases) - 1
        _show_case(case, "╰─ " if last else "├─ ", "   " if last else "│  ")


def _show_case(case: CaseResult, branch: str, trunk: str) -> None:
    mark = "✓" if case.passed else "✗"
    screen.say(f"{branch}{mark} {case.name} ({_seconds(case.seconds)})")
    for text in case.notes:
        screen.say(f"{trunk}    {text}")
    for failure in case.failures:
        for line in _words(failure):
            screen.say(f"{trunk}    {line}".rstrip())


def _words(failure: Failure) -> list[str]:
    lines = [f"{failure.place}: {failure.message}"]
    if failure.diff:
        # A golden file's difference names its two sides itself.
        heads = [] if failure.diff.startswith("---") else ["--- expected", "+++ actual"]
        return [*lines, *heads, *failure.diff.splitlines()]
    for name, text in (("expected", failure.expected), ("actual", failure.actual)):
        if text:
            first, *rest = text.splitlines()
            lines += [f"{name}: {first}", *(" " * (len(name) + 2) + line for line in rest)]
    return lines


def _show_summary(reports: Sequence[FileReport]) -> None:
    cases = [case for report in reports for case in report.cases]
    failed = sum(not case.passed for case in cases)
    broken = sum(not report.passed and not report.cases for report in reports)
    parts = [f"{len(cases) - failed:,} passed"]
    parts += [f"{failed:,} failed"] if failed else []
    parts += [f"{screen.count(broken, 'file')} not run"] if broken else []
    seconds = sum(report.seconds for report in reports)
    screen.say(f"\n{', '.join(parts)} in {screen.count(len(reports), 'file')}, {_seconds(seconds)}")


def _seconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
