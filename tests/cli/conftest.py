"""What several tests of the command line need: one result, made once, and a server that the commands find."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.terminal import CONFIG, GRID, MONTH, SAMPLE, radarctl
from tests.control.serving import TOKENS, Served, serving


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result of the shipped grid over a month, as ``backtest --out`` writes it."""
    path = tmp_path_factory.mktemp("kept") / "result.json"
    radarctl("backtest", GRID, "--data", SAMPLE, *MONTH, "--out", path)
    return path


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for the tests of a file."""
    with serving(tmp_path_factory.mktemp("served")) as found:
        yield found


@pytest.fixture
def named(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands find the server by the environment, as an operator."""
    monkeypatch.setenv("RADAR_SERVER", served.address)
    monkeypatch.setenv("RADAR_TOKEN", TOKENS["operator"])
    monkeypatch.setenv("RADAR_CONFIG", str(CONFIG))
