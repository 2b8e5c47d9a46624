"""Files that research writes: whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from radar.errors import RadarError


def write_file(path: Path, content: bytes | memoryview, what: str, option: str) -> None:
    """Write ``content`` to ``path``, replacing a file that is there only once the new one is complete.

    ``what`` it is and the ``option`` that names the file go into the error.

    Raises:
        RadarError: The file cannot be written there.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            # mkstemp lets only the owner read; this is a file like any other.
            Path(temporary).chmod(0o644)
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise RadarError(
            f"{what} cannot be written to {path}: {error.strerror or error}",
            expected="a file name in a folder that may be written to",
            next_step=f"choose another place: {option}",
        ) from error
