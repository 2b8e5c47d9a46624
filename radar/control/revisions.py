"""Pipelines and revisions that the server keeps: found by name, as messages, as plans, compared."""

from __future__ import annotations

import difflib
import threading
from collections import OrderedDict
from collections.abc import Iterator

import grpc

from radar.control import said
from radar.control.failure import CallError
from radar.control.names import pipeline_resource, revision_of, revision_resource
from radar.control.registry import Registry
from radar.control.source import read_source
from radar.plan.diff import compare_plans
from radar.plan.plan import Plan, make_plan
from radar.spec.diagnostic import summary
from radar.store.registry.pipelines import KeptPipeline, KeptRevision
from radar.v1 import pipeline_pb2, plan_pb2, value_pb2
from radar.v1 import pipeline_service_pb2 as pb

__all__ = ["Revisions", "pipeline_message", "revision_message"]

MOST_PLANS = 32
"""Plans of revisions that are kept in memory."""


class Revisions:
    """What a registry keeps of pipelines."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._plans: OrderedDict[str, Plan | str] = OrderedDict()
        self._guard = threading.Lock()

    async def pipeline(self, name: str) -> KeptPipeline:
        """The pipeline called ``name``.

        Raises:
            CallError: There is none.
        """
        found = await self._registry.ask(self._registry.pipelines.find, name)
        if found is None:
            raise unknown_pipeline(name)
        return found

    async def get(self, name: str) -> KeptRevision:
        """The revision of a resource name.

        Raises:
            CallError: It is no such name, or there is none.
        """
        if name.startswith("runs/"):
            raise CallError(grpc.StatusCode.NOT_FOUND, "RUN_UNKNOWN", f"there is no run {name}", expected="a revision")
        pipeline, number = revision_of(name)
        found = await self._registry.ask(self._registry.pipelines.revision, pipeline, number)
        if found is None:
            raise CallError(
                grpc.StatusCode.NOT_FOUND,
                "REVISION_UNKNOWN",
                f"there is no {name}",
                expected="a revision that the server keeps",
                next_step=f"radarctl pipeline show {pipeline} lists them",
            )
        return found

    async def source_of(
        self, source: pipeline_pb2.PipelineSource | None, revision: str | None
    ) -> pipeline_pb2.PipelineSource:
        """The text of a request that names either a text or a revision.

        Raises:
            CallError: It names neither, or a revision that is not there.
        """
        if revision is not None:
            return pipeline_pb2.PipelineSource.FromString((await self.get(revision)).source)
        if source is None:
            raise CallError(
                grpc.StatusCode.INVALID_ARGUMENT,
                "SOURCE_MISSING",
                "the request names nothing to look at",
                expected="a source, or a revision",
            )
        return source

    def plan(self, revision: KeptRevision) -> Plan | str:
        """The plan of a revision; in words why there is none, where this version of Radar reads it otherwise."""
        with self._guard:
            if revision.digest in self._plans:
                self._plans.move_to_end(revision.digest)
                return self._plans[revision.digest]
        loaded = read_source(pipeline_pb2.PipelineSource.FromString(revision.source), None)
        found: Plan | str = (
            make_plan(loaded.pipeline)
            if loaded.pipeline is not None
            else f"this version of Radar cannot use it: {summary(loaded.diagnostics)}"
        )
        with self._guard:
            self._plans[revision.digest] = found
            while len(self._plans) > MOST_PLANS:
                self._plans.popitem(last=False)
        return found

    def compared(self, base: KeptRevision, plan: Plan) -> plan_pb2.PlanComparison:
        """What putting ``plan`` in the place of ``base`` would do."""
        name = revision_resource(base.pipeline, base.number)
        before = self.plan(base)
        if isinstance(before, str):
            return plan_pb2.PlanComparison(base_revision=name, changed=True, obstacles=[f"{name}: {before}"])
        return said.comparison(compare_plans(before, plan), name)

    def differences(self, before: KeptRevision, after: KeptRevision) -> pb.DiffRevisionsResponse:
        """What differs between two revisions, node by node and line by line."""
        plan = self.plan(after)
        name = revision_resource(after.pipeline, after.number)
        if isinstance(plan, str):
            base = revision_resource(before.pipeline, before.number)
            compared = plan_pb2.PlanComparison(base_revision=base, changed=True, obstacles=[f"{name}: {plan}"])
        else:
            compared = self.compared(before, plan)
        return pb.DiffRevisionsResponse(comparison=compared, diffs=list(_diffs(before, after)))


def _diffs(before: KeptRevision, after: KeptRevision) -> Iterator[value_pb2.SourceFile]:
    old, new = (_texts(pipeline_pb2.PipelineSource.FromString(one.source)) for one in (before, after))
    for name in dict.fromkeys((*new, *old)):
        lines = difflib.unified_diff(
            old.get(name, "").splitlines(keepends=True),
            new.get(name, "").splitlines(keepends=True),
            f"{name} r{before.number}",
            f"{name} r{after.number}",
        )
        text = "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
        if text:
            yield value_pb2.SourceFile(name=name, content=text.encode("utf-8"))


def _texts(source: pipeline_pb2.PipelineSource) -> dict[str, str]:
    """The files of a source by name, the pipeline's first; what was set besides as if it were a file."""
    found = {source.pipeline.name or "pipeline.yaml": source.pipeline.content.decode("utf-8")}
    found |= {file.name: file.content.decode("utf-8") for file in source.config}
    options = [f"--set {one}" for one in source.overrides] + [f"--asset {one}" for one in source.assets]
    if options:
        found["options"] = "\n".join(options) + "\n"
    return found


def pipeline_message(found: KeptPipeline) -> pipeline_pb2.Pipeline:
    """A pipeline as it is told of."""
    return pipeline_pb2.Pipeline(
        name=pipeline_resource(found.name),
        about=found.about,
        active_revision=revision_resource(found.name, found.active),
        etag=found.etag,
        create_time=said.instant(found.create_time),
        update_time=said.instant(found.update_time),
    )


def revision_message(found: KeptRevision, *, complete: bool = False) -> pipeline_pb2.Revision:
    """A revision as it is told of; ``complete`` with its text and values."""
    message = pipeline_pb2.Revision(
        name=revision_resource(found.pipeline, found.number),
        digest=found.digest,
        digests=plan_pb2.PlanDigests(**found.digests),
        create_time=said.instant(found.create_time),
        author=found.author,
        message=found.message,
        parent="" if found.parent is None else revision_resource(found.pipeline, found.parent),
    )
    if complete:
        message.source.ParseFromString(found.source)
    return message


def unknown_pipeline(name: str) -> CallError:
    """There is no such pipeline."""
    return CallError(
        grpc.StatusCode.NOT_FOUND,
        "PIPELINE_UNKNOWN",
        f"the server keeps no pipeline {name}",
        expected="a pipeline that was applied",
        next_step="radarctl pipeline list shows them; radarctl pipeline apply FILE keeps one",
    )
