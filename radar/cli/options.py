"""Options and arguments that several commands share, and the form of their examples."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from radar.errors import RadarError

__all__ = [
    "Assets",
    "Begin",
    "ConfigFolder",
    "DataFolder",
    "End",
    "Format",
    "Output",
    "PipelineFile",
    "PresetName",
    "Settings",
    "examples",
    "group",
    "key_values",
]


class Format(StrEnum):
    """How a command answers."""

    TABLE = "table"
    JSON = "json"


def _remember(ctx: typer.Context, chosen: Format) -> Format:
    """Let errors be rendered in the form that was asked for; they are shown by the program, not by the command."""
    ctx.find_root().obj = chosen
    return chosen


Output = Annotated[
    Format,
    typer.Option(
        "--output",
        "-o",
        metavar="table|json",
        help="A table for people or JSON for scripts.",
        callback=_remember,
        is_eager=True,
    ),
]
ConfigFolder = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="DIR",
        help="Folder of values. Without it: RADAR_CONFIG, else a folder config beside or above the pipeline.",
        show_default=False,
    ),
]
DataFolder = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        help="Store of market data. Without it: RADAR_DATA, else the folder data.",
        show_default=False,
    ),
]
PipelineFile = Annotated[Path, typer.Argument(metavar="PIPELINE", help="A pipeline file.", show_default=False)]
PresetName = Annotated[
    str | None,
    typer.Option(
        "--preset",
        metavar="NAME",
        help="A preset of config/portfolios.yaml: capital, period, assets, strategies. Other options win over it.",
        show_default=False,
    ),
]
Begin = Annotated[
    str | None,
    typer.Option("--from", metavar="DATE", help="First bar that may trade, UTC: 2025-03-01 or 2025-03-01T08:00."),
]
End = Annotated[str | None, typer.Option("--to", metavar="DATE", help="First bar that is left out, UTC.")]
Assets = Annotated[
    list[str] | None,
    typer.Option("--asset", metavar="NAME", help="An asset or a group in place of the file's. May be repeated."),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NODE.PARAM=VALUE",
        help="A value in place of the file's; also FILE.BLOCK.PARAM=VALUE, clock=4h. May be repeated.",
    ),
]


def examples(*lines: str) -> str:
    """The end of a help page: command lines that work."""
    return "\b\n" + "\n".join(["Examples:", *(f"  {line}" for line in lines)])


def key_values(given: list[str] | None, option: str, form: str) -> Mapping[str, str]:
    """Values of a repeated ``KEY=VALUE`` option.

    Raises:
        RadarError: One has no ``=``, or nothing beside it.
    """
    found: dict[str, str] = {}
    for text in given or []:
        key, sign, value = text.partition("=")
        if not (sign and key.strip() and value.strip()):
            raise RadarError(f"{option} {text} says nothing", expected=f"{option} {form}")
        found[key.strip()] = value.strip()
    return found


def group(about: str) -> typer.Typer:
    """A group of commands, such as ``radarctl data``."""
    return typer.Typer(rich_markup_mode=None, no_args_is_help=True, help=about)
