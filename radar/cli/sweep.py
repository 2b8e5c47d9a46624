"""``radarctl sweep``: many combinations of parameters, each the back-test that it names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radar.cli import screen
from radar.cli.failures import INTERRUPTED
from radar.cli.files import require_writable
from radar.cli.options import (
    Assets,
    Begin,
    ConfigFolder,
    DataFolder,
    End,
    Format,
    Output,
    PipelineFile,
    examples,
)
from radar.cli.progress import Progress
from radar.cli.sweep_options import CommonStart, EachAsset, Grids, Memory, Sample, Seed, Values
from radar.errors import RadarError

if TYPE_CHECKING:
    from radar.research.sweep.laid_out import Sweep

EXAMPLES = examples(
    "radarctl sweep pipelines/grid_atr.yaml --set grid.ma_period=7,14,20 --set grid.sl_percent=10,20 --each-asset",
    "radarctl sweep pipelines/grid_atr.yaml --grid strategies.NAME   (a grid of config/param_grids.yaml)",
    "radarctl sweep pipelines/grid_atr.yaml --set grid.leverage=2,3,4,6 --out sweep.parquet --resume",
    "radarctl sweep pipelines/grid_atr.yaml --set grid.leverage=2,3,4,6 --trades 2   (of one combination)",
    "radarctl sweep pipelines/NAME.yaml --set slow.to=15m,1h --report sweep.html   (a slower clock)",
)

TOP = 20
"""Rows of the table on the screen unless ``--top`` says otherwise."""


def sweep(
    pipeline: PipelineFile,
    grids: Grids = None,
    settings: Values = None,
    begin: Begin = None,
    end: End = None,
    assets: Assets = None,
    each_asset: EachAsset = False,
    common_start: CommonStart = False,
    sample: Sample = None,
    seed: Seed = 0,
    sort: Annotated[
        str, typer.Option("--sort", metavar="METRIC", help="What the best combination has most (or least) of.")
    ] = "sharpe_daily",
    top: Annotated[
        int | None,
        typer.Option("--top", metavar="N", min=1, help=f"Show the best N: {TOP} in a table, all with -o json."),
    ] = None,
    trades: Annotated[
        int | None,
        typer.Option("--trades", metavar="N", help="Instead of the sweep, the trades of combination N of it."),
    ] = None,
    threads: Annotated[
        int | None, typer.Option("--threads", metavar="N", min=1, help="Threads; all processors by default.")
    ] = None,
    memory: Memory = "1GiB",
    config: ConfigFolder = None,
    data: DataFolder = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE.parquet", help="Write every row, from time to time while it runs too."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Take over the rows that --out holds and run what is missing.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE.html", help="Write a report to look at in a browser.")
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """Run a pipeline over history with every combination of some parameters.

    Each row is, to the last bit, the back-test of its combination, and the command for it is shown.

    Indicators are computed once for all combinations that share them. Ctrl+C keeps what is finished.
    """
    from radar.research.sweep.ranking import metric
    from radar.research.sweep.sweep import lay_out_sweep

    require_writable(out, "--out", (".parquet",))
    require_writable(report, "--report", (".html", ".htm"))
    if resume and out is None:
        raise RadarError("--resume has no file to go on from", expected="--out FILE.parquet --resume")
    metric(sort)
    with Progress() as progress:
        laid_out = lay_out_sweep(
            pipeline,
            grids=grids or (),
            options=settings or (),
            data=data,
            config=config,
            start=begin,
            end=end,
            assets=assets or None,
            each_asset=each_asset,
            sample=sample,
            seed=seed,
            common_start=common_start,
            memory=memory,
            progress=progress.tell,
        )
        taken = laid_out.resume(out) if resume and out is not None else 0
    if trades is not None:
        from radar.cli.sweep_trades import show_trades

        show_trades(laid_out, trades, output)
        return
    if output == Format.TABLE:
        from radar.cli.sweep_tables import show_head

        show_head(laid_out, taken)
    with Progress() as progress:
        complete = laid_out.run(threads, progress=progress.tell, out=out)
        if report is not None:
            from radar.research.report.sweep import write_sweep_report

            progress.tell("writing the report")
            write_sweep_report(laid_out, report, sort)
    _answer(laid_out, sort, top, output, complete)
    if output == Format.TABLE:
        for path, what in ((out, "rows"), (report, "report")):
            if path is not None:
                screen.say(f"{what}: {path}")
    if not complete:
        again = "; --resume goes on from there" if out is not None else ""
        screen.note(f"stopped: {laid_out.finished:,} of {laid_out.count:,} combinations are finished{again}")
        raise typer.Exit(INTERRUPTED)


def _answer(laid_out: Sweep, sort: str, top: int | None, output: Format, complete: bool) -> None:
    from radar.cli.sweep_tables import show_rows, sweep_data

    if output == Format.JSON:
        screen.write_json(sweep_data(laid_out, sort, top))
    elif laid_out.finished:
        show_rows(laid_out, sort, top or TOP)
    elif complete:
        screen.say("\nnothing was run")
