"""A real server on a loopback port, in a thread of its own, and calls to it as any client makes them."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from google.rpc import error_details_pb2, status_pb2

from radar.control.audit import AuditRecord
from radar.control.server import Server
from radar.control.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
TOKENS = {"viewer": "v" * 40, "operator": "o" * 40, "trader": "t" * 40}
SECONDS = 30


@dataclass
class Failed:
    """How a call failed: code, words, and what the details of its status say."""

    code: grpc.StatusCode
    message: str
    reason: str
    domain: str
    metadata: dict[str, str]
    violations: list[str]


@dataclass
class Served:
    """A running server. ``audit`` are the records so far."""

    address: str
    server: Server
    loop: asyncio.AbstractEventLoop
    audit: list[AuditRecord] = field(default_factory=list)

    def channel(self, role: str | None = "viewer") -> grpc.Channel:
        """A channel whose calls carry the token of ``role``, or none."""
        channel = grpc.insecure_channel(self.address)
        return channel if role is None else grpc.intercept_channel(channel, Token(TOKENS[role]))


class Token(
    grpc.UnaryUnaryClientInterceptor,
    grpc.UnaryStreamClientInterceptor,
    grpc.StreamUnaryClientInterceptor,
    grpc.StreamStreamClientInterceptor,
):
    """Adds a token to every call."""

    def __init__(self, token: str) -> None:
        self.token = token

    def _call(self, continuation: Any, details: Any, request: Any) -> Any:
        metadata = [*(details.metadata or ()), ("authorization", f"Bearer {self.token}")]
        return continuation(details._replace(metadata=metadata), request)

    intercept_unary_unary = intercept_unary_stream = intercept_stream_unary = intercept_stream_stream = _call


def token_file(folder: Path, extra: str = "") -> Path:
    """A file with a caller of each role."""
    path = folder / "tokens"
    lines = [f"{role}-caller {role} {token}" for role, token in TOKENS.items()]
    path.write_text("\n".join([*lines, extra, ""]), encoding="utf-8")
    if os.name != "nt":
        path.chmod(0o600)
    return path


@contextmanager
def serving(folder: Path, **settings: Any) -> Iterator[Served]:
    """A server with the callers of :data:`TOKENS`, stopped at the end."""
    made = Settings(
        **{
            "address": "127.0.0.1:0",
            "config": ROOT / "config",
            "data": ROOT / "tests" / "data" / "sample",
            "grace": 2.0,
            "state": folder / "state",
            **settings,
            "tokens": settings.get("tokens") or token_file(folder),
        }
    )
    ready: list[Served] = []
    failed: list[BaseException] = []
    started = threading.Event()
    stop: list[asyncio.Event] = []
    records: list[AuditRecord] = []

    async def run() -> None:
        stop.append(asyncio.Event())
        async with Server(made, records.append) as server:
            host = made.address.rpartition(":")[0]
            ready.append(Served(f"{host}:{server.port}", server, asyncio.get_running_loop(), records))
            started.set()
            await stop[0].wait()

    def main() -> None:
        try:
            asyncio.run(run())
        except BaseException as error:
            failed.append(error)
            started.set()

    thread = threading.Thread(target=main)
    thread.start()
    try:
        assert started.wait(SECONDS)
        if failed:
            raise failed[0]
        yield ready[0]
    finally:
        if ready:
            ready[0].loop.call_soon_threadsafe(stop[0].set)
        thread.join(SECONDS)
    assert not failed
    assert not thread.is_alive()


def failure(error: grpc.RpcError) -> Failed:
    """What a client learns from a failed call."""
    trailing = dict(error.trailing_metadata() or ())
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    if "grpc-status-details-bin" in trailing:
        status = status_pb2.Status.FromString(trailing["grpc-status-details-bin"])
        assert status.code == error.code().value[0]
        for detail in status.details:
            for known in (info, bad):
                if detail.Is(known.DESCRIPTOR):
                    detail.Unpack(known)
    found = [f"{one.field} {one.reason}" for one in bad.field_violations]
    return Failed(error.code(), error.details(), info.reason, info.domain, dict(info.metadata), found)
