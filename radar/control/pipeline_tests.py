"""PipelineService, the tests of a pipeline: run in a process of their own, told case by case."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import duration_pb2

from radar.control import said
from radar.control.failure import CallError
from radar.control.freeze import frozen
from radar.control.jobs.followed import followed
from radar.control.pipeline import Pipelines
from radar.control.source import texts_of
from radar.engine.places import named_data_folder
from radar.v1 import diagnostic_pb2, pipeline_pb2, value_pb2
from radar.v1 import pipeline_service_pb2 as pb

__all__ = ["PipelineTests"]

MOST_FILES = 200
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*){0,4}")


class PipelineTests(Pipelines):
    """TestPipeline."""

    async def test_pipeline(self, request: pb.TestPipelineRequest) -> AsyncIterator[pb.TestPipelineResponse]:
        """Every case as it ends, and at last what came of all."""
        files = _files(request)
        source = await self._work.run(frozen, request.source, None, self._config)
        texts = texts_of(source.config)
        job = {
            "kind": "testing",
            "test": request.test.name,
            "config": texts,
            "variables": dict(source.environment),
            "data": str(named_data_folder(self._data)),
            "update": request.update,
            "only": request.only,
        }

        def prepare(folder: Path) -> None:
            root = folder / "files"
            for name, content in files.items():
                path = root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            (folder / "job.json").write_text(json.dumps({**job, "files": str(root)}), encoding="utf-8")

        sequence = 0
        async with followed(self._work, self._jobs, prepare) as heard:
            async for one in heard:
                if "case" in one:
                    sequence += 1
                    yield pb.TestPipelineResponse(sequence=sequence, test_case=_case(one["case"]))
                elif "report" in one:
                    sequence += 1
                    yield pb.TestPipelineResponse(sequence=sequence, summary=_summary(one["report"]))


def _files(request: pb.TestPipelineRequest) -> dict[str, bytes]:
    """The files of a request by name: plain relative names, each once.

    Raises:
        CallError: One is missing, or has no such name.
    """
    if not request.source.HasField("pipeline") or not request.HasField("test"):
        raise _unusable("the request lacks the pipeline or the test file", "source.pipeline and test")
    if request.source.overrides or request.source.assets:
        raise _unusable("a test takes no overrides", "set and assets in the cases of the test file")
    found: dict[str, bytes] = {}
    given = [request.source.pipeline, request.test, *request.attachments]
    if len(given) > MOST_FILES:
        raise _unusable(f"there are {len(given)} files", f"at most {MOST_FILES}")
    for file in given:
        if not _NAME.fullmatch(file.name):
            raise _unusable(f"{file.name!r} is no name of a file", "a relative name such as my_grid.golden.json")
        if file.name in found:
            raise _unusable(f"two files are called {file.name}", "each file once")
        found[file.name] = file.content
    if not request.test.name.endswith(".test.yaml"):
        raise _unusable(f"the test file is called {request.test.name}", "a name ending in .test.yaml")
    return found


def _unusable(message: str, expected: str) -> CallError:
    return CallError(grpc.StatusCode.INVALID_ARGUMENT, "TEST_UNUSABLE", message, expected=expected)


def _case(found: Mapping[str, Any]) -> pipeline_pb2.TestCase:
    return pipeline_pb2.TestCase(
        name=found["name"],
        kind=pipeline_pb2.TestKind.Value(f"TEST_KIND_{found['kind'].upper()}"),
        passed=found["passed"],
        line=found["line"],
        elapsed=_elapsed(found["seconds"]),
        failures=[
            pipeline_pb2.TestFailure(
                message=one["message"],
                file=_own(one["file"]),
                span=diagnostic_pb2.Span(line=one["line"], column=one["column"], end_column=one["column"] + 1),
                expected=one["expected"],
                actual=one["actual"],
                diff=one["diff"],
            )
            for one in found["failures"]
        ],
        notes=found["notes"],
    )


def _summary(found: Mapping[str, Any]) -> pipeline_pb2.TestSummary:
    passed = sum(one["passed"] for one in found["cases"])
    for one in found["diagnostics"]:
        one["file"] = _own(one["file"])
    return pipeline_pb2.TestSummary(
        passed=found["passed"],
        passed_cases=passed,
        failed_cases=len(found["cases"]) - passed,
        elapsed=_elapsed(found["seconds"]),
        diagnostics=said.problem({"diagnostics": found["diagnostics"]}).diagnostics,
        updated=[
            value_pb2.SourceFile(name=name, content=text.encode("utf-8")) for name, text in found["updated"].items()
        ],
    )


def _own(path: str) -> str:
    """The name of a file as the caller gave it, out of its place in the folder of the call."""
    return path.rpartition("/files/")[2] if "/files/" in path else path


def _elapsed(seconds: float) -> duration_pb2.Duration:
    found = duration_pb2.Duration()
    found.FromNanoseconds(int(seconds * 1e9))
    return found
