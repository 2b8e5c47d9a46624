"""``radarctl evaluate``: what any node of a pipeline gave, bar by bar."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from radar.cli import screen
from radar.cli.files import replace_file, require_writable
from radar.cli.options import (
    Assets,
    Begin,
    ConfigFolder,
    DataFolder,
    End,
    Format,
    Output,
    PipelineFile,
    Settings,
    examples,
)
from radar.cli.progress import Progress

if TYPE_CHECKING:
    import pyarrow as pa

SHOWN = 20
"""Rows of the table on the screen."""

EXAMPLES = examples(
    "radarctl evaluate pipelines/grid_atr.yaml --node mean --node width --data tests/data/sample",
    "radarctl evaluate pipelines/grid_atr.yaml --node grid --from 2025-10-10 --to 2025-10-12 --asset BTC",
    "radarctl evaluate pipelines/grid_atr.yaml --node broker --out equity.parquet",
)


def evaluate(
    pipeline: PipelineFile,
    nodes: Annotated[
        list[str],
        typer.Option("--node", metavar="NAME", help="A node, or NODE.OUTPUT. May be repeated.", show_default=False),
    ],
    begin: Begin = None,
    end: End = None,
    assets: Assets = None,
    settings: Settings = None,
    config: ConfigFolder = None,
    data: DataFolder = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write all rows to FILE.parquet or FILE.csv.")
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """Show what nodes gave, bar by bar.

    Indicators, intents and positions of a strategy, equity and locked margin of an account.

    The values are those that a run sees: at a bar's close, slower clocks held until their next close.
    """
    from radar.engine.evaluate import evaluate as run

    require_writable(out, "--out", (".parquet", ".csv"))
    with Progress() as progress:
        table = run(
            pipeline,
            nodes,
            data=data,
            config=config,
            start=begin,
            end=end,
            assets=assets or None,
            overrides=settings or (),
            progress=progress.tell,
        )
    if out is not None:
        replace_file(out, _encoded(table, out.suffix.lower()))
    if output == Format.JSON:
        screen.write_json(_data(table) if out is None else {"written": out.as_posix(), "rows": table.num_rows})
    elif out is not None:
        screen.say(f"written: {out} ({screen.count(table.num_rows, 'row')})")
    else:
        _show(table)


def _encoded(table: pa.Table, ending: str) -> bytes:
    import pyarrow as pa
    from pyarrow import csv, parquet

    sink = pa.BufferOutputStream()
    if ending == ".csv":
        csv.write_csv(table, sink)
    else:
        parquet.write_table(table, sink)
    return bytes(sink.getvalue().to_pybytes())


def _data(table: pa.Table) -> dict[str, Any]:
    return {"columns": table.column_names, "rows": [list(row) for row in zip(*_cells(table), strict=True)]}


def _cells(table: pa.Table) -> list[list[Any]]:
    """Columns as plain values: times as text, NaN as None."""
    from radar.market.instant import format_instant

    times = [format_instant(time) for time in table["time"].cast("int64").to_pylist()]
    columns: list[list[Any]] = [times, table["asset"].to_pylist()]
    for name in table.column_names[2:]:
        columns.append([value if math.isfinite(value) else None for value in table[name].to_pylist()])
    return columns


def _show(table: pa.Table) -> None:
    # Sparse outputs, such as the levels of an empty side, would push the rest off the screen.
    last = table.slice(max(table.num_rows - SHOWN, 0))
    cells = _cells(last)
    kept = [
        index
        for index, values in enumerate(cells)
        if index < 2 or any(value is not None for value in values) or len(cells) <= 8
    ]
    names = [table.column_names[index] for index in kept]
    rows = [
        tuple(
            str(cells[index][row]) if index < 2 else "-" if cells[index][row] is None else f"{cells[index][row]:.7g}"
            for index in kept
        )
        for row in range(last.num_rows)
    ]
    screen.show_table(names, rows, right=names[2:])
    hidden = len(cells) - len(kept)
    known = f"; {screen.count(hidden, 'column')} without a value in them not shown" if hidden else ""
    screen.say(f"\nthe last {last.num_rows:,} of {screen.count(table.num_rows, 'row')}{known}")
    screen.say("next: --out FILE.parquet or FILE.csv writes them all")
