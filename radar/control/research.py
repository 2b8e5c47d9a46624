"""ResearchService: back-tests, sweeps and reproductions as jobs, and what came of them."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import grpc
from google.protobuf.message import Message

from radar.control.call import current_call
from radar.control.failure import CallError
from radar.control.freeze import frozen, judged
from radar.control.jobs.followed import followed
from radar.control.jobs.jobs import Jobs
from radar.control.looking import Looking
from radar.control.names import part_of
from radar.control.operations import operation_message
from radar.control.pages import page_of
from radar.control.registry import Registry
from radar.control.settings import Settings
from radar.control.source import read_source
from radar.control.sweeps import read_rows, sweep_message, with_metrics
from radar.control.work import Work
from radar.control.worker.backtest import RESULT, VARIABLES
from radar.control.worker.reproduction import FOUND
from radar.control.worker.sweep import ROWS
from radar.plan.plan import Plan
from radar.research.files import write_file
from radar.spec.diagnostic import SpecError
from radar.store.registry.operations import ENDED, KeptOperation
from radar.v1 import pipeline_pb2
from radar.v1 import research_service_pb2 as pb

__all__ = ["Research"]

ABOUT = "about.json"
_OWNED = "the server's folder of state"

Reply = TypeVar("Reply", bound=Message)


class Research(Looking):
    """Answers for what is computed from history."""

    def __init__(self, work: Work, registry: Registry, jobs: Jobs, settings: Settings) -> None:
        super().__init__(work, registry, jobs, settings)
        self._threads = settings.job_threads or max(1, (os.cpu_count() or 2) - 1)
        self._runs, self._sweeps = settings.state / "runs", settings.state / "sweeps"
        self._reproductions = settings.state / "reproductions"

    async def start_backtest(self, request: pb.StartBacktestRequest) -> pb.StartBacktestResponse:
        """Judge a back-test, its data included, and let it have its turn."""
        source = await self._source(request)
        kept, plan, data = await self._work.run(self._judge_backtest, source)
        if request.validate_only:
            return pb.StartBacktestResponse()
        asked = pb.StartBacktestRequest(source=kept, label=request.label)
        if request.HasField("period"):
            asked.period.CopyFrom(request.period)
        title = f"back-test of {plan.pipeline.name}" + (f": {request.label}" if request.label else "")

        def job(name: str) -> dict[str, Any]:
            return {"kind": "backtest", "data": data, "out": str(self._runs / name), "plan": plan.digest}

        def answer(operation: KeptOperation) -> pb.StartBacktestResponse:
            return pb.StartBacktestResponse(operation=operation_message(operation), run=operation.result)

        return await self._start(pb.StartBacktestResponse, title, "runs", job, asked, answer)

    async def start_sweep(self, request: pb.StartSweepRequest) -> pb.StartSweepResponse:
        """Judge a sweep and let it have its turn, or only say what it would be."""
        source = await self._source(request)
        kept, pipeline, data = await self._work.run(self._judge_sweep, source, request)
        resume = await self._work.run(self._rows_of, request.resume_from) if request.resume_from else ""
        asked = pb.StartSweepRequest()
        asked.CopyFrom(request)
        asked.ClearField("request_id")
        asked.source.CopyFrom(kept)
        author = _author()
        about = {"pipeline": pipeline, "create_time": time.time_ns(), "author": author}
        base = {"kind": "sweep", "data": data, "threads": self._threads, "resume": str(resume)}
        if request.validate_only:
            return pb.StartSweepResponse(sweep=await self._would_be(base, asked, about))

        def job(name: str) -> dict[str, Any]:
            folder = self._sweeps / name
            write_file(folder / ABOUT, json.dumps(about).encode("utf-8"), "the sweep", _OWNED)
            return {**base, "out": str(folder)}

        def answer(operation: KeptOperation) -> pb.StartSweepResponse:
            return pb.StartSweepResponse(
                operation=operation_message(operation), sweep=sweep_message(operation.result, about, {}, 0)
            )

        return await self._start(pb.StartSweepResponse, f"sweep of {pipeline}", "sweeps", job, asked, answer)

    async def start_reproduction(self, request: pb.StartReproductionRequest) -> pb.StartReproductionResponse:
        """Let a kept result be made again."""
        run = part_of("runs", request.run)
        path = self._runs / run / RESULT
        if not await self._work.run(path.is_file):
            raise _unknown("RUN_UNKNOWN", request.run, "a back-test that has ended well")
        operation = await self._jobs.get(run)
        data = await self._work.run(self._store)

        def job(name: str) -> dict[str, Any]:
            out = str(self._reproductions / name)
            return {
                "kind": "reproduction",
                "data": data,
                "out": out,
                "run": request.run,
                "result": str(path),
                "variables": json.loads(path.with_name(VARIABLES).read_text(encoding="utf-8")),
            }

        def answer(operation: KeptOperation) -> pb.StartReproductionResponse:
            return pb.StartReproductionResponse(operation=operation_message(operation))

        title = f"reproduction of {request.run}" + (f", the {operation.title}" if operation is not None else "")
        return await self._start(
            pb.StartReproductionResponse, title, "reproductions", job, pb.StartReproductionRequest(), answer
        )

    async def get_reproduction(self, request: pb.GetReproductionRequest) -> pb.GetReproductionResponse:
        """What came of a reproduction."""
        path = self._reproductions / part_of("reproductions", request.name) / FOUND

        def read() -> dict[str, Any] | None:
            return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None

        found = await self._work.run(read)
        if found is None:
            raise _unknown("REPRODUCTION_UNKNOWN", request.name, "a reproduction whose job has ended well")
        return pb.GetReproductionResponse(
            run=found["run"],
            same=found["same"],
            differences=[pb.ReproductionDifference(**one) for one in found["differences"]],
        )

    async def get_sweep(self, request: pb.GetSweepRequest) -> pb.GetSweepResponse:
        """One sweep."""
        name = part_of("sweeps", request.name)
        return pb.GetSweepResponse(sweep=await self._work.run(self._sweep, name))

    async def list_sweeps(self, request: pb.ListSweepsRequest) -> pb.ListSweepsResponse:
        """Sweeps, the newest first."""
        found = await self._work.run(self._all_sweeps)
        some, token = page_of(found, request)
        sweeps = [await self._work.run(self._sweep, name) for name in some]
        return pb.ListSweepsResponse(sweeps=sweeps, next_page_token=token)

    async def list_sweep_rows(self, request: pb.ListSweepRowsRequest) -> pb.ListSweepRowsResponse:
        """The rows that have run, the best first."""
        name = part_of("sweeps", request.sweep)
        sweep = await self._work.run(self._sweep, name)
        rows = await self._work.run(read_rows, self._sweeps / name, request)
        some, token = page_of(range(rows.num_rows), request)
        messages = await self._work.run(with_metrics, rows, list(some), sweep)
        return pb.ListSweepRowsResponse(rows=messages, next_page_token=token)

    async def delete_sweep(self, request: pb.DeleteSweepRequest) -> pb.DeleteSweepResponse:
        """Forget a sweep and its rows."""
        name = part_of("sweeps", request.name)

        def forget() -> pb.DeleteSweepResponse:
            operation = self._registry.operations.find(name)
            if not (self._sweeps / name / ABOUT).is_file():
                raise _unknown("SWEEP_UNKNOWN", request.name, "a sweep that was started")
            if operation is not None and operation.state not in ENDED:
                raise CallError(
                    grpc.StatusCode.FAILED_PRECONDITION,
                    "OPERATION_NOT_ENDED",
                    f"{request.name} has not ended",
                    expected="a sweep whose job has ended",
                    next_step=f"radarctl operation cancel {name}",
                )
            (self._sweeps / name / ABOUT).unlink()
            return pb.DeleteSweepResponse()

        answer = await self._registry.change(pb.DeleteSweepResponse, forget)
        await self._work.run(shutil.rmtree, self._sweeps / name, ignore_errors=True)
        return answer

    async def _source(self, request: pb.StartBacktestRequest | pb.StartSweepRequest) -> pipeline_pb2.PipelineSource:
        return await self._revisions.source_of(
            request.source if request.HasField("source") else None,
            request.revision if request.HasField("revision") else None,
        )

    async def _start(
        self,
        kind: type[Reply],
        title: str,
        collection: str,
        job: Callable[[str], Mapping[str, Any]],
        asked: Message,
        answer: Callable[[KeptOperation], Reply],
    ) -> Reply:
        """Keep a job and answer with it, once for a wish."""
        name = self._jobs.new_name()
        await self._jobs.lay(name, await self._work.run(job, name), asked.SerializeToString())
        call = current_call()
        operation = KeptOperation(
            name=name,
            method=call.method,
            title=title,
            author=_author(),
            result=f"{collection}/{name}",
            state="PENDING",
            create_time=time.time_ns(),
        )
        kept: list[KeptOperation] = []

        def keep() -> Reply:
            self._registry.operations.add(operation)
            kept.append(operation)
            return answer(operation)

        try:
            return await self._registry.change(kind, keep)
        finally:
            if not kept:
                await self._jobs.discard(name)
                await self._work.run(shutil.rmtree, self._sweeps / name, ignore_errors=True)
            self._jobs.begin()

    def _judge_backtest(self, source: pipeline_pb2.PipelineSource) -> tuple[pipeline_pb2.PipelineSource, Plan, str]:
        from radar.engine.backtest import require_account
        from radar.engine.coverage import check_data
        from radar.store import Store

        kept, plan, _ = judged(source, self._config)
        require_account(plan)
        data = self._store()
        missing = check_data(plan, Store(data))
        if any(one.severity == "error" for one in missing):
            raise SpecError(missing)
        return kept, plan, data

    def _judge_sweep(
        self, source: pipeline_pb2.PipelineSource, request: pb.StartSweepRequest
    ) -> tuple[pipeline_pb2.PipelineSource, str, str]:
        from radar.control.worker.source import texts_of
        from radar.research.sweep.grid import make_grid

        kept = frozen(source, None, self._config)
        # Its own values need not be usable: an axis may set the one that is not.
        loaded = read_source(kept, None)
        if loaded.draft is None:
            raise SpecError(loaded.diagnostics)
        make_grid(texts_of(kept).config, tuple(request.grids), (*source.overrides, *request.axes))
        return kept, loaded.draft.name, self._store()

    def _rows_of(self, sweep: str) -> Path:
        path = self._sweeps / part_of("sweeps", sweep) / ROWS
        if not path.is_file():
            raise _unknown("SWEEP_UNKNOWN", sweep, "a sweep that has rows")
        return path

    async def _would_be(
        self, base: Mapping[str, Any], asked: pb.StartSweepRequest, about: Mapping[str, Any]
    ) -> pb.Sweep:
        def prepare(folder: Path) -> None:
            (folder / "request.bin").write_bytes(asked.SerializeToString())
            (folder / "job.json").write_text(json.dumps(dict(base)), encoding="utf-8")

        found: dict[str, Any] = {}
        async with followed(self._work, self._jobs, prepare) as heard:
            async for one in heard:
                found = one.get("sweep", found)
        return sweep_message("", about, found, 0)

    def _all_sweeps(self) -> list[str]:
        found = []
        for path in self._sweeps.glob(f"*/{ABOUT}"):
            about = json.loads(path.read_text(encoding="utf-8"))
            found.append((about["create_time"], path.parent.name))
        return [name for _, name in sorted(found, reverse=True)]

    def _sweep(self, name: str) -> pb.Sweep:
        from radar.control.sweeps import read_sweep

        found = read_sweep(self._sweeps / name, ABOUT)
        if found is None:
            raise _unknown("SWEEP_UNKNOWN", f"sweeps/{name}", "a sweep that was started")
        return found


def _author() -> str:
    caller = current_call().caller
    return caller.name if caller else ""


def _unknown(reason: str, name: str, expected: str) -> CallError:
    return CallError(grpc.StatusCode.NOT_FOUND, reason, f"there is no {name}", expected=expected)
