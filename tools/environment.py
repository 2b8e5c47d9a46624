"""Make `.venv`: the locked packages, checked by hash, and Radar itself installed editable.

Only the standard library is used, on any system. uv does the work when it is there or can be installed from the
package index that pip is set up for; otherwise pip does the same, slower. A stamp inside `.venv` records what was
installed, so that the next call costs one short check. The syntax stays readable by an old Python, which must live
long enough to find a newer one.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

SUPPORTED = ("3.11", "3.12", "3.13")
LOCK = "requirements.lock"
INSTALLER_VARIABLE = "RADAR_INSTALLER"
_VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"
_HASHED = ("--require-hashes", "--only-binary", ":all:")
_EDITABLE = ("--no-deps", "--no-build-isolation", "--editable", ".")


class SetupError(Exception):
    """The environment could not be made; the text says what failed and what to do next."""


def executable(environment: Path, name: str) -> Path:
    """Return where an environment keeps the program `name` on this system."""
    return environment / "Scripts" / (name + ".exe") if os.name == "nt" else environment / "bin" / name


def digest(root: Path) -> str:
    """Return the digest of all that decides what is installed: the lock and the project's own metadata."""
    state = hashlib.sha256()
    for name in (LOCK, "pyproject.toml"):
        state.update((root / name).read_bytes())
    return state.hexdigest()


def ensure(root: Path) -> Path:
    """Return the Python of `root/.venv`, after making or updating it if anything changed.

    Raises SetupError when no supported Python is found, or when neither uv nor pip can install the lock.
    """
    environment = root / ".venv"
    python = executable(environment, "python")
    wanted = {"root": str(root), "digest": digest(root)}
    stamp = environment / "radar-stamp.json"
    found = _read_stamp(stamp)
    version = _version(str(python))
    if version in SUPPORTED and found == wanted:
        return python

    moved = "root" in found and found["root"] != wanted["root"]
    if environment.exists() and (version not in SUPPORTED or moved):
        state = "was made in another folder" if moved else f"has Python {version}" if version else "does not run"
        _remove(environment)
        _say(f".venv {state}: it is made anew")
    stamp.unlink(missing_ok=True)
    interpreter = str(python) if environment.exists() else find_interpreter()
    uv = None if os.environ.get(INSTALLER_VARIABLE) == "pip" else _find_uv(root, interpreter)
    if uv is None or not _install_with_uv(root, uv, interpreter):
        _install_with_pip(root, interpreter)
    stamp.write_text(json.dumps(wanted) + "\n", encoding="utf-8")
    _say(f"ready: .venv with Python {_version(str(python))}")
    return python


def find_interpreter() -> str:
    """Return a supported Python: the running one, else the newest on PATH or known to the Windows launcher."""
    for command in _interpreters():
        if _version(*command) in SUPPORTED:
            found = _capture([*command, "-c", "import sys; print(sys.executable)"])
            if found is not None:
                return found.strip()
    raise SetupError(
        f"Radar needs Python {', '.join(SUPPORTED[:-1])} or {SUPPORTED[-1]}; "
        f"this one is {sys.version_info[0]}.{sys.version_info[1]} and no other was found.\n"
        f"Next: install Python {SUPPORTED[-1]}, open a new terminal and run this command again."
    )


def _interpreters() -> Iterator[list[str]]:
    yield [sys.executable]
    for version in reversed(SUPPORTED):
        found = shutil.which("python" + version)
        if found:
            yield [found]
        launcher = shutil.which("py")
        if launcher:
            yield [launcher, "-" + version]


def _find_uv(root: Path, interpreter: str) -> str | None:
    """Return uv from PATH, else from the private folder `.uv`, where pip puts it; None when it cannot be had."""
    found = shutil.which("uv")
    if found:
        return found
    private = root / ".uv"
    uv = executable(private, "uv")
    lock = root / "tools" / "bootstrap.lock"
    marker = private / "bootstrap.sha256"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if uv.is_file() and marker.is_file() and marker.read_text(encoding="utf-8") == wanted:
        return str(uv)
    if private.exists():
        _remove(private)
    try:
        _step("getting uv, which makes the environment faster", [interpreter, "-m", "venv", str(private)], root)
        python = str(executable(private, "python"))
        _step("", [python, "-m", "pip", "install", "--quiet", *_HASHED, "--requirement", str(lock)], root)
    except SetupError:
        _say("uv cannot be had here: pip is used instead")
        return None
    marker.write_text(wanted, encoding="utf-8")
    return str(uv)


def _install_with_uv(root: Path, uv: str, interpreter: str) -> bool:
    """Make and fill `.venv`; return False, with the reason printed, when pip should try instead."""
    environment = root / ".venv"
    python = str(executable(environment, "python"))
    settings = _pip_settings(root)
    install = [uv, "pip", "install", "--quiet", "--python", python]
    try:
        if not environment.exists():
            create = [uv, "venv", "--quiet", "--python", interpreter, str(environment)]
            _step(f"making .venv with Python {_version(interpreter)}", create, root, settings)
        _step(_installing(root), [*install, *_HASHED, "--requirement", LOCK], root, settings)
        _step("installing Radar itself, editable", [*install, *_EDITABLE], root, settings)
    except SetupError as error:
        _say(f"uv did not manage: {error}\npip is used instead")
        return False
    return True


def _install_with_pip(root: Path, interpreter: str) -> None:
    environment = root / ".venv"
    python = str(executable(environment, "python"))
    if environment.exists() and _capture([python, "-m", "pip", "--version"]) is None:
        _remove(environment)
        interpreter = find_interpreter()
    if not environment.exists():
        create = [interpreter, "-m", "venv", str(environment)]
        _step(f"making .venv with Python {_version(interpreter)}", create, root, after=_VENV_ADVICE)
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _step(_installing(root), [*install, *_HASHED, "--requirement", LOCK], root, after=_INDEX_ADVICE)
    _step("installing Radar itself, editable", [*install, *_EDITABLE], root, after=_INDEX_ADVICE)


_VENV_ADVICE = (
    "Next: make sure that this Python can make environments (on Debian and Ubuntu: apt install python3-venv),\n"
    "then run this command again."
)
_INDEX_ADVICE = (
    "Next: check the network and pip's settings (`pip config list`: the index, a proxy, a certificate), then run\n"
    "this command again. A hash that differs means that the index served another file than the locked one."
)


def _pip_settings(root: Path) -> dict[str, str]:
    """Return pip's index and certificate as uv's variables, since uv reads neither pip's files nor its variables.

    The user's own uv variables win.
    """
    python = executable(root / ".uv", "python")
    listing = _capture([str(python if python.is_file() else sys.executable), "-m", "pip", "config", "list"])
    settings: dict[str, str] = {}
    for line in (listing or "").splitlines():
        key, _, value = line.partition("=")
        variable = {"index-url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE"}.get(key.rpartition(".")[2])
        older = "UV_INDEX_URL" if variable == "UV_DEFAULT_INDEX" else variable
        if variable and variable not in os.environ and older not in os.environ:
            settings[variable] = str(ast.literal_eval(value))
    return settings


def _installing(root: Path) -> str:
    text = (root / LOCK).read_text(encoding="utf-8")
    count = sum("==" in line for line in text.splitlines())
    return f"installing {count} locked packages (the first time takes a minute or two)"


def _read_stamp(stamp: Path) -> dict[str, str]:
    try:
        return dict(json.loads(stamp.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


def _version(*command: str) -> str | None:
    """Return the version, such as 3.12, of the Python that a command starts; None when it does not start."""
    answer = _capture([*command, "-I", "-c", _VERSION])
    return None if answer is None else answer.strip()


def _capture(command: Sequence[str]) -> str | None:
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, check=False
        )
    except OSError:
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None


def _step(
    title: str, command: Sequence[str], root: Path, settings: Mapping[str, str] | None = None, after: str = ""
) -> None:
    """Run one command quietly, with a sign of life every ten seconds; raise SetupError with the end of its output."""
    if title:
        _say(title)
    try:
        process = subprocess.Popen(
            command,
            cwd=str(root),
            env={**os.environ, **(settings or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    except OSError as error:
        raise SetupError(f"{command[0]} does not start: {error}\n{after}") from error
    waited = 0
    output: bytes | None = None
    while output is None:
        try:
            output = process.communicate(timeout=10)[0]
        except subprocess.TimeoutExpired:
            waited += 10
            _say(f"  still working ({waited} s)")
    if process.returncode != 0:
        shown = "\n".join("  | " + line for line in output.decode("utf-8", "replace").strip().splitlines()[-15:])
        raise SetupError(f"`{_short(command)}` ended with code {process.returncode}:\n{shown}\n{after}")


def _short(command: Sequence[str]) -> str:
    return " ".join([Path(command[0]).name, *command[1:]])


def _remove(environment: Path) -> None:
    if not (environment / "pyvenv.cfg").is_file():
        raise SetupError(
            f"{environment} is in the way: it is not a Python environment, so it is left alone.\n"
            "Next: move it elsewhere and run this command again."
        )
    try:
        shutil.rmtree(str(environment))
    except OSError as error:
        raise SetupError(
            f"{environment} cannot be removed: {error}\n"
            "Next: close the programs that use it (an editor, a terminal, radarctl) and run this command again."
        ) from error


def _say(text: str) -> None:
    print("dev: " + text, flush=True)
