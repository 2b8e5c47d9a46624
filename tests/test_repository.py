"""What holds for the repository as a whole: it is clean, locked, tied to no machine, and CI runs all of it."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

import pytest

import radar

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.lock", "tools/bootstrap.lock")


def passes(*command: str) -> None:
    """Fail with the tool's own words unless `python -m COMMAND` ends well at the root."""
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout


def tracked() -> list[Path]:
    """Return the files that git tracks, as they are now."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listing.returncode != 0:
        pytest.skip("not a git checkout: which files belong to the repository is not known")
    paths = [ROOT / name for name in listing.stdout.decode("utf-8").split("\0") if name]
    return [path for path in paths if path.is_file()]


def text_of(path: Path) -> str:
    """Return a file's text, or nothing when it is not UTF-8 text."""
    data = path.read_bytes()
    return "" if b"\0" in data else data.decode("utf-8", "replace")


def test_code_is_formatted() -> None:
    """ruff would format nothing otherwise."""
    passes("ruff", "format", "--check", ".")


def test_lint_is_clean() -> None:
    """ruff finds nothing."""
    passes("ruff", "check", ".")


@pytest.mark.slow
def test_types_are_strict() -> None:
    """mypy --strict finds nothing in radar and tools."""
    passes("mypy")


def test_strict_means_strict() -> None:
    """The checks above are as strict as they say: mypy strict, warnings of our own are errors."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    assert settings["mypy"]["strict"] is True
    assert {"radar", "tools"} <= set(settings["mypy"]["files"])
    assert any(rule.startswith("error:::(radar") for rule in settings["pytest"]["ini_options"]["filterwarnings"])


def requirements(lock: str) -> list[str]:
    """Return a lock's entries, each with the lines that continue it."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    return "\n".join(lines).replace("\\\n", " ").splitlines()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_a_version_and_hashes(lock: str) -> None:
    """An installer gets exactly one version of each package and refuses a file that is not the locked one."""
    entries = requirements(lock)
    assert entries
    loose = [
        entry for entry in entries if not re.match(r"[a-z0-9-]+==\S+ .*--hash=sha256:[0-9a-f]{64}(\s|$)", entry.strip())
    ]
    assert not loose, "\n".join(loose)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address(lock: str) -> None:
    """Where packages come from is the user's choice: no index, address or host is in a lock."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    found = re.findall(r"^--?\w.*$|^.*://.*$|^.*\b[\w-]+\.(?:org|com|net|io|dev)\b.*$", text, flags=re.MULTILINE)
    assert not found, "\n".join(found)


def normal(name: str) -> str:
    """Return a package name as locks spell it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_lock_holds_all_that_the_project_asks_for() -> None:
    """Each dependency of pyproject.toml, the build backend included, is in a lock; nothing was added to one alone."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    wanted = [*project["project"]["dependencies"], *project["build-system"]["requires"], *groups["dev"]]
    locked = {re.split("==", entry)[0].strip() for entry in requirements("requirements.lock")}
    asked = {normal(re.split(r"[<>=!~ ;\[]", requirement)[0]) for requirement in wanted}
    assert asked <= locked, f"not locked: {asked - locked}"
    (bootstrap,) = requirements("tools/bootstrap.lock")
    assert bootstrap.startswith("uv==")


def test_one_version_of_the_project() -> None:
    """The package and its metadata state the same version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert radar.__version__ == project["version"]


def test_no_file_knows_a_machine() -> None:
    """No tracked file holds a path of somebody's machine."""
    machine = re.compile(r"(?<![\w.])/(?:home|root|Users|work|tmp|mnt|opt)/[\w.]+|\b[A-Z]:\\{1,2}(?:Users|work)\b")
    found = [
        f"{path.relative_to(ROOT).as_posix()}:{number} {match.group()}"
        for path in tracked()
        for number, line in enumerate(text_of(path).splitlines(), 1)
        for match in machine.finditer(line)
    ]
    assert not found, "\n".join(found)


def test_text_files_end_lines_alike() -> None:
    """Text is UTF-8 with LF line ends on every system."""
    with_returns = [path.relative_to(ROOT).as_posix() for path in tracked() if "\r\n" in text_of(path)]
    undecodable = [path.relative_to(ROOT).as_posix() for path in tracked() if "\ufffd" in text_of(path)]
    assert (with_returns, undecodable) == ([], [])


def test_ci_runs_the_whole_suite() -> None:
    """CI is the developers' own command, the whole suite: no --fast, no selection, no second recipe."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert script.startswith("#!/usr/bin/env bash\n")
    assert "\nset -eu\n" in script
    calls = [line.strip() for line in script.splitlines() if "tools/dev.py" in line]
    assert calls == ['exec "$python" tools/dev.py test']


def test_generated_files_are_up_to_date() -> None:
    """What is made from the code says what the code says now."""
    passes("tools.gen", "--check")


def test_data_without_a_licence_is_not_distributed(tmp_path: Path) -> None:
    """The source distribution holds the program, its tests and the sample, and no file of the quirks."""
    passes("hatchling", "build", "--target", "sdist", "--directory", str(tmp_path))
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        names = [name.partition("/")[2] for name in packed.getnames()]
    assert [name for name in names if name.startswith("tests/data/quirks")] == []
    for wanted in ("radar/py.typed", "pipelines/grid_atr.yaml", "tests/data/sample/README.md", "tools/dev.py"):
        assert wanted in names
