"""``radarctl compare``: results side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from radar.cli import screen
from radar.cli.backtest_tables import FIGURES
from radar.cli.options import Assets, Begin, ConfigFolder, DataFolder, End, Format, Output, Settings, examples
from radar.cli.progress import Progress

if TYPE_CHECKING:
    from radar.engine.compare import Comparison

EXAMPLES = examples(
    "radarctl compare monday.json tuesday.json",
    "radarctl compare pipelines/grid_atr.yaml result.json --data tests/data/sample",
    "radarctl compare pipelines/grid_atr.yaml --fill-models --data tests/data/sample",
)

FILL_MODELS = ("touch", "through", "queue")


def compare(
    results: Annotated[
        list[Path],
        typer.Argument(metavar="RESULT...", help="Results as backtest --out writes them, or pipelines to run now."),
    ],
    fill_models: Annotated[
        bool, typer.Option("--fill-models", help="Run each pipeline under all fill models: touch, through, queue.")
    ] = False,
    begin: Begin = None,
    end: End = None,
    assets: Assets = None,
    settings: Settings = None,
    config: ConfigFolder = None,
    data: DataFolder = None,
    output: Output = Format.TABLE,
) -> None:
    """Put results side by side, with the spread of every metric.

    Kept results are read; pipelines are run with the options given. Says in what else the results differ.
    """
    from radar.engine.compare import compare as put

    found: dict[str, Any] = {}
    with Progress() as progress:
        for path in results:
            if path.suffix.lower() == ".json":
                from radar.engine.reproduce import read_result

                found[_name(path.stem, found)] = read_result(path.read_bytes(), str(path))
                continue
            from radar.engine.backtest import backtest as run

            for model in FILL_MODELS if fill_models else (None,):
                progress.tell(f"running {path}{f' with fill model {model}' if model else ''}")
                result = run(
                    path,
                    data=data,
                    config=config,
                    start=begin,
                    end=end,
                    assets=assets or None,
                    overrides=settings or (),
                    fill_model=model,
                    progress=progress.tell,
                )
                found[_name(f"{path.stem} {model}" if model else path.stem, found)] = result.to_json()
    comparison = put(found)
    if output == Format.JSON:
        screen.write_json(comparison.to_json())
    else:
        _show(comparison)


def _name(wanted: str, taken: dict[str, Any]) -> str:
    """A name for a result that no other has."""
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted} ({number})", number + 1
    return name


def _show(comparison: Comparison) -> None:
    by_metric = {row.metric: row for row in comparison.rows}
    rows = []
    for title, metric, digits, unit in FIGURES:
        row = by_metric[metric]
        cells = [
            screen.number(value, digits, unit) + (" *" if place in row.best else "")
            for place, value in enumerate(row.values)
        ]
        rows.append((title, *cells, screen.number(row.spread, digits, unit)))
    screen.show_table(("account", *comparison.names, "spread"), rows, right=(*comparison.names, "spread"))
    screen.say("* the best of a row")
    for warning in comparison.warnings:
        screen.say(f"warning: {warning}")
