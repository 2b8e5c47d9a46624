"""PipelineService over a real connection: the answers are those of the commands, and a text stays a text."""

from __future__ import annotations

from pathlib import Path

import grpc
import pytest

from radar.engine.load import load
from radar.kernel.build import digest_of, source_of
from radar.plan.draw import draw_mermaid, graph_data
from radar.plan.outline import plan_data
from radar.plan.plan import make_plan
from radar.v1 import (
    diagnostic_pb2,
    pipeline_pb2,
    pipeline_service_pb2,
    pipeline_service_pb2_grpc,
    value_pb2,
)
from tests.control.serving import ROOT, SECONDS, failure

SHIPPED = sorted(path for path in (ROOT / "pipelines").glob("*.yaml") if not path.name.endswith(".test.yaml"))
WRONG = b"""radar: 1
pipeline: wrong
assets: [BTC]
clock: 1h
nodes:
  candles: {source: candles}
  mean: {indicator: sma, in: candles.close, perod: 14}
  width: {indicator: atr, in: candels}
"""


def source_of_file(path: Path) -> pipeline_pb2.PipelineSource:
    """A shipped pipeline with the shipped values, as a client sends it."""
    files = sorted((ROOT / "config").glob("*.yaml"))
    config = [value_pb2.SourceFile(name=file.name, content=file.read_bytes()) for file in files]
    return pipeline_pb2.PipelineSource(
        pipeline=value_pb2.SourceFile(name=path.name, content=path.read_bytes()), config=config
    )


def text(content: bytes, name: str = "wrong.yaml", **more: object) -> pipeline_pb2.PipelineSource:
    """A pipeline as a text."""
    return pipeline_pb2.PipelineSource(pipeline=value_pb2.SourceFile(name=name, content=content), **more)


@pytest.mark.parametrize("path", SHIPPED[:3], ids=lambda path: path.stem)
def test_a_plan_over_the_wire_is_the_plan(viewer: grpc.Channel, path: Path) -> None:
    """The answer has, field for field, what `radarctl plan` computes for the same text."""
    stub = pipeline_service_pb2_grpc.PipelineServiceStub(viewer)
    request = pipeline_service_pb2.PlanPipelineRequest(source=source_of_file(path), include_kernel_source=True)
    answer = stub.PlanPipeline(request, timeout=SECONDS)
    plan = make_plan(load(path, config=ROOT / "config").require())
    said = plan_data(plan, digest_of(plan))
    assert answer.plan.pipeline == said["pipeline"]
    assert list(answer.plan.assets) == said["assets"]
    assert (answer.plan.clock, answer.plan.decide_clock) == (said["clock"], said["decide"])
    assert answer.plan.warm_up_bars == said["warm_up_bars"]
    sent = [{name: getattr(node, name) for name in node.DESCRIPTOR.fields_by_name} for node in answer.plan.nodes]
    assert sent == said["nodes"]
    assert [[one.strategy, *one.risks, one.executor] for one in answer.plan.chains] == said["chains"]
    assert list(answer.plan.columns) == said["columns"]
    sent = {name: getattr(answer.plan.digests, name) for name in said["digests"]}
    assert sent == said["digests"]
    for name in answer.plan.size.DESCRIPTOR.fields_by_name:
        assert getattr(answer.plan.size, name) == said[name]
    ends = [f"{wire.from_node}.{wire.from_port} {wire.to_node}.{wire.to_input}" for wire in answer.plan.wires]
    assert ends == [f"{wire['from']} {wire['to']}" for wire in graph_data(plan)["wires"]]
    assert answer.kernel_source == source_of(plan)
    assert len(answer.plan_digest) == 64
    assert answer.summary.errors == 0


def test_the_digest_of_what_was_shown_follows_what_was_shown(viewer: grpc.Channel) -> None:
    """The same text gives the same plan_digest, another value another: an apply can tell that the world moved."""
    stub = pipeline_service_pb2_grpc.PipelineServiceStub(viewer)
    same = source_of_file(SHIPPED[0])
    other = source_of_file(SHIPPED[0])
    other.assets.append("ETH")
    answers = [
        stub.PlanPipeline(pipeline_service_pb2.PlanPipelineRequest(source=one), timeout=SECONDS).plan_digest
        for one in (same, same, other)
    ]
    assert answers[0] == answers[1] != answers[2] != ""


def test_every_error_comes_at_once_and_complete(viewer: grpc.Channel) -> None:
    """A diagnostic on the wire has what the check says: place, line, suggestion, fix, next step; a plan is not made."""
    stub = pipeline_service_pb2_grpc.PipelineServiceStub(viewer)
    answer = stub.PlanPipeline(pipeline_service_pb2.PlanPipelineRequest(source=text(WRONG)), timeout=SECONDS)
    said = [one.to_json() for one in load(WRONG.decode(), config=ROOT / "config", file_name="wrong.yaml").diagnostics]
    assert len(said) >= 2
    sent = [
        {
            "code": one.code,
            "severity": diagnostic_pb2.Severity.Name(one.severity).removeprefix("SEVERITY_").lower(),
            "message": one.message,
            "file": one.file,
            **{name: getattr(one.span, name) for name in ("line", "column", "end_column")},
            "expected": one.expected,
            "nearest": list(one.suggestions),
            "fix": one.fix,
            "related": [
                {
                    "message": other.message,
                    "file": other.file,
                    **{name: getattr(other.span, name) for name in ("line", "column", "end_column")},
                }
                for other in one.related
            ],
            "snippet": one.snippet,
        }
        for one in answer.diagnostics
    ]
    assert sent == said
    assert all(one.next_step == f"radarctl explain {one.code}" for one in answer.diagnostics)
    assert not answer.HasField("plan")
    assert answer.plan_digest == ""
    assert answer.summary.errors == sum(one["severity"] == "error" for one in said)


def test_several_pipelines_are_judged_at_once(viewer: grpc.Channel) -> None:
    """All shipped pipelines are valid together; one wrong one among them spoils the verdict and names its file."""
    stub = pipeline_service_pb2_grpc.PipelineServiceStub(viewer)
    request = pipeline_service_pb2.ValidatePipelineRequest(sources=[source_of_file(path) for path in SHIPPED[:4]])
    assert stub.ValidatePipeline(request, timeout=SECONDS).valid
    request.sources.append(text(WRONG))
    answer = stub.ValidatePipeline(request, timeout=SECONDS)
    assert not answer.valid
    errors = [one for one in answer.diagnostics if one.severity == diagnostic_pb2.SEVERITY_ERROR]
    assert {one.file for one in errors} == {"wrong.yaml"}


def test_missing_data_is_told_when_asked_for(viewer: grpc.Channel) -> None:
    """With check_data a pipeline whose asset the server's store does not have is an error; without, it is none."""
    stub = pipeline_service_pb2_grpc.PipelineServiceStub(viewer)
    grid = source_of_file(ROOT / "pipelines" / "grid_atr.yaml")
    grid.assets.append("DOGE")
    request = pipeline_service_pb2.ValidatePipelineRequest(sources=[grid])
    assert stub.ValidatePipeline(request, timeout=SECONDS).valid
    request.check_data = True
    answer = stub.ValidatePipeline(request, timeout=SECONDS)
    assert "R5010" in {one.code for one in answer.diagnostics}


def test_a_graph_is_the_drawing_of_the_command(viewer: grpc.Channel) -> None:
    """Each format is there; mermaid is what `radarctl graph --format mermaid` prints."""
    stub = pipeline_service_pb2_grpc.PipelineServiceStub(viewer)
    drawn = {}
    for form in pipeline_pb2.GraphFormat.values():
        request = pipeline_service_pb2.RenderPipelineGraphRequest(source=source_of_file(SHIPPED[0]), format=form)
        drawn[form] = stub.RenderPipelineGraph(request, timeout=SECONDS)
    plan = make_plan(load(SHIPPED[0], config=ROOT / "config").require())
    assert drawn[pipeline_pb2.GRAPH_FORMAT_MERMAID].drawing == draw_mermaid(plan)
    assert drawn[pipeline_pb2.GRAPH_FORMAT_DOT].drawing.startswith("digraph")
    assert drawn[0].drawing == drawn[pipeline_pb2.GRAPH_FORMAT_TEXT].drawing != ""
    assert len(drawn[0].wires) == len(graph_data(plan)["wires"])


def test_a_text_never_names_a_file_of_the_server(viewer: grpc.Channel, tmp_path: Path) -> None:
    """A text that looks like a path is judged as the text that it is, so nothing of the server's disk is read."""
    secret = tmp_path / "secret.yaml"
    secret.write_text("radar: 1\npipeline: leaked\n", encoding="utf-8")
    stub = pipeline_service_pb2_grpc.PipelineServiceStub(viewer)
    request = pipeline_service_pb2.ValidatePipelineRequest(sources=[text(str(secret).encode())])
    answer = stub.ValidatePipeline(request, timeout=SECONDS)
    assert not answer.valid
    assert {one.code for one in answer.diagnostics} == {"R2003"}
    assert "leaked" not in str(answer)


def test_the_server_s_environment_is_not_readable_through_a_text(
    viewer: grpc.Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """${env:...} stands for what the request brings; a variable of the server's own process is not set for it."""
    monkeypatch.setenv("RADAR_TEST_KEY", "topsecret")
    named = WRONG.replace(b"perod: 14", b'period: "${env:RADAR_TEST_KEY}"')
    stub = pipeline_service_pb2_grpc.PipelineServiceStub(viewer)
    request = pipeline_service_pb2.ValidatePipelineRequest(sources=[text(named)])
    answer = stub.ValidatePipeline(request, timeout=SECONDS)
    assert "topsecret" not in str(answer)
    assert any("RADAR_TEST_KEY is not set" in one.message for one in answer.diagnostics)
    request.sources[0].environment["RADAR_TEST_KEY"] = "14"
    answer = stub.ValidatePipeline(request, timeout=SECONDS)
    assert not any("RADAR_TEST_KEY" in one.message for one in answer.diagnostics)


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (pipeline_service_pb2.PlanPipelineRequest(), "SOURCE_MISSING"),
        (pipeline_service_pb2.PlanPipelineRequest(source=pipeline_pb2.PipelineSource()), "SOURCE_UNUSABLE"),
        (pipeline_service_pb2.PlanPipelineRequest(source=text(b"\xff\xfe")), "SOURCE_UNUSABLE"),
        (
            pipeline_service_pb2.PlanPipelineRequest(source=text(WRONG, config=[value_pb2.SourceFile(name="a.txt")])),
            "SOURCE_UNUSABLE",
        ),
        (
            pipeline_service_pb2.PlanPipelineRequest(
                source=text(WRONG, config=[value_pb2.SourceFile(name="a.yaml"), value_pb2.SourceFile(name="a.yaml")])
            ),
            "SOURCE_UNUSABLE",
        ),
    ],
)
def test_a_request_that_cannot_be_used_says_what_was_expected(
    viewer: grpc.Channel, request_: pipeline_service_pb2.PlanPipelineRequest, reason: str
) -> None:
    """Nothing to look at, no file, no UTF-8, a wrong or doubled configuration file: INVALID_ARGUMENT with a reason."""
    with pytest.raises(grpc.RpcError) as caught:
        pipeline_service_pb2_grpc.PipelineServiceStub(viewer).PlanPipeline(request_, timeout=SECONDS)
    found = failure(caught.value)
    assert (found.code, found.reason, found.domain) == (grpc.StatusCode.INVALID_ARGUMENT, reason, "radar")
    assert found.metadata["expected"]
    assert found.metadata["request_id"]
