"""Who may call what: the table against the API, and each refusal over a real connection, for every method there is."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from google.protobuf import message_factory

from radar.control.access import METHODS, Role, required_role
from radar.control.bind import CHANGES, SERVICES
from radar.v1 import system_service_pb2, system_service_pb2_grpc
from tests.control.serving import SECONDS, TOKENS, Served, failure

TRADES = ("Flatten", "CancelOrders", "KillSwitch", "SetTradingMode", "Reconcile", "ApproveRunChange")
STREAMS = {f"{name}/{method.name}": method for name, service in SERVICES.items() for method in service.methods}


def call(channel: grpc.Channel, method: str, content: bytes = b"", **options: object) -> object:
    """Call any method with some bytes as its request, whatever its kind."""
    shape = STREAMS[method]
    path = f"/{method}"
    if shape.client_streaming and not shape.server_streaming:
        return channel.stream_unary(path)(iter([content]), timeout=SECONDS, **options)
    if shape.server_streaming and not shape.client_streaming:
        return list(channel.unary_stream(path)(content, timeout=SECONDS, **options))
    assert not shape.client_streaming
    return channel.unary_unary(path)(content, timeout=SECONDS, **options)


def code_of(channel: grpc.Channel, method: str) -> grpc.StatusCode:
    """How a call with an empty request ends."""
    try:
        call(channel, method)
    except grpc.RpcError as error:
        return error.code()
    return grpc.StatusCode.OK


def test_every_method_has_a_role() -> None:
    """The table names each method of the API once, and none that is not there."""
    assert set(METHODS) == set(STREAMS)


def test_roles_follow_what_a_method_does() -> None:
    """A change is never a viewer's, and what touches money is a trader's alone; the unknown takes the highest role."""
    assert all(METHODS[name] > Role.VIEWER for name in CHANGES)
    assert all(
        METHODS[name] is Role.TRADER for name in METHODS if name in CHANGES and any(one in name for one in TRADES)
    )
    assert all(METHODS[name] is Role.TRADER for name in CHANGES if "TradingService" in name)
    assert required_role("radar.v1.RunService/Anything") is Role.TRADER


def test_without_a_token_nothing_is_answered(served: Served) -> None:
    """Every method answers UNAUTHENTICATED and where a token comes from, unary or stream, built or not."""
    with served.channel(None) as channel:
        for method in STREAMS:
            with pytest.raises(grpc.RpcError) as caught:
                call(channel, method)
            found = failure(caught.value)
            assert (found.code, found.reason) == (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING"), method
            assert "Bearer" in found.metadata["expected"]


@pytest.mark.parametrize(
    "given",
    [
        f"Bearer {'x' * 40}",
        f"Bearer {TOKENS['trader'][:-1]}",
        f"Bearer {TOKENS['trader']}t",
        "Bearer ",
        f"Basic {TOKENS['trader']}",
        TOKENS["trader"],
    ],
)
def test_a_wrong_token_opens_nothing(served: Served, given: str) -> None:
    """A token that is none, a part of one, more than one, or under another scheme is refused, and never repeated."""
    with served.channel(None) as channel:
        for method in ("radar.v1.SystemService/GetSystemInfo", "radar.v1.SystemService/StreamLogs"):
            with pytest.raises(grpc.RpcError) as caught:
                call(channel, method, metadata=(("authorization", given),))
            found = failure(caught.value)
            assert (found.code, found.reason) == (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_UNKNOWN")
            assert given.strip() == "Bearer" or given not in f"{found.message} {found.metadata}"


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_a_role_that_is_too_low_is_refused_by_every_method(served: Served, role: str) -> None:
    """Each method above the caller's role answers PERMISSION_DENIED and names both roles."""
    above = [method for method, needed in METHODS.items() if needed > Role[role.upper()]]
    assert above
    with served.channel(role) as channel:
        for method in above:
            with pytest.raises(grpc.RpcError) as caught:
                call(channel, method)
            found = failure(caught.value)
            assert (found.code, found.reason) == (grpc.StatusCode.PERMISSION_DENIED, "ROLE_TOO_LOW"), method
            assert role in found.message
            assert METHODS[method].name.lower() in found.message


@pytest.mark.parametrize("role", ["viewer", "operator", "trader"])
def test_a_role_that_suffices_comes_through(served: Served, role: str) -> None:
    """No method that the role may call is turned away for who calls: what fails then fails for what was asked."""
    code = grpc.StatusCode
    fit = (code.OK, code.UNIMPLEMENTED, code.INVALID_ARGUMENT, code.NOT_FOUND)
    mine = [method for method, needed in METHODS.items() if needed <= Role[role.upper()]]
    with served.channel(role) as channel:
        for method in mine:
            if method == "radar.v1.SystemService/StreamLogs":
                continue  # an empty request follows the log for ever; its own test is in test_server.py
            assert code_of(channel, method) in fit, method


def test_reflection_is_for_those_who_are_known(served: Served) -> None:
    """The API is described to a caller with a token, and to nobody else."""
    with served.channel(None) as channel:
        ask = channel.stream_stream("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo")
        with pytest.raises(grpc.RpcError) as caught:
            list(ask(iter([b""]), timeout=SECONDS))
    assert caught.value.code() == grpc.StatusCode.UNAUTHENTICATED


def test_what_was_turned_away_is_on_record(served: Served) -> None:
    """A refused call is recorded with who, what and why; a read that was answered is not."""
    before = len(served.audit)
    with served.channel("viewer") as channel:
        call(channel, "radar.v1.SystemService/GetReadiness")
        with pytest.raises(grpc.RpcError):
            call(channel, "radar.v1.TradingService/FlattenPositions", metadata=(("x-request-id", "my-call-7"),))
    (record,) = served.audit[before:]
    assert (record.caller, record.outcome, record.reason) == ("viewer-caller", "PERMISSION_DENIED", "ROLE_TOO_LOW")
    assert (record.method, record.request_id) == ("radar.v1.TradingService/FlattenPositions", "my-call-7")
    assert record.peer.startswith("ipv4:127.0.0.1:")


def test_a_call_has_an_id_that_comes_back(served: Served) -> None:
    """A client's own id is returned with the answer; one that cannot stand in a log is replaced."""
    with served.channel("viewer") as channel:
        for given, same in (("abc-1", True), ("a b c", False), ("x" * 100, False)):
            ask = channel.unary_unary("/radar.v1.SystemService/GetReadiness")
            answer, done = ask.with_call(b"", timeout=SECONDS, metadata=(("x-request-id", given),))
            system_service_pb2.GetReadinessResponse.FromString(answer)
            returned = dict(done.trailing_metadata())["x-request-id"]
            assert (returned == given) is same
            assert returned


def test_bytes_that_are_no_request_are_the_caller_s_mistake(served: Served) -> None:
    """Every method that is there answers INVALID_ARGUMENT to bytes that are no message, and goes on answering."""
    with served.channel("trader") as channel:
        info = system_service_pb2_grpc.SystemServiceStub(channel).GetSystemInfo(
            system_service_pb2.GetSystemInfoRequest(), timeout=SECONDS
        )
        available = [method.name for method in info.methods if method.available]
        assert len(available) > 30
        for method in available:
            with pytest.raises(grpc.RpcError) as caught:
                call(channel, method, content=b"\xff\xff\xff\xff")
            found = failure(caught.value)
            assert (found.code, found.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "REQUEST_UNREADABLE"), method


def test_no_request_is_a_defect(served: Served) -> None:
    """Messages with every text field set to something odd, for every method that is there: an answer, or a mistake
    that is told, never INTERNAL or UNKNOWN."""
    odd = ["", "\0", "../../x", "pipelines/", "pipelines/a/revisions/r99999999999", "é" * 300, "runs/-", "sweeps/0"]
    with served.channel("trader") as channel:
        stub = system_service_pb2_grpc.SystemServiceStub(channel)
        info = stub.GetSystemInfo(system_service_pb2.GetSystemInfoRequest(), timeout=SECONDS)
        for method in (one.name for one in info.methods if one.available and not one.name.endswith("StreamLogs")):
            kind = message_factory.GetMessageClass(STREAMS[method].input_type)
            for number, text in enumerate(odd):
                request = filled(kind(), text, number)
                if "request_id" in request.DESCRIPTOR.fields_by_name:
                    request.request_id = f"odd-{number}"
                code, reason = outcome(channel, method, request.SerializeToString())
                assert code not in (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN), (method, request)
                assert reason or code is grpc.StatusCode.OK, method


def outcome(channel: grpc.Channel, method: str, content: bytes) -> tuple[grpc.StatusCode, str]:
    """How a call ends, and the reason where it fails."""
    try:
        call(channel, method, content=content)
    except grpc.RpcError as error:
        return error.code(), failure(error).reason
    return grpc.StatusCode.OK, ""


def filled(message: Any, text: str, number: int, depth: int = 0) -> Any:
    """A message with every field set: texts to ``text``, numbers to odd ones, messages to such messages."""
    for field in message.DESCRIPTOR.fields:
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            continue
        value: Any = None
        if field.message_type is not None:
            if depth < 3 and not field.is_repeated:
                filled(getattr(message, field.name), text, number, depth + 1)
                getattr(message, field.name).SetInParent()
            continue
        if field.type == field.TYPE_STRING:
            value = text
        elif field.type == field.TYPE_BYTES:
            value = text.encode()
        elif field.type == field.TYPE_BOOL:
            value = False
        elif field.type in (field.TYPE_DOUBLE, field.TYPE_FLOAT):
            value = (float("nan"), float("inf"), -1.0, 0.0)[number % 4]
        elif field.type == field.TYPE_ENUM:
            value = (0, 1, 99)[number % 3]
        else:
            value = (0, 1, 7)[number % 3]
        if field.is_repeated:
            getattr(message, field.name).append(value)
        else:
            setattr(message, field.name, value)
    return message
