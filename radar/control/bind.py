"""A class with methods as a service of the API.

The API's descriptors say what a service has. A class answers those of its methods that it defines, by their names in
Python: ``async def validate_pipeline(self, request)`` for ValidatePipeline, an async generator for a stream. All others
answer UNIMPLEMENTED and say so. Requests are read here and not by grpc, so that one that cannot be read is told apart
from a defect, and nothing of an unknown caller is read at all.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Callable, Mapping
from functools import cache
from typing import Any, Protocol

import grpc
from google.protobuf import descriptor as descriptors
from google.protobuf import message as messages
from google.protobuf import message_factory

from radar.control.call import Call, current_call, is_identifier
from radar.control.failure import CallError
from radar.v1 import (
    catalogue_service_pb2,
    checkpoint_service_pb2,
    data_service_pb2,
    operation_service_pb2,
    pipeline_service_pb2,
    research_service_pb2,
    run_service_pb2,
    state_service_pb2,
    system_service_pb2,
    trading_service_pb2,
)

__all__ = ["CHANGES", "SERVICES", "Remembered", "Unbuilt", "bound_methods", "service_handler"]

_FILES = (
    catalogue_service_pb2,
    checkpoint_service_pb2,
    data_service_pb2,
    operation_service_pb2,
    pipeline_service_pb2,
    research_service_pb2,
    run_service_pb2,
    state_service_pb2,
    system_service_pb2,
    trading_service_pb2,
)
SERVICES: Mapping[str, descriptors.ServiceDescriptor] = {
    service.full_name: service for file in _FILES for service in file.DESCRIPTOR.services_by_name.values()
}
"""Every service of the API by its full name."""


@cache
def _all_methods() -> Mapping[str, descriptors.MethodDescriptor]:
    return {f"{service.full_name}/{method.name}": method for service in SERVICES.values() for method in service.methods}


def _is_change(method: descriptors.MethodDescriptor) -> bool:
    options = method.GetOptions()
    return bool(options.idempotency_level != options.NO_SIDE_EFFECTS)


CHANGES = frozenset(name for name, method in _all_methods().items() if _is_change(method))
"""The methods that change something, by full name."""


def bound_methods(service: str, answers: object) -> list[str]:
    """Full names of the methods of ``service`` that the object ``answers`` has."""
    names = [method.name for method in SERVICES[service].methods]
    return [f"{service}/{name}" for name in names if callable(getattr(answers, _in_python(name), None))]


def _in_python(name: str) -> str:
    """``ValidatePipeline`` as ``validate_pipeline``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class Remembered(Protocol):
    """Where the answers to wishes are remembered."""

    async def answered(self, call: Call) -> bytes | None:
        """What the wish of ``call`` was answered before, or None."""


def service_handler(service: str, answers: object, remembered: Remembered | None = None) -> grpc.GenericRpcHandler:
    """What a grpc server needs to let ``answers`` answer the methods of ``service`` that it has.

    A change that was answered before is answered from ``remembered``. The service itself sees that the answer is kept
    together with the change.
    """
    handlers = {}
    for name in bound_methods(service, answers):
        method = _all_methods()[name]
        handlers[method.name] = _handler(
            method, _reading(method, getattr(answers, _in_python(method.name)), remembered)
        )
    return grpc.method_handlers_generic_handler(service, handlers)


class Unbuilt(grpc.GenericRpcHandler):
    """Answers every method of the API that nothing before it answers: it is known, and not there yet."""

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[Any, Any] | None:
        """A handler that says so; none for what is no method of the API."""
        name = handler_call_details.method.lstrip("/")
        method = _all_methods().get(name)
        if method is None:
            return None

        async def answer(_request: Any, _context: Any) -> None:
            raise CallError(
                grpc.StatusCode.UNIMPLEMENTED,
                "METHOD_NOT_AVAILABLE",
                f"{name} is not in this version of the server",
                expected="a method that SystemService.GetSystemInfo says is available",
                next_step="use a newer version of Radar, or leave it",
            )

        return _handler(method, answer)


def _handler(method: descriptors.MethodDescriptor, answer: Callable[..., Any]) -> grpc.RpcMethodHandler[Any, Any]:
    make = {
        (False, False): grpc.unary_unary_rpc_method_handler,
        (False, True): grpc.unary_stream_rpc_method_handler,
        (True, False): grpc.stream_unary_rpc_method_handler,
        (True, True): grpc.stream_stream_rpc_method_handler,
    }[method.client_streaming, method.server_streaming]
    return make(answer, None, lambda message: message.SerializeToString())


def _reading(
    method: descriptors.MethodDescriptor, answer: Callable[..., Any], remembered: Remembered | None
) -> Callable[..., Any]:
    """``answer`` for requests as they come over the wire."""
    kind = message_factory.GetMessageClass(method.input_type)
    change = _is_change(method)

    async def each(requests: AsyncIterator[bytes]) -> AsyncIterator[messages.Message]:
        first = True
        async for raw in requests:
            yield _read(kind, raw, change=change and first)
            first = False

    def of_stream(requests: AsyncIterator[bytes], _context: Any) -> Any:
        return answer(each(requests))

    def of_one(raw: bytes, _context: Any) -> Any:
        return answer(_read(kind, raw, change=change))

    async def of_change(raw: bytes, _context: Any) -> Any:
        request = _read(kind, raw, change=True)
        known = await remembered.answered(current_call()) if remembered is not None else None
        if known is not None:
            return message_factory.GetMessageClass(method.output_type).FromString(known)
        return await answer(request)

    if method.client_streaming:
        return of_stream
    return of_change if change else of_one


def _read(kind: type[messages.Message], raw: bytes, *, change: bool) -> messages.Message:
    """A request from its bytes; one that asks for a change must name its wish."""
    try:
        request = kind.FromString(raw)
    except messages.DecodeError:
        raise CallError(
            grpc.StatusCode.INVALID_ARGUMENT,
            "REQUEST_UNREADABLE",
            f"the request is no {kind.DESCRIPTOR.full_name}",
            expected="the message that the API names for this method, in protobuf's binary form",
            next_step="see that client and server speak the same version of the API (GetSystemInfo)",
        ) from None
    if change:
        wish = str(getattr(request, "request_id", ""))
        if not is_identifier(wish):
            raise CallError(
                grpc.StatusCode.INVALID_ARGUMENT,
                "REQUEST_ID_INVALID",
                "the request has no request_id that can be used",
                expected="1 to 64 letters, digits or ._:- that name this wish, such as a UUID",
                next_step="make one for each wish, and send the same one again when an answer was lost",
            )
        call = current_call()
        call.wish, call.asked = wish, _digest(request)
    return request


def _digest(request: messages.Message) -> bytes:
    """Names what is asked for, whatever the id under which it is."""
    same = type(request)()
    same.CopyFrom(request)
    same.ClearField("request_id")
    return hashlib.sha256(same.SerializeToString(deterministic=True)).digest()
