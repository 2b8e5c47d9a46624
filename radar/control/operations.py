"""OperationService: long jobs, looked at, waited for, ended."""

from __future__ import annotations

import grpc

from radar.control import said
from radar.control.failure import CallError
from radar.control.jobs.jobs import Jobs
from radar.control.names import part_of
from radar.control.pages import page_of
from radar.control.registry import Registry
from radar.store.registry.operations import ENDED, KeptOperation
from radar.v1 import operation_pb2
from radar.v1 import operation_service_pb2 as pb

__all__ = ["OperationService", "operation_message", "unknown_operation"]

LONGEST_SECONDS = 600.0
DEFAULT_SECONDS = 60.0
_PREFIX = "OPERATION_STATE_"


class OperationService:
    """Answers for the jobs of a server."""

    def __init__(self, registry: Registry, jobs: Jobs) -> None:
        self._registry = registry
        self._jobs = jobs

    async def get_operation(self, request: pb.GetOperationRequest) -> pb.GetOperationResponse:
        """One job."""
        found = await self._jobs.get(part_of("operations", request.name))
        return pb.GetOperationResponse(operation=operation_message(_there(found, request.name)))

    async def list_operations(self, request: pb.ListOperationsRequest) -> pb.ListOperationsResponse:
        """Jobs, the newest first."""
        names = [_state_name(state) for state in request.states]
        # What the registry holds may be a word behind the job itself.
        found = [one for one in await self._jobs.all((), request.method) if not names or one.state in names]
        some, token = page_of(found, request)
        return pb.ListOperationsResponse(operations=[operation_message(one) for one in some], next_page_token=token)

    async def wait_operation(self, request: pb.WaitOperationRequest) -> pb.WaitOperationResponse:
        """A job when it has ended, or when the time is up."""
        name = part_of("operations", request.name)
        seconds = request.timeout.ToTimedelta().total_seconds() if request.HasField("timeout") else DEFAULT_SECONDS
        if not 0 <= seconds <= LONGEST_SECONDS:
            raise CallError(
                grpc.StatusCode.INVALID_ARGUMENT,
                "TIMEOUT_INVALID",
                f"timeout is {seconds:g} seconds",
                expected=f"0 to {LONGEST_SECONDS:g} seconds",
            )
        found = await self._jobs.wait(name, seconds)
        return pb.WaitOperationResponse(operation=operation_message(_there(found, request.name)))

    async def cancel_operation(self, request: pb.CancelOperationRequest) -> pb.CancelOperationResponse:
        """Ask a job to end early; one that has ended stays as it is."""
        name = part_of("operations", request.name)

        def cancel() -> pb.CancelOperationResponse:
            found = _there(self._jobs.cancelled(name), request.name)
            return pb.CancelOperationResponse(operation=operation_message(found))

        answer = await self._registry.change(pb.CancelOperationResponse, cancel)
        if answer.operation.state in (
            operation_pb2.OPERATION_STATE_CANCELLING,
            operation_pb2.OPERATION_STATE_CANCELLED,
        ):
            await self._jobs.end(name)
        return answer

    async def delete_operation(self, request: pb.DeleteOperationRequest) -> pb.DeleteOperationResponse:
        """Forget a job that has ended."""
        name = part_of("operations", request.name)

        def forget() -> pb.DeleteOperationResponse:
            found = _there(self._registry.operations.find(name), request.name)
            if found.state not in ENDED:
                raise CallError(
                    grpc.StatusCode.FAILED_PRECONDITION,
                    "OPERATION_NOT_ENDED",
                    f"{request.name} has not ended",
                    expected="a job that has ended",
                    next_step=f"radarctl operation cancel {name}",
                )
            self._registry.operations.forget(name)
            return pb.DeleteOperationResponse()

        return await self._registry.change(pb.DeleteOperationResponse, forget)


def operation_message(found: KeptOperation) -> operation_pb2.Operation:
    """A job as it is told of."""
    message = operation_pb2.Operation(
        name=f"operations/{found.name}",
        method=found.method,
        title=found.title,
        state=operation_pb2.OperationState.Value(_PREFIX + found.state),
        phase=found.phase,
        create_time=said.instant(found.create_time),
        author=found.author,
        result=found.result,
        warnings=found.warnings,
    )
    if found.progress is not None:
        message.progress = found.progress
    if found.start_time is not None:
        message.start_time.CopyFrom(said.instant(found.start_time))
    if found.end_time is not None:
        message.end_time.CopyFrom(said.instant(found.end_time))
    if found.problem is not None:
        message.problem.CopyFrom(said.problem(found.problem))
    return message


def unknown_operation(name: str) -> CallError:
    """There is no such job."""
    return CallError(
        grpc.StatusCode.NOT_FOUND,
        "OPERATION_UNKNOWN",
        f"there is no {name}",
        expected="a job that was started and not deleted",
        next_step="radarctl operation list shows them",
    )


def _there(found: KeptOperation | None, name: str) -> KeptOperation:
    if found is None:
        raise unknown_operation(name)
    return found


def _state_name(state: operation_pb2.OperationState.ValueType) -> str:
    if state not in operation_pb2.OperationState.values() or not state:
        raise CallError(
            grpc.StatusCode.INVALID_ARGUMENT,
            "STATE_UNKNOWN",
            f"there is no state {state} of a job",
            expected=", ".join(operation_pb2.OperationState.keys()[1:]),
        )
    return operation_pb2.OperationState.Name(state).removeprefix(_PREFIX)
