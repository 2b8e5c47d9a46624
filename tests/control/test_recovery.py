"""A server that is killed and started again: what was answered is there, what was cut off is told, nothing is left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest

from radar.store.registry.database import Database
from radar.v1 import operation_pb2
from radar.v1 import operation_service_pb2 as ops
from radar.v1 import research_service_pb2 as pb
from radar.v1.operation_service_pb2_grpc import OperationServiceStub
from radar.v1.pipeline_service_pb2 import GetPipelineRequest
from radar.v1.research_service_pb2_grpc import ResearchServiceStub
from tests.control.serving import ROOT, SECONDS, TOKENS, Token, token_file
from tests.control.test_operations import LONG, ended, grid, long_sweep, wish
from tests.control.test_revisions import Operator, source, text_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be killed by a signal"),
]


@contextmanager
def program(tmp: Path) -> Iterator[tuple[subprocess.Popen[str], grpc.Channel]]:
    """`radarctl serve` as a process of its own, and a channel of an operator."""
    command = [sys.executable, "-m", "radar", "serve", "--listen", "127.0.0.1:0", "-o", "json"]
    command += ["--tokens", str(token_file(tmp)), "--state", str(tmp / "state")]
    command += ["--data", str(ROOT / "tests" / "data" / "sample")]
    running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert running.stdout is not None
        text = ""
        while not text.rstrip().endswith("}"):
            line = running.stdout.readline()
            assert line, running.stderr and running.stderr.read()
            text += line
        with grpc.insecure_channel(json.loads(text)["address"]) as channel:
            yield running, grpc.intercept_channel(channel, Token(TOKENS["operator"]))
    finally:
        running.kill()
        running.communicate()


def workers(state: Path, program: str = "radar.control.worker") -> list[int]:
    """Processes of this server that execute ``program``, by what the system says."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode("utf-8", "replace")
        except OSError:
            continue
        if program in words and str(state) in words:
            found.append(int(path.parent.name))
    return found


def until_it_runs(channel: grpc.Channel, name: str) -> None:
    """Wait until a sweep has rows on disk."""
    stub = ResearchServiceStub(channel)
    until = time.monotonic() + LONG
    while time.monotonic() < until:
        if stub.GetSweep(pb.GetSweepRequest(name=name), timeout=SECONDS).sweep.finished:
            return
        time.sleep(0.1)
    raise AssertionError("the sweep wrote no rows")


def test_a_kill_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    """kill -9 while a sweep runs and another waits: the revision is there, the sweep has failed with what to do, its
    rows are taken over by the next, the one that waited has its turn, and no process of a job is left behind."""
    state = tmp_path / "state"
    with program(tmp_path) as (running, channel):
        applied = Operator(channel).apply(source(text_of(3)))
        stub = ResearchServiceStub(channel)
        cut = stub.StartSweep(long_sweep(), timeout=SECONDS)
        small = pb.StartSweepRequest(request_id=wish(), source=grid(assets=["BTC"]), axes=["grid.leverage=2,3"])
        waiting = stub.StartSweep(small, timeout=SECONDS)
        until_it_runs(channel, cut.sweep.name)
        if Path("/proc").is_dir():
            assert len(workers(state)) == 1
        running.send_signal(signal.SIGKILL)
        running.wait(SECONDS)
    until = time.monotonic() + 20
    while Path("/proc").is_dir() and workers(state) and time.monotonic() < until:
        time.sleep(0.1)
    assert not workers(state)
    database = Database(state / "registry.sqlite")
    assert database.check() == []
    database.close()
    with program(tmp_path) as (running, channel):
        operations, stub = OperationServiceStub(channel), ResearchServiceStub(channel)
        pipelines = Operator(channel).stub
        kept = pipelines.GetPipeline(GetPipelineRequest(name="pipelines/frame"), timeout=SECONDS)
        assert kept.pipeline == applied.pipeline
        found = operations.GetOperation(ops.GetOperationRequest(name=cut.operation.name), timeout=SECONDS).operation
        assert found.state == operation_pb2.OPERATION_STATE_FAILED
        assert found.problem.message == "the server ended while it ran"
        assert cut.sweep.name in found.problem.next_step
        done = stub.GetSweep(pb.GetSweepRequest(name=cut.sweep.name), timeout=SECONDS).sweep.finished
        assert done
        assert stub.StartSweep(small, timeout=SECONDS) == waiting
        assert ended(channel, waiting.operation.name).state == operation_pb2.OPERATION_STATE_SUCCEEDED
        resumed = stub.StartSweep(long_sweep(resume_from=cut.sweep.name), timeout=SECONDS)
        until_it_runs(channel, resumed.sweep.name)
        now = operations.GetOperation(ops.GetOperationRequest(name=resumed.operation.name), timeout=SECONDS).operation
        assert f"{done:,} of " in now.warnings[0]
        running.send_signal(signal.SIGTERM)
        assert running.wait(SECONDS) == 0
        assert running.stderr is not None
        assert "Traceback" not in running.stderr.read()
    assert not workers(state)
    with program(tmp_path) as (_, channel):
        found = (
            OperationServiceStub(channel)
            .GetOperation(ops.GetOperationRequest(name=resumed.operation.name), timeout=SECONDS)
            .operation
        )
        assert found.state == operation_pb2.OPERATION_STATE_FAILED
        assert found.problem.message == "the server was stopped while it ran"


def test_a_job_whose_process_dies_has_failed(tmp_path: Path) -> None:
    """A job that is killed from outside is FAILED with what is known, and the next has its turn."""
    if not Path("/proc").is_dir():
        pytest.skip("processes are looked up in /proc")
    with program(tmp_path) as (_, channel):
        stub = ResearchServiceStub(channel)
        started = stub.StartSweep(long_sweep(), timeout=SECONDS)
        until_it_runs(channel, started.sweep.name)
        (worker,) = workers(tmp_path / "state")
        os.kill(worker, signal.SIGKILL)
        found = ended(channel, started.operation.name)
        assert found.state == operation_pb2.OPERATION_STATE_FAILED
        assert "-9" in found.problem.message
        assert found.problem.defect
        small = pb.StartSweepRequest(request_id=wish(), source=grid(assets=["BTC"]), axes=["grid.leverage=2,3"])
        following = stub.StartSweep(small, timeout=SECONDS)
        assert ended(channel, following.operation.name).state == operation_pb2.OPERATION_STATE_SUCCEEDED
