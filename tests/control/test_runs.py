"""Runs over a real connection, from the wish to the report, and what becomes of wishes that cannot be met."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import descriptor_pool, json_format, message_factory
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from radar.v1 import checkpoint_service_pb2, market_pb2, run_pb2, state_service_pb2, trading_service_pb2
from radar.v1 import run_service_pb2 as pb
from radar.v1.checkpoint_service_pb2_grpc import CheckpointServiceStub
from radar.v1.pipeline_service_pb2 import DeletePipelineRequest
from radar.v1.pipeline_service_pb2_grpc import PipelineServiceStub
from radar.v1.run_service_pb2_grpc import RunServiceStub
from radar.v1.state_service_pb2_grpc import StateServiceStub
from radar.v1.trading_service_pb2_grpc import TradingServiceStub
from tests.control.running import (
    BEGIN,
    END,
    GRID,
    HELD,
    LONG,
    ROWS,
    SAMPLE,
    asked,
    ended,
    get,
    grid,
    ledger_of,
    period,
    require_uninterrupted,
    until,
    wish,
)
from tests.control.serving import SECONDS, Served, failure, serving
from tests.control.test_revisions import Operator


@pytest.fixture(scope="module")
def finished(running: Served) -> run_pb2.Run:
    """A run that came to the end of its data while it held something."""
    with running.channel("operator") as found:
        started = RunServiceStub(found).StartRun(asked(period=period(HELD)), timeout=SECONDS).run
        return ended(found, started.name)


class Generic:
    """A client that has no file of the API: it asks the server what there is, and speaks JSON."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.channel = channel
        self.database = ProtoReflectionDescriptorDatabase(channel)
        self.pool = descriptor_pool.DescriptorPool(self.database)

    def call(self, service: str, method: str, **request: Any) -> list[dict[str, Any]]:
        """The messages that a method answers."""
        assert service in self.database.get_services()
        found = self.pool.FindServiceByName(service).FindMethodByName(method)
        ask, answer = (message_factory.GetMessageClass(kind) for kind in (found.input_type, found.output_type))
        options = {"request_serializer": ask.SerializeToString, "response_deserializer": answer.FromString}
        kind = self.channel.unary_stream if found.server_streaming else self.channel.unary_unary
        answered = kind(f"/{service}/{method}", **options)(json_format.ParseDict(request, ask()), timeout=LONG)
        messages = answered if found.server_streaming else [answered]
        return [json_format.MessageToDict(one) for one in messages]


def test_a_client_that_knows_only_reflection_takes_a_run_to_its_report(
    channel: grpc.Channel, folder: Path, tmp_path: Path
) -> None:
    """Start, watch to the end, report; and the ledger holds, byte for byte, what the engine alone would have written
    and what a back-test of the recorded events says."""
    import base64

    client = Generic(channel)
    content = base64.b64encode(GRID.read_bytes()).decode("ascii")
    (answer,) = client.call(
        "radar.v1.RunService",
        "StartRun",
        requestId=wish(),
        source={"pipeline": {"name": "grid.yaml", "content": content}},
        mode="RUN_MODE_PAPER",
        period={"start": BEGIN, "end": END},
        replay={"speed": 0},
    )
    name = answer["run"]["name"]
    told = client.call("radar.v1.RunService", "WatchRun", run=name)
    assert "snapshot" in told[0]
    assert told[-1]["end"]["reason"] == "the run has ended: FINISHED"
    numbers = [int(one.get("sequence", 0)) for one in told]
    assert numbers == sorted(numbers)
    rows = [one["row"] for one in told if "row" in one]
    assert [int(one["sequence"]) for one in rows] == list(range(1, len(rows) + 1))
    marks = [one["equity"]["equity"]["value"] for one in rows if one["kind"] == "RUN_EVENT_KIND_EQUITY"]
    assert len(marks) == ROWS
    trades = [one for one in rows if one["kind"] == "RUN_EVENT_KIND_TRADE"]
    (report,) = client.call("radar.v1.RunService", "GetRunReport", run=name)
    assert report["report"]["mode"] == "RUN_MODE_PAPER"
    assert int(report["report"]["metrics"]["trades"]) == len(trades) > 20
    require_uninterrupted(ledger_of(folder / "state", name), tmp_path)


def test_the_same_wish_is_one_run(channel: grpc.Channel) -> None:
    """A wish that is sent again is answered as the first time, and starts nothing; another request under its id is
    refused, and so is a second run of the pipeline unless the caller says what to do with the first."""
    stub = RunServiceStub(channel)
    wanted = asked(seconds=60)
    first = stub.StartRun(wanted, timeout=SECONDS)
    try:
        before = len(stub.ListRuns(pb.ListRunsRequest(), timeout=SECONDS).runs)
        assert stub.StartRun(wanted, timeout=SECONDS) == first
        assert len(stub.ListRuns(pb.ListRunsRequest(), timeout=SECONDS).runs) == before
        for request, code, reason in (
            (asked(request_id=wanted.request_id), grpc.StatusCode.INVALID_ARGUMENT, "REQUEST_ID_REUSED"),
            (asked(), grpc.StatusCode.ALREADY_EXISTS, "RUN_EXISTS"),
        ):
            with pytest.raises(grpc.RpcError) as caught:
                stub.StartRun(request, timeout=SECONDS)
            assert (caught.value.code(), failure(caught.value).reason) == (code, reason)
        used = stub.StartRun(asked(if_running=pb.IF_RUNNING_USE_EXISTING), timeout=SECONDS)
        assert used.run.name == first.run.name
        replaced = stub.StartRun(asked(if_running=pb.IF_RUNNING_REPLACE), timeout=SECONDS)
        assert replaced.run.name != first.run.name
        assert get(channel, first.run.name).state == run_pb2.RUN_STATE_STOPPED
        ended(channel, replaced.run.name)
    finally:
        stub.StopRun(pb.StopRunRequest(request_id=wish(), name=first.run.name), timeout=SECONDS)


def test_nothing_begins_that_is_only_judged(channel: grpc.Channel) -> None:
    """validate_only answers what the run would be, with its warnings, and there is no such run."""
    stub = RunServiceStub(channel)
    answer = stub.StartRun(asked(validate_only=True), timeout=SECONDS)
    assert answer.run.assets == ["BTC", "ETH", "SOL", "XRP"]
    assert [one.code for one in answer.diagnostics] == ["R4007"]
    with pytest.raises(grpc.RpcError) as caught:
        get(channel, answer.run.name)
    assert failure(caught.value).reason == "RUN_UNKNOWN"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"mode": market_pb2.RUN_MODE_LIVE}, "LIVE_NOT_AVAILABLE"),
        ({"mode": market_pb2.RUN_MODE_BACKTEST}, "METHOD_NOT_AVAILABLE"),
        ({"mode": market_pb2.RUN_MODE_UNSPECIFIED}, "MODE_INVALID"),
        ({"replay": None}, "SOURCE_NOT_AVAILABLE"),
        ({"replay": pb.Replay(speed=-1)}, "SPEED_INVALID"),
        ({"source": None}, "SOURCE_MISSING"),
        ({"source": None, "revision": "pipelines/nothing/revisions/r1"}, "REVISION_UNKNOWN"),
        ({"source": None, "revision": "pipelines/nothing"}, "PIPELINE_UNKNOWN"),
        ({"start_from": pb.START_FROM_LATEST}, "METHOD_NOT_AVAILABLE"),
        ({"plan_digest": "another"}, "PLAN_STALE"),
    ],
)
def test_what_cannot_begin_says_why_and_what_can(channel: grpc.Channel, given: dict[str, Any], reason: str) -> None:
    """Each such wish has a reason of its own, in words what is expected, and leaves no run behind."""
    stub = RunServiceStub(channel)
    before = len(stub.ListRuns(pb.ListRunsRequest(), timeout=SECONDS).runs)
    with pytest.raises(grpc.RpcError) as caught:
        stub.StartRun(asked(**given), timeout=SECONDS)
    found = failure(caught.value)
    assert found.reason == reason
    assert found.metadata["expected"]
    assert len(stub.ListRuns(pb.ListRunsRequest(), timeout=SECONDS).runs) == before


def test_a_run_stops_after_a_checkpoint_and_is_forgotten_when_it_is_deleted(
    channel: grpc.Channel, folder: Path
) -> None:
    """A run that is stopped says so, keeps its ledger with a checkpoint of its last row, and is gone when deleted;
    one that is executed cannot be deleted, and who looked at another state is told."""
    stub = RunServiceStub(channel)
    name = stub.StartRun(asked(seconds=60), timeout=SECONDS).run.name
    now = until(channel, name, run_pb2.RUN_STATE_RUNNING)
    for request, reason in (
        (pb.DeleteRunRequest(request_id=wish(), name=name), "RUN_NOT_ENDED"),
        (pb.DeleteRunRequest(request_id=wish(), name=name, etag="another"), "ETAG_STALE"),
    ):
        with pytest.raises(grpc.RpcError) as caught:
            stub.DeleteRun(request, timeout=SECONDS)
        assert failure(caught.value).reason == reason
    checkpoints = CheckpointServiceStub(channel)
    made = checkpoints.CreateCheckpoint(
        checkpoint_service_pb2.CreateCheckpointRequest(request_id=wish(), run=name, reason="because"), timeout=SECONDS
    ).checkpoint
    assert (made.author, made.reason) == ("operator-caller", "because")
    stopping = stub.StopRun(pb.StopRunRequest(request_id=wish(), name=name, etag=now.etag), timeout=SECONDS).run
    assert stopping.state == run_pb2.RUN_STATE_STOPPING
    stopped = until(channel, name, run_pb2.RUN_STATE_STOPPED)
    listed = checkpoints.ListCheckpoints(
        checkpoint_service_pb2.ListCheckpointsRequest(run=name), timeout=SECONDS
    ).checkpoints
    assert made.name in [one.name for one in listed]
    assert listed[0].event_time == stopped.event_time
    assert listed[0].sequence == stopped.sequence
    looked = checkpoints.InspectCheckpoint(
        checkpoint_service_pb2.InspectCheckpointRequest(name=listed[0].name), timeout=SECONDS
    )
    assert looked.intact
    assert {"grid", "broker"} <= {one.node for one in looked.nodes}
    assert ledger_of(folder / "state", name).is_file()
    stub.DeleteRun(pb.DeleteRunRequest(request_id=wish(), name=name, etag=stopped.etag), timeout=SECONDS)
    assert not (folder / "state" / name).exists()
    with pytest.raises(grpc.RpcError) as caught:
        get(channel, name)
    assert failure(caught.value).reason == "RUN_UNKNOWN"


def test_what_a_run_holds_and_did_is_told_as_its_ledger_has_it(channel: grpc.Channel, finished: run_pb2.Run) -> None:
    """Accounts, positions, resting orders, fills, trades, nodes and events agree with each other and the report."""
    runs, trading, states = RunServiceStub(channel), TradingServiceStub(channel), StateServiceStub(channel)
    name = finished.name
    report = runs.GetRunReport(pb.GetRunReportRequest(run=name), timeout=LONG).report
    (account,) = trading.ListAccounts(trading_service_pb2.ListAccountsRequest(run=name), timeout=SECONDS).accounts
    assert (
        trading.GetAccount(trading_service_pb2.GetAccountRequest(name=account.name), timeout=SECONDS).account == account
    )
    positions = trading.ListPositions(trading_service_pb2.ListPositionsRequest(run=name), timeout=SECONDS).positions
    assert account.positions == len(positions) == len(report.open_positions) > 0
    for one, other in zip(positions, report.open_positions, strict=True):
        assert (one.asset, one.side, one.quantity, one.stop) == (other.asset, other.side, other.quantity, other.stop)
        assert float(one.net.value) == pytest.approx(float(other.net.value), abs=1e-9)
    orders = trading.ListOrders(trading_service_pb2.ListOrdersRequest(run=name), timeout=SECONDS).orders
    for order in orders:
        held = [one for one in positions if one.asset == order.asset]
        # A ladder that has begun is added to on its own side alone.
        assert all((one.side == market_pb2.SIDE_LONG) == (order.side == market_pb2.ORDER_SIDE_BUY) for one in held)
    fills = trading.ListFills(trading_service_pb2.ListFillsRequest(run=name, page_size=1000), timeout=SECONDS).fills
    trades = runs.ListRunTrades(pb.ListRunTradesRequest(run=name, page_size=1000), timeout=LONG).trades
    assert len(trades) == report.metrics.trades
    assert sum(not one.opens for one in fills) == len(trades)
    listed: list[Any] = []
    page = state_service_pb2.ListRunEventsRequest(run=name, page_size=300)
    while True:
        answer = states.ListRunEvents(page, timeout=SECONDS)
        listed += answer.events
        if not answer.next_page_token:
            break
        page.page_token = answer.next_page_token
    assert [one.sequence for one in listed] == list(range(1, finished.sequence + 1))
    assert [one.fill for one in listed if one.HasField("fill")] == list(fills)
    last = [one for one in listed if one.HasField("equity")][-1]
    assert last.equity.equity == account.equity == report.metrics.final_equity
    assert last.event_time == finished.event_time
    nodes = states.ListNodes(state_service_pb2.ListNodesRequest(run=name), timeout=SECONDS).nodes
    assert {"grid", "broker"} <= {one.plan.node for one in nodes}


def test_runs_are_listed_in_pages_and_compared(channel: grpc.Channel, finished: run_pb2.Run) -> None:
    """The newest first, page by page, by state; two runs of the same data earn the same in every metric."""
    stub = RunServiceStub(channel)
    again = ended(channel, stub.StartRun(asked(label="again", period=period(HELD)), timeout=SECONDS).run.name)
    assert again.label == "again"
    first = stub.ListRuns(pb.ListRunsRequest(page_size=1), timeout=SECONDS)
    assert first.runs[0] == again
    second = stub.ListRuns(pb.ListRunsRequest(page_size=1, page_token=first.next_page_token), timeout=SECONDS)
    assert second.runs[0].name != again.name
    done = stub.ListRuns(pb.ListRunsRequest(states=[run_pb2.RUN_STATE_FINISHED]), timeout=SECONDS).runs
    assert {finished.name, again.name} <= {one.name for one in done}
    compared = stub.CompareRuns(pb.CompareRunsRequest(runs=[finished.name, again.name]), timeout=LONG).comparison
    assert len(compared.rows) > 20
    for row in compared.rows:
        assert row.values[0].value == row.values[1].value, row.metric
    assert not compared.warnings


def test_a_pipeline_of_the_server_is_not_forgotten_while_a_run_executes_it(channel: grpc.Channel) -> None:
    """A run of a kept pipeline executes its active revision, is found by it, and keeps it from being deleted."""
    applied = Operator(channel).apply(grid(), "grid_atr")
    stub, pipelines = RunServiceStub(channel), PipelineServiceStub(channel)
    started = stub.StartRun(asked(seconds=60, source=None, revision="pipelines/grid_atr"), timeout=SECONDS).run
    assert (started.pipeline, started.active_revision) == ("pipelines/grid_atr", applied.pipeline.active_revision)
    found = stub.ListRuns(pb.ListRunsRequest(pipeline="pipelines/grid_atr"), timeout=SECONDS).runs
    assert [one.name for one in found] == [started.name]
    forget = DeletePipelineRequest(name="pipelines/grid_atr", etag=applied.pipeline.etag)
    forget.request_id = wish()
    with pytest.raises(grpc.RpcError) as caught:
        pipelines.DeletePipeline(forget, timeout=SECONDS)
    assert failure(caught.value).reason == "PIPELINE_EXECUTED"
    manifest = stub.GetRunManifest(pb.GetRunManifestRequest(run=started.name), timeout=SECONDS).manifest
    assert manifest.digests == applied.revision.digests
    stub.StopRun(pb.StopRunRequest(request_id=wish(), name=started.name), timeout=SECONDS)
    until(channel, started.name, run_pb2.RUN_STATE_STOPPED)
    forget.request_id = wish()
    pipelines.DeletePipeline(forget, timeout=SECONDS)


def test_a_report_is_made_beside_a_run_that_goes_on(channel: grpc.Channel, folder: Path, tmp_path: Path) -> None:
    """What a run has earned so far is told while it runs; it goes on, and its ledger is what it would have been."""
    stub = RunServiceStub(channel)
    name = stub.StartRun(asked(seconds=12), timeout=SECONDS).run.name
    until(channel, name, run_pb2.RUN_STATE_RUNNING)
    watched = stub.WatchRun(pb.WatchRunRequest(run=name), timeout=LONG)
    assert next(one for one in watched if one.HasField("row") and one.sequence > 40)
    watched.cancel()
    report = stub.GetRunReport(pb.GetRunReportRequest(run=name), timeout=LONG).report
    assert 0 < report.bars < ROWS
    assert report.period.end.ToMilliseconds() < ended(channel, name).event_time.ToMilliseconds()
    whole = stub.GetRunReport(pb.GetRunReportRequest(run=name), timeout=LONG).report
    assert whole.bars == ROWS
    require_uninterrupted(ledger_of(folder / "state", name), tmp_path)


def test_a_run_that_cannot_go_on_says_why(tmp_path: Path) -> None:
    """A run whose market data are gone when the server starts again has failed, with what to do; the server answers."""
    data = tmp_path / "data"
    shutil.copytree(SAMPLE, data)
    with serving(tmp_path, data=data) as served, served.channel("operator") as own:
        name = RunServiceStub(own).StartRun(asked(seconds=60), timeout=SECONDS).run.name
        until(own, name, run_pb2.RUN_STATE_RUNNING)
    shutil.rmtree(data)
    with serving(tmp_path, data=data) as served, served.channel("operator") as own:
        found = until(own, name, run_pb2.RUN_STATE_FAILED)
        assert found.problem.message
        assert found.problem.next_step
        assert not found.problem.defect
        told = list(RunServiceStub(own).WatchRun(pb.WatchRunRequest(run=name), timeout=LONG))
        assert told[0].snapshot.run == found
        assert told[-1].end.reason == "the run has ended: FAILED"
