"""PipelineService, as far as a text is all that it needs: validate, plan, draw."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import grpc

from radar.control import said
from radar.control.failure import CallError
from radar.control.source import read_source
from radar.control.work import Work
from radar.kernel.build import digest_of, source_of
from radar.plan.draw import draw_dot, draw_mermaid, draw_text
from radar.plan.plan import make_plan
from radar.spec.diagnostic import Diagnostic
from radar.spec.load import Loaded
from radar.v1 import pipeline_pb2, plan_pb2
from radar.v1 import pipeline_service_pb2 as pb

__all__ = ["Pipelines", "shown_digest"]

MOST_SOURCES = 100
_DRAW = {
    pipeline_pb2.GRAPH_FORMAT_TEXT: draw_text,
    pipeline_pb2.GRAPH_FORMAT_MERMAID: draw_mermaid,
    pipeline_pb2.GRAPH_FORMAT_DOT: draw_dot,
}


class Pipelines:
    """Judges texts with the checks of every command. ``config`` and ``data`` are the server's own folders."""

    def __init__(self, work: Work, config: Path | None, data: Path | None) -> None:
        self._work = work
        self._config = config
        self._data = data

    async def validate_pipeline(self, request: pb.ValidatePipelineRequest) -> pb.ValidatePipelineResponse:
        """Everything that is wrong with some pipelines."""
        if not 0 < len(request.sources) <= MOST_SOURCES:
            raise CallError(
                grpc.StatusCode.INVALID_ARGUMENT,
                "SOURCES_COUNT",
                f"there are {len(request.sources)} sources",
                expected=f"1 to {MOST_SOURCES}",
            )
        return await self._work.run(self._validate, request.sources, check_data=request.check_data)

    async def plan_pipeline(self, request: pb.PlanPipelineRequest) -> pb.PlanPipelineResponse:
        """A pipeline laid out."""
        source = _source_of(request)
        if request.compare_with:
            raise _no_revisions(f"compare_with names {request.compare_with}")
        return await self._work.run(self._plan, source, with_source=request.include_kernel_source)

    async def render_pipeline_graph(self, request: pb.RenderPipelineGraphRequest) -> pb.RenderPipelineGraphResponse:
        """A pipeline drawn."""
        source = _source_of(request)
        form = request.format or pipeline_pb2.GRAPH_FORMAT_TEXT
        if form not in _DRAW:
            known = ", ".join(pipeline_pb2.GraphFormat.Name(one) for one in _DRAW)
            raise CallError(
                grpc.StatusCode.INVALID_ARGUMENT, "FORMAT_UNKNOWN", f"there is no drawing {form}", expected=known
            )
        return await self._work.run(self._draw, source, form)

    def _load(self, source: pipeline_pb2.PipelineSource) -> Loaded:
        return read_source(source, self._config)

    def _validate(
        self, sources: Sequence[pipeline_pb2.PipelineSource], *, check_data: bool
    ) -> pb.ValidatePipelineResponse:
        # What two pipelines have in common, such as a configuration file, is reported once.
        found: dict[Diagnostic, None] = {}
        for source in sources:
            loaded = self._load(source)
            found.update(dict.fromkeys(loaded.diagnostics))
            if check_data and loaded.pipeline is not None:
                found.update(dict.fromkeys(self._missing_data(loaded)))
        everything = list(found)
        return pb.ValidatePipelineResponse(
            valid=not any(one.severity == "error" for one in everything),
            diagnostics=said.diagnostics(everything),
            summary=said.summarised(everything),
        )

    def _missing_data(self, loaded: Loaded) -> tuple[Diagnostic, ...]:
        # Loading pyarrow takes a while, and most requests do not look at data.
        from radar.engine.coverage import check_data
        from radar.engine.places import data_folder
        from radar.store import Store

        return check_data(make_plan(loaded.require()), Store(data_folder(self._data)))

    def _plan(self, source: pipeline_pb2.PipelineSource, *, with_source: bool) -> pb.PlanPipelineResponse:
        loaded = self._load(source)
        answer = pb.PlanPipelineResponse(
            diagnostics=said.diagnostics(loaded.diagnostics), summary=said.summarised(loaded.diagnostics)
        )
        if loaded.pipeline is not None:
            plan = make_plan(loaded.pipeline)
            answer.plan.CopyFrom(said.plan_message(plan, digest_of(plan)))
            answer.plan_digest = shown_digest(answer.plan, None)
            answer.kernel_source = source_of(plan) if with_source else ""
        return answer

    def _draw(
        self, source: pipeline_pb2.PipelineSource, form: pipeline_pb2.GraphFormat.ValueType
    ) -> pb.RenderPipelineGraphResponse:
        loaded = self._load(source)
        answer = pb.RenderPipelineGraphResponse(
            format=form,
            diagnostics=said.diagnostics(loaded.diagnostics),
            summary=said.summarised(loaded.diagnostics),
        )
        if loaded.pipeline is not None:
            plan = make_plan(loaded.pipeline)
            message = said.plan_message(plan, "")
            answer.drawing = _DRAW[form](plan)
            answer.nodes.extend(message.nodes)
            answer.wires.extend(message.wires)
        return answer


def shown_digest(plan: plan_pb2.Plan, comparison: plan_pb2.PlanComparison | None) -> str:
    """SHA-256 of what a person was shown before applying it: the plan's digests, and what it would change."""
    state = hashlib.sha256()
    for part in (plan.digests, comparison):
        content = b"" if part is None else part.SerializeToString(deterministic=True)
        state.update(len(content).to_bytes(8, "big") + content)
    return state.hexdigest()


def _source_of(
    request: pb.PlanPipelineRequest | pb.RenderPipelineGraphRequest,
) -> pipeline_pb2.PipelineSource:
    if request.HasField("revision"):
        raise _no_revisions(f"the request names the revision {request.revision}")
    if not request.HasField("source"):
        raise CallError(
            grpc.StatusCode.INVALID_ARGUMENT,
            "SOURCE_MISSING",
            "the request names nothing to look at",
            expected="a source",
        )
    return request.source


def _no_revisions(what: str) -> CallError:
    return CallError(
        grpc.StatusCode.UNIMPLEMENTED,
        "REVISIONS_NOT_AVAILABLE",
        f"{what}, and this version of the server keeps no runs and revisions",
        expected="the text of a pipeline, compared with nothing",
        next_step="send the text as source",
    )
