"""What stands around a call: changes name their wish, and a server that stops turns them away and answers reads."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from radar.control.bind import bound_methods, service_handler
from radar.control.call import CURRENT, Call
from radar.control.failure import CallError
from radar.v1 import pipeline_service_pb2, pipeline_service_pb2_grpc, system_service_pb2, system_service_pb2_grpc
from tests.control.serving import SECONDS, failure, serving

APPLY = "radar.v1.PipelineService/ApplyPipeline"


class Applies:
    """A service that has one change and answers what it was asked."""

    async def apply_pipeline(
        self, request: pipeline_service_pb2.ApplyPipelineRequest
    ) -> pipeline_service_pb2.ApplyPipelineResponse:
        """The request's words, as a revision's message."""
        answer = pipeline_service_pb2.ApplyPipelineResponse()
        answer.revision.message = request.message
        return answer


def ask(request: pipeline_service_pb2.ApplyPipelineRequest) -> tuple[Any, Call]:
    """Hand a request to the bound method, as grpc does."""
    handler = service_handler("radar.v1.PipelineService", Applies())
    method: Any = handler.service(SimpleNamespace(method=f"/{APPLY}", invocation_metadata=()))
    call = Call(APPLY, "peer", "call-1")

    async def run() -> Any:
        CURRENT.set(call)
        return await method.unary_unary(request.SerializeToString(), None)

    return asyncio.run(run()), call


def test_a_service_has_the_methods_that_its_class_defines() -> None:
    """Only what is written is bound; the rest of the service is left to say that it is not there."""
    assert bound_methods("radar.v1.PipelineService", Applies()) == [APPLY]


def test_a_change_with_an_id_is_answered_and_its_wish_is_known() -> None:
    """The id of the wish is what an audit will show."""
    request = pipeline_service_pb2.ApplyPipelineRequest(request_id="wish-1", message="because")
    answer, call = ask(request)
    assert answer.revision.message == "because"
    assert call.wish == "wish-1"


@pytest.mark.parametrize("given", ["", " ", "two words", "x" * 65, "line\nbreak"])
def test_a_change_without_a_usable_id_is_refused(given: str) -> None:
    """Without an id a lost answer could not be asked for again, so nothing is begun."""
    with pytest.raises(CallError, match="request_id") as caught:
        ask(pipeline_service_pb2.ApplyPipelineRequest(request_id=given))
    assert caught.value.status is grpc.StatusCode.INVALID_ARGUMENT
    assert caught.value.reason == "REQUEST_ID_INVALID"


def test_a_server_that_stops_answers_reads_and_turns_changes_away(tmp_path: Path) -> None:
    """UNAVAILABLE, with the time after which to ask again; what was turned away is on record."""
    with serving(tmp_path) as served, served.channel("operator") as channel:
        served.server._boundary.draining = True
        with pytest.raises(grpc.RpcError) as caught:
            pipeline_service_pb2_grpc.PipelineServiceStub(channel).ApplyPipeline(
                pipeline_service_pb2.ApplyPipelineRequest(), timeout=SECONDS
            )
        assert (caught.value.code(), failure(caught.value).reason) == (grpc.StatusCode.UNAVAILABLE, "SERVER_STOPPING")
        trailing = dict(caught.value.trailing_metadata() or ())
        status = status_pb2.Status.FromString(trailing["grpc-status-details-bin"])
        retry = error_details_pb2.RetryInfo()
        assert status.details[1].Unpack(retry)
        assert retry.retry_delay.seconds > 0
        assert [(one.method, one.outcome) for one in served.audit] == [(APPLY, "UNAVAILABLE")]
        system_service_pb2_grpc.SystemServiceStub(channel).GetReadiness(
            system_service_pb2.GetReadinessRequest(), timeout=SECONDS
        )
