"""Resource names of the API, taken apart. What is none is the caller's mistake and is told as one."""

from __future__ import annotations

import re

import grpc

from radar.control.failure import CallError

__all__ = ["part_of", "pipeline_of", "pipeline_resource", "revision_of", "revision_resource"]

_PIPELINE = re.compile(r"pipelines/([a-z][a-z0-9_]*)")
_REVISION = re.compile(r"pipelines/([a-z][a-z0-9_]*)/revisions/r([1-9][0-9]{0,8})")
_PART = r"{collection}/([a-z0-9]{{1,64}})"


def pipeline_resource(name: str) -> str:
    """The resource name of a pipeline."""
    return f"pipelines/{name}"


def revision_resource(pipeline: str, number: int) -> str:
    """The resource name of a revision."""
    return f"pipelines/{pipeline}/revisions/r{number}"


def pipeline_of(name: str) -> str:
    """The pipeline that a resource name means.

    Raises:
        CallError: It is no such name.
    """
    found = _PIPELINE.fullmatch(name)
    if found is None:
        raise _no_name(name, "pipelines/PIPELINE")
    return found[1]


def revision_of(name: str) -> tuple[str, int]:
    """Pipeline and number of the revision that a resource name means.

    Raises:
        CallError: It is no such name.
    """
    found = _REVISION.fullmatch(name)
    if found is None:
        raise _no_name(name, "pipelines/PIPELINE/revisions/REVISION, such as pipelines/my_grid/revisions/r3")
    return found[1], int(found[2])


def part_of(collection: str, name: str) -> str:
    """The last part of a resource name of a collection, such as ``operations``: letters and digits, never a path.

    Raises:
        CallError: It is no such name.
    """
    found = re.fullmatch(_PART.format(collection=collection), name)
    if found is None:
        raise _no_name(name, f"{collection}/{collection.removesuffix('s').upper()}")
    return found[1]


def _no_name(name: str, expected: str) -> CallError:
    return CallError(
        grpc.StatusCode.INVALID_ARGUMENT,
        "NAME_INVALID",
        f"{name!r} is no resource name of this kind" if name else "no resource name is given",
        expected=expected,
        next_step="take the name from a list or from the answer that made it",
    )
