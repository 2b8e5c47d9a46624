"""``radarctl scan``: what every strategy thinks of every asset now, and why it does not trade."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radar.cli import screen
from radar.cli.options import Assets, ConfigFolder, DataFolder, Format, Output, Settings, examples
from radar.cli.progress import Progress
from radar.errors import RadarError

if TYPE_CHECKING:
    from radar.engine.scan import Opportunity

EXAMPLES = examples(
    "radarctl scan pipelines/grid_atr.yaml --data tests/data/sample",
    "radarctl scan pipelines --asset BTC --at 2025-10-10T21:00 --conditions",
    "radarctl scan pipelines/grid_atr.yaml -o json",
)


def scan(
    pipelines: Annotated[list[Path], typer.Argument(metavar="PIPELINE...", help="Pipeline files, or folders of them.")],
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="TIME", help="The last bar before TIME (UTC); without it the last there is."),
    ] = None,
    assets: Assets = None,
    conditions: Annotated[bool, typer.Option("--conditions", help="Show every condition with its numbers.")] = False,
    top: Annotated[int, typer.Option("--top", min=1, metavar="N", help="Rows of the table on the screen.")] = 30,
    settings: Settings = None,
    config: ConfigFolder = None,
    data: DataFolder = None,
    output: Output = Format.TABLE,
) -> None:
    """Rank every strategy, asset and side by its score now.

    Each with its conditions, the market regime, the distance to the next resting level, and what would refuse it.
    """
    from radar.engine.scan import scan as look

    with Progress() as progress:
        found = look(
            _files(pipelines),
            data=data,
            config=config,
            at=at,
            assets=assets or None,
            overrides=settings or (),
            progress=progress.tell,
        )
    if output == Format.JSON:
        screen.write_json([one.to_json() for one in found])
        return
    called = _called(found)
    headings = ["strategy", "asset", "side", "score", "strength", "regime", "to level", "held", "why not"]
    rows = [
        (
            called[one.pipeline, one.strategy],
            one.asset,
            one.side,
            "-" if one.score is None else f"{one.score:.2f}",
            one.strength,
            one.regime,
            "-" if one.distance is None else f"{one.distance:.2%}",
            one.position,
            one.why_not,
        )
        for one in found[:top]
    ]
    screen.show_table(headings, rows, right=["score", "to level"])
    if conditions:
        names = ["strategy", "asset", "side", "condition", "value", "threshold", "met"]
        told = [
            (
                called[one.pipeline, one.strategy],
                one.asset,
                one.side,
                each.name,
                _plain(each.value),
                _plain(each.threshold),
                _yes(each.met),
            )
            for one in found[:top]
            for each in one.conditions
        ]
        screen.say()
        screen.show_table(names, told, right=["value", "threshold"])
    if len(found) > top:
        screen.say(f"\nthe first {top} of {len(found)}; next: --top {len(found)} shows them all")


def _called(found: Sequence[Opportunity]) -> dict[tuple[str, str], str]:
    """What the table calls a strategy: its pipeline where it is the only one of it, else its node, behind the pipeline
    where several are shown."""
    strategies: dict[str, set[str]] = {}
    for one in found:
        strategies.setdefault(one.pipeline, set()).add(one.strategy)
    before = "{0}: {1}" if len(strategies) > 1 else "{1}"
    return {
        (pipeline, node): pipeline if len(nodes) == 1 else before.format(pipeline, node)
        for pipeline, nodes in strategies.items()
        for node in nodes
    }


def _files(paths: list[Path]) -> list[Path]:
    """Pipeline files, and those of folders, by name."""
    found: list[Path] = []
    for path in paths:
        inside = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
        found += [one for one in inside if not one.name.endswith(".test.yaml")]
    if not found:
        raise RadarError(
            f"there is no pipeline in {', '.join(path.as_posix() for path in paths)}",
            expected="pipeline files (NAME.yaml), or folders that hold some",
            next_step="name a pipeline file",
        )
    return found


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:.6g}"


def _yes(met: bool) -> str:
    return "yes" if met else "no"
