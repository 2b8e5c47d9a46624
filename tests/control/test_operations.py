"""Long jobs over a real connection: they run beside the server, are followed, ended, and survive as what they were."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration

from radar.engine.backtest import backtest
from radar.market.metrics import METRICS
from radar.v1 import operation_pb2, pipeline_pb2, value_pb2
from radar.v1 import operation_service_pb2 as ops
from radar.v1 import research_service_pb2 as pb
from radar.v1.operation_service_pb2_grpc import OperationServiceStub
from radar.v1.research_service_pb2_grpc import ResearchServiceStub
from tests.control.serving import ROOT, SECONDS, Served, failure, serving

GRID = ROOT / "pipelines" / "grid_atr.yaml"
SAMPLE = ROOT / "tests" / "data" / "sample"
LONG = 120
MONTH = value_pb2.Period()
MONTH.start.FromJsonString("2025-10-01T00:00:00Z")
MONTH.end.FromJsonString("2025-11-01T00:00:00Z")
STATE = operation_pb2.OperationState.Name


def grid(**more: object) -> pipeline_pb2.PipelineSource:
    """The shipped grid with the server's values."""
    return pipeline_pb2.PipelineSource(
        pipeline=value_pb2.SourceFile(name="grid_atr.yaml", content=GRID.read_bytes()), **more
    )


def wish() -> str:
    """An id for a new wish."""
    return uuid.uuid4().hex


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all jobs of this file."""
    with serving(tmp_path_factory.mktemp("jobs")) as found:
        yield found


@pytest.fixture
def channel(jobs: Served) -> Iterator[grpc.Channel]:
    """Somebody who may start jobs."""
    with jobs.channel("operator") as found:
        yield found


def ended(channel: grpc.Channel, name: str) -> operation_pb2.Operation:
    """A job when it has ended."""
    request = ops.WaitOperationRequest(name=name, timeout=Duration(seconds=LONG))
    return OperationServiceStub(channel).WaitOperation(request, timeout=LONG + 5).operation


def state_folder(tmp: Path) -> Path:
    """Where a server of :func:`serving` keeps what it keeps."""
    return tmp / "state"


def long_sweep(**more: object) -> pb.StartSweepRequest:
    """A sweep that takes a while."""
    axes = [f"grid.{name}={','.join(map(str, values))}" for name, values in LARGE.items()]
    return pb.StartSweepRequest(request_id=wish(), source=grid(), axes=axes, each_asset=True, **more)


LARGE = {
    "ma_period": range(5, 45),
    "atr_period": range(5, 45),
    "sl_percent": [5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 20, 25],
    "leverage": [2, 3, 4],
}


def test_a_back_test_as_a_job_is_the_back_test(
    jobs: Served, channel: grpc.Channel, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Its kept result is, byte for byte, what the function returns for the same texts."""
    request = pb.StartBacktestRequest(request_id=wish(), source=grid(), period=MONTH, label="a month")
    started = ResearchServiceStub(channel).StartBacktest(request, timeout=SECONDS)
    assert STATE(started.operation.state) == "OPERATION_STATE_PENDING"
    assert started.operation.title == "back-test of grid_atr: a month"
    found = ended(channel, started.operation.name)
    assert STATE(found.state) == "OPERATION_STATE_SUCCEEDED", found
    assert (found.progress, found.result, found.author) == (1.0, started.run, "operator-caller")
    assert found.create_time.ToNanoseconds() <= found.start_time.ToNanoseconds() <= found.end_time.ToNanoseconds()
    kept = next(state.rglob("result.json") for state in [jobs.server._settings.state])
    (path,) = kept
    result = json.loads(path.read_bytes())
    direct = backtest(GRID, data=SAMPLE, config=ROOT / "config", start="2025-10-01T00:00", end="2025-11-01T00:00")
    mine = json.loads(direct.to_bytes())
    for one in (result, mine):
        # A job keeps only the configuration files that it takes.
        one["request"].pop("config")
    assert result == mine
    assert ResearchServiceStub(channel).StartBacktest(request, timeout=SECONDS) == started
    again = ResearchServiceStub(channel).StartReproduction(
        pb.StartReproductionRequest(request_id=wish(), run=started.run), timeout=SECONDS
    )
    made = ended(channel, again.operation.name)
    assert STATE(made.state) == "OPERATION_STATE_SUCCEEDED", made
    answer = ResearchServiceStub(channel).GetReproduction(pb.GetReproductionRequest(name=made.result), timeout=SECONDS)
    assert (answer.run, answer.same, list(answer.differences)) == (started.run, True, [])


def test_a_sweep_as_a_job_and_its_rows(channel: grpc.Channel) -> None:
    """Every row is the back-test of its combination; rows come best first, by pages, by any metric, and filtered."""
    stub = ResearchServiceStub(channel)
    request = pb.StartSweepRequest(
        request_id=wish(),
        source=grid(assets=["BTC"]),
        axes=["grid.sl_percent=5,10,20", "grid.leverage=2,3"],
        period=MONTH,
    )
    would = pb.StartSweepRequest()
    would.CopyFrom(request)
    would.validate_only = True
    outline = stub.StartSweep(would, timeout=LONG).sweep
    assert (outline.combinations, outline.finished, outline.name) == (6, 0, "")
    assert list(outline.parameters) == ["grid.sl_percent", "grid.leverage"]
    started = stub.StartSweep(request, timeout=SECONDS)
    found = ended(channel, started.operation.name)
    assert STATE(found.state) == "OPERATION_STATE_SUCCEEDED", found
    sweep = stub.GetSweep(pb.GetSweepRequest(name=started.sweep.name), timeout=SECONDS).sweep
    assert (sweep.combinations, sweep.finished, sweep.pipeline) == (6, 6, GRID.stem)
    assert sweep.author == "operator-caller"
    assert sweep.data_digest == outline.data_digest
    rows, token = [], ""
    while True:
        page = stub.ListSweepRows(
            pb.ListSweepRowsRequest(sweep=sweep.name, page_size=4, page_token=token, order_by="net"), timeout=SECONDS
        )
        rows += page.rows
        token = page.next_page_token
        if not token:
            break
    assert sorted(one.row for one in rows) == list(range(6))
    nets = [float(one.metrics.net.value) for one in rows]
    assert nets == sorted(nets, reverse=True)
    least = stub.ListSweepRows(
        pb.ListSweepRowsRequest(sweep=sweep.name, order_by="net", ascending=True), timeout=SECONDS
    ).rows
    assert least[0].row == rows[-1].row
    row = rows[0]
    overrides = [f"{name}={value}" for name, value in zip(sweep.parameters, row.values, strict=True)]
    alone = backtest(
        GRID,
        data=SAMPLE,
        config=ROOT / "config",
        start="2025-10-01",
        end="2025-11-01",
        assets=["BTC"],
        overrides=overrides,
    )
    theirs = json.loads(alone.to_bytes())["metrics"]
    for name in METRICS.names or ():
        field = getattr(row.metrics, name)
        has_presence = row.metrics.DESCRIPTOR.fields_by_name[name].has_presence
        absent = has_presence and not row.metrics.HasField(name)
        mine = None if absent else float(field.value) if hasattr(field, "value") else float(field)
        assert mine == theirs[name], name
    assert row.command.startswith("radarctl backtest grid_atr.yaml --set grid.sl_percent=")
    none = stub.ListSweepRows(pb.ListSweepRowsRequest(sweep=sweep.name, min_trades=10_000), timeout=SECONDS)
    assert not none.rows
    more = pb.StartSweepRequest()
    more.CopyFrom(request)
    more.request_id, more.resume_from = wish(), sweep.name
    more.axes[1] = "grid.leverage=2,3,4"
    resumed = stub.StartSweep(more, timeout=SECONDS)
    found = ended(channel, resumed.operation.name)
    assert list(found.warnings) == ["6 of 9 combinations were taken over"], found
    names = [one.name for one in stub.ListSweeps(pb.ListSweepsRequest(), timeout=SECONDS).sweeps]
    assert names[:2] == [resumed.sweep.name, sweep.name]
    delete = pb.DeleteSweepRequest(request_id=wish(), name=sweep.name)
    stub.DeleteSweep(delete, timeout=SECONDS)
    with pytest.raises(grpc.RpcError) as caught:
        stub.GetSweep(pb.GetSweepRequest(name=sweep.name), timeout=SECONDS)
    assert failure(caught.value).reason == "SWEEP_UNKNOWN"


def test_what_cannot_be_run_is_said_before_it_is_begun(channel: grpc.Channel) -> None:
    """Errors of the text, missing data, a pipeline without an account, axes that are none: the call fails, no job is
    made."""
    stub, operations = ResearchServiceStub(channel), OperationServiceStub(channel)
    before = len(operations.ListOperations(ops.ListOperationsRequest(page_size=1000), timeout=SECONDS).operations)
    wrong = value_pb2.SourceFile(name="wrong.yaml", content=b"radar: 1\npipeline: wrong\n")
    for request, reason in (
        (pb.StartBacktestRequest(source=pipeline_pb2.PipelineSource(pipeline=wrong)), "SPEC_INVALID"),
        (pb.StartBacktestRequest(source=grid(assets=["DOGE"])), "SPEC_INVALID"),
        (pb.StartBacktestRequest(), "SOURCE_MISSING"),
        (pb.StartBacktestRequest(revision="pipelines/none/revisions/r1"), "REVISION_UNKNOWN"),
        (pb.StartBacktestRequest(source=grid(overrides=["grid.leverage=${env:HOME}"])), "SPEC_INVALID"),
        (pb.StartSweepRequest(source=grid()), "R6001"),
        (pb.StartSweepRequest(source=grid(), axes=["grid.leverage"]), "R6001"),
        (pb.StartSweepRequest(source=grid(), axes=["grid.leverage=2,3"], resume_from="sweeps/0"), "SWEEP_UNKNOWN"),
        (pb.StartReproductionRequest(run="runs/0"), "RUN_UNKNOWN"),
        (pb.StartReproductionRequest(run="runs/../../x"), "NAME_INVALID"),
    ):
        request.request_id = wish()
        name = type(request).__name__.removesuffix("Request")
        with pytest.raises(grpc.RpcError) as caught:
            getattr(stub, name)(request, timeout=LONG)
        assert failure(caught.value).reason == reason, request
    assert before == len(
        operations.ListOperations(ops.ListOperationsRequest(page_size=1000), timeout=SECONDS).operations
    )
    stub.StartBacktest(pb.StartBacktestRequest(request_id=wish(), source=grid(), validate_only=True), timeout=SECONDS)


def test_a_job_is_cancelled_and_keeps_what_it_has(channel: grpc.Channel, jobs: Served) -> None:
    """A running sweep ends soon after it is asked to, its rows stay; one that waits never begins; lists tell all."""
    stub, operations = ResearchServiceStub(channel), OperationServiceStub(channel)
    running = stub.StartSweep(long_sweep(), timeout=SECONDS)
    waiting = stub.StartSweep(long_sweep(), timeout=SECONDS)
    until = time.monotonic() + LONG
    while time.monotonic() < until:
        now = operations.GetOperation(ops.GetOperationRequest(name=running.operation.name), timeout=SECONDS).operation
        if "combinations" in now.phase:
            break
        time.sleep(0.05)
    assert 0 < now.progress < 1
    assert STATE(now.state) == "OPERATION_STATE_RUNNING"
    listed = operations.ListOperations(
        ops.ListOperationsRequest(states=[operation_pb2.OPERATION_STATE_PENDING]), timeout=SECONDS
    ).operations
    assert [one.name for one in listed] == [waiting.operation.name]
    for one in (waiting, running):
        request = ops.CancelOperationRequest(request_id=wish(), name=one.operation.name)
        operations.CancelOperation(request, timeout=SECONDS)
        operations.CancelOperation(request, timeout=SECONDS)
    began = time.monotonic()
    found = ended(channel, running.operation.name)
    assert STATE(found.state) == "OPERATION_STATE_CANCELLED", found
    assert time.monotonic() - began < 15
    sweep = stub.GetSweep(pb.GetSweepRequest(name=running.sweep.name), timeout=SECONDS).sweep
    assert 0 < sweep.finished < sweep.combinations
    found = ended(channel, waiting.operation.name)
    assert (STATE(found.state), found.HasField("start_time")) == ("OPERATION_STATE_CANCELLED", False)
    delete = ops.DeleteOperationRequest(request_id=wish(), name=waiting.operation.name)
    operations.DeleteOperation(delete, timeout=SECONDS)
    with pytest.raises(grpc.RpcError) as caught:
        operations.GetOperation(ops.GetOperationRequest(name=waiting.operation.name), timeout=SECONDS)
    assert failure(caught.value).reason == "OPERATION_UNKNOWN"
    assert not list((jobs.server._settings.state / "jobs").iterdir())


def test_jobs_come_in_pages(channel: grpc.Channel) -> None:
    """Each job once, the newest first, whatever the size of a page."""
    operations = OperationServiceStub(channel)
    all_at_once = operations.ListOperations(ops.ListOperationsRequest(page_size=1000), timeout=SECONDS).operations
    found, token = [], ""
    while True:
        page = operations.ListOperations(ops.ListOperationsRequest(page_size=2, page_token=token), timeout=SECONDS)
        found += page.operations
        token = page.next_page_token
        if not token:
            break
    assert [one.name for one in found] == [one.name for one in all_at_once]
    times = [one.create_time.ToNanoseconds() for one in found]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize(
    ("method", "request_", "reason"),
    [
        ("GetOperation", ops.GetOperationRequest(name="operations/0"), "OPERATION_UNKNOWN"),
        ("GetOperation", ops.GetOperationRequest(name="../x"), "NAME_INVALID"),
        ("WaitOperation", ops.WaitOperationRequest(name="operations/0"), "OPERATION_UNKNOWN"),
        (
            "WaitOperation",
            ops.WaitOperationRequest(name="operations/0", timeout=Duration(seconds=601)),
            "TIMEOUT_INVALID",
        ),
        (
            "WaitOperation",
            ops.WaitOperationRequest(name="operations/0", timeout=Duration(seconds=-1)),
            "TIMEOUT_INVALID",
        ),
        ("CancelOperation", ops.CancelOperationRequest(request_id="a", name="operations/0"), "OPERATION_UNKNOWN"),
        ("DeleteOperation", ops.DeleteOperationRequest(request_id="a", name="operations/0"), "OPERATION_UNKNOWN"),
        ("ListOperations", ops.ListOperationsRequest(states=[99]), "STATE_UNKNOWN"),
        ("ListOperations", ops.ListOperationsRequest(page_size=-1), "PAGE_SIZE_INVALID"),
        ("ListOperations", ops.ListOperationsRequest(page_token="x"), "PAGE_TOKEN_INVALID"),
    ],
)
def test_what_cannot_be_asked_of_jobs_is_told(
    channel: grpc.Channel, method: str, request_: object, reason: str
) -> None:
    """No such job, no such name, time, state or page."""
    with pytest.raises(grpc.RpcError) as caught:
        getattr(OperationServiceStub(channel), method)(request_, timeout=SECONDS)
    assert failure(caught.value).reason == reason
