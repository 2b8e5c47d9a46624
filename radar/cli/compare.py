"""``radarctl compare``: results side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from radar.cli import screen
from radar.cli.backtest_tables import FIGURES
from radar.cli.options import Assets, Begin, ConfigFolder, DataFolder, End, Format, Output, Settings, examples
from radar.cli.progress import Progress
from radar.cli.screen import number

if TYPE_CHECKING:
    from radar.engine.compare import Comparison

EXAMPLES = examples(
    "radarctl compare monday.json tuesday.json",
    "radarctl compare pipelines/grid_atr.yaml result.json --data tests/data/sample",
    "radarctl compare pipelines/grid_atr.yaml --fill-models --data tests/data/sample",
)

FILL_MODELS = ("touch", "through", "queue")

PORTFOLIO = (
    ("return over drawdown", "return_over_drawdown", 2, ""),
    ("excess over BTC", "excess_return", 2, " %"),
    ("ulcer index", "ulcer_index", 2, " %"),
    ("margin at its peak", "margin_peak", 1, " %"),
    ("all stops together", "worst_case_stop_loss", 1, " %"),
    ("kill switches", "kill_switches", 0, ""),
    ("closed by force", "forced_net", 2, ""),
)
"""Figures of the portfolio: title, metric, digits, unit."""

MOST_PARAMETERS = 20
"""Parameters that are listed; ``-o json`` has all."""


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
    for title, metric, digits, unit in (*FIGURES, *PORTFOLIO):
        row = by_metric[metric]
        cells = [
            screen.number(value, digits, unit) + (" *" if place in row.best else "")
            for place, value in enumerate(row.values)
        ]
        rows.append((title, *cells, screen.number(row.spread, digits, unit)))
    screen.show_table(("account", *comparison.names, "spread"), rows, right=(*comparison.names, "spread"))
    screen.say("* the best of a row")
    _show_parameters(comparison)
    _show_significance(comparison)
    for warning in comparison.warnings:
        screen.say(f"warning: {warning}")


def _show_parameters(comparison: Comparison) -> None:
    """The values that are not the same in all."""
    rows = [
        (name, *("-" if value is None else _written(value) for value in values))
        for name, values in comparison.parameters.items()
    ]
    title = "What differs in their parameters"
    screen.show_table(("parameter", *comparison.names), rows[:MOST_PARAMETERS], title=title, right=comparison.names)
    if len(rows) > MOST_PARAMETERS:
        screen.say(f"and {len(rows) - MOST_PARAMETERS:,} more: -o json has all")


def _written(value: Any) -> str:
    """A value as a pipeline file would have it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_written, value))}]"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _show_significance(comparison: Comparison) -> None:
    """Whether the differences are more than chance."""
    columns = ("result", "days", "a year", "95 % interval", "p", "verdict")
    rows = []
    for one in comparison.significance:
        verdict = "more than chance" if one.is_significant else "may be chance"
        if one.p_value is None:
            rows.append((one.other, f"{one.days:,}", "-", "-", "-", "fewer than 30 days in common"))
            continue
        interval = f"{number(one.low, 1)} to {number(one.high, 1)}"
        rows.append(
            (one.other, f"{one.days:,}", number(one.difference, 1, " %"), interval, number(one.p_value, 3), verdict)
        )
    title = f"Daily returns against {comparison.names[0]}, a year of them added up (paired stationary bootstrap)"
    screen.show_table(columns, rows, title=title, right=columns[1:5])
