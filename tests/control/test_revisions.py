"""Applying over a real connection: what is in force is what was shown, one of many wins, and a wish is done once."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest

from radar.v1 import (
    pipeline_pb2,
    plan_pb2,
    system_service_pb2,
    system_service_pb2_grpc,
    value_pb2,
)
from radar.v1 import pipeline_service_pb2 as pb
from radar.v1.pipeline_service_pb2_grpc import PipelineServiceStub
from tests.control.serving import ROOT, SECONDS, TOKENS, Served, failure, serving
from tests.spec.frame import frame

GRID = ROOT / "pipelines" / "grid_atr.yaml"


def source(text: str, **more: object) -> pipeline_pb2.PipelineSource:
    """A text as a source that takes the server's own values."""
    return pipeline_pb2.PipelineSource(pipeline=value_pb2.SourceFile(name="frame.yaml", content=text.encode()), **more)


def text_of(leverage: int = 3, name: str = "frame") -> str:
    """The frame with a number in it."""
    return frame(pipeline=name).replace("leverage: 3", f"leverage: {leverage}")


def wish() -> str:
    """An id for a new wish."""
    return uuid.uuid4().hex


class Operator:
    """Applies as a person does: plan, look, apply."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.stub = PipelineServiceStub(channel)

    def request(
        self, given: pipeline_pb2.PipelineSource, name: str = "frame", **more: object
    ) -> pb.ApplyPipelineRequest:
        """What applies a source to what is in force now."""
        listed = self.stub.ListPipelines(pb.ListPipelinesRequest(), timeout=SECONDS).pipelines
        now = next((one for one in listed if one.name == f"pipelines/{name}"), pipeline_pb2.Pipeline())
        plan = self.stub.PlanPipeline(
            pb.PlanPipelineRequest(source=given, compare_with=now.active_revision), timeout=SECONDS
        )
        return pb.ApplyPipelineRequest(
            request_id=wish(), source=given, etag=now.etag, plan_digest=plan.plan_digest, **more
        )

    def apply(
        self, given: pipeline_pb2.PipelineSource, name: str = "frame", **more: object
    ) -> pb.ApplyPipelineResponse:
        """Put a source in force."""
        return self.stub.ApplyPipeline(self.request(given, name, **more), timeout=SECONDS)

    def names(self) -> list[str]:
        """Every pipeline that is kept."""
        found = self.stub.ListPipelines(pb.ListPipelinesRequest(), timeout=SECONDS)
        return [one.name for one in found.pipelines]


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Served]:
    """A server of its own: these tests change what it keeps."""
    with serving(tmp_path) as found:
        yield found


@pytest.fixture
def operator(own: Served) -> Iterator[Operator]:
    """Somebody who may apply."""
    with own.channel("operator") as channel:
        yield Operator(channel)


def refused(call: object, request: object) -> tuple[grpc.StatusCode, str]:
    """Code and reason of a call that must fail."""
    with pytest.raises(grpc.RpcError) as caught:
        call(request, timeout=SECONDS)  # type: ignore[operator]
    found = failure(caught.value)
    assert {"expected", "next_step"} & set(found.metadata)
    return found.code, found.reason


def test_the_life_of_a_pipeline(operator: Operator) -> None:
    """Applied, changed, compared, rolled back, forgotten: every step is a revision with its text, values and author."""
    stub = operator.stub
    first = operator.apply(source(text_of(3)), message="begin")
    assert first.pipeline.active_revision == first.revision.name == "pipelines/frame/revisions/r1"
    assert (first.revision.author, first.revision.message) == ("operator-caller", "begin")
    assert not first.HasField("comparison")
    second = operator.apply(source(text_of(5)), message="bolder")
    assert second.revision.parent == first.revision.name
    (grid,) = [one for one in second.comparison.nodes if one.effect != plan_pb2.NODE_EFFECT_KEEP]
    assert (grid.node, grid.effect) == ("grid", plan_pb2.NODE_EFFECT_HOT)
    assert [(one.parameter, one.before, one.after) for one in grid.parameters] == [("leverage", "3.0", "5.0")]
    diff = stub.DiffRevisions(
        pb.DiffRevisionsRequest(before=first.revision.name, after=second.revision.name), timeout=SECONDS
    )
    assert diff.comparison.nodes == second.comparison.nodes
    (changed,) = diff.diffs
    assert changed.name == "frame.yaml"
    assert b"-  grid:" in changed.content
    assert b"leverage: 5" in changed.content
    plan = stub.PlanPipeline(
        pb.PlanPipelineRequest(revision=first.revision.name, compare_with=second.revision.name), timeout=SECONDS
    )
    back = stub.RollbackPipeline(
        pb.RollbackPipelineRequest(
            request_id=wish(), revision=first.revision.name, etag=second.pipeline.etag, plan_digest=plan.plan_digest
        ),
        timeout=SECONDS,
    )
    assert back.revision.name == "pipelines/frame/revisions/r3"
    assert back.revision.digest == first.revision.digest
    listed = stub.ListRevisions(pb.ListRevisionsRequest(pipeline="pipelines/frame"), timeout=SECONDS).revisions
    assert [one.name.rpartition("/")[2] for one in listed] == ["r3", "r2", "r1"]
    assert not any(one.HasField("source") for one in listed)
    kept = stub.GetRevision(pb.GetRevisionRequest(name=first.revision.name), timeout=SECONDS).revision
    assert kept.source.pipeline.content.decode() == text_of(3)
    assert kept.digests == first.revision.digests
    delete = pb.DeletePipelineRequest(request_id=wish(), name="pipelines/frame", etag=back.pipeline.etag)
    stub.DeletePipeline(delete, timeout=SECONDS)
    assert operator.names() == []
    stub.DeletePipeline(delete, timeout=SECONDS)
    again = pb.GetPipelineRequest(name="pipelines/frame")
    assert refused(stub.GetPipeline, again) == (grpc.StatusCode.NOT_FOUND, "PIPELINE_UNKNOWN")


def test_a_revision_runs_as_it_was_whatever_becomes_of_the_values(tmp_path: Path) -> None:
    """A revision holds the values that it took: another configuration of the server changes new plans, not old ones,
    and files that it does not take are not in it."""
    config = tmp_path / "config"
    config.mkdir()
    for path in (ROOT / "config").glob("*.yaml"):
        (config / path.name).write_bytes(path.read_bytes())
    given = pipeline_pb2.PipelineSource(pipeline=value_pb2.SourceFile(name="grid_atr.yaml", content=GRID.read_bytes()))
    with serving(tmp_path, config=config) as served, served.channel("operator") as channel:
        operator = Operator(channel)
        first = operator.apply(given, "grid_atr")
        assert operator.apply(given, "grid_atr").revision.name == first.revision.name
        strategies = config / "strategies.yaml"
        changed = strategies.read_text("utf-8").replace("grid_atr:\n", "grid_atr:\n  # remark\n", 1)
        strategies.write_text(changed, "utf-8")
        assert operator.apply(given, "grid_atr").revision.name == first.revision.name, "a remark is no new revision"
        second = operator.apply(
            pipeline_pb2.PipelineSource(pipeline=given.pipeline, overrides=["grid.leverage=2"]), "grid_atr"
        )
        plan = operator.stub.PlanPipeline(pb.PlanPipelineRequest(revision=first.revision.name), timeout=SECONDS)
        assert plan.plan.digests == first.revision.digests
        kept = operator.stub.GetRevision(pb.GetRevisionRequest(name=second.revision.name), timeout=SECONDS).revision
        names = {one.name for one in kept.source.config}
        assert "strategies.yaml" in names
        assert "assets.yaml" in names
        assert not names & {"param_grids.yaml", "portfolios.yaml"}
        assert list(kept.source.overrides) == ["grid.leverage=2"]


def test_only_what_was_shown_is_put_in_force(operator: Operator) -> None:
    """Without the etag or the digest, with old ones, or with those of another text nothing is changed."""
    stub, code = operator.stub, grpc.StatusCode
    first = operator.request(source(text_of(3)))
    bare = pb.ApplyPipelineRequest(request_id=wish(), source=source(text_of(3)))
    assert refused(stub.ApplyPipeline, bare) == (code.ABORTED, "PLAN_DIGEST_MISSING")
    other = pb.ApplyPipelineRequest(request_id=wish(), source=source(text_of(4)), plan_digest=first.plan_digest)
    assert refused(stub.ApplyPipeline, other) == (code.ABORTED, "PLAN_DIGEST_STALE")
    stub.ApplyPipeline(first, timeout=SECONDS)
    older = operator.request(source(text_of(4)))
    operator.apply(source(text_of(5)))
    assert refused(stub.ApplyPipeline, older) == (code.ABORTED, "ETAG_STALE")
    unseen = operator.request(source(text_of(6)))
    unseen.etag = ""
    assert refused(stub.ApplyPipeline, unseen) == (code.ABORTED, "ETAG_STALE")
    blind = operator.request(source(text_of(6)))
    plan = stub.PlanPipeline(pb.PlanPipelineRequest(source=source(text_of(6))), timeout=SECONDS)
    blind.plan_digest = plan.plan_digest
    assert refused(stub.ApplyPipeline, blind) == (code.ABORTED, "PLAN_DIGEST_STALE"), "it did not see what changes"
    wrong = pb.ApplyPipelineRequest(request_id=wish(), source=source("radar: 1\n"))
    assert refused(stub.ApplyPipeline, wrong) == (code.INVALID_ARGUMENT, "SPEC_INVALID")
    delete = pb.DeletePipelineRequest(request_id=wish(), name="pipelines/frame", etag="old")
    assert refused(stub.DeletePipeline, delete) == (code.ABORTED, "ETAG_STALE")
    for_run = operator.request(source(text_of(6)), run="runs/none")
    assert refused(stub.ApplyPipeline, for_run) == (code.NOT_FOUND, "RUN_UNKNOWN")
    assert operator.request(source(text_of(5))).etag
    listed = stub.ListRevisions(pb.ListRevisionsRequest(pipeline="pipelines/frame"), timeout=SECONDS).revisions
    assert len(listed) == 2


def test_validating_changes_nothing(operator: Operator) -> None:
    """validate_only says what would be in force, and leaves everything as it is."""
    found = operator.stub.ApplyPipeline(
        pb.ApplyPipelineRequest(request_id=wish(), source=source(text_of(3)), validate_only=True), timeout=SECONDS
    )
    assert found.pipeline.active_revision == "pipelines/frame/revisions/r1"
    assert operator.names() == []
    operator.apply(source(text_of(3)))
    found = operator.stub.ApplyPipeline(
        pb.ApplyPipelineRequest(request_id=wish(), source=source(text_of(4)), validate_only=True), timeout=SECONDS
    )
    assert found.revision.name == "pipelines/frame/revisions/r2"
    assert found.comparison.changed
    now = operator.stub.GetPipeline(pb.GetPipelineRequest(name="pipelines/frame"), timeout=SECONDS).pipeline
    assert now.active_revision == "pipelines/frame/revisions/r1"


def test_of_fifty_at_once_one_wins(operator: Operator) -> None:
    """Fifty people looked at the same pipeline and apply at once: one revision comes of it, and the others are told."""
    operator.apply(source(text_of(3)))
    requests = [operator.request(source(text_of(4)), message=str(number)) for number in range(50)]
    together = threading.Barrier(50)

    def apply(request: pb.ApplyPipelineRequest) -> tuple[str, str]:
        together.wait(SECONDS)
        try:
            found = operator.stub.ApplyPipeline(request, timeout=SECONDS)
        except grpc.RpcError as error:
            return error.code().name, failure(error).reason
        return "OK", found.revision.message

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(apply, requests))
    won = [message for code, message in answers if code == "OK"]
    assert len(won) == 1
    assert {one for one in answers if one[0] != "OK"} <= {("ABORTED", "ETAG_STALE"), ("ABORTED", "PLAN_DIGEST_STALE")}
    listed = operator.stub.ListRevisions(pb.ListRevisionsRequest(pipeline="pipelines/frame"), timeout=SECONDS).revisions
    assert [one.message for one in listed] == [won[0], ""]


def test_the_same_wish_is_done_once(own: Served, operator: Operator) -> None:
    """The same id answers the same, at once, later, and when it came many times at once; for another request, or from
    somebody else, it is another wish."""
    stub = operator.stub
    request = operator.request(source(text_of(3)), message="once")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: stub.ApplyPipeline(request, timeout=SECONDS), range(8)))
    assert all(one == answers[0] for one in answers)
    operator.apply(source(text_of(4)))
    assert stub.ApplyPipeline(request, timeout=SECONDS) == answers[0]
    listed = stub.ListRevisions(pb.ListRevisionsRequest(pipeline="pipelines/frame"), timeout=SECONDS).revisions
    assert len(listed) == 2
    other = pb.ApplyPipelineRequest()
    other.CopyFrom(request)
    other.message = "another"
    assert refused(stub.ApplyPipeline, other) == (grpc.StatusCode.INVALID_ARGUMENT, "REQUEST_ID_REUSED")
    with own.channel("trader") as channel:
        assert refused(PipelineServiceStub(channel).ApplyPipeline, request)[1] == "ETAG_STALE"


def test_what_is_kept_outlives_the_server(tmp_path: Path) -> None:
    """After a restart pipelines, revisions, answered wishes and the audit are there."""
    with serving(tmp_path) as served, served.channel("operator") as channel:
        operator = Operator(channel)
        request = operator.request(source(text_of(3)))
        answer = operator.stub.ApplyPipeline(request, timeout=SECONDS)
    with serving(tmp_path) as served, served.channel("operator") as channel:
        operator = Operator(channel)
        assert operator.names() == ["pipelines/frame"]
        assert operator.stub.ApplyPipeline(request, timeout=SECONDS) == answer
        stub = system_service_pb2_grpc.SystemServiceStub(channel)
        records = stub.ListAuditRecords(system_service_pb2.ListAuditRecordsRequest(), timeout=SECONDS).records
        said = [(one.caller, one.method.rpartition("/")[2], one.outcome) for one in records]
        assert ("operator-caller", "ApplyPipeline", "OK") in said


def test_the_audit_goes_back_page_by_page(own: Served, operator: Operator) -> None:
    """Every change and every refusal, the newest first; a page goes on where the one before ended, though more came."""
    for number in range(5):
        operator.apply(source(text_of(number + 1)))
    with own.channel("viewer") as channel, pytest.raises(grpc.RpcError):
        PipelineServiceStub(channel).ApplyPipeline(pb.ApplyPipelineRequest(request_id="not-mine"), timeout=SECONDS)
    with own.channel("operator") as channel:
        stub = system_service_pb2_grpc.SystemServiceStub(channel)

        def page(token: str = "", **more: object) -> system_service_pb2.ListAuditRecordsResponse:
            asked = system_service_pb2.ListAuditRecordsRequest(page_size=2, page_token=token, **more)
            return stub.ListAuditRecords(asked, timeout=SECONDS)

        first = page()
        assert first.records[0].outcome == "PERMISSION_DENIED"
        assert (first.records[0].reason, first.records[0].caller) == ("ROLE_TOO_LOW", "viewer-caller")
        operator.apply(source(text_of(9)))
        records = list(first.records)
        token = first.next_page_token
        while token:
            found = page(token)
            records += found.records
            token = found.next_page_token
        assert len(records) == 6
        assert len({one.request_id for one in records}) == 6
        mine = page(caller="viewer-caller")
        assert ([one.caller for one in mine.records], mine.next_page_token) == (["viewer-caller"], "")
        with pytest.raises(grpc.RpcError) as caught:
            page(first.next_page_token, caller="viewer-caller")
        assert failure(caught.value).reason == "PAGE_TOKEN_INVALID"


@pytest.mark.parametrize(
    ("method", "request_"),
    [
        ("GetPipeline", pb.GetPipelineRequest(name="pipelines/../x")),
        ("GetPipeline", pb.GetPipelineRequest()),
        ("GetRevision", pb.GetRevisionRequest(name="pipelines/a/revisions/1")),
        ("GetRevision", pb.GetRevisionRequest(name="pipelines/a/revisions/r0")),
        ("ListRevisions", pb.ListRevisionsRequest(pipeline="frame")),
        ("DiffRevisions", pb.DiffRevisionsRequest(before="pipelines/a/revisions/r1", after="r2")),
        ("RollbackPipeline", pb.RollbackPipelineRequest(request_id="a", revision="x" * 1000)),
        ("DeletePipeline", pb.DeletePipelineRequest(request_id="a", name="runs/a")),
        ("PlanPipeline", pb.PlanPipelineRequest(revision="pipelines/a")),
        ("RenderPipelineGraph", pb.RenderPipelineGraphRequest(revision="")),
    ],
)
def test_a_name_that_is_none_is_the_caller_s_mistake(served: Served, method: str, request_: object) -> None:
    """INVALID_ARGUMENT with the form that was expected, for every method that takes a name."""
    with served.channel("operator") as channel:
        call = getattr(PipelineServiceStub(channel), method)
        assert refused(call, request_) == (grpc.StatusCode.INVALID_ARGUMENT, "NAME_INVALID")


def test_tokens_are_not_what_is_kept(own: Served, operator: Operator, tmp_path: Path) -> None:
    """No token is in the registry's file."""
    operator.apply(source(text_of(3)))
    kept = b"".join(path.read_bytes() for path in (tmp_path / "state").glob("registry*"))
    assert not any(token.encode() in kept for token in TOKENS.values())
