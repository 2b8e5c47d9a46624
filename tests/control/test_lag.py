"""The server's loop never waits: while jobs run and plans are made it answers at once."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest

from radar.v1 import operation_service_pb2 as ops
from radar.v1 import pipeline_service_pb2 as pb
from radar.v1 import research_service_pb2, system_service_pb2, system_service_pb2_grpc
from radar.v1.operation_service_pb2_grpc import OperationServiceStub
from radar.v1.pipeline_service_pb2_grpc import PipelineServiceStub
from radar.v1.research_service_pb2_grpc import ResearchServiceStub
from tests.control.serving import SECONDS, serving
from tests.control.test_operations import grid, long_sweep, wish
from tests.control.test_revisions import Operator, source, text_of

MOST_BUSY = 0.020
"""Seconds that one turn of the loop may compute. Time that the machine gives to other programs does not count."""


async def watch(stop: threading.Event) -> list[float]:
    """How long the loop's own thread has computed between two looks that follow each other."""
    found = []
    while not stop.is_set():
        before = time.thread_time()
        await asyncio.sleep(0.001)
        found.append(time.thread_time() - before)
    return found


@pytest.mark.slow
def test_the_loop_never_computes(tmp_path: Path) -> None:
    """A sweep and a back-test run, pipelines are planned, applied and drawn by several callers, lists are read: no
    turn of the loop takes 20 ms of its thread, and a small call is answered while all this goes on."""
    with serving(tmp_path) as served, served.channel("operator") as channel:
        stop = threading.Event()
        watched: Future[list[float]] = asyncio.run_coroutine_threadsafe(watch(stop), served.loop)
        research, pipelines = ResearchServiceStub(channel), PipelineServiceStub(channel)
        sweep = research.StartSweep(long_sweep(), timeout=SECONDS)
        until = time.monotonic() + 10
        waits: list[float] = []

        def plan(number: int) -> None:
            own = Operator(channel)
            while time.monotonic() < until:
                pipelines.PlanPipeline(
                    pb.PlanPipelineRequest(source=grid(), include_kernel_source=True), timeout=SECONDS
                )
                own.apply(source(text_of(number + 2, f"frame{number}")), f"frame{number}")
                pipelines.RenderPipelineGraph(pb.RenderPipelineGraphRequest(source=grid()), timeout=SECONDS)
                OperationServiceStub(channel).ListOperations(ops.ListOperationsRequest(), timeout=SECONDS)

        def look() -> None:
            system = system_service_pb2_grpc.SystemServiceStub(channel)
            while time.monotonic() < until:
                before = time.monotonic()
                system.GetSystemInfo(system_service_pb2.GetSystemInfoRequest(), timeout=SECONDS)
                waits.append(time.monotonic() - before)
                time.sleep(0.01)

        with ThreadPoolExecutor(4) as pool:
            for one in [*(pool.submit(plan, number) for number in range(3)), pool.submit(look)]:
                one.result(SECONDS * 2)
        research.StartBacktest(
            research_service_pb2.StartBacktestRequest(request_id=wish(), source=grid()), timeout=SECONDS
        )
        stop.set()
        busy = watched.result(SECONDS)
        state = OperationServiceStub(channel).GetOperation(
            ops.GetOperationRequest(name=sweep.operation.name), timeout=SECONDS
        )
        print(f"turns {len(busy)}, busiest {max(busy) * 1000:.1f} ms, slowest small call {max(waits) * 1000:.0f} ms")
        assert len(busy) > 200
        assert max(busy) < MOST_BUSY
        assert state.operation.phase or state.operation.progress
        with pytest.raises(grpc.RpcError):
            OperationServiceStub(channel).DeleteOperation(
                ops.DeleteOperationRequest(request_id=wish(), name=sweep.operation.name), timeout=SECONDS
            )
