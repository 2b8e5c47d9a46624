"""ResearchService, as far as it answers at once: what strategies think now, and outputs over history.

Each runs in a process of its own for as long as the call lasts.
"""

from __future__ import annotations

import json
import math
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from radar.control.failure import CallError
from radar.control.figures import decimal
from radar.control.freeze import judged
from radar.control.jobs.followed import followed
from radar.control.jobs.jobs import Jobs
from radar.control.registry import Registry
from radar.control.revisions import Revisions
from radar.control.settings import Settings
from radar.control.work import Work
from radar.v1 import market_pb2, pipeline_pb2, state_pb2
from radar.v1 import research_service_pb2 as pb

__all__ = ["Looking"]

MOST_SOURCES = 100


class Looking:
    """Answers that are computed while the caller waits."""

    def __init__(self, work: Work, registry: Registry, jobs: Jobs, settings: Settings) -> None:
        self._work = work
        self._registry = registry
        self._jobs = jobs
        self._revisions = Revisions(registry)
        self._config, self._data = settings.config, settings.data

    async def scan_opportunities(self, request: pb.ScanOpportunitiesRequest) -> pb.ScanOpportunitiesResponse:
        """What every strategy thinks of every asset, the highest score first."""
        sources = list(request.sources) or await self._registry.ask(self._in_force)
        if len(sources) > MOST_SOURCES:
            raise CallError(
                grpc.StatusCode.INVALID_ARGUMENT,
                "SOURCES_COUNT",
                f"there are {len(sources)} sources",
                expected=f"at most {MOST_SOURCES}",
            )
        if not 0 <= request.min_score <= 1:
            raise CallError(
                grpc.StatusCode.INVALID_ARGUMENT,
                "SCORE_INVALID",
                f"min_score is {request.min_score}",
                expected="a number from 0 to 1",
            )
        kept = [(await self._work.run(judged, source, self._config))[0] for source in sources]
        asked = pb.ScanOpportunitiesRequest(sources=kept)
        if request.HasField("time"):
            asked.time.CopyFrom(request.time)
        if not kept:
            return pb.ScanOpportunitiesResponse()
        found: list[dict[str, Any]] = []
        async for one in self._said("scanning", asked):
            found += one.get("opportunities", ())
        wanted = [one for one in found if not request.min_score or (one["score"] or 0.0) >= request.min_score]
        wanted.sort(key=lambda one: -1.0 if one["score"] is None else one["score"], reverse=True)
        return pb.ScanOpportunitiesResponse(opportunities=[_opportunity(one) for one in wanted])

    async def evaluate_nodes(self, request: pb.EvaluateNodesRequest) -> AsyncIterator[pb.EvaluateNodesResponse]:
        """Outputs of nodes, part by part."""
        if not request.outputs:
            raise CallError(
                grpc.StatusCode.INVALID_ARGUMENT,
                "OUTPUTS_MISSING",
                "the request names no outputs",
                expected="nodes, or outputs such as bands.upper",
            )
        source = await self._revisions.source_of(request.source if request.HasField("source") else None, None)
        asked = pb.EvaluateNodesRequest(
            source=await self._work.run(_whole, source, self._config), outputs=request.outputs
        )
        if request.HasField("period"):
            asked.period.CopyFrom(request.period)
        sequence = 0
        async for one in self._said("evaluating", asked):
            if "times" not in one:
                continue
            sequence += 1
            yield pb.EvaluateNodesResponse(
                sequence=sequence,
                times=[_time(time) for time in one["times"]],
                assets=one["assets"],
                columns=[
                    pb.EvaluatedColumn(name=name, values=[math.nan if value is None else value for value in values])
                    for name, values in one["columns"].items()
                ],
            )

    def _in_force(self) -> list[pipeline_pb2.PipelineSource]:
        """The texts of every pipeline that is kept."""
        pipelines = self._registry.pipelines
        revisions = [pipelines.revision(one.name, one.active) for one in pipelines.all()]
        return [pipeline_pb2.PipelineSource.FromString(one.source) for one in revisions if one is not None]

    async def _said(self, kind: str, asked: Message) -> AsyncIterator[dict[str, Any]]:
        data = await self._work.run(self._store)

        def prepare(folder: Path) -> None:
            (folder / "request.bin").write_bytes(asked.SerializeToString())
            (folder / "job.json").write_text(json.dumps({"kind": kind, "data": data}), encoding="utf-8")

        async with followed(self._work, self._jobs, prepare) as heard:
            async for one in heard:
                yield one

    def _store(self) -> str:
        """The store of market data.

        Raises:
            RadarError: There is none.
        """
        from radar.engine.places import data_folder

        return str(data_folder(self._data).resolve())


def _whole(source: pipeline_pb2.PipelineSource, own_config: Path | None) -> pipeline_pb2.PipelineSource:
    """A source with all of its values; whether it may trade is not asked, for only its outputs are looked at."""
    from radar.control.freeze import frozen
    from radar.control.source import read_source
    from radar.spec.diagnostic import SpecError

    kept = frozen(source, None, own_config)
    loaded = read_source(kept, None)
    if loaded.draft is None:
        raise SpecError(loaded.diagnostics)
    return kept


def _opportunity(found: Mapping[str, Any]) -> pb.Opportunity:
    message = pb.Opportunity(
        pipeline=found["pipeline"],
        strategy=found["strategy"],
        kind=f"strategy.{found['kind']}",
        asset=found["asset"],
        side=market_pb2.Side.Value(f"SIDE_{found['side'].upper()}"),
        close=decimal(found["close"]),
        score=found["score"],
        strength=found["strength"] or "unknown",
        regime=market_pb2.MarketRegime.Value(f"MARKET_REGIME_{found['regime'].upper()}"),
        distance=found["distance"],
        position=market_pb2.Side.Value(f"SIDE_{(found['position'] or 'unspecified').upper()}"),
        refusal=market_pb2.RefusalCause.Value(f"REFUSAL_CAUSE_{(found['refusal'] or 'unspecified').upper()}"),
        conditions=[state_pb2.Condition(**one) for one in found["conditions"]],
        why_not=found["why_not"],
    )
    message.time.FromJsonString(found["time"] if found["time"].endswith("Z") else f"{found['time']}Z")
    return message


def _time(milliseconds: int) -> Timestamp:
    found = Timestamp()
    found.FromMilliseconds(milliseconds)
    return found
