"""The YAML tests of a pipeline as a job, in a folder that holds nothing but what the request brought."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from radar.control.worker.channel import Channel
from radar.control.worker.variables import only
from radar.engine.scenario import run_file
from radar.engine.scenario.document import TestFile, read_test_file
from radar.engine.scenario.expectation import Golden
from radar.errors import RadarError
from radar.spec.config import Config
from radar.spec.findings import Findings

__all__ = ["run"]


def run(job: dict[str, Any], _request: bytes, channel: Channel) -> None:
    """Run the test file, tell of every case as it ends, and at last of all."""
    folder = Path(job["files"])
    path = folder / job["test"]
    config = Config.from_texts(job["config"], job["variables"])
    with only(job["variables"], system=True):
        for place in _outside(read_test_file(path, Findings()), folder):
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


def _outside(file: TestFile, folder: Path) -> Iterator[str]:
    """What a test file names outside its folder."""
    root = folder.resolve()
    named = [] if file.pipeline is None else [file.pipeline]
    for case in file.cases:
        named += [*case.given.files.values()]
        named += [one.path for one in case.expectations if isinstance(one, Golden)]
        if case.given.history is not None and case.given.history.store is not None:
            named.append(case.given.history.store)
    for path in named:
        if not path.resolve().is_relative_to(root):
            yield path.as_posix()
