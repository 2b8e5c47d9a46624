"""``radarctl backtest``: a pipeline over history."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
    PresetName,
    Settings,
    examples,
)
from radar.cli.progress import Progress
from radar.errors import RadarError

if TYPE_CHECKING:
    import pyarrow as pa

EXAMPLES = examples(
    "radarctl backtest pipelines/grid_atr.yaml --data tests/data/sample",
    "radarctl backtest pipelines/grid_atr.yaml --from 2025-03-01 --to 2025-06-01 --asset BTC --asset ETH",
    "radarctl backtest pipelines/grid_atr.yaml --set grid.leverage=3 --set grid.per_asset.BTC.num_levels=2",
    "radarctl backtest --preset combined --report report.html --out result.json",
    "radarctl backtest pipelines/grid_atr.yaml --data tests/data/sample --snapshots account.parquet",
    "radarctl backtest pipelines/grid_atr.yaml -o json > result.json",
)


def backtest(
    pipeline: Annotated[
        Path | None, typer.Argument(metavar="[PIPELINE]", help="A pipeline file; with --preset, that of the preset.")
    ] = None,
    preset: PresetName = None,
    begin: Begin = None,
    end: End = None,
    assets: Assets = None,
    settings: Settings = None,
    capital: Annotated[
        float | None, typer.Option("--capital", metavar="AMOUNT", help="Initial capital of every account.")
    ] = None,
    fill_model: Annotated[
        str | None,
        typer.Option("--fill-model", metavar="MODEL", help="When a resting order fills: touch, through or queue."),
    ] = None,
    config: ConfigFolder = None,
    data: DataFolder = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.json", help="Write the whole result, every trade included.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE.html", help="Write a report to look at in a browser.")
    ] = None,
    snapshots: Annotated[
        Path | None,
        typer.Option(
            "--snapshots", metavar="FILE.parquet", help="Write the account at every bar: equity, margin, positions."
        ),
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """Run a pipeline over history.

    Says what it would have earned, net of fees, slippage and funding, and why it did not trade.

    The first run of a wiring compiles it; later runs, with whatever values, take it from the cache. -o json prints the
    whole result; `radarctl reproduce` makes the same bytes from it again.
    """
    from radar.engine.backtest import backtest as run

    require_writable(out, "--out")
    require_writable(report, "--report", (".html", ".htm"))
    require_writable(snapshots, "--snapshots", (".parquet",))
    pipeline = _pipeline(pipeline, preset, config)
    with Progress() as progress:
        result = run(
            pipeline,
            data=data,
            config=config,
            start=begin,
            end=end,
            assets=assets or None,
            overrides=settings or (),
            capital=capital,
            fill_model=fill_model,
            preset=preset,
            progress=progress.tell,
        )
        if out is not None:
            replace_file(out, result.to_bytes())
        if snapshots is not None:
            replace_file(snapshots, _parquet(result.snapshots_table()))
        if report is not None:
            from radar.research.report import write_report

            progress.tell("writing the report")
            write_report(result, report)
    if output == Format.JSON:
        screen.write_bytes(result.to_bytes())
        return
    from radar.cli.backtest_tables import show

    show(result)
    for path, what in ((out, "result"), (report, "report"), (snapshots, "snapshots")):
        if path is not None:
            screen.say(f"{what}: {path}")


def _pipeline(named: Path | None, preset: str | None, config: Path | None) -> Path:
    """The pipeline that is named, or that of the preset."""
    if named is not None:
        return named
    if preset is None:
        raise RadarError(
            "there is nothing to back-test",
            expected="a pipeline file, or --preset NAME",
            next_step="radarctl backtest PIPELINE; radarctl backtest --help shows examples",
        )
    from radar.engine.places import config_folder
    from radar.engine.preset import preset_pipeline
    from radar.spec.config import Config

    folder = config_folder(config)
    return preset_pipeline(Config.load(folder) if folder is not None else Config(), preset)


def _parquet(table: pa.Table) -> bytes:
    """A table as the bytes of a Parquet file."""
    from pyarrow import BufferOutputStream, parquet

    buffer = BufferOutputStream()
    parquet.write_table(table, buffer, compression="zstd")
    return bytes(buffer.getvalue())
