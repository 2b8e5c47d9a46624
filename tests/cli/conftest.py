"""What several tests of the command line read: one result, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.terminal import GRID, MONTH, SAMPLE, radarctl


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result of the shipped grid over a month, as ``backtest --out`` writes it."""
    path = tmp_path_factory.mktemp("kept") / "result.json"
    radarctl("backtest", GRID, "--data", SAMPLE, *MONTH, "--out", path)
    return path
