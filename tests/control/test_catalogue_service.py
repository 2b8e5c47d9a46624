"""CatalogueService over a real connection: kinds, codes and schema are those of the registry, page by page."""

from __future__ import annotations

import json

import grpc
import pytest

from radar.engine.topics import topics
from radar.nodes.registry import kinds
from radar.spec.schema import pipeline_schema
from radar.v1 import (
    catalogue_service_pb2,
    catalogue_service_pb2_grpc,
    diagnostic_pb2,
)
from tests.control.serving import SECONDS, failure


def test_the_catalogue_is_that_of_the_registry(viewer: grpc.Channel) -> None:
    """Every kind, page by page, in order and once; a page of a kind has its ports and parameters."""
    stub = catalogue_service_pb2_grpc.CatalogueServiceStub(viewer)
    names, token = [], ""
    while True:
        request = catalogue_service_pb2.ListNodeKindsRequest(page_size=7, page_token=token)
        answer = stub.ListNodeKinds(request, timeout=SECONDS)
        assert len(answer.kinds) <= 7
        names += [kind.name for kind in answer.kinds]
        token = answer.next_page_token
        if not token:
            break
    assert names == [f"{role}.{name}" for role, name in kinds()]
    kind = stub.GetNodeKind(catalogue_service_pb2.GetNodeKindRequest(name="sma"), timeout=SECONDS).kind
    assert (kind.name, kind.role) == ("indicator.sma", catalogue_service_pb2.NODE_ROLE_INDICATOR)
    assert {"period"} <= {one.name for one in kind.parameters}
    assert {port.output for port in kind.ports} == {True, False}
    assert kind.page
    risks = catalogue_service_pb2.ListNodeKindsRequest(role=catalogue_service_pb2.NODE_ROLE_RISK, page_size=1000)
    assert {one.name.partition(".")[0] for one in stub.ListNodeKinds(risks, timeout=SECONDS).kinds} == {"risk"}


def test_every_code_can_be_looked_up(viewer: grpc.Channel) -> None:
    """What radarctl explain knows is on the wire, with its page; an unknown one is NOT_FOUND with the nearest."""
    stub = catalogue_service_pb2_grpc.CatalogueServiceStub(viewer)
    request = catalogue_service_pb2.ListDiagnosticCodesRequest(page_size=1000)
    codes = stub.ListDiagnosticCodes(request, timeout=SECONDS).codes
    assert [one.code for one in codes] == [topic.name for topic in topics()]
    assert all(one.group for one in codes)
    page = stub.GetDiagnosticCode(catalogue_service_pb2.GetDiagnosticCodeRequest(code="r3001"), timeout=SECONDS)
    assert page.codes[0].severity == diagnostic_pb2.SEVERITY_ERROR
    assert page.codes[0].text.startswith("R3001")
    both = stub.GetDiagnosticCode(catalogue_service_pb2.GetDiagnosticCodeRequest(code="kill_switch"), timeout=SECONDS)
    assert len(both.codes) == 2
    with pytest.raises(grpc.RpcError) as caught:
        stub.GetDiagnosticCode(catalogue_service_pb2.GetDiagnosticCodeRequest(code="R3O01"), timeout=SECONDS)
    found = failure(caught.value)
    assert (found.code, found.reason) == (grpc.StatusCode.NOT_FOUND, "CODE_UNKNOWN")
    assert "radarctl explain" in found.metadata["next_step"]


def test_the_schema_is_the_schema(viewer: grpc.Channel) -> None:
    """An editor gets from the server what radarctl schema writes."""
    stub = catalogue_service_pb2_grpc.CatalogueServiceStub(viewer)
    answer = stub.GetSpecSchema(catalogue_service_pb2.GetSpecSchemaRequest(), timeout=SECONDS)
    assert json.loads(answer.schema_json) == json.loads(json.dumps(pipeline_schema()))


@pytest.mark.parametrize(
    ("size", "token", "reason"),
    [(-1, "", "PAGE_SIZE_INVALID"), (2, "nonsense!", "PAGE_TOKEN_INVALID"), (2, "AAAA", "PAGE_TOKEN_INVALID")],
)
def test_a_page_that_was_never_offered_is_refused(viewer: grpc.Channel, size: int, token: str, reason: str) -> None:
    """A negative size and a token of nobody's making are the client's mistake."""
    stub = catalogue_service_pb2_grpc.CatalogueServiceStub(viewer)
    with pytest.raises(grpc.RpcError) as caught:
        stub.ListNodeKinds(
            catalogue_service_pb2.ListNodeKindsRequest(page_size=size, page_token=token), timeout=SECONDS
        )
    assert failure(caught.value).reason == reason


def test_a_page_token_belongs_to_its_list(viewer: grpc.Channel) -> None:
    """A token of one list does not open another, nor the same with another filter."""
    stub = catalogue_service_pb2_grpc.CatalogueServiceStub(viewer)
    first = stub.ListNodeKinds(catalogue_service_pb2.ListNodeKindsRequest(page_size=2), timeout=SECONDS)
    for call in (
        lambda: stub.ListDiagnosticCodes(
            catalogue_service_pb2.ListDiagnosticCodesRequest(page_token=first.next_page_token), timeout=SECONDS
        ),
        lambda: stub.ListNodeKinds(
            catalogue_service_pb2.ListNodeKindsRequest(
                page_token=first.next_page_token, role=catalogue_service_pb2.NODE_ROLE_RISK
            ),
            timeout=SECONDS,
        ),
    ):
        with pytest.raises(grpc.RpcError) as caught:
            call()
        assert failure(caught.value).reason == "PAGE_TOKEN_INVALID"
