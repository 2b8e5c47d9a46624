"""Outputs of nodes over history, as a job of one call."""

from __future__ import annotations

import math
from typing import Any

from radar.control.worker.channel import Channel
from radar.control.worker.source import milliseconds, texts_of
from radar.control.worker.variables import only
from radar.engine.evaluate import evaluate
from radar.v1 import research_service_pb2

__all__ = ["run"]

ROWS = 1000
"""Rows of one line to the server."""


def run(job: dict[str, Any], request: bytes, channel: Channel) -> None:
    """Run the pipeline and tell the outputs part by part, in the order of time."""
    asked = research_service_pb2.EvaluateNodesRequest.FromString(request)
    texts = texts_of(asked.source)
    start, end = milliseconds(asked.period)
    with only(texts.variables, system=True):
        table = evaluate(
            texts.pipeline,
            list(asked.outputs),
            data=job["data"],
            config=texts.config,
            start=start,
            end=end,
            assets=texts.assets,
            overrides=texts.overrides,
            progress=channel.progress,
        )
    names = [name for name in table.column_names if name not in ("time", "asset")]
    times = table["time"].cast("int64")
    for first in range(0, table.num_rows, ROWS):
        part = table.slice(first, ROWS)
        columns = {
            name: [value if math.isfinite(value) else None for value in part[name].to_pylist()] for name in names
        }
        channel.say(times=times.slice(first, ROWS).to_pylist(), assets=part["asset"].to_pylist(), columns=columns)
