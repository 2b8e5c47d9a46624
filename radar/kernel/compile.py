"""Compile a generated module in a subprocess, so that the process that asked stays responsive.

Run as ``python -m radar.kernel.compile`` by :func:`compile_in_subprocess` only: it reads a request from standard input.
"""

from __future__ import annotations

import base64
import gc
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from radar.errors import DefectError
from radar.market.ledger import FILL, TRADE

POLL = 0.05
"""Seconds between looks at the subprocess."""


class CompileError(DefectError):
    """A kernel could not be compiled: a defect of a node kind or of Radar, never of a pipeline file."""


Argument = tuple[np.dtype, int] | None
"""Type of a kernel argument: dtype and dimensions of a C-contiguous array, None for a whole number."""


def advance_arguments(lane: np.dtype, params: np.dtype, shared: np.dtype) -> list[Argument]:
    """Argument types of ``advance`` with these record layouts."""
    whole, number = np.dtype(np.int64), np.dtype(np.float64)
    return [
        None,
        None,
        None,
        (whole, 1),
        (number, 3),
        (whole, 1),
        (number, 3),
        None,
        (lane, 1),
        (params, 1),
        (number, 2),
        (shared, 1),
        (number, 1),
        (FILL, 2),
        (TRADE, 2),
        (number, 2),
        (number, 3),
    ]


def signature(arguments: list[Argument]) -> tuple[object, ...]:
    """numba's types of these arguments."""
    import numba
    from numba import types

    return tuple(
        types.int64 if one is None else types.Array(numba.from_dtype(one[0]), one[1], "C") for one in arguments
    )


def done_mark(path: Path) -> Path:
    """The file that says that a module's compiled code is in the cache."""
    return path.with_suffix(".compiled")


def is_cached(path: Path, function: str) -> bool:
    """Whether the compiled code of a function of a generated module is in the disk cache."""
    return done_mark(path).exists() and any((path.parent / "__pycache__").glob(f"{path.stem}.{function}*.nbc"))


def compile_in_subprocess(
    path: Path,
    function: str,
    arguments: list[Argument],
    progress: Callable[[str], None] | None = None,
) -> None:
    """Compile ``function`` of the module at ``path`` for these arguments and leave the result in the disk cache.

    Raises:
        CompileError: The compiler refused the module; the message carries its last lines.
    """
    request = base64.b64encode(pickle.dumps((str(path), function, arguments)))
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "radar.kernel.compile"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(request)
    process.stdin.close()
    while process.poll() is None:
        if progress is not None:
            progress(
                f"compiling the kernel ({time.monotonic() - started:.0f} s; the next start takes it from the cache)"
            )
        time.sleep(POLL)
    output = process.stdout.read().decode("utf-8", "replace")
    process.stdout.close()
    if process.returncode != 0:
        raise CompileError(
            f"the kernel {path.name} could not be compiled:\n{output[-2000:]}",
            next_step="report this with the pipeline file; `radarctl plan FILE --source` shows the generated code",
        )


def main() -> None:
    """Compile the module that the request on standard input names."""
    from radar.kernel.compiler import remember_names
    from radar.kernel.load import load_compiled

    # A compile makes millions of objects that live until it ends; looking for garbage among them takes a tenth of it.
    gc.disable()
    remember_names()
    path, function, arguments = pickle.loads(base64.b64decode(sys.stdin.buffer.read()))
    load_compiled(Path(path), function).compile(signature(arguments))  # type: ignore[attr-defined]
    done_mark(Path(path)).write_text("compiled\n", encoding="utf-8")


if __name__ == "__main__":
    main()
