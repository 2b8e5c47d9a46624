"""The command line answers at once: nothing heavy is loaded before a command needs it."""

from __future__ import annotations

import subprocess
import sys

from tests.cli.terminal import GRID, ROOT, program

HEAVY = ("numpy", "numba", "pyarrow", "pydantic", "ccxt", "rich")
LIGHT = (
    ("check", str(GRID)),
    ("graph", str(GRID)),
    ("plan", str(GRID), "--source"),
    ("schema",),
    ("explain", "R3001"),
    ("node", "list"),
    ("node", "show", "sma"),
)
"""Commands that never load the compiler."""


def test_starting_loads_nothing_heavy() -> None:
    """Importing the program brings in none of the packages that take long, rich included."""
    script = f"import sys, radar.cli.app; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_looking_at_a_pipeline_never_loads_the_compiler() -> None:
    """check, graph, plan, schema, explain and node answer without numba."""
    script = (
        "import sys\nfrom typer.testing import CliRunner\nfrom radar.cli.app import app\n"
        f"for arguments in {LIGHT!r}:\n"
        "    done = CliRunner().invoke(app, arguments)\n"
        "    assert done.exit_code == 0, (arguments, done.output)\n"
        "    assert 'numba' not in sys.modules, arguments\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_module_is_the_program() -> None:
    """`python -m radar` is radarctl."""
    done = program("--version")
    assert done.returncode == 0
    assert done.stdout.decode().startswith("radarctl 0.")
