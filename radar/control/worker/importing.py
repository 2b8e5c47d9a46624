"""An import as a job."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from radar.control.worker.channel import Channel
from radar.research.files import write_file
from radar.store import Store
from radar.store.importing import import_files

__all__ = ["REPORTS", "run"]

REPORTS = "reports.json"


def run(job: dict[str, Any], _request: bytes, channel: Channel) -> None:
    """Add each file to the store; a file that fails does not stop the others."""
    store, reports = Store(job["data"]), []
    files = job["files"]
    for number, (name, path) in enumerate(files, 1):
        channel.progress(f"file {number} of {len(files)}: {name}")
        for report in import_files(store, [path], **job["options"]):
            content = report.to_json()
            key = report.key
            content["path"] = name
            content["series"] = (
                None
                if key is None
                else {
                    "kind": key.kind,
                    "venue": key.venue,
                    "market": key.market,
                    "asset": key.asset,
                    "quote": key.quote,
                    "timeframe": "" if key.timeframe is None else str(key.timeframe),
                }
            )
            reports.append(content)
    out = Path(job["out"])
    out.mkdir(parents=True, exist_ok=True)
    kept = json.dumps(reports, ensure_ascii=False).encode("utf-8")
    write_file(out / REPORTS, memoryview(kept), "the reports", "the server's folder of state")
    failed = sum(one["error"] is not None for one in reports)
    if failed:
        channel.say(warnings=[f"{failed} of {len(reports)} files were not imported; their reports say why"])
