"""RunService: runs are started, stopped, looked at, watched, and say what they have earned.

Pausing a run, its changes, its equity and its documents are not here yet, and answer that they are not.
"""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator

import grpc

from radar.control import said
from radar.control.failure import CallError
from radar.control.names import part_of, pipeline_of, revision_resource
from radar.control.pages import page_of
from radar.control.revisions import Revisions
from radar.control.runs.known import KnownRuns
from radar.control.runs.messages import require_etag, run_message, state_name, unknown_run
from radar.control.runs.report import chosen, comparison_message, report_message, trade_messages
from radar.control.runs.starting import judge_run, require_paper
from radar.control.runs.watching import watch
from radar.control.settings import Settings
from radar.control.work import Work
from radar.store.registry.runs import KeptRun
from radar.v1 import market_pb2, pipeline_pb2, plan_pb2, run_pb2
from radar.v1 import run_service_pb2 as pb

__all__ = ["RunService"]

LEAST_COMPARED = 2


class RunService:
    """Answers for the runs of a server."""

    def __init__(self, runs: KnownRuns, work: Work, settings: Settings) -> None:
        self._runs = runs
        self._registry = runs.registry
        self._supervisor = runs.supervisor
        self._revisions = Revisions(runs.registry)
        self._work = work
        self._config, self._data = settings.config, settings.data

    async def start_run(self, request: pb.StartRunRequest) -> pb.StartRunResponse:
        """Judge a run, its data included, and begin it."""
        require_paper(request)
        asked = await self._with_revision(request)
        source = await self._revisions.source_of(
            asked.source if asked.HasField("source") else None,
            asked.revision if asked.HasField("revision") else None,
        )
        name = self._supervisor.new_name()
        judged = await self._work.run(judge_run, name, source, asked, self._config, self._data)
        kept, warnings = judged.run, said.diagnostics(judged.warnings)
        if request.validate_only:
            return pb.StartRunResponse(run=run_message(kept), diagnostics=warnings)
        if request.if_running == pb.IF_RUNNING_REPLACE:
            for other in self._supervisor.running(kept.pipeline, kept.mode):
                self._supervisor.stop(other.name)
                await self._supervisor.stopped(other.name)
        await self._supervisor.lay(kept)
        added: list[KeptRun] = []

        def keep() -> pb.StartRunResponse:
            others = [
                one
                for one in map(self._supervisor.newest, self._registry.runs.all())
                if one.pipeline == kept.pipeline and one.mode == kept.mode and not one.has_ended
            ]
            if others and request.if_running == pb.IF_RUNNING_USE_EXISTING:
                return pb.StartRunResponse(run=run_message(others[0]), diagnostics=warnings)
            if others:
                raise _running(kept, others[0])
            self._registry.runs.add(kept)
            added.append(kept)
            return pb.StartRunResponse(run=run_message(kept), diagnostics=warnings)

        try:
            answer = await self._registry.change(pb.StartRunResponse, keep)
        finally:
            if not added:
                await self._supervisor.discard(name)
        if added:
            await self._supervisor.begin(kept)
        return answer

    async def stop_run(self, request: pb.StopRunRequest) -> pb.StopRunResponse:
        """Let a run end between two events, after a checkpoint; one that has ended stays as it is."""
        if request.savepoint:
            raise CallError(
                grpc.StatusCode.UNIMPLEMENTED,
                "METHOD_NOT_AVAILABLE",
                "this server makes no savepoints",
                expected="no savepoint: the run keeps its last checkpoint",
            )
        name = part_of("runs", request.name)
        await self._runs.get(request.name)

        def note() -> pb.StopRunResponse:
            found = self._registry.runs.find(name)
            if found is None:
                raise unknown_run(request.name)
            now = self._supervisor.newest(found)
            require_etag(now, request.etag)
            return pb.StopRunResponse(run=run_message(_stopping(now)))

        answer = await self._registry.change(pb.StopRunResponse, note)
        self._supervisor.stop(name)
        return answer

    async def delete_run(self, request: pb.DeleteRunRequest) -> pb.DeleteRunResponse:
        """Forget a run that has ended, with its ledger."""
        name = part_of("runs", request.name)

        def forget() -> pb.DeleteRunResponse:
            found = self._registry.runs.find(name)
            if found is None:
                raise unknown_run(request.name)
            now = self._supervisor.newest(found)
            require_etag(now, request.etag)
            if not now.has_ended:
                raise CallError(
                    grpc.StatusCode.FAILED_PRECONDITION,
                    "RUN_NOT_ENDED",
                    f"{request.name} is {now.state}",
                    expected="a run that has ended",
                    next_step=f"radarctl run stop {name}",
                )
            self._registry.runs.forget(name)
            return pb.DeleteRunResponse()

        answer = await self._registry.change(pb.DeleteRunResponse, forget)
        await self._supervisor.discard(name)
        return answer

    async def get_run(self, request: pb.GetRunRequest) -> pb.GetRunResponse:
        """One run."""
        kept = await self._runs.get(request.name)
        return pb.GetRunResponse(run=run_message(kept, await self._runs.last(kept)))

    async def list_runs(self, request: pb.ListRunsRequest) -> pb.ListRunsResponse:
        """Runs, the newest first."""
        states = {state_name(state) for state in request.states}
        modes = {_mode_name(mode) for mode in request.modes}
        pipeline = pipeline_of(request.pipeline) if request.pipeline else ""
        found = [
            one
            for one in await self._supervisor.all()
            if (not states or one.state in states)
            and (not modes or one.mode in modes)
            and (not pipeline or (one.pipeline == pipeline and one.revision))
        ]
        some, token = page_of(found, request)
        runs = [run_message(one, await self._runs.last(one)) for one in some]
        return pb.ListRunsResponse(runs=runs, next_page_token=token)

    async def get_run_manifest(self, request: pb.GetRunManifestRequest) -> pb.GetRunManifestResponse:
        """What a run was made from; the values of variables stay with the server."""
        kept = await self._runs.get(request.run)
        manifest = run_pb2.RunManifest(run=request.run, digests=plan_pb2.PlanDigests(**kept.settings["digests"]))
        manifest.source.CopyFrom(pipeline_pb2.PipelineSource.FromString(kept.source))
        for variable in manifest.source.environment:
            manifest.source.environment[variable] = "***"
        return pb.GetRunManifestResponse(manifest=manifest)

    async def watch_run(self, request: pb.WatchRunRequest) -> AsyncIterator[pb.WatchRunResponse]:
        """A run, then every event of it."""
        async for message in watch(self._runs, request):
            yield message

    async def get_run_report(self, request: pb.GetRunReportRequest) -> pb.GetRunReportResponse:
        """What a run has earned so far."""
        mode, found = await self._runs.result(request.run)
        return pb.GetRunReportResponse(report=await self._work.run(report_message, request.run, mode, found))

    async def list_run_trades(self, request: pb.ListRunTradesRequest) -> pb.ListRunTradesResponse:
        """Closed trades, in the order in which they closed."""
        _, found = await self._runs.result(request.run)
        trades = await self._work.run(trade_messages, found)
        some, token = page_of(chosen(trades, request.strategies, request.assets), request)
        return pb.ListRunTradesResponse(trades=some, next_page_token=token)

    async def compare_runs(self, request: pb.CompareRunsRequest) -> pb.CompareRunsResponse:
        """Results side by side."""
        from radar.engine.compare import compare

        names = list(dict.fromkeys(request.runs))
        if len(names) < LEAST_COMPARED or len(names) != len(request.runs):
            raise CallError(
                grpc.StatusCode.INVALID_ARGUMENT,
                "RUNS_INVALID",
                "there is nothing to compare" if len(names) < LEAST_COMPARED else "a run is named twice",
                expected="at least two runs, each once",
            )
        found = {name: (await self._runs.result(name))[1] for name in names}
        compared = await self._work.run(compare, found)
        return pb.CompareRunsResponse(comparison=comparison_message(compared))

    async def _with_revision(self, request: pb.StartRunRequest) -> pb.StartRunRequest:
        """The request with the active revision of a pipeline in the place of its name."""
        if not request.HasField("revision") or "/revisions/" in request.revision:
            return request
        kept = await self._revisions.pipeline(pipeline_of(request.revision))
        asked = pb.StartRunRequest()
        asked.CopyFrom(request)
        asked.revision = revision_resource(kept.name, kept.active)
        return asked


def _stopping(kept: KeptRun) -> KeptRun:
    return kept if kept.has_ended else dataclasses.replace(kept, state="STOPPING", version=kept.version + 1)


def _running(kept: KeptRun, other: KeptRun) -> CallError:
    return CallError(
        grpc.StatusCode.ALREADY_EXISTS,
        "RUN_EXISTS",
        f"runs/{other.name} executes {kept.pipeline} on paper already",
        expected="one run of a pipeline in a mode",
        next_step="stop it first, or say with if_running to use or to replace it",
    )


def _mode_name(mode: market_pb2.RunMode.ValueType) -> str:
    if not mode or mode not in market_pb2.RunMode.values():
        raise CallError(
            grpc.StatusCode.INVALID_ARGUMENT,
            "MODE_UNKNOWN",
            f"there is no mode {mode} of a run",
            expected=", ".join(market_pb2.RunMode.keys()[1:]),
        )
    return market_pb2.RunMode.Name(mode).removeprefix("RUN_MODE_")
