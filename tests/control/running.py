"""Runs for tests: what is asked for, waited for, and held against the same run that no server executed."""

from __future__ import annotations

import asyncio
import time
import uuid
from functools import cache
from pathlib import Path
from typing import Any

import grpc

from radar.engine.backtest import instant, market_data, prepare
from radar.engine.stream.outcome import verify
from radar.engine.stream.recovery import open_run
from radar.engine.stream.replay import Replay
from radar.store.ledger import Ledger
from radar.v1 import market_pb2, pipeline_pb2, run_pb2, value_pb2
from radar.v1 import run_service_pb2 as pb
from radar.v1.run_service_pb2_grpc import RunServiceStub
from tests.control.serving import ROOT, SECONDS
from tests.engine.stream.following import kept

GRID = ROOT / "pipelines" / "grid_atr.yaml"
SAMPLE = ROOT / "tests" / "data" / "sample"
HELD = "2025-10-08T00:00:00Z"
"""An instant at which positions of all assets are open."""
BEGIN, END = "2025-10-01T00:00:00Z", "2025-11-01T00:00:00Z"
ROWS = 31 * 24
LONG = 120
PAPER = market_pb2.RUN_MODE_PAPER
STATE = run_pb2.RunState.Name
ENDED = (run_pb2.RUN_STATE_STOPPED, run_pb2.RUN_STATE_FINISHED, run_pb2.RUN_STATE_FAILED)


def wish() -> str:
    """An id for a new wish."""
    return uuid.uuid4().hex


def grid() -> pipeline_pb2.PipelineSource:
    """The shipped grid with the server's values."""
    return pipeline_pb2.PipelineSource(pipeline=value_pb2.SourceFile(name="grid_atr.yaml", content=GRID.read_bytes()))


def period(end: str = END) -> value_pb2.Period:
    """The period of a run."""
    found = value_pb2.Period()
    found.start.FromJsonString(BEGIN)
    found.end.FromJsonString(end)
    return found


def asked(seconds: float = 0.0, **more: Any) -> pb.StartRunRequest:
    """A month of the grid on paper, played back in so many seconds; 0: at once."""
    speed = ROWS * 3600.0 / seconds if seconds else 0.0
    given: dict[str, Any] = {"request_id": wish(), "source": grid(), "mode": PAPER, "period": period()}
    return pb.StartRunRequest(**{**given, "replay": pb.Replay(speed=speed), **more})


def get(channel: grpc.Channel, name: str) -> run_pb2.Run:
    """A run as it is now."""
    return RunServiceStub(channel).GetRun(pb.GetRunRequest(name=name), timeout=SECONDS).run


def until(channel: grpc.Channel, name: str, *states: run_pb2.RunState.ValueType) -> run_pb2.Run:
    """A run when it is in one of ``states``."""
    limit = time.monotonic() + LONG
    while time.monotonic() < limit:
        found = get(channel, name)
        if found.state in states:
            return found
        assert found.state not in ENDED, found
        time.sleep(0.05)
    raise AssertionError(f"{name} is {STATE(found.state)} after {LONG} s")


def ended(channel: grpc.Channel, name: str) -> run_pb2.Run:
    """A run when it has come to its end."""
    return until(channel, name, run_pb2.RUN_STATE_FINISHED)


def ledger_of(state: Path, name: str) -> Path:
    """The ledger of a run in a server's folder."""
    return state / name / "ledger.sqlite"


@cache
def _uninterrupted(folder: str) -> dict[str, object]:
    """What the ledger of the same run holds that the engine executed here, with no server around it."""
    start, end = instant(BEGIN), instant(END)
    prepared = prepare(GRID, config=ROOT / "config", start=start, end=end)
    stored = market_data(prepared.plan, SAMPLE)
    with Ledger(Path(folder) / "uninterrupted.sqlite", writing=True) as ledger:
        paper = open_run(prepared, stored, ledger, start, name="uninterrupted")
        asyncio.run(paper.follow(Replay(stored, end=end), who="test"))
        assert len(ledger.steps()) == ROWS
        return {**kept(ledger), "state": ledger.checkpoints()[0].state}


def require_uninterrupted(path: Path, folder: Path) -> None:
    """The ledger holds, byte for byte, what a run that never stopped and a back-test of what it was told hold."""
    with Ledger(path) as ledger:
        found = {**kept(ledger), "state": ledger.checkpoints()[0].state}
        for name, expected in _uninterrupted(str(folder)).items():
            assert found[name] == expected, name
        assert len(ledger.fills(0)) > 50
        verified = verify(ledger)
        assert verified.same, verified.differences
