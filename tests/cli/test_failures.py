"""No traceback reaches a user: every kind of error ends with words and its own exit code."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import radar
from radar.cli import check, files, screen
from radar.engine.run import BooksError, Run
from radar.engine.scenario import runner
from radar.errors import RadarError
from radar.kernel.compile import CompileError
from tests.cli.terminal import GRID, MONTH, ROOT, SAMPLE, program, radarctl


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Let `radarctl check` raise this."""

    def fail(given: list[Path]) -> list[Path]:
        raise error

    monkeypatch.setattr(check, "pipeline_files", fail)


def test_a_radar_error_is_words_and_2(monkeypatch: pytest.MonkeyPatch) -> None:
    """Message, expectation, next step and where to read more."""
    failing(monkeypatch, RadarError("the moon is full", expected="a new moon", next_step="wait", code="R5003"))
    assert radarctl("check", GRID, code=2).stderr.splitlines() == [
        "error R5003: the moon is full",
        "  expected: a new moon",
        "  next: wait",
        "  more: radarctl explain R5003",
    ]


def test_an_error_of_the_system_is_words_and_2(monkeypatch: pytest.MonkeyPatch) -> None:
    """The file and the reason are named."""
    failing(monkeypatch, PermissionError(errno.EACCES, "Permission denied", "locked.yaml"))
    assert "error: locked.yaml: Permission denied" in radarctl("check", GRID, code=2).stderr


def test_a_stop_by_the_keyboard_is_130(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl+C ends with a word."""
    failing(monkeypatch, KeyboardInterrupt())
    assert radarctl("check", GRID, code=130).stderr == "stopped\n"


def test_a_defect_is_words_and_70(monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody expected is said to be no fault of the input, with what to report and the way to its place."""
    failing(monkeypatch, ValueError("two\nlines"))
    assert radarctl("check", GRID, code=70).stderr.splitlines() == [
        "error: unexpected ValueError: two lines",
        "  next: report it with the command, the pipeline and its configuration",
        f"  This is a defect of Radar {radar.__version__} or of this machine, not of your input.",
        "  RADAR_DEBUG=1 in the environment shows where it happened: add that to the report",
    ]


@pytest.mark.parametrize("error", [BooksError("cash is gone"), CompileError("no machine code"), ValueError("boom")])
def test_every_defect_is_70_in_json_too(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """Known defects and unknown ones never look like bad input; standard output is one document."""
    failing(monkeypatch, error)
    done = radarctl("check", GRID, "-o", "json", code=70)
    assert str(error) in json.loads(done.stdout)["error"]["message"]
    assert "a defect of Radar" in done.stderr


def test_no_memory_is_70_and_no_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is too small is told apart from a defect."""
    failing(monkeypatch, MemoryError("Unable to allocate 9 TiB"))
    error = radarctl("check", GRID, code=70).stderr
    assert "no memory left: Unable to allocate 9 TiB" in error
    assert "defect" not in error


@pytest.mark.slow
def test_books_that_contradict_themselves_end_a_back_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """Money that came from nowhere ends the run with 70, where it is noticed."""
    grow = Run.advance

    def advance(run: Run, last: int) -> None:
        run.account("broker")["cash"] += 1.0
        grow(run, last)

    monkeypatch.setattr(Run, "advance", advance)
    error = radarctl("backtest", GRID, "--asset", "BTC", "--data", SAMPLE, *MONTH, code=70).stderr
    assert "cash of account broker contradicts its trades at 2025-10" in error


def test_a_defect_is_no_failure_of_a_case(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that met a defect of Radar has not judged the pipeline: 70, not 1."""

    def fail(*arguments: object) -> None:
        raise CompileError("no machine code")

    monkeypatch.setattr(runner, "build", fail)
    assert "no machine code" in radarctl("test", GRID, "-k", "dip", code=70).stderr


@pytest.mark.slow
def test_debug_shows_where(monkeypatch: pytest.MonkeyPatch) -> None:
    """With RADAR_DEBUG=1 the traceback is there."""
    monkeypatch.setenv("RADAR_DEBUG", "1")
    script = (
        "import sys\nfrom radar.cli import app, check\n"
        "def fail(given): raise ValueError('boom')\n"
        "check.pipeline_files = fail\n"
        "sys.argv = ['radarctl', 'check', 'x.yaml']\napp.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 70
    assert "Traceback" in done.stderr
    assert "in fail" in done.stderr


def test_a_usage_error_names_the_nearest() -> None:
    """Unknown commands and options are answered by the ones there are."""
    assert "backtest" in radarctl("backtst", code=2).stderr
    assert "--capital" in radarctl("backtest", GRID, "--capitl", "5", code=2).stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
@pytest.mark.slow
def test_a_running_program_stops_by_the_keyboard(tmp_path: Path) -> None:
    """Interrupted while it compiles, the program ends with 130 and no traceback."""
    command = [sys.executable, "-m", "radar", "backtest", str(GRID), "--data", str(SAMPLE)]
    environment = {**os.environ, "RADAR_CACHE": str(tmp_path)}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0
    )
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("radar_kernel_*.py")) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.3)
    os.killpg(process.pid, signal.SIGINT)
    output, error = process.communicate(timeout=60)
    assert process.returncode == 130, error
    assert output == ""
    assert "stopped" in error
    assert "Traceback" not in error


@pytest.mark.skipif(sys.platform == "win32", reason="a shell pipe of this kind is POSIX")
@pytest.mark.slow
def test_a_reader_that_goes_is_no_error() -> None:
    """`radarctl explain | head -1` says nothing on standard error."""
    command = [sys.executable, "-m", "radar", "explain"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    process.wait()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.slow
def test_a_full_disk_is_said() -> None:
    """Output that is lost is an error."""
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "radar", "explain"]
        done = subprocess.run(command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "error" in done.stderr


@pytest.mark.slow
def test_output_fits_any_encoding() -> None:
    """Where the terminal has no box characters or arrows, plain signs stand for them; in UTF-8 they are there."""
    plain = program("graph", GRID, PYTHONIOENCODING="latin-1", PYTHONUTF8="0")
    assert plain.returncode == 0
    text = plain.stdout.decode("ascii")
    assert "<- candles.close" in text
    assert "+-o" in text
    assert "?" not in text
    assert "├─●" in program("graph", GRID, PYTHONIOENCODING="utf-8").stdout.decode("utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [("data", "list", "--data", SAMPLE), ("node", "show", "sma"), ("check", GRID)])
def test_no_colour_goes_into_a_pipe(arguments: tuple[object, ...]) -> None:
    """A pipe gets no escape sequences."""
    assert b"\x1b" not in program(*arguments).stdout


def test_a_log_is_told_seldom(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where standard error is a log, a line is written after some seconds and when the words are others."""
    from radar.cli import progress

    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    with progress.Progress() as shown:
        for second, text in ((1, "compiling (1 s)"), (4, "compiling (4 s)"), (8, "compiling (8 s)"), (9, "bar 5 of 9")):
            now[0] = second
            shown.tell(text)
        now[0] = 20
        shown.tell("bar 9 of 9")
    assert capsys.readouterr().err.splitlines() == ["compiling (4 s)", "bar 5 of 9"]


def test_a_file_is_replaced_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When writing fails, the old file stays and nothing lies beside it."""
    path = tmp_path / "result.json"
    files.replace_file(path, b"old")

    def fail(source: object, target: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "replace", fail)
    with pytest.raises(OSError, match="No space"):
        files.replace_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("value", "text"), [(None, "-"), (1234.567, "1,234.57"), (-0.001, "0.00"), (-1.5, "-1.50"), (0, "0.00")]
)
def test_numbers_are_for_people(value: float | None, text: str) -> None:
    """Thousands are grouped, what is not defined is a dash, and nothing is minus zero."""
    assert screen.number(value) == text
