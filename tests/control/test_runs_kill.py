"""Runs whose server or whose process is killed: what is begun again ends with the bytes of what never stopped."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

import grpc
import pytest

from radar.v1 import run_pb2
from radar.v1 import run_service_pb2 as pb
from radar.v1.run_service_pb2_grpc import RunServiceStub
from tests.control.running import LONG, asked, ended, get, ledger_of, require_uninterrupted, until
from tests.control.serving import SECONDS
from tests.control.test_recovery import program, workers

pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are looked up in /proc")

PLAYED = 6.0
"""Seconds that the month is played back in: time enough to be killed in."""


def processes(state: Path) -> list[int]:
    """Processes of runs of this server."""
    return workers(state, "radar.control.runs")


def decided(channel: grpc.Channel, name: str, more: int) -> None:
    """Wait until a run has decided some rows, or has ended."""
    limit = time.monotonic() + LONG
    first = get(channel, name).sequence
    while time.monotonic() < limit:
        found = get(channel, name)
        if found.sequence >= first + more or found.state == run_pb2.RUN_STATE_FINISHED:
            return
        time.sleep(0.02)
    raise AssertionError("the run does not go on")


@pytest.mark.parametrize("kills", [2, pytest.param(12, marks=pytest.mark.slow)])
def test_a_killed_server_takes_its_runs_up_again(kills: int, tmp_path: Path) -> None:
    """kill -9 of the server while a run is under way, every second time of the run's process too: each boot takes the
    run up by itself, nobody is asked, and at the end the ledger is, byte for byte, that of a run that never stopped."""
    draw, state, name = random.Random(kills), tmp_path / "state", ""
    for number in range(kills):
        with program(tmp_path) as (server, channel):
            if not name:
                name = RunServiceStub(channel).StartRun(asked(seconds=PLAYED), timeout=SECONDS).run.name
            until(channel, name, run_pb2.RUN_STATE_RUNNING, run_pb2.RUN_STATE_FINISHED)
            decided(channel, name, draw.randint(1, 60))
            server.send_signal(signal.SIGKILL)
            if number % 2:
                for process in processes(state):
                    os.kill(process, signal.SIGKILL)
            server.wait(SECONDS)
    with program(tmp_path) as (_, channel):
        found = ended(channel, name)
        assert found.sequence > 0
        assert not found.HasField("problem")
    require_uninterrupted(ledger_of(state, name), tmp_path)
    assert not processes(state)


def test_a_run_whose_process_dies_is_begun_again_beside_the_server(tmp_path: Path) -> None:
    """kill -9 of the run's process: the server answers on, says that the run recovers, begins it again, and the ledger
    is that of a run that never stopped."""
    with program(tmp_path) as (_, channel):
        name = RunServiceStub(channel).StartRun(asked(seconds=PLAYED), timeout=SECONDS).run.name
        until(channel, name, run_pb2.RUN_STATE_RUNNING)
        decided(channel, name, 20)
        (process,) = processes(tmp_path / "state")
        os.kill(process, signal.SIGKILL)
        until(channel, name, run_pb2.RUN_STATE_RECOVERING)
        ended(channel, name)
    require_uninterrupted(ledger_of(tmp_path / "state", name), tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be asked to stop by a signal")
def test_a_server_that_stops_leaves_its_runs_with_a_checkpoint(tmp_path: Path) -> None:
    """SIGTERM: watchers are told that the run goes on later, the processes end in time, and the next server takes the
    run up where it was; its events have the numbers that they had."""
    with program(tmp_path) as (server, channel):
        stub = RunServiceStub(channel)
        name = stub.StartRun(asked(seconds=PLAYED), timeout=SECONDS).run.name
        until(channel, name, run_pb2.RUN_STATE_RUNNING)
        watched = stub.WatchRun(pb.WatchRunRequest(run=name), timeout=LONG)
        first = next(watched)
        assert first.HasField("snapshot")
        decided(channel, name, 20)
        server.send_signal(signal.SIGTERM)
        told = list(watched)
        assert told[-1].end.resumable
        assert not any(one.HasField("gap") for one in told)
        assert server.wait(SECONDS) == 0
        assert server.stderr is not None
        assert "Traceback" not in server.stderr.read()
    assert not processes(tmp_path / "state")
    rows = [one.row for one in told if one.HasField("row")]
    with program(tmp_path) as (_, channel):
        after = rows[-1].sequence - 5
        stub = RunServiceStub(channel)
        until(channel, name, run_pb2.RUN_STATE_RUNNING, run_pb2.RUN_STATE_FINISHED)
        again = stub.WatchRun(pb.WatchRunRequest(run=name, after_sequence=after), timeout=LONG)
        repeated = [one.row for one in (next(again) for _ in range(12)) if one.HasField("row")]
        assert repeated[:5] == rows[-5:]
        ended(channel, name)
    require_uninterrupted(ledger_of(tmp_path / "state", name), tmp_path)
