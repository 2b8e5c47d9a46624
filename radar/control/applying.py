"""PipelineService, as far as it changes what is in force: apply, go back, forget.

What is put in force is what was shown: the caller brings the etag of the pipeline and the digest of the plan that it
looked at, and both are compared in the transaction that writes.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import grpc

from radar.control import said
from radar.control.call import current_call
from radar.control.failure import CallError
from radar.control.freeze import content_digest, judged, source_bytes
from radar.control.names import pipeline_of
from radar.control.pipeline import Pipelines, shown_digest
from radar.control.revisions import pipeline_message, revision_message, unknown_pipeline
from radar.kernel.build import digest_of
from radar.plan.plan import Plan
from radar.spec.diagnostic import Diagnostic
from radar.store.registry.pipelines import KeptPipeline, KeptRevision
from radar.v1 import pipeline_pb2, plan_pb2
from radar.v1 import pipeline_service_pb2 as pb

__all__ = ["KeptPipelines"]


@dataclass(frozen=True)
class _Wanted:
    """What is to be put in force, judged: with what was in force when it was judged, and what it would change."""

    source: pipeline_pb2.PipelineSource
    plan: Plan
    message: plan_pb2.Plan
    warnings: tuple[Diagnostic, ...]
    base: KeptRevision | None
    comparison: plan_pb2.PlanComparison | None

    @property
    def name(self) -> str:
        return self.plan.pipeline.name


@dataclass(frozen=True)
class _Conditions:
    """What the caller looked at before it asked."""

    etag: str
    plan_digest: str
    validate_only: bool
    again: bool = False


class _OnlyValidatedError(Exception):
    """Ends a transaction that was only to be tried; ``done`` is what it came to."""

    def __init__(self, done: tuple[KeptPipeline, KeptRevision]) -> None:
        super().__init__()
        self.done = done


class KeptPipelines(Pipelines):
    """All of PipelineService but the tests."""

    async def apply_pipeline(self, request: pb.ApplyPipelineRequest) -> pb.ApplyPipelineResponse:
        """Put a pipeline in force."""
        if request.run:
            raise CallError(
                grpc.StatusCode.NOT_FOUND,
                "RUN_UNKNOWN",
                f"there is no run {request.run}",
                expected="a run of this pipeline, or none for all of them",
            )
        source = await self._revisions.source_of(request.source if request.HasField("source") else None, None)
        wanted = await self._wanted(source)
        conditions = _Conditions(request.etag, request.plan_digest, request.validate_only)

        def answer(pipeline: KeptPipeline, revision: KeptRevision) -> pb.ApplyPipelineResponse:
            return pb.ApplyPipelineResponse(
                pipeline=pipeline_message(pipeline),
                revision=revision_message(revision),
                comparison=wanted.comparison,
                diagnostics=said.diagnostics(wanted.warnings),
            )

        put = self._putting(wanted, conditions, request.message)
        if request.validate_only:
            return answer(*await self._registry.ask(self._tried, put))
        return await self._registry.change(pb.ApplyPipelineResponse, lambda: answer(*put()))

    async def rollback_pipeline(self, request: pb.RollbackPipelineRequest) -> pb.RollbackPipelineResponse:
        """Put the content of an earlier revision in force again."""
        revision = await self._revisions.get(request.revision)
        await self._revisions.pipeline(revision.pipeline)
        wanted = await self._wanted(pipeline_pb2.PipelineSource.FromString(revision.source))
        conditions = _Conditions(request.etag, request.plan_digest, request.validate_only, again=True)

        def answer(pipeline: KeptPipeline, revision: KeptRevision) -> pb.RollbackPipelineResponse:
            return pb.RollbackPipelineResponse(
                pipeline=pipeline_message(pipeline),
                revision=revision_message(revision),
                comparison=wanted.comparison,
            )

        put = self._putting(wanted, conditions, request.message or f"back to r{revision.number}")
        if request.validate_only:
            return answer(*await self._registry.ask(self._tried, put))
        return await self._registry.change(pb.RollbackPipelineResponse, lambda: answer(*put()))

    async def delete_pipeline(self, request: pb.DeletePipelineRequest) -> pb.DeletePipelineResponse:
        """Forget a pipeline."""
        name = pipeline_of(request.name)

        def forget() -> pb.DeletePipelineResponse:
            found = self._registry.pipelines.find(name)
            if found is None:
                raise unknown_pipeline(name)
            _require_etag(found, name, request.etag)
            for run in self._registry.runs.all():
                if not run.has_ended and run.revision.startswith(f"{request.name}/"):
                    raise _executed(request.name, run.name)
            self._registry.pipelines.forget(name)
            return pb.DeletePipelineResponse()

        return await self._registry.change(pb.DeletePipelineResponse, forget)

    async def _wanted(self, source: pipeline_pb2.PipelineSource) -> _Wanted:
        """A source, judged and compared with what is in force.

        Raises:
            SpecError: It has errors.
        """
        kept, plan, warnings = await self._work.run(judged, source, self._config)
        pipelines = self._registry.pipelines

        def in_force() -> KeptRevision | None:
            now = pipelines.find(plan.pipeline.name)
            return None if now is None else pipelines.revision(now.name, now.active)

        base = await self._registry.ask(in_force)
        return await self._work.run(self._compared, kept, plan, tuple(warnings), base)

    def _compared(
        self,
        source: pipeline_pb2.PipelineSource,
        plan: Plan,
        warnings: tuple[Diagnostic, ...],
        base: KeptRevision | None,
    ) -> _Wanted:
        comparison = None if base is None else self._revisions.compared(base, plan)
        return _Wanted(source, plan, said.plan_message(plan, digest_of(plan)), warnings, base, comparison)

    def _putting(self, wanted: _Wanted, conditions: _Conditions, message: str) -> _Put:
        caller = current_call().caller
        author = caller.name if caller else ""
        return _Put(self, wanted, conditions, message, author)

    def _tried(self, put: _Put) -> tuple[KeptPipeline, KeptRevision]:
        """What ``put`` would come to: everything is done, and taken back."""

        def attempt() -> None:
            with self._registry.database.change():
                raise _OnlyValidatedError(put())

        try:
            attempt()
        except _OnlyValidatedError as end:
            return end.done
        raise AssertionError("the attempt always ends in an error")

    def put(
        self, wanted: _Wanted, conditions: _Conditions, message: str, author: str
    ) -> tuple[KeptPipeline, KeptRevision]:
        """Compare what was looked at with what is there now, and write. Belongs into a transaction.

        Raises:
            CallError: The world has moved since.
        """
        pipelines = self._registry.pipelines
        now = pipelines.find(wanted.name)
        if not conditions.validate_only or conditions.etag:
            _require_etag(now, wanted.name, conditions.etag)
        moved = (now.active if now else None) != (wanted.base.number if wanted.base else None)
        shown = shown_digest(wanted.message, wanted.comparison)
        given = conditions.plan_digest
        if moved or (given != shown and (given or not conditions.validate_only)):
            against = f"compared with {pipeline_message(now).active_revision}" if now else "compared with nothing"
            raise CallError(
                grpc.StatusCode.ABORTED,
                "PLAN_DIGEST_STALE" if given else "PLAN_DIGEST_MISSING",
                f"what would be put in force is not what was shown: {wanted.name} or its values are others now"
                if given
                else "the request carries no plan_digest",
                expected=f"plan_digest of the answer of PlanPipeline for this very text, {against}",
                next_step="plan it again, look at what it changes, and apply that",
            )
        return pipelines.put(
            wanted.name,
            wanted.plan.pipeline.about,
            digest=content_digest(wanted.plan.pipeline, wanted.plan.digest),
            source=source_bytes(wanted.source),
            digests={name: getattr(wanted.message.digests, name) for name in _DIGESTS},
            author=author,
            message=message,
            time=time.time_ns(),
            again=conditions.again,
        )


@dataclass(frozen=True)
class _Put:
    """A change that is ready to be written."""

    kept: KeptPipelines
    wanted: _Wanted
    conditions: _Conditions
    message: str
    author: str

    def __call__(self) -> tuple[KeptPipeline, KeptRevision]:
        return self.kept.put(self.wanted, self.conditions, self.message, self.author)


_DIGESTS = tuple(plan_pb2.PlanDigests.DESCRIPTOR.fields_by_name)


def _require_etag(now: KeptPipeline | None, name: str, etag: str) -> None:
    """See that a pipeline is as it was when it was looked at.

    Raises:
        CallError: It is not.
    """
    if etag == (now.etag if now else ""):
        return
    if now is None:
        what, expected = f"there is no pipeline {name}, and the request has the etag of one", "no etag for a new one"
    elif etag:
        what, expected = f"{name} was changed since it was looked at", "the etag that it has now"
    else:
        what, expected = f"{name} is there already, and the request carries no etag", "the etag of the pipeline"
    raise CallError(
        grpc.StatusCode.ABORTED,
        "ETAG_STALE",
        what,
        expected=expected,
        next_step=f"radarctl pipeline show {name} tells what is in force now; plan again and apply that",
    )


def _executed(pipeline: str, run: str) -> CallError:
    return CallError(
        grpc.StatusCode.FAILED_PRECONDITION,
        "PIPELINE_EXECUTED",
        f"runs/{run} executes {pipeline}",
        expected="a pipeline that no run executes",
        next_step=f"radarctl run stop {run}",
    )
