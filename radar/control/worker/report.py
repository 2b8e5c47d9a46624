"""What a run has earned so far, as a file: made from its ledger, beside the run and without its knowing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from radar.control.worker.channel import Channel
from radar.control.worker.source import texts_of
from radar.control.worker.variables import only
from radar.research.files import write_file
from radar.store.ledger import Ledger
from radar.v1 import pipeline_pb2

__all__ = ["report_name", "run"]


def report_name(row: int) -> str:
    """The file of a result up to a row of the market."""
    return f"result-{row}.json"


def run(job: dict[str, Any], request: bytes, channel: Channel) -> None:
    """Take the run up again in memory, as it was at one instant, and tell what it has come to."""
    from radar.engine.stream.outcome import prepared_from, result_of
    from radar.engine.stream.recovery import resume

    texts = texts_of(pipeline_pb2.PipelineSource.FromString(request))
    folder = Path(job["out"])
    with Ledger(job["ledger"]) as ledger, only(texts.variables, system=True):
        # What is committed meanwhile is not seen.
        ledger.file.run("BEGIN")
        paper = resume(prepared_from(ledger), ledger, progress=channel.progress)
        content = result_of(paper).to_bytes()
        ledger.file.run("COMMIT")
    row = paper.run.row - 1
    for old in folder.glob("result-*.json"):
        old.unlink(missing_ok=True)
    write_file(folder / report_name(row), memoryview(content), "the result", "the server's folder of state")
    channel.say(row=row)
