"""Every command explains itself, with an example that could be typed."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.cli.terminal import commands, radarctl

COMMANDS = commands()


def test_the_commands_are_those_promised() -> None:
    """One more command is one more line here, so that none goes untested."""
    assert {" ".join(path) for path in COMMANDS} == {
        "check", "explain", "schema", "graph", "plan", "node list", "node show", "data import", "data list",
        "data verify", "backtest", "sweep", "reproduce", "evaluate", "scan", "compare", "test", "serve", "paper",
        "status", "audit", "pipeline apply", "pipeline list", "pipeline show", "pipeline diff", "pipeline rollback",
        "operation list", "operation show", "operation cancel", "up",
        "run start", "run list", "run show", "run watch", "run stop", "run report",
    }  # fmt: skip


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_has_an_example_of_the_command(path: tuple[str, ...]) -> None:
    """The page says what the command does, and shows the command as it is typed, on a line that is not broken."""
    page = radarctl(*path, "--help").stdout
    examples = page.partition("Examples:\n")[2]
    assert f"radarctl {' '.join(path)}" in examples
    assert "-o, --output" in page
    assert radarctl(*path, "-h").stdout == page


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_the_options_of_the_examples_exist(path: tuple[str, ...]) -> None:
    """An example names no option that the command does not have."""
    command: Any = COMMANDS[path]
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    examples = radarctl(*path, "--help").stdout.partition("Examples:\n")[2]
    own = [line.split("   ")[0] for line in examples.splitlines() if f"radarctl {' '.join(path)}" in line]
    named = {word for line in own for word in re.findall(r"(?<= )--?[a-z][a-z-]*", line.partition("|")[0])}
    assert own
    assert named <= known


def test_the_exit_codes_are_documented() -> None:
    """The first page says what each exit code means."""
    page = radarctl("--help").stdout
    for code in (0, 1, 2, 3, 70, 130):
        assert re.search(rf"^ +{code} +\w", page, re.MULTILINE), code


def test_no_command_shows_the_help() -> None:
    """Without a command the help is shown, as a usage error."""
    assert "Commands:" in radarctl(code=2).output
