"""SystemService: what the server is, whether it is ready, its log, and what was asked of it."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.metadata
import logging
import platform
import time
from collections.abc import AsyncIterator, Collection
from functools import cache
from pathlib import Path

import radar
from radar.control.access import METHODS, Role
from radar.control.call import current_call
from radar.control.logs import Line, LogBuffer
from radar.control.pages import cursor_of, cursor_token
from radar.control.registry import Registry
from radar.control.said import instant
from radar.control.work import Work
from radar.kernel.reach import sources_digest
from radar.spec.config import Config
from radar.spec.diagnostic import summary
from radar.store.registry.audit import AuditRow
from radar.v1 import stream_pb2
from radar.v1 import system_service_pb2 as pb

__all__ = ["System"]

HEARTBEAT_SECONDS = 15.0
MOST_TAIL = 1000
_PACKAGES = ("numba", "llvmlite", "numpy", "pyarrow", "grpcio", "protobuf")
_DECIDES = ("kernel", "market", "nodes", "plan", "spec")
"""Parts of the package from which kernels are made."""


class System:
    """Answers for the server as a whole. ``available`` are the methods that this server has, by full name."""

    def __init__(
        self,
        work: Work,
        registry: Registry,
        logs: LogBuffer,
        available: Collection[str],
        config: Path | None,
        data: Path | None,
    ) -> None:
        self._work = work
        self._registry = registry
        self._logs = logs
        self._available = available
        self._config = config
        self._data = data
        self._started = time.time_ns()
        self.stopping = asyncio.Event()

    async def get_system_info(self, _request: pb.GetSystemInfoRequest) -> pb.GetSystemInfoResponse:
        """What the server is and what it can do."""
        caller = current_call().caller
        return pb.GetSystemInfoResponse(
            version=radar.__version__,
            api_versions=["radar.v1"],
            methods=[
                pb.MethodInfo(name=name, role=_role(role), available=name in self._available)
                for name, role in sorted(METHODS.items())
            ],
            versions=_versions(),
            kernel_digest=await self._work.run(_kernel_digest),
            start_time=instant(self._started),
            time=instant(time.time_ns()),
            caller=caller.name if caller else "",
            role=_role(caller.role) if caller else pb.ROLE_UNSPECIFIED,
        )

    async def get_readiness(self, _request: pb.GetReadinessRequest) -> pb.GetReadinessResponse:
        """Whether every part is ready."""
        checks = [
            pb.ReadinessCheck(
                name="serving",
                ready=not self.stopping.is_set(),
                detail="the server is stopping" if self.stopping.is_set() else "calls are answered",
            ),
            *await self._work.run(self._folders),
        ]
        return pb.GetReadinessResponse(ready=all(check.ready for check in checks), checks=checks)

    async def stream_logs(self, request: pb.StreamLogsRequest) -> AsyncIterator[pb.StreamLogsResponse]:
        """Lines that are written already, then lines as they are written."""
        least = request.min_level or pb.LOG_LEVEL_INFO
        seen = min(request.after_sequence, self._logs.last_sequence)
        with self._logs.listening() as news:
            lines = self._logs.after(seen)
            if not request.after_sequence:
                fitting = [line for line in lines if _level(line) >= least]
                tail = min(max(request.tail, 0), MOST_TAIL)
                seen = self._logs.last_sequence
                lines = fitting[len(fitting) - min(tail, len(fitting)) :]
            elif lines and lines[0].sequence > seen + 1:
                yield _gap(seen + 1, lines[0].sequence - 1)
            while True:
                for line in lines:
                    seen = line.sequence
                    if _level(line) >= least:
                        yield _line(line)
                if request.only_tail:
                    return
                if self.stopping.is_set():
                    yield _end(seen)
                    return
                if not await self._woken(news):
                    heartbeat = stream_pb2.Heartbeat(time=instant(time.time_ns()))
                    yield pb.StreamLogsResponse(sequence=seen, heartbeat=heartbeat)
                news.clear()
                lines = self._logs.after(seen)
                if lines and lines[0].sequence > seen + 1:
                    yield _gap(seen + 1, lines[0].sequence - 1)

    async def list_audit_records(self, request: pb.ListAuditRecordsRequest) -> pb.ListAuditRecordsResponse:
        """What was asked for, the newest first. A page goes on where the one before ended, whatever came meanwhile."""
        trail = self._registry.trail
        start, size = cursor_of(request, await self._registry.ask(trail.last) + 1)
        found = await self._registry.ask(trail.page, start, size + 1, caller=request.caller, method=request.method)
        token = cursor_token(request, found[size - 1][0]) if len(found) > size else ""
        records = [_audited(row) for _, row in found[:size]]
        return pb.ListAuditRecordsResponse(records=records, next_page_token=token)

    async def _woken(self, news: asyncio.Event) -> bool:
        """Wait for a line or for the end of the server; False when neither came for a while."""
        waits = [asyncio.ensure_future(event.wait()) for event in (news, self.stopping)]
        try:
            done, _ = await asyncio.wait(waits, timeout=HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            return bool(done)
        finally:
            for wait in waits:
                wait.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await wait

    def _folders(self) -> list[pb.ReadinessCheck]:
        return [_configuration(self._config), _market_data(self._data)]


def _role(role: Role) -> pb.Role.ValueType:
    return pb.Role.Value(f"ROLE_{role.name}")


@cache
def _versions() -> dict[str, str]:
    found = {name: importlib.metadata.version(name) for name in _PACKAGES}
    return {"python": platform.python_version(), **found}


@cache
def _kernel_digest() -> str:
    """Names the sources that every kernel is made from, as they are on disk."""
    package = Path(radar.__file__).parent
    files = sorted(path for part in _DECIDES for path in (package / part).rglob("*.py"))
    return sources_digest({path.relative_to(package).as_posix(): path.read_text(encoding="utf-8") for path in files})


def _configuration(folder: Path | None) -> pb.ReadinessCheck:
    if folder is None:
        return pb.ReadinessCheck(name="configuration", ready=True, detail="requests bring their own values")
    config = Config.load(folder)
    errors = [one for one in config.diagnostics if one.severity == "error"]
    detail = f"{folder.as_posix()}: {summary(errors) if errors else f'{len(config.sources)} files'}"
    return pb.ReadinessCheck(name="configuration", ready=not errors, detail=detail)


def _market_data(folder: Path | None) -> pb.ReadinessCheck:
    if folder is None:
        return pb.ReadinessCheck(name="market data", ready=True, detail="no store was named")
    if not folder.is_dir():
        detail = f"there is no folder {folder.as_posix()}; radarctl data import FILE --data DIR makes one"
        return pb.ReadinessCheck(name="market data", ready=False, detail=detail)
    from radar.store import Store

    count = len(Store(folder).keys())
    return pb.ReadinessCheck(name="market data", ready=True, detail=f"{folder.as_posix()}: {count} series")


def _level(line: Line) -> pb.LogLevel.ValueType:
    return {
        logging.DEBUG: pb.LOG_LEVEL_DEBUG,
        logging.INFO: pb.LOG_LEVEL_INFO,
        logging.WARNING: pb.LOG_LEVEL_WARNING,
    }.get(line.level, pb.LOG_LEVEL_ERROR if line.level > logging.WARNING else pb.LOG_LEVEL_DEBUG)


def _audited(row: AuditRow) -> pb.AuditRecord:
    return pb.AuditRecord(
        time=instant(row.time),
        caller=row.caller,
        peer=row.peer,
        method=row.method,
        request_id=row.request_id,
        outcome=row.outcome,
        reason=row.reason,
    )


def _line(line: Line) -> pb.StreamLogsResponse:
    said = pb.LogLine(
        time=instant(line.time),
        level=_level(line),
        source=line.source,
        text=line.text,
        request_id=line.request_id,
    )
    return pb.StreamLogsResponse(sequence=line.sequence, line=said)


def _gap(first: int, last: int) -> pb.StreamLogsResponse:
    gap = stream_pb2.Gap(first_sequence=first, last_sequence=last, reason="these lines are no longer kept")
    return pb.StreamLogsResponse(sequence=last, gap=gap)


def _end(sequence: int) -> pb.StreamLogsResponse:
    end = stream_pb2.StreamEnd(reason="the server is stopping", resumable=False)
    return pb.StreamLogsResponse(sequence=sequence, end=end)
