"""Pipelines as they come in requests: texts, never names of files on the server."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import grpc

from radar.control.failure import CallError
from radar.engine.load import load
from radar.spec.config import Config
from radar.spec.load import Loaded
from radar.v1 import pipeline_pb2, value_pb2

__all__ = ["read_source", "texts_of"]


def read_source(source: pipeline_pb2.PipelineSource, own_config: Path | None) -> Loaded:
    """Read and check a pipeline as every command does.

    ``own_config`` is the server's folder of values, for a source that brings none. Variables of the environment are
    those that the source brings: the server's own would be readable to whoever may send a text.

    Raises:
        CallError: There is no pipeline file, a file is not UTF-8, or two have the same name.
    """
    if not source.HasField("pipeline"):
        raise _unusable("the source has no pipeline file", "PipelineSource.pipeline with a name and the file's bytes")
    environment = dict(source.environment)
    if source.config:
        config = Config.from_texts(texts_of(source.config), environment)
    else:
        config = Config.load(own_config) if own_config is not None else Config()
    return load(
        _as_text(source.pipeline),
        config=config,
        overrides=tuple(source.overrides),
        assets=tuple(source.assets) or None,
        file_name=source.pipeline.name or "pipeline.yaml",
        environment=environment,
    )


def texts_of(files: Iterable[value_pb2.SourceFile]) -> dict[str, str]:
    """The texts of configuration files by name.

    Raises:
        CallError: One has a name of another kind, or that of another one, or is not UTF-8.
    """
    found: dict[str, str] = {}
    for file in files:
        if not file.name.endswith(".yaml"):
            raise _unusable(
                f"the configuration file {file.name!r} has a name of another kind", "a name ending in .yaml"
            )
        if file.name in found:
            raise _unusable(f"two configuration files are called {file.name}", "each file once")
        found[file.name] = _as_text(file)
    return found


def _as_text(file: value_pb2.SourceFile) -> str:
    """The text of a file. It always ends a line: a single line that ends in .yaml would be taken for a path."""
    try:
        text = file.content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _unusable(f"{file.name or 'the pipeline'} is not UTF-8 text: byte {error.start + 1}", "UTF-8") from None
    return text if text.endswith("\n") else f"{text}\n"


def _unusable(message: str, expected: str) -> CallError:
    return CallError(grpc.StatusCode.INVALID_ARGUMENT, "SOURCE_UNUSABLE", message, expected=expected)
