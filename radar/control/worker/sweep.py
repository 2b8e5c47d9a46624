"""A sweep as a job: its rows are a file, written from time to time, which another sweep can go on from."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from radar.control.worker.channel import Channel
from radar.control.worker.source import milliseconds, texts_of
from radar.control.worker.variables import only
from radar.research.files import write_file
from radar.research.sweep.laid_out import Sweep
from radar.research.sweep.sweep import lay_out_sweep
from radar.v1 import research_service_pb2

__all__ = ["LAID_OUT", "ROWS", "run"]

LAID_OUT = "sweep.json"
ROWS = "rows.parquet"
CHECKPOINT_SECONDS = 5.0


def run(job: dict[str, Any], request: bytes, channel: Channel) -> None:
    """Lay it out, say what it is, and run it unless it is only to be laid out."""
    asked = research_service_pb2.StartSweepRequest.FromString(request)
    texts = texts_of(asked.source)
    start, end = milliseconds(asked.period)
    with only(texts.variables):
        sweep = lay_out_sweep(
            texts.pipeline,
            grids=tuple(asked.grids),
            options=(*texts.overrides, *asked.axes),
            data=job["data"],
            config=texts.config,
            start=start,
            end=end,
            assets=texts.assets,
            each_asset=asked.each_asset,
            sample=asked.sample or None,
            seed=asked.seed,
            common_start=asked.common_start,
            memory=asked.memory_bytes or "1GiB",
            progress=channel.progress,
        )
    content = _content(sweep)
    if asked.validate_only:
        channel.say(sweep=content)
        return
    folder = Path(job["out"])
    folder.mkdir(parents=True, exist_ok=True)
    kept = json.dumps(content, ensure_ascii=False).encode("utf-8")
    write_file(folder / LAID_OUT, memoryview(kept), "the sweep", "the server's folder of state")
    rows = folder / ROWS
    if job["resume"]:
        taken = sweep.resume(Path(job["resume"]))
        channel.say(warnings=[f"{taken:,} of {sweep.count:,} combinations were taken over"])
    if not sweep.run(job["threads"], progress=channel.progress, out=rows, every=CHECKPOINT_SECONDS):
        raise KeyboardInterrupt


def _content(sweep: Sweep) -> dict[str, Any]:
    """What a sweep is, before a combination of it has run."""
    groups = sorted({(group.asset, group.feed.digest) for group in sweep.groups})
    data = hashlib.sha256(json.dumps(groups).encode("utf-8")).hexdigest()
    identity = sweep.identity
    return {
        "parameters": [axis.target for axis in sweep.grid.axes],
        "combinations": sweep.chosen,
        "count": sweep.count,
        "refused": dict(sweep.refused),
        "digests": {"pipeline": identity["pipeline"], "config": identity["config"]},
        "data": data if len(groups) > 1 else groups[0][1],
        "from": int(min(group.feed.times[group.starts.min()] for group in sweep.groups)),
        "to": int(max(group.feed.times[-1] + group.plan.base.milliseconds for group in sweep.groups)),
        "fixed": list(sweep.request.fixed),
    }
