"""A report, to a file."""

from __future__ import annotations

from pathlib import Path

from radar.engine.result import Result
from radar.research.files import write_file
from radar.research.report.page import render_report


def write_report(result: Result, path: Path) -> None:
    """Write the report of ``result`` to ``path``, replacing a file that is there only once the new one is complete.

    Raises:
        RadarError: The file cannot be written there.
    """
    write_file(path, render_report(result).encode("utf-8"), "the report", "--report FILE.html")
