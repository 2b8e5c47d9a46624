"""Files that a command writes: whole or not at all, and refused before the work when they cannot be written."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from radar.errors import RadarError

__all__ = ["replace_file", "require_writable"]


def require_writable(path: Path | None, option: str, endings: tuple[str, ...] = ()) -> None:
    """See that ``path`` can be written later, so that no long work is lost.

    Raises:
        RadarError: Its folder does not exist or may not be written to, it is a folder, or it ends otherwise than in one
            of ``endings``.
    """
    if path is None:
        return
    if path.is_dir():
        raise RadarError(f"{option} {path} is a folder", expected="the name of a file", next_step="name a file in it")
    if endings and path.suffix.lower() not in endings:
        raise RadarError(
            f"{option} {path} does not say what to write", expected=f"a name that ends in {' or '.join(endings)}"
        )
    folder = path.resolve().parent
    if not folder.is_dir():
        raise RadarError(
            f"{option} {path} cannot be written: there is no folder {folder}",
            expected="a file in a folder that exists",
            next_step="make the folder, or name another file",
        )
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise RadarError(
            f"{option} {path} cannot be written: {error.strerror or error}",
            expected="a file in a folder that you may write to",
            next_step="name another file, or change the rights of the folder",
        ) from None


def replace_file(path: Path, content: bytes) -> None:
    """Write ``content``; a reader sees the old file or the new one, never a part.

    Raises:
        OSError: It cannot be written.
    """
    temporary = path.resolve().parent / f".{path.name}.{os.getpid()}.tmp"
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
