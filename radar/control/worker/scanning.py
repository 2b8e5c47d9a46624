"""What strategies think now, as a job of one call."""

from __future__ import annotations

from typing import Any

from radar.control.worker.channel import Channel
from radar.control.worker.source import texts_of
from radar.control.worker.variables import only
from radar.engine.scan import scan
from radar.v1 import research_service_pb2

__all__ = ["run"]

_NANOSECONDS = 1_000_000


def run(job: dict[str, Any], request: bytes, channel: Channel) -> None:
    """Look at every source, and tell what was found of each."""
    asked = research_service_pb2.ScanOpportunitiesRequest.FromString(request)
    at = asked.time.ToNanoseconds() // _NANOSECONDS if asked.HasField("time") else None
    for source in asked.sources:
        texts = texts_of(source)
        with only(texts.variables, system=True):
            found = scan(
                [texts.pipeline],
                data=job["data"],
                config=texts.config,
                at=at,
                assets=texts.assets,
                overrides=texts.overrides,
                progress=channel.progress,
            )
        channel.say(opportunities=[{**one.to_json(), "why_not": one.why_not} for one in found])
