"""Watching a run: nothing is left out in silence, whoever reads slowly is told, and the run feels none of it."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration

from radar.store.ledger import Ledger
from radar.v1 import run_pb2
from radar.v1 import run_service_pb2 as pb
from radar.v1.run_service_pb2_grpc import RunServiceStub
from tests.control.running import LONG, asked, ended, ledger_of, until, wish
from tests.control.serving import SECONDS, TOKENS, Served, Token, failure
from tests.control.test_lag import MOST_BUSY, watch

WATCHERS = 100
PLAYED = 8.0
EQUITY, TRADE = run_pb2.RUN_EVENT_KIND_EQUITY, run_pb2.RUN_EVENT_KIND_TRADE


def test_a_stream_goes_on_where_it_was_cut(channel: grpc.Channel) -> None:
    """From any sequence, also of a run that has ended long ago: every row behind it, once, in order, and the end."""
    stub = RunServiceStub(channel)
    name = stub.StartRun(asked(), timeout=SECONDS).run.name
    last = ended(channel, name).sequence
    for after in (1, last // 2, last - 1, last):
        told = list(stub.WatchRun(pb.WatchRunRequest(run=name, after_sequence=after), timeout=LONG))
        rows = [one.row.sequence for one in told if one.HasField("row")]
        assert rows == list(range(after + 1, last + 1))
        assert not any(one.HasField("gap") for one in told)
        assert not told[-1].end.resumable
    only = list(stub.WatchRun(pb.WatchRunRequest(run=name, after_sequence=1, kinds=[TRADE]), timeout=LONG))
    kinds = {one.row.kind for one in only if one.HasField("row")}
    assert kinds == {TRADE}
    with pytest.raises(grpc.RpcError) as caught:
        list(stub.WatchRun(pb.WatchRunRequest(run=name, after_sequence=last + 1), timeout=LONG))
    assert (caught.value.code(), failure(caught.value).reason) == (grpc.StatusCode.OUT_OF_RANGE, "SEQUENCE_UNKNOWN")


def test_a_stream_with_nothing_to_say_says_so(channel: grpc.Channel) -> None:
    """A run whose market stands still sends heartbeats; when it is stopped, its state, and the end of the stream."""
    stub = RunServiceStub(channel)
    # A month in ten hours: a bar every fifty seconds.
    name = stub.StartRun(asked(seconds=36_000.0), timeout=SECONDS).run.name
    until(channel, name, run_pb2.RUN_STATE_RUNNING)
    watched = stub.WatchRun(pb.WatchRunRequest(run=name, heartbeat_interval=Duration(seconds=1)), timeout=LONG)
    assert next(watched).snapshot.run.state == run_pb2.RUN_STATE_RUNNING
    assert next(one for one in watched if not one.HasField("row")).HasField("heartbeat")
    stub.StopRun(pb.StopRunRequest(request_id=wish(), name=name), timeout=SECONDS)
    states = [one.snapshot.run.state for one in watched if one.HasField("snapshot")]
    assert states[-1] == run_pb2.RUN_STATE_STOPPED


def pace(path: Path) -> float:
    """Seconds from the first checkpoint of a run to its last: what it took, as its own process saw it."""
    with Ledger(path) as ledger:
        times = [row.time for row in ledger.audited()]
        return (times[-1] - ledger.run.created) / 1000.0


def test_a_hundred_watchers_do_not_slow_a_run_and_a_slow_one_is_told(
    running: Served, channel: grpc.Channel, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run takes as long with a hundred watchers as with none, and no turn of the server's loop is a long one;
    ninety-nine see every row or are told of a gap; the one that does not read until the end gets a gap, a snapshot as
    it is then, and the end."""
    monkeypatch.setattr("radar.control.runs.tail.KEPT", 64)
    stub = RunServiceStub(channel)
    alone = stub.StartRun(asked(seconds=PLAYED), timeout=SECONDS).run.name
    ended(channel, alone)
    name = stub.StartRun(asked(seconds=PLAYED), timeout=SECONDS).run.name
    stop, done = threading.Event(), threading.Event()
    watched_loop: Future[list[float]] = asyncio.run_coroutine_threadsafe(watch(done), running.loop)

    def follow(number: int) -> list[pb.WatchRunResponse]:
        # Connections of their own: on a shared one, a reader that stands still would be the client's matter.
        options = [
            ("grpc.use_local_subchannel_pool", 1),
            ("grpc.http2.lookahead_bytes", 4096),
            ("grpc.http2.bdp_probe", 0),
        ]
        with grpc.insecure_channel(running.address, options) as own:
            watched = RunServiceStub(grpc.intercept_channel(own, Token(TOKENS["viewer"]))).WatchRun(
                pb.WatchRunRequest(run=name), timeout=LONG
            )
            if number == 0:
                first = next(watched)
                assert stop.wait(LONG)
                return [first, *watched]
            return list(watched)

    with ThreadPoolExecutor(WATCHERS) as pool:
        asked_for = [pool.submit(follow, number) for number in range(WATCHERS)]
        last = ended(channel, name).sequence
        done.set()
        time.sleep(1.0)
        stop.set()
        told = [one.result(LONG) for one in asked_for]
    ratio = pace(ledger_of(folder / "state", name)) / pace(ledger_of(folder / "state", alone))
    busy = sorted(watched_loop.result(SECONDS))
    print(f"with {WATCHERS} watchers the run took {ratio:.2f} times as long; busiest turn {busy[-1] * 1000:.1f} ms")
    assert ratio < 1.25
    # The longest of thousands hold pauses of the interpreter's own, and those of a busy machine.
    assert busy[int(len(busy) * 0.99)] < MOST_BUSY
    for messages in told:
        require_nothing_left_out(messages, last)
    assert any(one.HasField("gap") for one in told[0])


def require_nothing_left_out(messages: list[pb.WatchRunResponse], last: int) -> None:
    """Rows and gaps together are every number from the first snapshot to the last row, each once."""
    seen = messages[0].sequence
    for before, one in itertools.pairwise(messages):
        if one.HasField("row"):
            assert one.row.sequence == seen + 1
            seen = one.row.sequence
        elif one.HasField("gap"):
            assert one.gap.first_sequence == seen + 1
            seen = one.gap.last_sequence
        elif one.HasField("snapshot") and before.HasField("gap"):
            assert one.sequence == seen
        assert one.sequence == seen
    assert seen == last
    assert messages[-1].HasField("end")
