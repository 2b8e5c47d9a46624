"""A server for the tests of a file, and a channel of a caller who may look."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from tests.control.serving import Served, serving


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all tests of this file."""
    with serving(tmp_path_factory.mktemp("control")) as found:
        yield found


@pytest.fixture
def viewer(served: Served) -> Iterator[grpc.Channel]:
    """A channel of a viewer."""
    with served.channel("viewer") as channel:
        yield channel


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where :func:`running` keeps what it keeps."""
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[Served]:
    """One server for all runs of a file."""
    with serving(folder) as found:
        yield found


@pytest.fixture
def channel(running: Served) -> Iterator[grpc.Channel]:
    """Somebody who may start runs."""
    with running.channel("operator") as found:
        yield found
