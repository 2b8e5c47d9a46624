"""A back-test as a job: its result is a file that ``radarctl reproduce`` makes again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from radar.control.worker.channel import Channel
from radar.control.worker.source import milliseconds, texts_of
from radar.control.worker.variables import only
from radar.engine.backtest import market_data, prepare, run_prepared
from radar.errors import DefectError
from radar.research.files import write_file
from radar.v1 import research_service_pb2

__all__ = ["RESULT", "VARIABLES", "run"]

RESULT = "result.json"
VARIABLES = "variables.json"


def run(job: dict[str, Any], request: bytes, channel: Channel) -> None:
    """Run it. No journal is written: a text of a request names no file of this machine."""
    asked = research_service_pb2.StartBacktestRequest.FromString(request)
    texts = texts_of(asked.source)
    start, end = milliseconds(asked.period)
    with only(texts.variables):
        prepared = prepare(
            texts.pipeline,
            config=texts.config,
            overrides=texts.overrides,
            assets=texts.assets,
            start=start,
            end=end,
            file_name=texts.name,
        )
    if prepared.plan.digest != job["plan"]:
        raise DefectError("the pipeline is another one in the job than it was when it was asked for")
    result = run_prepared(prepared, market_data(prepared.plan, job["data"]), progress=channel.progress)
    folder = Path(job["out"])
    folder.mkdir(parents=True, exist_ok=True)
    write_file(folder / RESULT, memoryview(result.to_bytes()), "the result", "the server's folder of state")
    # A reproduction needs them: a result says which variables its texts name, and not what they were.
    kept = json.dumps(texts.variables).encode("utf-8")
    write_file(folder / VARIABLES, memoryview(kept), "the variables", "the server's folder of state")
    channel.say(warnings=list(result.warnings))
