"""The server as a whole, as a client sees it over a real connection: reflection, health, what it is, its log."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import grpc
import pytest
from google.protobuf import descriptor_pool, message_factory
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from radar.control.access import METHODS
from radar.control.bind import SERVICES
from radar.v1 import system_service_pb2, system_service_pb2_grpc
from tests.control.serving import SECONDS, Served, failure, serving
from tests.control.test_access import call
from tools.api_reference import described

WRONG = b"radar: 1\npipeline: bad\nassets: [BTC]\nclock: 1h\nnodes:\n  mean: {indicator: sma, in: candels, perod: 1}\n"


def test_a_client_that_knows_only_reflection_validates_a_pipeline(viewer: grpc.Channel) -> None:
    """Without a line of generated code: list the services, find a method and its messages, call it, read the answer."""
    database = ProtoReflectionDescriptorDatabase(viewer)
    assert "radar.v1.PipelineService" in database.get_services()
    pool = descriptor_pool.DescriptorPool(database)
    method = pool.FindServiceByName("radar.v1.PipelineService").methods_by_name["ValidatePipeline"]
    ask, answer = (message_factory.GetMessageClass(kind) for kind in (method.input_type, method.output_type))
    request = ask()
    request.sources.add().pipeline.content = WRONG
    call = viewer.unary_unary(
        f"/{method.containing_service.full_name}/{method.name}",
        request_serializer=ask.SerializeToString,
        response_deserializer=answer.FromString,
    )
    found = call(request, timeout=SECONDS)
    assert not found.valid
    assert {one.code for one in found.diagnostics} >= {"R2008", "R3001"}


def test_reflection_names_what_is_there_and_nothing_else(viewer: grpc.Channel) -> None:
    """Services without a method that works are not shown; both names of reflection are."""
    info = system_service_pb2_grpc.SystemServiceStub(viewer).GetSystemInfo(
        system_service_pb2.GetSystemInfoRequest(), timeout=SECONDS
    )
    there = {method.name.partition("/")[0] for method in info.methods if method.available}
    assert {"radar.v1.PipelineService", "radar.v1.ResearchService", "radar.v1.OperationService"} <= there
    assert set(ProtoReflectionDescriptorDatabase(viewer).get_services()) == there | {
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
    }


def test_health_is_open_and_by_service(served: Served) -> None:
    """A probe needs no token, and sees the server as a whole and each of its services."""
    with served.channel(None) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        for name in ("", "radar.v1.PipelineService", "radar.v1.SystemService"):
            answer = stub.Check(health_pb2.HealthCheckRequest(service=name), timeout=SECONDS)
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
        with pytest.raises(grpc.RpcError) as caught:
            stub.Check(health_pb2.HealthCheckRequest(service="radar.v1.NoService"), timeout=SECONDS)
        assert caught.value.code() == grpc.StatusCode.NOT_FOUND


def test_bytes_that_are_no_message_are_the_client_s_mistake(viewer: grpc.Channel) -> None:
    """A request that cannot be decoded is INVALID_ARGUMENT and names the message; the server goes on."""
    call = viewer.unary_unary("/radar.v1.PipelineService/PlanPipeline")
    with pytest.raises(grpc.RpcError) as caught:
        call(b"\xff\xff\xff\xff", timeout=SECONDS)
    found = failure(caught.value)
    assert (found.code, found.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "REQUEST_UNREADABLE")
    assert "radar.v1.PlanPipelineRequest" in found.message
    system_service_pb2_grpc.SystemServiceStub(viewer).GetReadiness(
        system_service_pb2.GetReadinessRequest(), timeout=SECONDS
    )


def test_a_method_that_is_not_there_says_so(viewer: grpc.Channel, served: Served) -> None:
    """UNIMPLEMENTED with the method's name and where to look, for every method that this server has not."""
    info = system_service_pb2_grpc.SystemServiceStub(viewer).GetSystemInfo(
        system_service_pb2.GetSystemInfoRequest(), timeout=SECONDS
    )
    missing = [method.name for method in info.methods if not method.available]
    with served.channel("trader") as channel:
        for name in missing:
            with pytest.raises(grpc.RpcError) as caught:
                call(channel, name)
            found = failure(caught.value)
            assert (found.code, found.reason) == (grpc.StatusCode.UNIMPLEMENTED, "METHOD_NOT_AVAILABLE")
            assert name in found.message
            assert "GetSystemInfo" in found.metadata["expected"]


def test_the_server_says_what_it_is_and_what_it_can_do(viewer: grpc.Channel) -> None:
    """Version, every method with its role and whether it is there, and who is asking."""
    stub = system_service_pb2_grpc.SystemServiceStub(viewer)
    info = stub.GetSystemInfo(system_service_pb2.GetSystemInfoRequest(), timeout=SECONDS)
    assert {method.name: method.role for method in info.methods} == {name: int(role) for name, role in METHODS.items()}
    available = {method.name.partition("/")[2] for method in info.methods if method.available}
    assert {"ValidatePipeline", "PlanPipeline", "RenderPipelineGraph", "GetNodeKind", "StreamLogs"} <= available
    assert {"ApplyPipeline", "StartBacktest", "CancelOperation", "ListSeries", "ListAuditRecords"} <= available
    assert (info.caller, info.role) == ("viewer-caller", system_service_pb2.ROLE_VIEWER)
    assert len(info.kernel_digest) == 64
    assert {"python", "numba", "grpcio"} <= set(info.versions)


def test_readiness_names_each_part(tmp_path: Path) -> None:
    """A store that is not there makes the server not ready, and the check says what makes one."""
    with serving(tmp_path, data=tmp_path / "nothing") as served, served.channel() as channel:
        stub = system_service_pb2_grpc.SystemServiceStub(channel)
        answer = stub.GetReadiness(system_service_pb2.GetReadinessRequest(), timeout=SECONDS)
        checks = {check.name: check for check in answer.checks}
        assert not answer.ready
        assert checks["serving"].ready
        assert checks["configuration"].ready
        assert not checks["market data"].ready
        assert "radarctl data import" in checks["market data"].detail


def test_logs_are_followed_and_end_with_the_server(tmp_path: Path) -> None:
    """Lines that are written already come first, then those that follow; the end of the server is said, not cut off."""
    with serving(tmp_path) as served:
        channel = served.channel("operator")
        stub = system_service_pb2_grpc.SystemServiceStub(channel)
        tail = list(stub.StreamLogs(system_service_pb2.StreamLogsRequest(tail=10, only_tail=True), timeout=SECONDS))
        assert "serving on port" in tail[-1].line.text
        stream = stub.StreamLogs(
            system_service_pb2.StreamLogsRequest(after_sequence=tail[-1].sequence), timeout=SECONDS
        )
        messages = iter(stream)
        deadline = time.monotonic() + SECONDS
        logging.getLogger("radar.test").warning("a line for %s", "everybody")
        line = next(messages)
        assert time.monotonic() < deadline
        assert (line.line.text, line.line.level) == ("a line for everybody", system_service_pb2.LOG_LEVEL_WARNING)
        assert line.sequence > tail[-1].sequence
    last = list(messages)
    assert last[-1].WhichOneof("event") == "end"
    channel.close()


def test_what_the_api_has_is_known_to_the_server() -> None:
    """Every service of the proto files is one that the server knows, so that none is forgotten."""
    assert set(SERVICES) == {f"radar.v1.{service.name}" for file in described() for service in file.service}
