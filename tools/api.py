"""The API of the control plane: what is made from `proto/`, and what holds for it.

Run as a module it checks the .proto files: format, names and comments, and that nothing a client relies on has changed.
`proto/released.binpb` is the API as it was last committed: `python tools/dev.py gen` brings it up to date, and only
while every client of the old one still works with the new one.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROTO = ROOT / "proto"
PACKAGE = "radar/v1"
GENERATED = ROOT / "radar" / "v1"
RELEASED = PROTO / "released.binpb"
MARKER = '"""The messages and services of the API, made from proto/radar/v1 by `python tools/dev.py gen`."""\n'


class ToolError(Exception):
    """A tool refused the .proto files; the text is what it said."""


def generated() -> dict[str, bytes]:
    """Return every file that is made from the .proto files, by its path from the root.

    Raises:
        ToolError: The .proto files do not compile.
    """
    files = sorted(path.relative_to(PROTO).as_posix() for path in (PROTO / PACKAGE).glob("*.proto"))
    with tempfile.TemporaryDirectory() as folder:
        _run(
            [
                *(sys.executable, "-m", "grpc_tools.protoc", "--proto_path", str(PROTO)),
                *(f"--plugin=protoc-gen-{name}={program(f'protoc-gen-{name}')}" for name in ("mypy", "mypy_grpc")),
                f"--python_out={folder}",
                f"--grpc_python_out={folder}",
                f"--mypy_out=quiet:{folder}",
                f"--mypy_grpc_out=quiet:{folder}",
                *files,
            ]
        )
        made = {
            f"{PACKAGE}/{path.name}": path.read_bytes().replace(b"\r\n", b"\n")
            for path in sorted(Path(folder, PACKAGE).iterdir())
            # Of a file without services there is nothing to call.
            if "_pb2_grpc." not in path.name or "_service_pb2_grpc." in path.name
        }
    return {f"{PACKAGE}/__init__.py": MARKER.encode("utf-8"), **made}


def image() -> bytes:
    """Return the API as one image without comments.

    Raises:
        ToolError: The .proto files do not compile.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "image.binpb")
        buf("build", ".", "--exclude-source-info", "-o", str(path))
        return path.read_bytes()


def require_compatible() -> None:
    """See that every client of the released API works with this one.

    Raises:
        ToolError: One would not.
    """
    try:
        buf("breaking", ".", "--against", RELEASED.name)
    except ToolError as error:
        raise ToolError(f"{error}\nNext: {BREAKING}") from None


def require_good_style() -> None:
    """See that the .proto files are formatted, named and commented as they should be.

    Raises:
        ToolError: They are not.
    """
    buf("format", "--diff", "--exit-code", ".")
    buf("lint", ".")


BREAKING = (
    "keep what clients rely on: add a field or a method instead, and mark the old one deprecated. What was never "
    "committed may change: `git restore proto/released.binpb` takes it out of the comparison."
)


def program(name: str) -> str:
    """Return a program of the environment that this Python belongs to.

    Raises:
        ToolError: It is not there.
    """
    found = shutil.which(name, path=str(Path(sys.executable).parent))
    if found is None:
        raise ToolError(f"{name} is not installed\nNext: python tools/dev.py check, which makes .venv from the lock")
    return found


def buf(*arguments: str) -> None:
    """Run buf in `proto/`.

    Raises:
        ToolError: It failed; the text is what it said.
    """
    _run([program("buf"), *arguments])


def _run(command: list[str]) -> None:
    done = subprocess.run(
        command, cwd=PROTO, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False
    )
    if done.returncode != 0:
        raise ToolError(done.stdout.strip())


def main() -> int:
    """Check the .proto files; return the exit code."""
    code = 0
    for check in (require_good_style, require_compatible):
        try:
            check()
        except ToolError as error:
            print(error, file=sys.stderr)
            code = 1
    return code


if __name__ == "__main__":
    sys.exit(main())
