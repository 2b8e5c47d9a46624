"""Compile a generated module in a subprocess, so that the process that asked stays responsive.

Run as ``python -m radar.kernel.compile`` by :func:`compile_in_subprocess` only: it reads a request from standard input.
"""

from __future__ import annotations

import base64
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from radar.errors import RadarError
from radar.market.ledger import FILL, TRADE

POLL = 0.05
"""Seconds between looks at the subprocess."""


class CompileError(RadarError):
    """A kernel could not be compiled: a defect of a node kind or of Radar, never of a pipeline file."""


def signature(lane: np.dtype, params: np.dtype, shared: np.dtype) -> tuple[object, ...]:
    """numba's argument types of a kernel with these record layouts."""
    import numba
    from numba import types

    def record(dtype: np.dtype) -> object:
        return types.Array(numba.from_dtype(dtype), 1, "C")

    whole, number = types.int64, types.float64
    return (
        whole,
        whole,
        whole,
        types.Array(whole, 1, "C"),
        types.Array(number, 3, "C"),
        types.Array(whole, 1, "C"),
        types.Array(number, 3, "C"),
        whole,
        record(lane),
        record(params),
        types.Array(number, 2, "C"),
        record(shared),
        types.Array(number, 1, "C"),
        record(FILL),
        record(TRADE),
        types.Array(number, 1, "C"),
        types.Array(number, 3, "C"),
    )


def done_mark(path: Path) -> Path:
    """The file that says that a module's compiled code is in the cache."""
    return path.with_suffix(".compiled")


def is_cached(path: Path) -> bool:
    """Whether the compiled code of a generated module is in the disk cache."""
    return done_mark(path).exists() and any((path.parent / "__pycache__").glob(f"{path.stem}.advance*.nbc"))


def compile_in_subprocess(
    path: Path,
    lane: np.dtype,
    params: np.dtype,
    shared: np.dtype,
    progress: Callable[[str], None] | None = None,
) -> None:
    """Compile the module at ``path`` for these layouts and leave the result in the disk cache.

    Raises:
        CompileError: The compiler refused the module; the message carries its last lines.
    """
    request = base64.b64encode(pickle.dumps((str(path), lane, params, shared)))
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "radar.kernel.compile"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(request)
    process.stdin.close()
    while process.poll() is None:
        if progress is not None:
            progress(f"compiling the kernel ({time.monotonic() - started:.0f} s; the next start takes it from the cache)")
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
    from radar.kernel.load import load_compiled

    path, lane, params, shared = pickle.loads(base64.b64decode(sys.stdin.buffer.read()))
    load_compiled(Path(path)).compile(signature(lane, params, shared))  # type: ignore[attr-defined]
    done_mark(Path(path)).write_text("compiled\n", encoding="utf-8")


if __name__ == "__main__":
    main()
