"""CatalogueService: what pipelines can be made of, and what every code means."""

from __future__ import annotations

import hashlib
import json
from functools import cache

import grpc

from radar.control.failure import CallError
from radar.control.pages import page_of
from radar.control.work import Work
from radar.engine.topics import GROUPS, Topic, find_topics, topics
from radar.errors import RadarError
from radar.nodes.catalogue import parameters_of, ports_of
from radar.nodes.kind import ROLES, Kind
from radar.nodes.registry import kinds
from radar.spec.codes import CODES
from radar.spec.kinds import find_kind
from radar.spec.schema import pipeline_schema
from radar.v1 import catalogue_service_pb2 as pb
from radar.v1 import diagnostic_pb2

__all__ = ["Catalogue"]

_ROLE_NUMBERS = {role: pb.NodeRole.Value(f"NODE_ROLE_{role.upper()}") for role in ROLES}
_GROUP_NUMBERS = dict(
    zip(
        GROUPS,
        (pb.TOPIC_GROUP_PIPELINE, pb.TOPIC_GROUP_DATA, pb.TOPIC_GROUP_REFUSAL, pb.TOPIC_GROUP_EXIT),
        strict=True,
    )
)


class Catalogue:
    """Answers from the registry of kinds and the table of codes."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def list_node_kinds(self, request: pb.ListNodeKindsRequest) -> pb.ListNodeKindsResponse:
        """The kinds, in short."""
        found = [kind for (role, _), kind in kinds().items() if request.role in (0, _ROLE_NUMBERS[role])]
        some, token = page_of(found, request)
        return pb.ListNodeKindsResponse(kinds=[_short(kind) for kind in some], next_page_token=token)

    async def get_node_kind(self, request: pb.GetNodeKindRequest) -> pb.GetNodeKindResponse:
        """The page of one kind."""
        try:
            kind = find_kind(request.name)
        except RadarError as error:
            raise _not_found("KIND_UNKNOWN", error) from None
        return pb.GetNodeKindResponse(kind=_page(kind))

    async def get_spec_schema(self, _request: pb.GetSpecSchemaRequest) -> pb.GetSpecSchemaResponse:
        """The JSON schema of pipeline files."""
        text = await self._work.run(_schema)
        return pb.GetSpecSchemaResponse(schema_json=text, digest=hashlib.sha256(text.encode("utf-8")).hexdigest())

    async def list_diagnostic_codes(self, request: pb.ListDiagnosticCodesRequest) -> pb.ListDiagnosticCodesResponse:
        """Everything that can be explained, in short."""
        found = [topic for topic in topics() if request.group in (0, _GROUP_NUMBERS[topic.group])]
        some, token = page_of(found, request)
        codes = [_code(topic, text="") for topic in some]
        return pb.ListDiagnosticCodesResponse(codes=codes, next_page_token=token)

    async def get_diagnostic_code(self, request: pb.GetDiagnosticCodeRequest) -> pb.GetDiagnosticCodeResponse:
        """What a code, a refusal or an exit reason means."""
        try:
            found = find_topics(request.code)
        except RadarError as error:
            raise _not_found("CODE_UNKNOWN", error) from None
        return pb.GetDiagnosticCodeResponse(codes=[_code(topic, text=topic.text) for topic in found])


@cache
def _schema() -> str:
    return json.dumps(pipeline_schema(), ensure_ascii=False)


def _short(kind: Kind) -> pb.NodeKind:
    return pb.NodeKind(
        name=f"{kind.role}.{kind.name}",
        role=_ROLE_NUMBERS[kind.role],
        stability=pb.Stability.Value(f"STABILITY_{kind.stability.upper()}"),
        summary=kind.summary,
    )


def _page(kind: Kind) -> pb.NodeKind:
    found = _short(kind)
    found.page, found.example = kind.about, kind.example
    found.ports.extend(
        pb.NodePort(name=port.name, output=port.direction == "out", type=port.type, about=port.about)
        for port in ports_of(kind)
    )
    found.parameters.extend(
        pb.NodeParameter(
            name=one.name,
            default_text=one.default,
            default_json=json.dumps(one.value, ensure_ascii=False),
            unit=one.unit,
            allowed=one.allowed,
            on_change=pb.OnChange.Value(f"ON_CHANGE_{(one.on_change or 'unspecified').upper()}"),
            about=one.about,
        )
        for one in parameters_of(kind)
    )
    return found


def _code(topic: Topic, *, text: str) -> pb.DiagnosticCode:
    code = CODES.get(topic.name)
    severity = code.severity if code else "unspecified"
    return pb.DiagnosticCode(
        code=topic.name,
        group=_GROUP_NUMBERS[topic.group],
        title=topic.title,
        severity=diagnostic_pb2.Severity.Value(f"SEVERITY_{severity.upper()}"),
        text=text,
    )


def _not_found(reason: str, error: RadarError) -> CallError:
    return CallError(
        grpc.StatusCode.NOT_FOUND, reason, error.message, expected=error.expected, next_step=error.next_step
    )
