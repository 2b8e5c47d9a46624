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

TEST_ENDING = ".test.yaml"

EXAMPLES = examples(
    "radarctl check pipelines/grid_atr.yaml",
    "radarctl check pipelines                     (every pipeline of a folder)",
    "radarctl check pipelines -o json",
)


def check(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="Pipeline files, or folders of them.", show_default=False)
    ],
    config: ConfigFolder = None,
    output: Output = Format.TABLE,
) -> None:
    """Check pipelines: all errors at once.

    Wiring, parameters and the values that they take from the configuration, each finding with its place and its fix.

    Nothing is run, and neither data nor network is needed. Exit code 1 when there is an error; warnings do not fail.
    """
    from radar.engine.load import load
    from radar.spec.diagnostic import render_all, summary

    paths = pipeline_files(files)
    found: dict[Diagnostic, None] = {}
    for path in paths:
        # A configuration file that two pipelines take is reported once.
        found.update(dict.fromkeys(load(path, config=config).diagnostics))
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
