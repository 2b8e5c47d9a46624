"""A pipeline with exactly the files and variables that it takes, so that it can be judged and run again as it was."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from pathlib import Path

from radar.control.source import read_source
from radar.errors import DefectError
from radar.plan.plan import Plan, make_plan
from radar.spec.config import ASSETS, Config
from radar.spec.diagnostic import Diagnostic
from radar.spec.model import Pipeline
from radar.v1 import pipeline_pb2, value_pb2

__all__ = ["content_digest", "frozen", "judged", "source_bytes"]

_VARIABLE = re.compile(r"\$\{env:([A-Za-z_][A-Za-z0-9_]*)")


def frozen(
    source: pipeline_pb2.PipelineSource, pipeline: Pipeline | None, own_config: Path | None
) -> pipeline_pb2.PipelineSource:
    """``source`` with the configuration files that ``pipeline`` takes values from (all of them where it is None), those
    of the server where it brought none, and with the variables that these files name."""
    found = pipeline_pb2.PipelineSource(
        pipeline=source.pipeline, overrides=source.overrides, assets=source.assets, environment=source.environment
    )
    taken = {path.partition(".")[0] for node in pipeline.nodes for path in node.with_paths} if pipeline else set()
    taken |= {option.partition(".")[0] for option in source.overrides} | {ASSETS}
    for name, content in sorted(_files(source, own_config).items()):
        if pipeline is None or name.rsplit("/", 1)[-1].removesuffix(".yaml") in taken:
            found.config.append(value_pb2.SourceFile(name=name, content=content))
    if not source.config:
        # The server's own files may read its own variables; from now on these are values of the revision.
        for variable in _VARIABLE.findall(b"\n".join(file.content for file in found.config).decode("utf-8")):
            if variable in os.environ and variable not in found.environment:
                found.environment[variable] = os.environ[variable]
    return found


def _files(source: pipeline_pb2.PipelineSource, own_config: Path | None) -> dict[str, bytes]:
    if source.config:
        return {file.name: file.content for file in source.config}
    own = Config.load(own_config).texts() if own_config is not None else {}
    return {name: text.encode("utf-8") for name, text in own.items()}


def content_digest(pipeline: Pipeline, plan_digest: str) -> str:
    """SHA-256 of a revision's content: its text, and by the digest of its plan every value in effect."""
    return hashlib.sha256(f"{plan_digest}\0{pipeline.text}".encode()).hexdigest()


def source_bytes(source: pipeline_pb2.PipelineSource) -> bytes:
    """A source as it is kept."""
    return source.SerializeToString(deterministic=True)


def judged(
    source: pipeline_pb2.PipelineSource, own_config: Path | None
) -> tuple[pipeline_pb2.PipelineSource, Plan, Sequence[Diagnostic]]:
    """A source with exactly what it takes, its plan, and what there is to warn of.

    Raises:
        SpecError: It has errors.
    """
    loaded = read_source(source, own_config)
    plan = make_plan(loaded.require())
    kept = frozen(source, plan.pipeline, own_config)
    again = read_source(kept, None)
    if again.pipeline is None or make_plan(again.pipeline).digest != plan.digest:
        raise DefectError("a pipeline is another one when it is read from what is kept of it")
    return kept, plan, loaded.diagnostics
