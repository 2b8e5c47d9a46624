"""Call ``radarctl`` as a user does: inside this process, or as a program of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from typer.main import get_command
from typer.testing import CliRunner, Result

from radar.cli.app import app

ROOT = Path(__file__).resolve().parent.parent.parent
SAMPLE = ROOT / "tests" / "data" / "sample"
QUIRKS = ROOT / "tests" / "data" / "quirks"
PIPELINES = ROOT / "pipelines"
CONFIG = ROOT / "config"
GRID = PIPELINES / "grid_atr.yaml"
SHIPPED = sorted(path for path in PIPELINES.glob("*.yaml") if not path.name.endswith(".test.yaml"))
MONTH = ("--from", "2025-10-01", "--to", "2025-11-01")
"""A period that is quick to run and holds a crash."""


def radarctl(*arguments: object, code: int = 0) -> Result:
    """Run a command in this process and see that it ends with ``code`` and shows no traceback."""
    result = CliRunner(env={"COLUMNS": "160"}).invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, f"{result.exit_code}\n{result.output}\n{result.exception!r}"
    assert "Traceback" not in result.output
    return result


def program(*arguments: object, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Run ``python -m radar`` as a process of its own at the root, with more variables of the environment."""
    command = [sys.executable, "-m", "radar", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **variables}, capture_output=True, check=False)


def commands(group: Any = None, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    """Every command by the words that call it."""
    found: dict[tuple[str, ...], Any] = {}
    for name, command in (group or get_command(app)).commands.items():
        inside = getattr(command, "commands", None)
        found |= commands(command, (*path, name)) if inside else {(*path, name): command}
    return found
