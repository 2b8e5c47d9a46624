"""Calls of the API, and their failures as errors of this program."""

from __future__ import annotations

import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self, TypeVar

import grpc
from google.protobuf.message import Message

from radar.client.where import Where
from radar.errors import DefectError, RadarError, UnreachableError

__all__ = ["Connection", "ServerError", "new_request_id"]

SECONDS = 30.0
ATTEMPTS = 3
_DETAILS = "grpc-status-details-bin"
_PACKAGE = "radar.v1"
_OPTIONS = (("grpc.max_receive_message_length", 64 * 1024 * 1024), ("grpc.enable_retries", 0))

Answer = TypeVar("Answer", bound=Message)


class ServerError(RadarError):
    """A server refused a call. ``status`` is the name of its gRPC code, ``reason`` its word for programs."""

    def __init__(self, status: str, reason: str, message: str, *, expected: str = "", next_step: str = "") -> None:
        super().__init__(message, expected=expected, next_step=next_step)
        self.status = status
        self.reason = reason

    def to_json(self) -> dict[str, str]:
        """The fields as plain text."""
        return {**super().to_json(), "status": self.status, "reason": self.reason}


def new_request_id() -> str:
    """An id for a new wish."""
    import uuid

    return uuid.uuid4().hex


class Connection:
    """A connection to a server; a context that closes it."""

    def __init__(self, where: Where) -> None:
        self.where = where
        if where.authority is None:
            self._channel = grpc.insecure_channel(where.address, _OPTIONS)
        else:
            try:
                roots = where.authority.read_bytes()
            except OSError as error:
                raise RadarError(f"{where.authority} cannot be read: {error.strerror or error}") from None
            self._channel = grpc.secure_channel(where.address, grpc.ssl_channel_credentials(roots), _OPTIONS)
        self._metadata = (("authorization", f"Bearer {where.token}"),) if where.token else ()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._channel.close()

    def call(self, method: str, request: Message, answer: type[Answer], *, seconds: float = SECONDS) -> Answer:
        """The answer to ``request``; ``method`` such as ``PipelineService/GetPipeline``.

        A server that says it is stopping is asked again a little later: a read changes nothing, and a change carries
        the id of its wish.

        Raises:
            UnreachableError: No server answers there.
            ServerError: It refused; what, why and what next are in it.
            DefectError: It failed.
        """
        ask: Any = self._channel.unary_unary(
            f"/{_PACKAGE}.{method}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=answer.FromString,
        )
        for attempt in range(1, ATTEMPTS + 1):
            try:
                found: Answer = ask(request, timeout=seconds, metadata=self._metadata)
            except grpc.RpcError as error:
                wait = _retry_seconds(error)
                if wait is None or attempt == ATTEMPTS:
                    raise self._failure(error) from None
                time.sleep(wait)
            else:
                return found
        raise AssertionError("the last attempt raises or returns")

    def stream(
        self, method: str, request: Message, answer: type[Answer], *, seconds: float | None = None
    ) -> Iterator[Answer]:
        """The messages of a stream. Raises what :meth:`call` raises."""
        ask: Any = self._channel.unary_stream(
            f"/{_PACKAGE}.{method}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=answer.FromString,
        )
        try:
            yield from ask(request, timeout=seconds, metadata=self._metadata)
        except grpc.RpcError as error:
            raise self._failure(error) from None

    def pages(self, method: str, request: Any, answer: type[Answer], most: int = 0) -> Iterator[Answer]:
        """Every page of a list; ``most`` items at most where it is not 0. The field of the items is the first repeated
        one of the answer."""
        left = most
        while True:
            request.page_size = min(left, 1000) if most else 1000
            page = self.call(method, request, answer)
            yield page
            left -= sum(len(value) for field, value in page.ListFields() if field.is_repeated)
            request.page_token = getattr(page, "next_page_token", "")
            if not request.page_token or (most and left <= 0):
                return

    def _failure(self, error: Any) -> RadarError:
        code = error.code()
        info, status = _info(error)
        if not info:
            if code is grpc.StatusCode.UNAVAILABLE:
                return UnreachableError(
                    f"no server answers on {self.where.address}",
                    expected="a server of Radar that runs",
                    next_step="start one: radarctl serve; or name another with --server HOST:PORT or RADAR_SERVER",
                )
            if code is grpc.StatusCode.DEADLINE_EXCEEDED:
                return UnreachableError(
                    f"the server on {self.where.address} did not answer in time",
                    next_step="ask again; radarctl status says whether it is ready",
                )
            return RadarError(
                f"{self.where.address} is no server of Radar: {error.details()}", expected="radarctl serve"
            )
        texts = {"expected": info.get("expected", ""), "next_step": info.get("next_step", "")}
        if code is grpc.StatusCode.INTERNAL:
            return DefectError(status, **texts)
        return ServerError(code.name, info["reason"], status, **texts)


def _info(error: Any) -> tuple[dict[str, str], str]:
    """Reason and metadata of a failed call, and its words; nothing where the server did not answer itself."""
    from google.rpc import error_details_pb2, status_pb2

    raw = dict(error.trailing_metadata() or ()).get(_DETAILS)
    if raw is None:
        return {}, ""
    status = status_pb2.Status.FromString(raw)
    info = error_details_pb2.ErrorInfo()
    for detail in status.details:
        if detail.Is(info.DESCRIPTOR):
            detail.Unpack(info)
            return {"reason": info.reason, **info.metadata}, status.message
    return {}, ""


def _retry_seconds(error: Any) -> float | None:
    """Seconds after which a server that is stopping wants to be asked again; None where it did not say so."""
    if error.code() is not grpc.StatusCode.UNAVAILABLE or not _info(error)[0]:
        return None
    from google.rpc import error_details_pb2, status_pb2

    status = status_pb2.Status.FromString(dict(error.trailing_metadata())[_DETAILS])
    retry = error_details_pb2.RetryInfo()
    for detail in status.details:
        if detail.Is(retry.DESCRIPTOR):
            detail.Unpack(retry)
            return min(float(retry.retry_delay.seconds), 5.0)
    return None
