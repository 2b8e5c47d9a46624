"""A pipeline file with its values as a request carries it: bytes, and the variables that these texts name."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from radar.errors import RadarError

if TYPE_CHECKING:
    from radar.v1 import pipeline_pb2

__all__ = ["source_of"]

_VARIABLE = re.compile(rb"\$\{env:([A-Za-z_][A-Za-z0-9_]*)")


def source_of(
    path: Path, config: Path | None, *, overrides: Sequence[str] = (), assets: Sequence[str] = ()
) -> pipeline_pb2.PipelineSource:
    """A pipeline file with every file of the folder ``config``; with None the server takes its own values.

    Raises:
        RadarError: A file cannot be read.
    """
    from radar.v1 import pipeline_pb2, value_pb2

    files = sorted(config.glob("*.yaml")) if config is not None else []
    contents = {file: _read(file) for file in [path, *files]}
    source = pipeline_pb2.PipelineSource(
        # Places in diagnostics are those of the caller's files, but where the caller keeps them is nobody's business.
        pipeline=value_pb2.SourceFile(
            name=path.name if path.is_absolute() else path.as_posix(), content=contents[path]
        ),
        config=[value_pb2.SourceFile(name=f"{file.parent.name}/{file.name}", content=contents[file]) for file in files],
        overrides=overrides,
        assets=assets,
    )
    for name in _VARIABLE.findall(b"\n".join([*contents.values(), *(one.encode() for one in overrides)])):
        variable = name.decode()
        if variable in os.environ:
            source.environment[variable] = os.environ[variable]
    return source


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RadarError(
            f"{path} cannot be read: {error.strerror or error}",
            expected="a pipeline file",
            next_step="see that the path is right",
        ) from None
