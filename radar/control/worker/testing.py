"""The YAML tests of a pipeline as a job, in a folder that holds nothing but what the request brought."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from radar.control.worker.channel import Channel
from radar.control.worker.variables import only
from radar.engine.scenario import run_file
from radar.errors import RadarError
from radar.spec.config import Config
from radar.spec.findings import Findings
from radar.spec.tree import ListValue, MapValue, Scalar, Value
from radar.spec.values import expand
from radar.spec.yaml import read_source, read_yaml

__all__ = ["run"]

_PLACES = ("file", "store", "tests", "golden")
"""Keys of a test file whose values are paths."""


def run(job: dict[str, Any], _request: bytes, channel: Channel) -> None:
    """Run the test file, tell of every case as it ends, and at last of all."""
    folder = Path(job["files"])
    path = folder / job["test"]
    config = Config.from_texts(job["config"], job["variables"])
    with only(job["variables"], system=True):
        for place in _outside(_tree(path)):
            raise RadarError(
                f"{path.name} names {place}, which the request did not bring",
                expected="files that are attached, by their names, and the server's own store",
                next_step="attach the file, and name it without a folder above it",
            )
        report = run_file(
            path,
            config=config,
            data=job["data"],
            update=job["update"],
            only=job["only"],
            progress=channel.progress,
            ended=lambda case: channel.say(case=case.to_json()),
        )
    updated = {one.relative_to(folder).as_posix(): one.read_text(encoding="utf-8") for one in report.updated}
    content = report.to_json()
    channel.say(report={**content, "updated": updated})


def _tree(path: Path) -> Value | None:
    """The values of a YAML file, variables of the request in their places; None where it is none."""
    findings = Findings()
    source = read_source(path, findings)
    root = read_yaml(source, findings) if source is not None else None
    return None if root is None else expand(root, findings)


def _outside(value: Value | None) -> Iterator[str]:
    """What a test file names that may lie outside its folder: judged by the words alone, so that not even whether there
    is such a file can be learned."""
    if isinstance(value, ListValue):
        for item in value.items:
            yield from _outside(item)
    if not isinstance(value, MapValue):
        return
    for entry in value:
        if entry.name in _PLACES:
            yield from (text for text in _texts(entry.value) if not _is_inside(text))
        yield from _outside(entry.value)


def _texts(value: Value) -> Iterator[str]:
    """Every scalar of a value."""
    if isinstance(value, Scalar):
        yield value.text
    elif isinstance(value, ListValue):
        for item in value.items:
            yield from _texts(item)
    else:
        for entry in value:
            yield from _texts(entry.value)


def _is_inside(text: str) -> bool:
    """Whether a path leads down from where it counts."""
    return not (text.startswith("/") or set(text) & set("\\:~") or ".." in text.split("/"))
