"""A source of a request as the engine takes it."""

from __future__ import annotations

from dataclasses import dataclass

from radar.spec.config import Config
from radar.v1 import pipeline_pb2, value_pb2

__all__ = ["Texts", "milliseconds", "texts_of"]

_NANOSECONDS = 1_000_000


@dataclass(frozen=True)
class Texts:
    """A pipeline and its values as texts; ``assets`` None for those of the file."""

    name: str
    pipeline: str
    config: Config
    overrides: tuple[str, ...]
    assets: tuple[str, ...] | None
    variables: dict[str, str]


def texts_of(source: pipeline_pb2.PipelineSource) -> Texts:
    """The texts of a source that the server has judged."""
    variables = dict(source.environment)
    text = source.pipeline.content.decode("utf-8")
    return Texts(
        name=source.pipeline.name or "pipeline.yaml",
        pipeline=text if text.endswith("\n") else f"{text}\n",
        config=Config.from_texts({file.name: file.content.decode("utf-8") for file in source.config}, variables),
        overrides=tuple(source.overrides),
        assets=tuple(source.assets) or None,
        variables=variables,
    )


def milliseconds(period: value_pb2.Period) -> tuple[int | None, int | None]:
    """Begin and end of a period in milliseconds UTC; None where it is open."""
    start = period.start.ToNanoseconds() // _NANOSECONDS if period.HasField("start") else None
    end = period.end.ToNanoseconds() // _NANOSECONDS if period.HasField("end") else None
    return start, end
