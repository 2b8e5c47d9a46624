"""TestPipeline over a real connection: the verdicts of `radarctl test`, and no file of the server but what was sent."""

from __future__ import annotations

import time
from pathlib import Path

import grpc
import pytest

from radar.engine.scenario import run_file
from radar.v1 import pipeline_pb2, value_pb2
from radar.v1 import pipeline_service_pb2 as pb
from radar.v1.pipeline_service_pb2_grpc import PipelineServiceStub
from tests.control.serving import ROOT, Served, failure

GRID = ROOT / "pipelines" / "grid_atr.yaml"
LONG = 120
CASE = """radar: 1
cases:
  - name: a flat market is silence
    assets: [BTC]
    given: {candles: [{flat: 60, price: 100, range: 1}]}
    expect: [{silence: true}]
"""


def file(name: str, content: bytes | str) -> value_pb2.SourceFile:
    """A file of a request."""
    return value_pb2.SourceFile(name=name, content=content.encode() if isinstance(content, str) else content)


def asked(test: bytes | str, *attached: value_pb2.SourceFile, **more: object) -> pb.TestPipelineRequest:
    """The shipped grid with a test file."""
    return pb.TestPipelineRequest(
        source=pipeline_pb2.PipelineSource(pipeline=file("grid_atr.yaml", GRID.read_bytes())),
        test=file("grid_atr.test.yaml", test),
        attachments=attached,
        **more,
    )


def answers(served: Served, request: pb.TestPipelineRequest) -> list[pb.TestPipelineResponse]:
    """Everything that is said of the tests."""
    with served.channel("operator") as channel:
        return list(PipelineServiceStub(channel).TestPipeline(request, timeout=LONG))


@pytest.mark.slow
def test_the_verdicts_are_those_of_the_command(served: Served) -> None:
    """The shipped tests of a pipeline: the same cases with the same verdicts, each as it ends, the summary last."""
    folder = GRID.parent
    golden = folder / "grid_atr.golden.json"
    found = answers(served, asked((folder / "grid_atr.test.yaml").read_bytes(), file(golden.name, golden.read_bytes())))
    assert [one.sequence for one in found] == list(range(1, len(found) + 1))
    direct = run_file(folder / "grid_atr.test.yaml", config=ROOT / "config", data=ROOT / "tests" / "data" / "sample")
    cases = [one.test_case for one in found[:-1]]
    assert [(one.name, one.passed, one.line) for one in cases] == [
        (one.name, one.passed, one.line) for one in direct.cases
    ]
    summary = found[-1].summary
    assert (summary.passed, summary.passed_cases, summary.failed_cases) == (True, len(direct.cases), 0)


def test_a_failure_says_where_and_what(served: Served) -> None:
    """An expectation that is not met: the file by the name that was sent, the line, what was expected and what came."""
    wrong = CASE.replace("{silence: true}", "{at: broker.trades, count: 3}")
    *cases, last = answers(served, asked(wrong, only="flat"))
    (case,) = [one.test_case for one in cases if one.test_case.kind == pipeline_pb2.TEST_KIND_CASE]
    (failed,) = case.failures
    assert not last.summary.passed
    assert failed.file == "grid_atr.test.yaml"
    assert wrong.splitlines()[failed.span.line - 1].strip().startswith("expect:")
    assert failed.expected
    assert failed.actual


def test_a_golden_file_comes_back_as_it_would_be(served: Served) -> None:
    """With update the new content is in the answer; nothing is written anywhere."""
    text = CASE.replace("{silence: true}", "{golden: trades.golden.json}")
    last = answers(served, asked(text, file("trades.golden.json", "{}\n"), update=True))[-1].summary
    (updated,) = last.updated
    assert updated.name == "trades.golden.json"
    assert b'"trades"' in updated.content or updated.content.startswith(b"[")
    assert not (ROOT / "trades.golden.json").exists()


def test_a_test_file_that_is_wrong_is_an_answer(served: Served) -> None:
    """Its diagnostics stand in the summary with places in the file that was sent, and no case was run."""
    (only,) = answers(served, asked(CASE.replace("silence", "silense")))
    assert not only.summary.passed
    assert {one.file for one in only.summary.diagnostics} == {"grid_atr.test.yaml"}
    assert all(one.code.startswith("R9") for one in only.summary.diagnostics)


@pytest.mark.parametrize(
    "text",
    [
        CASE.replace("{candles: [{flat: 60, price: 100, range: 1}]}", "{file: PATH}"),
        CASE.replace("{candles: [{flat: 60, price: 100, range: 1}]}", "{history: {store: FOLDER}}"),
        CASE.replace("{silence: true}", "{golden: PATH}"),
        CASE.replace("radar: 1\n", "radar: 1\ntests: PATH\n"),
        CASE.replace("radar: 1\n", "radar: 1\ntests: ${env:NONE:-PATH}\n"),
    ],
)
def test_a_test_names_no_file_of_the_server(served: Served, tmp_path: Path, text: str) -> None:
    """A path out of what was sent, up or from the root, is refused whether there is such a file or not, and what it
    names is neither read nor written."""
    secret = tmp_path / "secret.golden.json"
    secret.write_text("top: secret\n", encoding="utf-8")
    for place in (secret.as_posix(), f"../../../../../../../../..{secret.as_posix()}", "/nowhere/none", "../none"):
        request = asked(text.replace("PATH", place).replace("FOLDER", place), update=True)
        with pytest.raises(grpc.RpcError) as caught:
            answers(served, request)
        found = failure(caught.value)
        assert found.code == grpc.StatusCode.INVALID_ARGUMENT
        assert "which the request did not bring" in found.message
        assert "top: secret" not in str(caught.value)
    assert secret.read_text(encoding="utf-8") == "top: secret\n"


@pytest.mark.parametrize(
    "request_",
    [
        pb.TestPipelineRequest(),
        asked(CASE, file("../a", "")),
        asked(CASE, file("/a", "")),
        asked(CASE, file("a", ""), file("a", "")),
        pb.TestPipelineRequest(source=asked(CASE).source, test=file("a.yaml", CASE)),
        pb.TestPipelineRequest(
            source=pipeline_pb2.PipelineSource(pipeline=file("a.yaml", ""), overrides=["a.b=1"]),
            test=file("a.test.yaml", CASE),
        ),
    ],
)
def test_what_is_no_test_is_told(served: Served, request_: pb.TestPipelineRequest) -> None:
    """Nothing to test, names that are no names, files twice, values that belong into the test file."""
    with pytest.raises(grpc.RpcError) as caught:
        answers(served, request_)
    assert failure(caught.value).reason == "TEST_UNUSABLE"


def test_the_server_s_variables_are_not_readable_through_a_test(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """${env:...} in a test file stands for what the request brings, also in the process that runs it."""
    monkeypatch.setenv("RADAR_TEST_KEY", "topsecret")
    found = answers(served, asked(CASE.replace("a flat market", '"${env:RADAR_TEST_KEY:-nothing}" and')))
    assert "topsecret" not in str(found)


def test_a_caller_that_goes_away_ends_its_tests(served: Served) -> None:
    """Whoever cuts the stream ends the process behind it and removes its files; so do many at once, and none waits for
    ever."""
    folder = served.server._settings.state / "jobs"
    with served.channel("operator") as channel:
        streams = [PipelineServiceStub(channel).TestPipeline(asked(CASE), timeout=LONG) for _ in range(4)]
        until = time.monotonic() + LONG
        while not list(folder.glob("call-*/files")) and time.monotonic() < until:
            time.sleep(0.01)
        assert 1 <= len(list(folder.glob("call-*"))) <= 2
        for stream in streams[:3]:
            stream.cancel()
        assert list(streams[3])[-1].summary.passed
    until = time.monotonic() + 10
    while list(folder.glob("call-*")) and time.monotonic() < until:
        time.sleep(0.05)
    assert not list(folder.glob("call-*"))
