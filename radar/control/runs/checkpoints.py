"""CheckpointService: what runs have written down to go on from. Savepoints are not here yet, and answer so."""

from __future__ import annotations

from collections.abc import Sequence

import grpc

from radar.control.call import current_call
from radar.control.failure import CallError
from radar.control.pages import page_of
from radar.control.runs.known import KnownRuns
from radar.control.runs.messages import named
from radar.control.runs.states import nodes_of
from radar.control.runs.trading import moment
from radar.control.work import Work
from radar.engine.stream.checkpoint import checksum_of
from radar.store.ledger import CheckpointRow, Ledger
from radar.store.registry.runs import KeptRun
from radar.v1 import checkpoint_service_pb2 as pb
from radar.v1 import plan_pb2

__all__ = ["CheckpointService"]


class CheckpointService:
    """Answers for the checkpoints of a server's runs. A checkpoint is named by the row that it goes on at."""

    def __init__(self, runs: KnownRuns, work: Work) -> None:
        self._runs = runs
        self._work = work

    async def create_checkpoint(self, request: pb.CreateCheckpointRequest) -> pb.CreateCheckpointResponse:
        """Let a run write one between two events."""
        kept = await self._runs.get(request.run)
        row = await self._runs.supervisor.checkpoint(kept.name)
        found = next((one for one in await self._all(kept) if one.name == _name(kept, row)), None)
        if row is None or found is None:
            raise CallError(
                grpc.StatusCode.FAILED_PRECONDITION,
                "RUN_NOT_RUNNING",
                f"{request.run} is {kept.state}, so it writes no checkpoint",
                expected="a run that decides",
                next_step="its last checkpoint stands in ListCheckpoints",
            )
        caller = current_call().caller
        answer = pb.CreateCheckpointResponse(checkpoint=found)
        answer.checkpoint.author, answer.checkpoint.reason = caller.name if caller else "", request.reason
        return await self._runs.registry.change(pb.CreateCheckpointResponse, lambda: answer)

    async def get_checkpoint(self, request: pb.GetCheckpointRequest) -> pb.GetCheckpointResponse:
        """One checkpoint."""
        kept = await self._runs.get(f"runs/{named('checkpoints', request.name)[0]}")
        found = next((one for one in await self._all(kept) if one.name == request.name), None)
        if found is None:
            raise _unknown(request.name)
        return pb.GetCheckpointResponse(checkpoint=found)

    async def list_checkpoints(self, request: pb.ListCheckpointsRequest) -> pb.ListCheckpointsResponse:
        """Checkpoints of a run or of all, the newest first."""
        found: list[pb.Checkpoint] = []
        if request.kind != pb.CHECKPOINT_KIND_SAVEPOINT:
            for kept in await self._runs.of(request.run):
                found += await self._all(kept)
        found.sort(key=lambda one: one.create_time.ToNanoseconds(), reverse=True)
        some, token = page_of(found, request)
        return pb.ListCheckpointsResponse(checkpoints=some, next_page_token=token)

    async def inspect_checkpoint(self, request: pb.InspectCheckpointRequest) -> pb.InspectCheckpointResponse:
        """What is in a checkpoint, node by node, and whether its bytes are those that were written."""
        if request.revision:
            raise CallError(
                grpc.StatusCode.UNIMPLEMENTED,
                "METHOD_NOT_AVAILABLE",
                "this server does not look whether a revision could take a checkpoint over",
                expected="no revision; PipelineService.PlanPipeline says what a change does to every node",
            )
        run, own = named("checkpoints", request.name)
        kept = await self._runs.get(f"runs/{run}")

        def look(ledger: Ledger) -> pb.InspectCheckpointResponse | None:
            for row in ledger.checkpoints():
                if str(row.row) == own:
                    intact = checksum_of(row.state) == row.checksum
                    return pb.InspectCheckpointResponse(checkpoint=_message(kept, row, ledger), intact=intact)
            return None

        found: pb.InspectCheckpointResponse | None = await self._runs.supervisor.work.run(
            self._runs.tail(kept).numbered.ask, look
        )
        if found is None:
            raise _unknown(request.name)
        found.nodes.extend(await self._work.run(_nodes, kept))
        return found

    async def _all(self, kept: KeptRun) -> Sequence[pb.Checkpoint]:
        def read(ledger: Ledger) -> list[pb.Checkpoint]:
            return [_message(kept, row, ledger) for row in ledger.checkpoints()]

        return await self._runs.supervisor.work.run(self._runs.tail(kept).numbered.ask, read) or ()


def _message(kept: KeptRun, row: CheckpointRow, ledger: Ledger) -> pb.Checkpoint:
    last = ledger.file.rows("SELECT max(time) FROM equity WHERE row < ?", (row.row,))[0][0]
    message = pb.Checkpoint(
        name=_name(kept, row.row),
        kind=pb.CHECKPOINT_KIND_CHECKPOINT,
        revision=kept.revision,
        digests=plan_pb2.PlanDigests(**kept.settings["digests"]),
        sequence=_events_before(ledger, row.row, len(kept.settings["accounts"])),
        create_time=moment(row.taken),
        size_bytes=len(row.state),
        digest=row.checksum,
    )
    if last is not None:
        message.event_time.CopyFrom(moment(int(last) + kept.settings["bar"]))
    return message


def _events_before(ledger: Ledger, row: int, accounts: int) -> int:
    """The number of the last event that a checkpoint holds, see :mod:`radar.control.runs.sequence`."""
    counted = [ledger.file.rows(f"SELECT count(*) FROM {table} WHERE row < ?", (row,))[0][0] for table in _TABLES]
    steps, *others = (int(count) for count in counted)
    return steps * accounts + sum(others)


_TABLES = ("equity", "fills", "trades", "refusals")


def _nodes(kept: KeptRun) -> list[pb.CheckpointNode]:
    """The nodes of a run, with the bytes of their state over all assets."""
    assets = len(kept.settings["assets"])
    return [
        pb.CheckpointNode(node=node.node, kind=node.kind, state_bytes=node.state_bytes * (1 if node.shared else assets))
        for node in nodes_of(kept)
    ]


def _name(kept: KeptRun, row: int | None) -> str:
    return f"runs/{kept.name}/checkpoints/{row}"


def _unknown(name: str) -> CallError:
    return CallError(
        grpc.StatusCode.NOT_FOUND,
        "CHECKPOINT_UNKNOWN",
        f"there is no {name}",
        expected="one of the checkpoints that the server still keeps",
        next_step="ListCheckpoints shows them",
    )
