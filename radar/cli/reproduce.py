"""``radarctl reproduce``: the same bytes again, or what has changed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from radar.cli import screen
from radar.cli.failures import FAILED
from radar.cli.options import DataFolder, Format, Output, examples
from radar.cli.progress import Progress

EXAMPLES = examples(
    "radarctl backtest pipelines/grid_atr.yaml --data tests/data/sample --out result.json",
    "radarctl reproduce result.json --data tests/data/sample",
)


def reproduce(
    result: Annotated[
        Path, typer.Argument(metavar="RESULT", help="A result as backtest --out writes it.", show_default=False)
    ],
    data: DataFolder = None,
    output: Output = Format.TABLE,
) -> None:
    """Make a kept result again and compare it.

    The pipeline and its values come from the result; the market data come from the store. Exit code 1 when anything
    differs, and what.
    """
    from radar.engine.reproduce import reproduce as run_again

    with Progress() as progress:
        found = run_again(result.read_bytes(), data=data, progress=progress.tell, name=str(result))
    if output == Format.JSON:
        screen.write_json(found.to_json())
    elif found.same:
        screen.say(f"{result}: the same bytes")
    else:
        screen.say(f"{result}: not the same")
        for one in found.differences:
            screen.say(f"  {one.part}: {one.meaning}")
            if one.place:
                screen.say(f"    at {one.place}: was {one.kept}, is {one.now}")
            else:
                screen.say(f"    was {one.kept}\n    is  {one.now}")
    if not found.same:
        raise typer.Exit(FAILED)
