"""Watching a run: first what it is, then every event as it is written, each watcher at its own pace."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence

import grpc
from google.protobuf.duration_pb2 import Duration

from radar.control.failure import CallError
from radar.control.runs.known import KnownRuns
from radar.control.runs.messages import etag_of, snapshot_message
from radar.control.runs.tail import PAGE, Tail
from radar.control.said import instant
from radar.store.registry.runs import KeptRun
from radar.v1 import event_pb2, run_pb2, stream_pb2
from radar.v1 import run_service_pb2 as pb

__all__ = ["kinds_of", "watch"]

HEARTBEAT_SECONDS = 15.0
SHORTEST, LONGEST = 1.0, 60.0
STOPPING = "the server is stopping; the run goes on with the next one"


async def watch(runs: KnownRuns, request: pb.WatchRunRequest) -> AsyncIterator[pb.WatchRunResponse]:
    """What :class:`RunService` answers to WatchRun."""
    kept = await runs.get(request.run)
    tail = runs.tail(kept)
    pause = _pause(request)
    kinds = kinds_of(request.kinds)
    with tail.watching() as turn:
        await tail.pull()
        seen, etag = request.after_sequence, etag_of(kept)
        if seen > tail.last:
            raise CallError(
                grpc.StatusCode.OUT_OF_RANGE,
                "SEQUENCE_UNKNOWN",
                f"runs/{kept.name} has no event {seen:,}: its last is {tail.last:,}",
                expected="the sequence of the last message that was seen, or 0",
                next_step="watch it with 0: the stream begins with a snapshot",
            )
        if not seen:
            seen = tail.last
            yield pb.WatchRunResponse(sequence=seen, snapshot=snapshot_message(kept, seen))
        behind = seen + 1 < tail.first
        while True:
            changed = tail.changed
            kept = await runs.get(request.run)
            tail = runs.tail(kept)
            if seen + 1 < tail.first and not behind:
                # What it has missed will not come; what it is now does.
                gap = stream_pb2.Gap(first_sequence=seen + 1, last_sequence=tail.last, reason="it was read too slowly")
                seen = tail.last
                yield pb.WatchRunResponse(sequence=seen, gap=gap)
                yield pb.WatchRunResponse(sequence=seen, snapshot=snapshot_message(kept, seen))
                etag = etag_of(kept)
                continue
            events = await _next(runs, tail, seen, behind=behind)
            for event in events:
                seen = event.sequence
                if not kinds or event.kind in kinds:
                    yield pb.WatchRunResponse(sequence=seen, row=event)
            if events:
                behind = behind and seen + 1 < tail.first
                continue
            if etag_of(kept) != etag:
                etag = etag_of(kept)
                if kept.has_ended:
                    # Its last words are in the ledger before it is known to have ended.
                    await tail.pull()
                yield pb.WatchRunResponse(sequence=seen, snapshot=snapshot_message(kept, seen))
                continue
            if kept.has_ended or runs.supervisor.stopping.is_set():
                yield _end(kept, seen)
                return
            if await _woken(changed, pause):
                await asyncio.sleep(turn)
            else:
                heartbeat = stream_pb2.Heartbeat(time=instant(time.time_ns()))
                yield pb.WatchRunResponse(sequence=seen, heartbeat=heartbeat)


async def _next(runs: KnownRuns, tail: Tail, seen: int, *, behind: bool) -> Sequence[event_pb2.RunEvent]:
    """The next events: from what is kept, or from the ledger for one that begins further back."""
    if behind:
        return await runs.supervisor.work.run(tail.numbered.read, seen, PAGE)
    return tail.kept(seen)


async def _woken(changed: asyncio.Event, seconds: float) -> bool:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(changed.wait(), seconds)
        return True
    return False


def _end(kept: KeptRun, seen: int) -> pb.WatchRunResponse:
    reason = f"the run has ended: {kept.state}" if kept.has_ended else STOPPING
    end = stream_pb2.StreamEnd(reason=reason, resumable=not kept.has_ended)
    return pb.WatchRunResponse(sequence=seen, end=end)


def _pause(request: pb.WatchRunRequest) -> float:
    if not request.HasField("heartbeat_interval"):
        return HEARTBEAT_SECONDS
    interval: Duration = request.heartbeat_interval
    seconds = interval.seconds + interval.nanos / 1e9
    if not SHORTEST <= seconds <= LONGEST:
        raise CallError(
            grpc.StatusCode.INVALID_ARGUMENT,
            "INTERVAL_INVALID",
            f"heartbeat_interval is {seconds:g} seconds",
            expected=f"{SHORTEST:g} to {LONGEST:g} seconds",
        )
    return seconds


def kinds_of(kinds: Sequence[run_pb2.RunEventKind.ValueType]) -> frozenset[run_pb2.RunEventKind.ValueType]:
    """Kinds of events in a request.

    Raises:
        CallError: There is no such kind.
    """
    for kind in kinds:
        if not kind or kind not in run_pb2.RunEventKind.values():
            raise CallError(
                grpc.StatusCode.INVALID_ARGUMENT,
                "KIND_UNKNOWN",
                f"there is no kind {kind} of an event",
                expected=", ".join(run_pb2.RunEventKind.keys()[1:]),
            )
    return frozenset(kinds)
