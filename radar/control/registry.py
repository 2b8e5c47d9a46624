"""The registry for a server: asked on the event loop, answered by one thread that alone reads and writes the file."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ParamSpec, TypeVar

import grpc
from google.protobuf.message import Message

from radar.control.audit import AuditRecord
from radar.control.call import Call, current_call
from radar.control.failure import CallError
from radar.store.registry.audit import AuditRow, AuditTrail
from radar.store.registry.database import Database
from radar.store.registry.operations import Operations
from radar.store.registry.pipelines import Pipelines
from radar.store.registry.requests import Requests, Wish
from radar.store.registry.runs import Runs

__all__ = ["FILE", "Registry"]

FILE = "registry.sqlite"
MOST_WAITING = 10_000
"""Audit records that wait for the thread at most."""
_NANOSECONDS_OF_MILLISECOND = 1_000_000

_LOG = logging.getLogger(__name__)

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")
Reply = TypeVar("Reply", bound=Message)


class Registry:
    """The registry of a server, in its folder of state."""

    def __init__(self, folder: Path) -> None:
        """Open the file, which is made where it is not there.

        Raises:
            RadarError: It cannot be used, or another server uses it.
        """
        self.database = Database(folder / FILE)
        self.pipelines = Pipelines(self.database)
        self.requests = Requests(self.database)
        self.operations = Operations(self.database)
        self.runs = Runs(self.database)
        self.trail = AuditTrail(self.database)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="radar-registry")
        self._waiting: deque[AuditRow] = deque()
        self._guard = threading.Lock()

    async def ask(
        self, function: Callable[Arguments, Answer], *arguments: Arguments.args, **named: Arguments.kwargs
    ) -> Answer:
        """What ``function`` returns or raises in the registry's thread."""
        call = lambda: function(*arguments, **named)  # noqa: E731 - one expression for the executor
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)

    async def answered(self, call: Call) -> bytes | None:
        """What the wish of a call was answered before, or None when it is new.

        Raises:
            CallError: The same id was used for another wish.
        """
        wish = _wish(call)
        return _same(await self.ask(self.requests.find, wish, time.time_ns()), wish)

    async def change(self, kind: type[Reply], body: Callable[[], Reply]) -> Reply:
        """Do what the current call wishes, once: ``body`` writes and answers in one transaction, in which the answer is
        remembered too. The same wish again gets the same answer, and ``body`` is not called."""
        wish = _wish(current_call())
        return await self.ask(self._change, wish, kind, body)

    def _change(self, wish: Wish, kind: type[Reply], body: Callable[[], Reply]) -> Reply:
        now = time.time_ns()
        with self.database.change():
            known = _same(self.requests.find(wish, now), wish)
            if known is not None:
                return kind.FromString(known)
            answer = body()
            self.requests.keep(wish, answer.SerializeToString(), now)
        return answer

    def keep(self, record: AuditRecord) -> None:
        """Take an audit record over; it is written soon, many at once where many come."""
        row = AuditRow(
            record.time * _NANOSECONDS_OF_MILLISECOND,
            record.caller,
            record.peer,
            record.method,
            record.request_id,
            record.outcome,
            record.reason,
        )
        with self._guard:
            if len(self._waiting) >= MOST_WAITING:
                _LOG.error("a record of the audit was lost, there are too many: %s", record)
                return
            self._waiting.append(row)
            if len(self._waiting) > 1:
                return
        self._thread.submit(self._write)

    def _write(self) -> None:
        with self._guard:
            rows = list(self._waiting)
            self._waiting.clear()
        try:
            self.trail.add(rows)
        except Exception:
            _LOG.exception("%s records of the audit were lost, the first: %s", len(rows), rows[:1])

    def close(self) -> None:
        """Write what waits and let go of the file."""
        self._thread.shutdown(wait=True)
        self.database.close()


def _wish(call: Call) -> Wish:
    assert call.caller is not None, "only who is known gets as far as a service"
    return Wish(call.caller.name, call.method, call.wish, call.asked)


def _same(known: tuple[bytes, bytes] | None, wish: Wish) -> bytes | None:
    if known is None:
        return None
    digest, answer = known
    if digest != wish.digest:
        raise CallError(
            grpc.StatusCode.INVALID_ARGUMENT,
            "REQUEST_ID_REUSED",
            f"the request_id {wish.request_id} was used for another request of this method",
            expected="an id of its own for every wish; the same id only with the same request",
            next_step="make a new id, such as a UUID",
        )
    return answer
