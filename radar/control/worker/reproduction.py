"""A kept result made again as a job."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from radar.control.worker.channel import Channel
from radar.control.worker.variables import only
from radar.engine.reproduce import reproduce
from radar.research.files import write_file

__all__ = ["FOUND", "run"]

FOUND = "reproduction.json"


def run(job: dict[str, Any], _request: bytes, channel: Channel) -> None:
    """Make the result of ``job["run"]`` again, and keep what differs."""
    content = Path(job["result"]).read_bytes()
    with only(job["variables"], system=True):
        found = reproduce(content, data=job["data"], progress=channel.progress, name=job["run"])
    folder = Path(job["out"])
    folder.mkdir(parents=True, exist_ok=True)
    kept = json.dumps({"run": job["run"], **found.to_json()}, ensure_ascii=False).encode("utf-8")
    write_file(folder / FOUND, memoryview(kept), "the reproduction", "the server's folder of state")
