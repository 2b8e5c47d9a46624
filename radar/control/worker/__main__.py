"""The program of a job."""

from __future__ import annotations

import importlib
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

from radar.control.worker.channel import Channel
from radar.errors import DefectError, RadarError

KINDS = ("backtest", "sweep", "importing", "testing", "reproduction", "report", "scanning", "evaluating")
LOWER = 10
"""Steps by which a job gives way to what trades."""


def main(folder: Path) -> int:
    """Run the job of a folder; the exit code says nothing that its last line does not."""
    channel = Channel()
    if sys.platform != "win32":
        os.nice(LOWER)
    try:
        channel.end_with_input()
        job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
        assert job["kind"] in KINDS, job["kind"]
        module = importlib.import_module(f"radar.control.worker.{job['kind']}")
        request = folder / "request.bin"
        module.run(job, request.read_bytes() if request.is_file() else b"", channel)
        channel.say(end="SUCCEEDED")
    except KeyboardInterrupt:
        channel.say(end="CANCELLED")
    except Exception as error:
        channel.say(end="FAILED", problem=problem_of(error))
    return 0


def problem_of(error: Exception) -> dict[str, Any]:
    """An error as a server is told of it; one that nobody expected is logged in full."""
    from radar.spec.diagnostic import SpecError, summary

    if isinstance(error, SpecError):
        found = [one.to_json() for one in error.diagnostics]
        return {**error.to_json(), "message": summary(error.diagnostics), "diagnostics": found}
    if isinstance(error, RadarError):
        return {**error.to_json(), "defect": isinstance(error, DefectError)}
    # Whatever else it is, the log of the server has it in full; a caller learns that it is not its input.
    logging.exception("the job failed")
    message = (
        "this machine has no memory left" if isinstance(error, MemoryError) else f"unexpected {type(error).__name__}"
    )
    return {"message": message, "next_step": "see the server's log", "defect": True}


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
