"""A report, to a file."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from radar.engine.result import Result
from radar.errors import RadarError
from radar.research.report.page import render_report


def write_report(result: Result, path: Path) -> None:
    """Write the report of ``result`` to ``path``, replacing a file that is there only once the new one is complete.

    Raises:
        RadarError: The file cannot be written there.
    """
    content = render_report(result).encode("utf-8")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            # mkstemp lets only the owner read; a report is a file like any other.
            Path(temporary).chmod(0o644)
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise RadarError(
            f"the report cannot be written to {path}: {error.strerror or error}",
            expected="a file name in a folder that may be written to",
            next_step="choose another place: --report FILE.html",
        ) from error
