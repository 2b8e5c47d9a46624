"""The repository's one tool, for any system with Python 3.11 to 3.13 and nothing else.

    python tools/dev.py demo             back-test a shipped pipeline on the bundled sample and write a report
    python tools/dev.py test [--fast]    the whole suite; --fast leaves out what is marked slow
    python tools/dev.py check            formatting, lint and types; the same of the API, and what it breaks
    python tools/dev.py bench            measure speed against a hand-written loop
    python tools/dev.py gen [--check]    write, or only compare, the files that are made from the code

Each command first makes `.venv` from the lock when needed. What follows `test`, `bench` or `gen` goes on to pytest,
tools/bench.py or tools/gen.py.
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools import environment  # noqa: E402 - the line above makes it importable

SAMPLE = "tests/data/sample"
DEMO_PIPELINE = "pipelines/grid_atr.yaml"
DEMO_REPORT = "demo-report.html"
MOST_WORKERS = 8


def demo(python: Path, extra: Sequence[str]) -> int:
    """Back-test a shipped pipeline on the bundled sample and say where the report is."""
    report = ROOT / DEMO_REPORT
    report.unlink(missing_ok=True)
    radarctl = environment.executable(python.parent.parent, "radarctl")
    options = ["--config", "config", "--data", SAMPLE, "--report", DEMO_REPORT]
    code = run([str(radarctl), "backtest", DEMO_PIPELINE, *options, *extra])
    if code == 0 and report.is_file():
        print(f"\nThe report: {report}\nOpen it in a browser: {report.as_uri()}")
    elif code == 0:
        code = fail(f"the back-test ended well but wrote no {DEMO_REPORT}")
    return code


def test(python: Path, extra: Sequence[str]) -> int:
    """Run pytest over several processes, unless the caller chose how many or wants to see it happen."""
    arguments = [argument for argument in extra if argument != "--fast"]
    if len(arguments) < len(extra):
        arguments += ["-m", "not slow"]
    single = any(argument in ("-s", "--pdb", "--capture=no", "--collect-only", "--co") for argument in arguments)
    chosen = any(argument.startswith(("-n", "--numprocesses")) for argument in arguments)
    if workers() > 1 and not single and not chosen:
        # worksteal gives neighbours to one process, so that they share what their fixtures compiled.
        arguments = ["-n", str(workers()), "--dist", "worksteal", *arguments]
    return run([str(python), "-m", "pytest", *arguments])


def check(python: Path, extra: Sequence[str]) -> int:
    """Run every check even when one fails: all that is wrong is seen at once."""
    if extra:
        return fail(f"check looks at everything and takes no arguments; got: {' '.join(extra)}")
    failed = []
    for command in (["ruff", "format", "--check", "."], ["ruff", "check", "."], ["mypy"], ["tools.api"]):
        print("dev: " + " ".join(command), flush=True)
        if run([str(python), "-m", *command]) != 0:
            failed.append(" ".join(command))
    if failed:
        advice = (
            "Next: `ruff format .` and `ruff check --fix .` repair most of what ruff finds; tools.api looks at proto/"
        )
        return fail(f"not clean: {', '.join(failed)}\n{advice}")
    print("dev: clean")
    return 0


def bench(python: Path, extra: Sequence[str]) -> int:
    """Measure; the numbers are printed as ratios within one run."""
    return script(python, "tools/bench.py", extra)


def gen(python: Path, extra: Sequence[str]) -> int:
    """Write the generated files, or with --check only say which are out of date."""
    return script(python, "tools/gen.py", extra)


COMMANDS: dict[str, Callable[[Path, Sequence[str]], int]] = {
    "demo": demo,
    "test": test,
    "check": check,
    "bench": bench,
    "gen": gen,
}


def script(python: Path, path: str, extra: Sequence[str]) -> int:
    """Run a script of this repository inside its environment."""
    if not (ROOT / path).is_file():
        return fail(f"this checkout has no {path}\nNext: see `git status` for what is missing, and `git restore` it.")
    return run([str(python), "-m", path.removesuffix(".py").replace("/", "."), *extra])


def run(command: Sequence[str]) -> int:
    """Run a command at the root, its output shown as it comes; return its exit code."""
    # A console or a pipe on Windows is not UTF-8 by itself, and reports are.
    settings = {**os.environ, "PYTHONUTF8": "1"}
    return subprocess.run(list(command), cwd=str(ROOT), env=settings, check=False).returncode


def workers() -> int:
    """Return how many test processes suit this machine: the processors it may use, within reason."""
    try:
        usable = len(os.sched_getaffinity(0))
    except AttributeError:  # not on Windows or macOS
        usable = os.cpu_count() or 1
    return min(usable, MOST_WORKERS)


def fail(text: str) -> int:
    """Print what went wrong; return the exit code that says so."""
    print("dev: " + text, file=sys.stderr, flush=True)
    return 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    parser = argparse.ArgumentParser(
        prog="dev.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=tuple(COMMANDS))
    parser.add_argument("extra", nargs=argparse.REMAINDER, help="goes on to the program that the command runs")
    chosen = parser.parse_args(arguments)
    try:
        return COMMANDS[chosen.command](environment.ensure(ROOT), chosen.extra)
    except environment.SetupError as error:
        return fail(str(error).rstrip())
    except OSError as error:
        return fail(f"{error}\nNext: see that the folder is writable and the disk not full, then run it again.")
    except KeyboardInterrupt:
        return fail("stopped")


if __name__ == "__main__":
    # An installer's words may hold signs that a Windows console has not.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    sys.exit(main(sys.argv[1:] or ["--help"]))
