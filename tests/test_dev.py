"""tools/dev.py and tools/environment.py: what is decided before any package is installed."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tools import dev, environment

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that dev.py starts, none of which runs: each is taken to end well."""
    commands: list[list[str]] = []

    def record(command: Sequence[str]) -> int:
        commands.append(list(command))
        return 0

    monkeypatch.setattr(dev, "run", record)
    monkeypatch.setattr(environment, "ensure", lambda root: root / ".venv" / "bin" / "python")
    monkeypatch.setattr(dev, "workers", lambda: 2)
    return commands


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with a lock and metadata, and a `.venv` of this Python that is stamped as made from them."""
    for name in ("requirements.lock", "pyproject.toml"):
        (tmp_path / name).write_text(f"# {name}\n", encoding="utf-8")
    python = environment.executable(tmp_path / ".venv", "python")
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    (tmp_path / ".venv" / "pyvenv.cfg").touch()
    stamp = {"root": str(tmp_path), "digest": environment.digest(tmp_path)}
    (tmp_path / ".venv" / "radar-stamp.json").write_text(json.dumps(stamp), encoding="utf-8")
    return tmp_path


@pytest.fixture
def installs(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders that pip was asked to fill, without doing it; uv is not to be had."""
    asked: list[Path] = []

    def record(root: Path, interpreter: str) -> None:
        (root / ".venv").mkdir(exist_ok=True)
        asked.append(root)

    monkeypatch.setattr(environment, "_find_uv", lambda root, interpreter: None)
    monkeypatch.setattr(environment, "_install_with_pip", record)
    return asked


needs_links = pytest.mark.skipif(sys.platform == "win32", reason="a Python cannot be linked into a folder on Windows")


def test_test_runs_the_whole_suite(started: list[list[str]]) -> None:
    """Without arguments nothing is deselected, over as many processes as suit the machine."""
    assert dev.main(["test"]) == 0
    assert started[0][1:] == ["-m", "pytest", "-n", "2", "--dist", "worksteal"]


def test_fast_leaves_out_the_slow(started: list[list[str]]) -> None:
    """--fast becomes pytest's own selection, and every other argument goes on as it is."""
    assert dev.main(["test", "--fast", "-k", "grid or sma", "tests/market"]) == 0
    assert started[0][-5:] == ["-k", "grid or sma", "tests/market", "-m", "not slow"]


@pytest.mark.parametrize("wish", ["-n0", "--numprocesses=3", "--pdb", "-s"])
def test_the_caller_chooses_the_processes(started: list[list[str]], wish: str) -> None:
    """A debugger, or a number given by hand, is not overruled."""
    dev.main(["test", wish])
    assert started[0][1:] == ["-m", "pytest", wish]


def test_check_runs_everything_though_the_first_fails(
    started: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All that is wrong is seen in one go, and the exit code says that something is."""
    run = dev.run
    monkeypatch.setattr(dev, "run", lambda command: run(command) + int("format" in command))
    assert dev.main(["check"]) == 1
    assert [command[2] for command in started] == ["ruff", "ruff", "mypy", "tools.api"]
    assert "not clean: ruff format" in capsys.readouterr().err


def test_demo_says_when_no_report_came(
    started: list[list[str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A back-test that ends well without its report is a failure, not a success with a dead link."""
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    assert dev.main(["demo"]) == 1
    assert started[0][1:3] == ["backtest", dev.DEMO_PIPELINE]
    assert dev.DEMO_REPORT in capsys.readouterr().err


def test_a_setup_that_fails_is_told_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The user reads what failed and the next step."""

    def fail(root: Path) -> Path:
        raise environment.SetupError("no room\nNext: make some")

    monkeypatch.setattr(environment, "ensure", fail)
    assert dev.main(["demo"]) == 1
    assert capsys.readouterr().err == "dev: no room\nNext: make some\n"


@needs_links
def test_a_second_run_installs_nothing(checkout: Path, installs: list[Path]) -> None:
    """What the stamp says was installed is not installed again."""
    environment.ensure(checkout)
    assert installs == []


@needs_links
@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_a_change_of_the_lock_installs_again(checkout: Path, installs: list[Path], name: str) -> None:
    """Another lock or other metadata makes the environment follow, once."""
    (checkout / name).write_text("# changed\n", encoding="utf-8")
    environment.ensure(checkout)
    environment.ensure(checkout)
    assert installs == [checkout]


@needs_links
@pytest.mark.parametrize("stamp", ["", "{", "[1]", "{}"])
def test_a_broken_stamp_installs_again(checkout: Path, installs: list[Path], stamp: str) -> None:
    """A run that was cut off while it installed is completed by the next."""
    (checkout / ".venv" / "radar-stamp.json").write_text(stamp, encoding="utf-8")
    environment.ensure(checkout)
    assert installs == [checkout]


@needs_links
def test_a_moved_folder_gets_a_new_environment(checkout: Path, installs: list[Path]) -> None:
    """An environment knows its own path: one that was moved or copied is not repaired but replaced."""
    leftover = checkout / ".venv" / "leftover"
    leftover.touch()
    stamp = {"root": str(checkout / "before"), "digest": environment.digest(checkout)}
    (checkout / ".venv" / "radar-stamp.json").write_text(json.dumps(stamp), encoding="utf-8")
    environment.ensure(checkout)
    assert installs == [checkout]
    assert not leftover.exists()


@needs_links
def test_an_unsupported_python_is_replaced(
    checkout: Path, installs: list[Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A `.venv` of a Python that Radar does not run on is made anew, and said to be."""
    inside = str(environment.executable(checkout / ".venv", "python"))
    monkeypatch.setattr(environment, "_version", lambda *command: "3.9" if command == (inside,) else "3.12")
    environment.ensure(checkout)
    assert installs == [checkout]
    assert "has Python 3.9: it is made anew" in capsys.readouterr().out


def test_a_folder_that_is_no_environment_is_never_deleted(checkout: Path, installs: list[Path]) -> None:
    """What a user keeps under the name .venv stays, and the error says what to do."""
    environment.executable(checkout / ".venv", "python").unlink()
    (checkout / ".venv" / "pyvenv.cfg").unlink()
    (checkout / ".venv" / "precious").touch()
    with pytest.raises(environment.SetupError, match=r"in the way.*\nNext: move it"):
        environment.ensure(checkout)
    assert (checkout / ".venv" / "precious").exists()
    assert installs == []


def test_no_supported_python_is_said_with_the_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """With only an unsupported Python around, the error names what is needed and what was found."""
    monkeypatch.setattr(environment, "_version", lambda *command: "3.9")
    with pytest.raises(environment.SetupError, match=r"needs Python 3\.11, 3\.12 or 3\.13.*\nNext: install"):
        environment.find_interpreter()


def test_a_step_that_fails_shows_its_last_words(tmp_path: Path) -> None:
    """The error carries the end of what the installer printed, its exit code, and the advice."""
    command = [sys.executable, "-c", "print('the disk is full'); raise SystemExit(3)"]
    with pytest.raises(environment.SetupError, match=r"ended with code 3:\n  \| the disk is full\nNext: tidy up"):
        environment._step("", command, tmp_path, after="Next: tidy up")


def test_pip_settings_reach_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    """An index or certificate set for pip holds for uv as well, unless the user set uv's own."""
    listing = "global.index-url='https://mirror.invalid/simple'\n:env:.cert='ca.pem'\nglobal.timeout='180'\n"
    monkeypatch.setattr(environment, "_capture", lambda command: listing)
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    expected = {"UV_DEFAULT_INDEX": "https://mirror.invalid/simple", "SSL_CERT_FILE": "ca.pem"}
    assert environment._pip_settings(ROOT) == expected
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://other.invalid/simple")
    assert environment._pip_settings(ROOT) == {"SSL_CERT_FILE": "ca.pem"}


def test_the_project_and_the_tool_agree_on_the_pythons() -> None:
    """The versions that dev.py accepts are those of the project's metadata and of CI."""
    metadata = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert 'requires-python = ">=3.11,<3.14"' in metadata
    for version in environment.SUPPORTED:
        assert f"Python :: {version}" in metadata
        assert f"python{version}" in ci


@pytest.mark.parametrize("name", ["dev.py", "environment.py"])
def test_an_old_python_can_read_the_tool(name: str) -> None:
    """Python 3.8 parses the tool, so that it can look for a newer one; only the standard library is imported."""
    tree = ast.parse((ROOT / "tools" / name).read_text(encoding="utf-8"), feature_version=(3, 8))
    imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert {module.partition(".")[0] for module in imported} <= {*sys.stdlib_module_names, "tools"}
