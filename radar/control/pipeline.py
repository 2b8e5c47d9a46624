"""PipelineService, as far as it changes nothing and runs nothing: validate, plan, draw, look up, compare."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import grpc

from radar.control import said
from radar.control.failure import CallError
from radar.control.jobs.jobs import Jobs
from radar.control.names import pipeline_of, revision_of
from radar.control.pages import page_of
from radar.control.registry import Registry
from radar.control.revisions import Revisions, pipeline_message, revision_message
from radar.control.source import read_source
from radar.control.work import Work
from radar.kernel.build import digest_of, source_of
from radar.plan.draw import draw_dot, draw_mermaid, draw_text
from radar.plan.plan import make_plan
from radar.spec.diagnostic import Diagnostic
from radar.spec.load import Loaded
from radar.store.registry.pipelines import KeptRevision
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
    """Judges texts with the checks of every command, and tells of what is kept. ``config`` and ``data`` are the
    server's own folders."""

    def __init__(self, work: Work, registry: Registry, jobs: Jobs, config: Path | None, data: Path | None) -> None:
        self._work = work
        self._jobs = jobs
        self._registry = registry
        self._revisions = Revisions(registry)
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
        source = await self._target(request)
        base = await self._revisions.get(request.compare_with) if request.compare_with else None
        return await self._work.run(self._plan, source, base, with_source=request.include_kernel_source)

    async def render_pipeline_graph(self, request: pb.RenderPipelineGraphRequest) -> pb.RenderPipelineGraphResponse:
        """A pipeline drawn."""
        source = await self._target(request)
        form = request.format or pipeline_pb2.GRAPH_FORMAT_TEXT
        if form not in _DRAW:
            known = ", ".join(pipeline_pb2.GraphFormat.Name(one) for one in _DRAW)
            raise CallError(
                grpc.StatusCode.INVALID_ARGUMENT, "FORMAT_UNKNOWN", f"there is no drawing {form}", expected=known
            )
        return await self._work.run(self._draw, source, form)

    async def get_pipeline(self, request: pb.GetPipelineRequest) -> pb.GetPipelineResponse:
        """One pipeline."""
        found = await self._revisions.pipeline(pipeline_of(request.name))
        return pb.GetPipelineResponse(pipeline=pipeline_message(found))

    async def list_pipelines(self, request: pb.ListPipelinesRequest) -> pb.ListPipelinesResponse:
        """Every pipeline that is kept."""
        some, token = page_of(await self._registry.ask(self._registry.pipelines.all), request)
        return pb.ListPipelinesResponse(pipelines=[pipeline_message(one) for one in some], next_page_token=token)

    async def get_revision(self, request: pb.GetRevisionRequest) -> pb.GetRevisionResponse:
        """One revision, complete."""
        found = await self._revisions.get(request.name)
        return pb.GetRevisionResponse(revision=revision_message(found, complete=True))

    async def list_revisions(self, request: pb.ListRevisionsRequest) -> pb.ListRevisionsResponse:
        """The revisions of a pipeline, the newest first."""
        found = await self._revisions.pipeline(pipeline_of(request.pipeline))
        some, token = page_of(await self._registry.ask(self._registry.pipelines.revisions, found.name), request)
        return pb.ListRevisionsResponse(revisions=[revision_message(one) for one in some], next_page_token=token)

    async def diff_revisions(self, request: pb.DiffRevisionsRequest) -> pb.DiffRevisionsResponse:
        """What differs between two revisions."""
        revision_of(request.after)
        before, after = [await self._revisions.get(name) for name in (request.before, request.after)]
        return await self._work.run(self._revisions.differences, before, after)

    async def _target(
        self, request: pb.PlanPipelineRequest | pb.RenderPipelineGraphRequest
    ) -> pipeline_pb2.PipelineSource:
        """The text that is to be looked at, or that of a revision."""
        return await self._revisions.source_of(
            request.source if request.HasField("source") else None,
            request.revision if request.HasField("revision") else None,
        )

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

    def _plan(
        self, source: pipeline_pb2.PipelineSource, base: KeptRevision | None, *, with_source: bool
    ) -> pb.PlanPipelineResponse:
        loaded = self._load(source)
        answer = pb.PlanPipelineResponse(
            diagnostics=said.diagnostics(loaded.diagnostics), summary=said.summarised(loaded.diagnostics)
        )
        if loaded.pipeline is not None:
            plan = make_plan(loaded.pipeline)
            answer.plan.CopyFrom(said.plan_message(plan, digest_of(plan)))
            compared = None if base is None else self._revisions.compared(base, plan)
            if compared is not None:
                answer.comparison.CopyFrom(compared)
            answer.plan_digest = shown_digest(answer.plan, compared)
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
