"""``radarctl schema``: what an editor needs to complete and check a pipeline file while it is typed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from radar.cli import screen
from radar.cli.files import replace_file, require_writable
from radar.cli.options import Format, Output, examples

EXAMPLES = examples(
    "radarctl schema --out pipeline.schema.json",
    "then, as the first line of a pipeline:  # yaml-language-server: $schema=../pipeline.schema.json",
)


def schema(
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write it to a file.")] = None,
    output: Output = Format.TABLE,
) -> None:
    """Print the JSON schema of pipeline files.

    An editor completes and checks a pipeline with it; every registered node kind is in it."""
    from radar.spec.schema import pipeline_schema

    require_writable(out, "--out")
    content = pipeline_schema()
    if out is None:
        screen.write_json(content)
        return
    replace_file(out, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode("utf-8"))
    if output == Format.JSON:
        screen.write_json({"written": out.as_posix()})
    else:
        screen.say(f"written: {out}")
