"""Options of the commands that look at many combinations of parameters."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["CommonStart", "EachAsset", "Grids", "Memory", "Sample", "Seed", "Values"]

Grids = Annotated[
    list[str] | None,
    typer.Option(
        "--grid",
        metavar="BLOCK[:NAME]",
        help="A grid of config/param_grids.yaml: strategies.NAME, or strategies.NAME:OTHER. May be repeated.",
    ),
]
Values = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NODE.PARAM=V1,V2",
        help="Values to go through; with one value, what all combinations have. Also FILE.BLOCK.PARAM, clock. "
        "May be repeated.",
    ),
]
EachAsset = Annotated[
    bool, typer.Option("--each-asset", help="Sweep every asset by itself; without it they share one account.")
]
CommonStart = Annotated[
    bool,
    typer.Option(
        "--common-start",
        help="Let all combinations begin where the last of them is ready; without it each begins where it is.",
    ),
]
Sample = Annotated[
    int | None, typer.Option("--sample", metavar="N", min=1, help="Run N combinations, drawn at random.")
]
Seed = Annotated[int, typer.Option("--seed", metavar="S", min=0, help="What --sample draws by.")]
Memory = Annotated[
    str,
    typer.Option(
        "--memory", metavar="SIZE", help="What columns of indicators may take; more are computed in portions."
    ),
]
