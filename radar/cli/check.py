"""``radarctl check``: everything that is wrong with pipelines, all at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radar.cli import screen
from radar.cli.failures import FAILED
from radar.cli.options import ConfigFolder, Format, Output, examples
from radar.errors import RadarError

if TYPE_CHECKING:
    from radar.spec.diagnostic import Diagnostic
    from radar.spec.model import Pipeline

TEST_ENDING = ".test.yaml"

EXAMPLES = examples(
    "radarctl check pipelines/grid_atr.yaml",
    "radarctl check pipelines                     (every pipeline of a folder)",
    "radarctl check pipelines/*.yaml              (and every test file, read as what it is)",
    "radarctl check pipelines --data data          (and whether the store has what they need)",
    "radarctl check pipelines -o json",
)


def check(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE", help="Pipeline files or folders of them; also test files.", show_default=False),
    ],
    config: ConfigFolder = None,
    data: Annotated[
        Path | None, typer.Option("--data", metavar="DIR", help="Also see that this store has what is needed.")
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """Check pipelines: all errors at once.

    Wiring, parameters and the values that they take from the configuration, each finding with its place and its fix.
    A file NAME.test.yaml is read as the tests of a pipeline: its cases are joined to the pipeline and not run.

    Nothing is run, and no server is needed. Exit code 1 when there is an error; warnings do not fail.
    """
    from radar.engine.load import load
    from radar.spec.diagnostic import render_all, summary

    paths = pipeline_files(files)
    found: dict[Diagnostic, None] = {}
    for path in paths:
        if path.name.endswith(TEST_ENDING):
            found.update(dict.fromkeys(_of_tests(path, config)))
            continue
        loaded = load(path, config=config)
        # A configuration file that two pipelines take is reported once.
        found.update(dict.fromkeys(loaded.diagnostics))
        if data is not None and loaded.pipeline is not None:
            found.update(dict.fromkeys(_missing_data(loaded.pipeline, data)))
    diagnostics = sorted(found, key=lambda one: one.sort_key)
    errors = sum(one.severity == "error" for one in diagnostics)
    if output == Format.JSON:
        screen.write_json(
            {
                "files": [path.as_posix() for path in paths],
                "errors": errors,
                "warnings": len(diagnostics) - errors,
                "diagnostics": [one.to_json() for one in diagnostics],
            }
        )
    elif diagnostics:
        screen.say(render_all(diagnostics))
        first = next((one for one in diagnostics if one.severity == "error"), diagnostics[0])
        screen.say(f"next: radarctl explain {first.code}")
    else:
        screen.say(f"{screen.count(len(paths), 'file')}: {summary(diagnostics)}")
    if errors:
        raise typer.Exit(FAILED)


def _of_tests(path: Path, config: Path | None) -> tuple[Diagnostic, ...]:
    from radar.engine.scenario import prepare_file

    return prepare_file(path, config).diagnostics


def _missing_data(pipeline: Pipeline, data: Path) -> tuple[Diagnostic, ...]:
    from radar.engine.coverage import check_data
    from radar.engine.places import data_folder
    from radar.plan.plan import make_plan
    from radar.store import Store

    return check_data(make_plan(pipeline), Store(data_folder(data)))


def pipeline_files(given: list[Path]) -> list[Path]:
    """The files among ``given``, and the pipelines of the folders among them.

    Raises:
        RadarError: A folder holds no pipeline.
    """
    found: dict[Path, None] = {}
    for path in given:
        if not path.is_dir():
            found[path] = None
            continue
        inside = [one for one in sorted(path.glob("*.yaml")) if not one.name.endswith(TEST_ENDING)]
        if not inside:
            raise RadarError(f"the folder {path} holds no pipeline", expected="files that end in .yaml")
        found.update(dict.fromkeys(inside))
    return list(found)
