"""``radarctl graph``: a pipeline as a drawing."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from radar.cli import screen
from radar.cli.options import ConfigFolder, Format, Output, PipelineFile, examples

EXAMPLES = examples(
    "radarctl graph pipelines/grid_atr.yaml",
    "radarctl graph pipelines/grid_atr.yaml --format mermaid",
    "radarctl graph pipelines/grid_atr.yaml --format dot | dot -Tsvg > grid.svg",
)


class Drawing(StrEnum):
    """The language of a drawing."""

    TEXT = "text"
    MERMAID = "mermaid"
    DOT = "dot"


def graph(
    pipeline: PipelineFile,
    form: Annotated[Drawing, typer.Option("--format", metavar="text|mermaid|dot", help="How to draw.")] = Drawing.TEXT,
    config: ConfigFolder = None,
    output: Output = Format.TABLE,
) -> None:
    """Draw a pipeline: nodes, wires, clocks.

    Nodes stand in the order in which they run, each with what it reads and of which type."""
    from radar.engine.load import load
    from radar.plan.draw import draw_dot, draw_mermaid, draw_text, graph_data
    from radar.plan.plan import make_plan

    plan = make_plan(load(pipeline, config=config).require())
    if output == Format.JSON:
        screen.write_json(graph_data(plan))
    else:
        draw = {Drawing.TEXT: draw_text, Drawing.MERMAID: draw_mermaid, Drawing.DOT: draw_dot}[form]
        screen.say(draw(plan))
